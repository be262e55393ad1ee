#!/usr/bin/env python3
"""Installs into a fresh prefix and checks that the two binaries find their data there.

Usage: check.py BUILD_FOLDER CMAKE
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{command}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def main():
    build, cmake = sys.argv[1:3]
    with tempfile.TemporaryDirectory(prefix="mcunas-install-") as folder:
        prefix = Path(folder) / "prefix"
        run(cmake, "--install", build, "--prefix", prefix)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MCUNAS_")}
        options = {"cwd": folder, "env": environment}
        mcunas = prefix / "bin/mcunas"
        boards = run(mcunas, "ls", "boards", **options)
        assert "nucleo-f746zg" in boards and "qemu-m7" in boards, boards
        experiment = prefix / "share/mcunas/configs/experiments/quickstart.yaml"
        assert "ok" in run(mcunas, "validate", experiment, **options)
        bench = prefix / "share/mcunas/configs/benches/local-virtual.yaml"
        run(prefix / "bin/mcunas-agent", "--bench", bench, "--check", **options)
        network = Path(folder) / "network.json"
        network.write_text('{"name": "n", "input": [8, 8, 3], "ops": [{"op": "conv", "in_shape": [8, 8, 3], '
                           '"out_shape": [4, 4, 8], "kernel": 3, "stride": 2}]}')
        out = run(mcunas, "compile", network, "--random-weights", "--board", "qemu-m4", "--verify", "-o",
                  Path(folder) / "out", **options)
        assert "output equals the reference" in out, out
    print("the installed program finds its boards, configs, kernels and firmware")
    return 0


if __name__ == "__main__":
    sys.exit(main())
