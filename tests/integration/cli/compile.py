#!/usr/bin/env python3
"""`mcunas compile` on .tflite files and descriptions: C code whose bytes a virtual board confirms.

Usage: compile.py BUILD_FOLDER
Exit 77: the data or the virtual board is not at hand.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SKIP = 77
ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("MCUNAS_DATA", ROOT / "../shared/data")) / "tflite"
NETWORK = ROOT / "docs/small-network.json"
# One dense network, one with a 10 x 4 kernel and softmax, three outputs, squeeze-excite.
MODELS = ["hello_world_int8", "kws_ref_model", "converter/conv_fpn_64x96", "converter/conv_se_48"]


def compile_model(program, model, folder, *arguments, code=0):
    done = subprocess.run([program, "compile", str(model), "-o", str(folder), *arguments],
                          capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == code, f"{model}: exit {done.returncode}, {done.stdout}{done.stderr}"
    return done.stderr if code else done.stdout


def main():
    if not DATA.exists() or shutil.which("qemu-system-arm") is None:
        print(f"SKIP: no models in {DATA}, or no qemu-system-arm")
        sys.exit(SKIP)
    program = str(Path(sys.argv[1]).resolve() / "mcunas")
    with tempfile.TemporaryDirectory() as folder:
        for model in MODELS:
            out = Path(folder) / Path(model).name
            text = compile_model(program, DATA / f"{model}.tflite", out, "--board", "qemu-m4",
                                 "--verify", "--json")
            result = json.loads(text)
            assert result["bit_exact"], model
            arena = result["arena_bytes"]
            assert arena["model"] == arena["elf"], f"{model}: {arena}"
            for file in ("net.c", "net.h", "model.tflite", "plan.json"):
                assert (out / file).stat().st_size > 0, file
            print(f"{model}: {result['ticks']} instructions, arena {arena['elf']} bytes")
        # A model that mcunas wrote reads back as itself.
        again = Path(folder) / "again"
        compile_model(program, out / "model.tflite", again)
        assert (again / "net.c").read_bytes() == (out / "net.c").read_bytes()
        error = compile_model(program, NETWORK, Path(folder) / "none", code=2)
        assert "has no weights" in error, error
        compile_model(program, NETWORK, Path(folder) / "random", "--random-weights")
    print("ok")


if __name__ == "__main__":
    main()
