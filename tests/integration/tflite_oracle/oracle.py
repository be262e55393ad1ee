#!/usr/bin/env python3
"""Compares every operator output of our reference interpreter, byte for byte: in mode "tflite" with
ai-edge-litert's reference kernels, in mode "tflm" with the NumPy model.

With `networks`: network descriptions with random weights, those of tests/data and the published ones that are at hand.
With `files`: the outputs of .tflite files, likewise, as our reader and interpreter see them. With `forms`: those of
small models in forms that only the reader knows.

Usage: oracle.py random|networks|files|forms TFLITE_CASES SOURCE_ROOT
Exit 0: no byte differs. 1: something differs. 77: skipped, the reason is printed.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "data"))
from models import own_models, own_networks, published_models, published_networks  # noqa: E402

SKIP = 77
RANDOM_NETWORKS = 96
KINDS = {"conv", "pointwise", "depthwise", "add", "average_pool", "global_average_pool",
         "fully_connected", "max_pool", "multiply", "add_constant", "multiply_constant",
         "resize_nearest", "concatenation", "softmax", "logistic", "tanh", "hard_swish",
         "leaky_relu", "requantize", "subtract", "subtract_constant", "maximum", "maximum_constant",
         "minimum", "minimum_constant", "reshape", "slice", "pad",
         "resize_bilinear", "transpose_conv", "prelu"}


def import_oracle(root):
    """The oracle from this Python, or from the project's .venv by starting over in it."""
    try:
        import numpy
        from ai_edge_litert import interpreter
        return numpy, interpreter
    except ImportError:
        venv = root / ".venv/bin/python"
        if venv.exists() and not os.environ.get("MCUNAS_ORACLE_IN_VENV"):
            os.environ["MCUNAS_ORACLE_IN_VENV"] = "1"
            os.execv(venv, [str(venv), *sys.argv])
        print("SKIP: ai-edge-litert is not installed (pip install -r requirements-test.txt)")
        sys.exit(SKIP)


# LiteRT refuses it: its biases keep a quantised dimension of their weights.
REFUSED_BY_ORACLE = {"person_detect.tflite"}


def compare_file(np, litert, path, folder):
    """(bytes, differing bytes) of all outputs of one model."""
    model = litert.Interpreter(model_path=str(path),
                               experimental_op_resolver_type=litert.OpResolverType.BUILTIN_REF)
    model.allocate_tensors()
    stem = folder / path.name
    scales = [line.split() for line in (folder / f"{path.name}.quantization").read_text().splitlines()]
    scales = [(np.float32(scale), int(zero)) for scale, zero in scales]
    inputs = np.fromfile(f"{stem}.input", dtype=np.int8)
    ours = np.fromfile(f"{stem}.output", dtype=np.int8)
    sources = model.get_input_details()
    sizes = [int(np.prod(source["shape"])) for source in sources]
    position = wrong = 0
    for start in range(0, inputs.size, sum(sizes)):
        for i, source in enumerate(sources):
            begin = start + sum(sizes[:i])
            data = inputs[begin:begin + sizes[i]].reshape(source["shape"])
            if source["dtype"] == np.float32:
                data = ((data.astype(np.float64) - scales[0][1]) * scales[0][0]).astype(np.float32)
            model.set_tensor(source["index"], data)
        model.invoke()
        for (scale, zero), detail in zip(scales[1:], model.get_output_details()):
            theirs = model.get_tensor(detail["index"]).reshape(-1)
            if detail["dtype"] == np.float32:
                theirs = np.rint(theirs.astype(np.float64) / np.float64(scale)) + zero
            wrong += int((ours[position:position + theirs.size] != theirs).sum())
            position += theirs.size
    assert position == ours.size, path
    return position, wrong


def compare_files(tool, root):
    paths = own_models() + published_models()
    np, litert = import_oracle(root)
    compared = wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([tool, "files", folder, *paths], check=True)
        for path in paths:
            if path.name in REFUSED_BY_ORACLE:
                continue
            size, different = compare_file(np, litert, path, Path(folder))
            print(f"{path.name:34} {size:>8} bytes, {different} differ")
            wrong += different
            compared += 1
    print(f"{compared} models")
    sys.exit(1 if wrong or not compared else 0)


