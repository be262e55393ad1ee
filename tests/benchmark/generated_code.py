#!/usr/bin/env python3
"""Instructions per inference of generated code on both virtual cores, JSON out.

    tests/benchmark/generated_code.py [BUILD_FOLDER]

Compiles every published network description ($MCUNAS_DATA/networks or ../shared/data/networks) with seeded
random weights, runs it under QEMU against the reference interpreter and prints executed instructions per
inference and per multiply-accumulate. Counts are deterministic; no time is measured.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BOARDS = ("qemu-m4", "qemu-m7")


def networks():
    data = Path(os.environ.get("MCUNAS_DATA", ROOT / "../shared/data"))
    return sorted((data / "networks").glob("*.json"))


def measure(program, network, board):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [program, "compile", network, "--random-weights", "--board", board, "--verify", "--json",
             "-o", folder], capture_output=True, text=True, check=False)
    if done.returncode:
        return {"error": done.stderr.strip()}
    result = json.loads(done.stdout)
    return {
        "instructions": result["ticks"],
        "instructions_per_mac": round(result["ticks"] / result["macs"], 3),
        "arena_bytes": result["arena_bytes"],
        "code_bytes": result["code_bytes"],
        "tool": result["tool"],
    }


def main():
    build = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/release")
    rows = [{"network": path.stem, "board": board, **measure(build / "mcunas", path, board)}
            for path in networks() for board in BOARDS]
    if not rows:
        print("no network descriptions found: set MCUNAS_DATA", file=sys.stderr)
        return 2
    print(json.dumps({"benchmark": "generated_code", "rows": rows}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
