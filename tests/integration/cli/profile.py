#!/usr/bin/env python3
"""`mcunas profile`: counts that add up and repeat, the documented estimate, and clear answers to wrong calls.

Usage: profile.py BUILD_FOLDER
Exit 77: the virtual board or the cross compiler is not at hand.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

SKIP = 77
ROOT = Path(__file__).resolve().parents[3]
NETWORK = "docs/small-network.json"


def run(*arguments, code=0):
    program = Path(sys.argv[1]).resolve() / "mcunas"
    done = subprocess.run([program, "profile", *arguments], capture_output=True, text=True, check=False, cwd=ROOT,
                          timeout=240)
    assert done.returncode == code, f"{arguments}: exit {done.returncode}, {done.stdout}{done.stderr}"
    return done.stderr if code else done.stdout


def profile(board, *arguments):
    return json.loads(run(NETWORK, "--random-weights", "--board", board, "--json", *arguments))


def constant(board, key):
    return float(re.search(rf"^{key}: (\S+)", (ROOT / f"configs/boards/{board}.yaml").read_text(), re.M)[1])


def check_counts():
    first = profile("nucleo-f746zg")
    assert first["source"] == "emulated" and first["bit_exact"] and "mps2-an500" in first["tool"], first
    operators = json.loads((ROOT / NETWORK).read_text())["ops"]
    assert [op["op"] for op in first["operators"]] == [op["op"] for op in operators]
    assert sum(op["macs"] for op in first["operators"]) == first["macs"]
    total = sum(op["instructions"] for op in first["operators"]) + first["between_operators"] - first["profiling_cost"]
    assert total == first["instructions"], (total, first["instructions"])
    assert all(op["instructions"] > 0 for op in first["operators"]), first["operators"]
    assert abs(first["profiling_cost"]) < 0.02 * first["instructions"], first["profiling_cost"]
    assert profile("nucleo-f746zg") == first, "two profiles of the same code differ"
    return first


def check_estimate(profiled):
    board = "nucleo-f746zg"
    estimate = profiled["estimate"]
    dense = sum(op["instructions"] for op in profiled["operators"] if op["out_shape"][:2] == [1, 1] and op["macs"])
    assert dense > 0
    cycles = (constant(board, "cycles_per_instruction_dense") * dense +
              constant(board, "cycles_per_instruction") * (profiled["instructions"] - dense))
    assert abs(estimate["cycles"] - cycles) < 1, (estimate, cycles)
    assert abs(estimate["milliseconds"] - 1e3 * cycles / 216e6) < 1e-6, estimate
    assert estimate["relative_error"] == constant(board, "cycles_error")
    assert estimate["board"] == board and estimate["source"] == "emulated" and "cycle-model" in estimate["model"]


def check_core_and_plan(profiled):
    m4 = profile("nucleo-f412zg")
    assert "mps2-an386" in m4["tool"] and m4["core"] == "cortex-m4"
    assert m4["estimate"]["clock_hz"] == 100_000_000
    layerwise = profile("nucleo-f746zg", "--modes", "layerwise")
    assert layerwise["instructions"] != profiled["instructions"] and layerwise["macs"] == profiled["macs"]


def check_text(profiled):
    text = run(NETWORK, "--random-weights", "--board", "nucleo-f746zg")
    lines = text.splitlines()
    assert sum(bool(re.match(r" +\d+ [a-z]", line)) for line in lines) == len(profiled["operators"]), text
    assert "depthwise 5x5" in text and "conv 3x3 s2x2" in text and "100.0 %" in text, text
    assert "Instructions are emulated" in text and "Estimate for nucleo-f746zg at 216 MHz" in text, text
    assert "give or take 31 %" in text and "of this board nothing was measured" in text, text


def check_mistakes():
    assert "did you mean 'qemu-m4'" in run(NETWORK, "--random-weights", "--board", "qemu-m44", code=2)
    assert "has no weights" in run(NETWORK, code=2)
    assert "no/such.tflite" in run("no/such.tflite", code=2)
    assert "--sram 100;" in run(NETWORK, "--random-weights", "--sram", "100", code=3)


def main():
    if any(shutil.which(tool) is None for tool in ("qemu-system-arm", "arm-none-eabi-gcc")):
        print("SKIP: no qemu-system-arm or no arm-none-eabi-gcc")
        sys.exit(SKIP)
    profiled = check_counts()
    check_estimate(profiled)
    check_core_and_plan(profiled)
    check_text(profiled)
    check_mistakes()
    print("ok")


if __name__ == "__main__":
    main()