def compare_forms(tool, root):
    np, litert = import_oracle(root)
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([tool, "forms", folder], check=True)
        paths = sorted(Path(folder).glob("*.tflite"))
        for path in paths:
            size, different = compare_file(np, litert, path, Path(folder))
            print(f"{path.name:34} {size:>8} bytes, {different} differ")
            wrong += different
    sys.exit(1 if wrong or not paths else 0)


class Model:
    """One .tflite in the oracle, with every tensor kept."""

    def __init__(self, np, litert, path):
        self.np = np
        self.interpreter = litert.Interpreter(
            model_path=str(path), experimental_preserve_all_tensors=True,
            experimental_op_resolver_type=litert.OpResolverType.BUILTIN_REF)
        self.interpreter.allocate_tensors()
        self.details = {d["name"]: d for d in self.interpreter.get_tensor_details()}

    def run(self, data):
        detail = self.interpreter.get_input_details()[0]
        self.interpreter.set_tensor(detail["index"], data.reshape(detail["shape"]))
        self.interpreter.invoke()

    def tensor(self, name):
        return self.interpreter.get_tensor(self.details[name]["index"]).reshape(-1)


class Tally:
    def __init__(self):
        self.bytes = {kind: 0 for kind in KINDS}
        self.wrong = {kind: 0 for kind in KINDS}
        self.modes_differ = {kind: 0 for kind in KINDS}
        self.networks = 0

    def count(self, kind, ours, theirs, where):
        different = int((ours != theirs).sum())
        self.bytes[kind] += ours.size
        self.wrong[kind] += different
        if different:
            print(f"DIFFERS: {where}: {different} of {ours.size} bytes")


def compare(np, litert, path, tally):
    from numpy_model import NumpyModel

    model, judge = Model(np, litert, path), NumpyModel(path.read_bytes())
    operators = [line.split() for line in path.with_suffix(".tensors").read_text().splitlines()]
    inputs = np.fromfile(path.with_suffix(".input"), dtype=np.int8)
    outputs = np.fromfile(path.with_suffix(".output"), dtype=np.int8)
    micro = np.fromfile(path.with_suffix(".tflm"), dtype=np.int8)
    dims = model.interpreter.get_input_details()[0]["shape"]
    size, position = int(np.prod(dims)), 0
    expected = judge.run([inputs.reshape(-1, *dims)], "tflm")
    for number, start in enumerate(range(0, inputs.size, size)):
        model.run(inputs[start:start + size])
        for kind, name in operators:
            theirs = model.tensor(name)
            ours = outputs[position:position + theirs.size]
            doubled = micro[position:position + theirs.size]
            position += theirs.size
            where = f"{path.stem} input {number} {name}"
            tally.count(kind, ours, theirs, where)
            tensor = expected[model.details[name]["index"]][number]
            tally.count(kind, doubled, tensor.reshape(-1), where + " (tflm)")
            tally.modes_differ[kind] += int((ours != doubled).sum())
    assert position == outputs.size == micro.size, path
    tally.networks += 1


def main():
    which, tool, root = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    if which == "files":
        compare_files(tool, root)
    if which == "forms":
        compare_forms(tool, root)
    arguments = [str(RANDOM_NETWORKS)] if which == "random" else own_networks() + published_networks()
    np, litert = import_oracle(root)
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([tool, which, folder, *arguments], check=True)
        for path in sorted(Path(folder).glob("*.tflite")):
            compare(np, litert, path, tally)
    for kind in sorted(KINDS):
        print(f"{kind:20} {tally.bytes[kind]:>10} bytes, {tally.wrong[kind]} differ; the modes "
              f"differ in {tally.modes_differ[kind]}")
    print(f"{tally.networks} networks")
    complete = which == "networks" or all(tally.bytes.values())
    if tally.networks == 0 or not complete:
        print("FAIL: not every kind of operator was reached")
        sys.exit(1)
    sys.exit(1 if sum(tally.wrong.values()) else 0)


if __name__ == "__main__":
    main()
