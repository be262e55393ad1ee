#!/usr/bin/env python3
"""What a search hands over, judged from outside: the exported C project builds with its one command, and a
TFLite interpreter (reference kernels) computes the same bytes from the exported .tflite.

Usage: finalists.py BUILD_FOLDER   (exit 77: the TFLite interpreter is not installed)
"""

import json
import subprocess
import sys
from pathlib import Path

from harness import Search, workspace

try:
    import numpy
    from ai_edge_litert import interpreter as litert
except ImportError:
    print("[SKIP] ai-edge-litert is not installed (requirements-test.txt)")
    sys.exit(77)

INPUTS = 20


def build_project(project):
    for command in (["cmake", "-S", project, "-B", project / "build"], ["cmake", "--build", project / "build"]):
        subprocess.run(command, check=True, capture_output=True)
    (example,) = [path for path in (project / "build").iterdir() if path.name.endswith("_example")]
    return example


def run_example(example, image, folder):
    path = Path(folder) / "input.bin"
    path.write_bytes(image.tobytes())
    done = subprocess.run([example, path], check=True, capture_output=True, text=True)
    return [int(line) for line in done.stdout.split()]


def compare(candidate, folder):
    example = build_project(candidate / "c")
    model = litert.Interpreter(model_path=str(candidate / "model.tflite"),
                               experimental_op_resolver_type=litert.OpResolverType.BUILTIN_REF)
    model.allocate_tensors()
    (source,), (sink,) = model.get_input_details(), model.get_output_details()
    assert source["dtype"] == numpy.int8 and sink["dtype"] == numpy.int8
    random = numpy.random.default_rng(1)
    for _ in range(INPUTS):
        image = random.integers(-128, 128, size=source["shape"], dtype=numpy.int8)
        model.set_tensor(source["index"], image)
        model.invoke()
        expected = model.get_tensor(sink["index"]).ravel().tolist()
        found = run_example(example, image, folder)
        assert found == expected, f"{candidate.name}: C {found}, TFLite {expected}"


def main():
    config = Path(__file__).with_name("tiny.yaml")
    with workspace() as folder:
        search = Search(sys.argv[1], config, Path(folder) / "run",
                        ["evaluate.latency=model", "search.finalists_per_round=0"])
        if search.run() != 0:
            print(search.log())
            return 1
        result = json.loads((search.folder / "result.json").read_text())
        hashes = [network["network"] for network in result["finalists"]]
        candidates = [path.parent for path in (search.folder / "candidates").glob("*/model.tflite")]
        assert len(candidates) == len(hashes) >= 3, (hashes, candidates)
        for candidate in candidates:
            assert any(full.startswith(candidate.name) for full in hashes), candidate
            compare(candidate, folder)
        print(f"{len(candidates)} networks x {INPUTS} inputs: C project and TFLite agree on every byte")
    return 0


if __name__ == "__main__":
    sys.exit(main())
