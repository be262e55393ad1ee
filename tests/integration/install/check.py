#!/usr/bin/env python3
"""Installs into a fresh prefix and checks that the two binaries find their data there, and LibTorch where it lies.

Usage: check.py BUILD_FOLDER CMAKE
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path


ROOT = Path(__file__).resolve().parents[3]
LIBRARY = "libmcunas_supernet.so"


def run(*command, code=0, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)
    assert done.returncode == code, f"{command}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def doctors_line(mcunas, name, **options):
    done = subprocess.run([mcunas, "doctor"], capture_output=True, text=True, check=False, **options)
    return next(line for line in done.stdout.splitlines() if f" {name} " in line)


def without_torch(library, folder):
    """A copy that looks for LibTorch in a folder of the same length that does not exist."""
    dynamic = run("readelf", "-d", library)
    path = re.search(r"\(R(?:UN)?PATH\).*\[(.+)\]", dynamic)[1].encode()
    blind = Path(folder) / "blind.so"
    blind.write_bytes(library.read_bytes().replace(path, b"/" + b"n" * (len(path) - 1)))
    return blind


def check_training(mcunas, library, folder, options):
    """The installed copy trains; where its LibTorch is gone, doctor and train say so and nothing is left behind."""
    line = doctors_line(mcunas, "LibTorch", **options)
    assert line.startswith("ok ") and str(library) in line, line
    tiny = [ROOT / "tests/integration/search/tiny.yaml", "evaluate.latency=model", "supernet.epochs=1"]
    run(mcunas, "train", *tiny, "--run-folder", "trained", **options)
    assert any((Path(folder) / "trained/checkpoints").iterdir())
    environment = dict(options["env"], MCUNAS_SUPERNET_LIBRARY=str(without_torch(library, folder)))
    hidden = dict(options, env=environment)
    line = doctors_line(mcunas, "LibTorch", **hidden)
    assert line.startswith("problem ") and "cannot be loaded" in line and ".so" in line, line
    said = run(mcunas, "train", *tiny, "--run-folder", "never", code=2, **hidden)
    assert "cannot be loaded" in said and not (Path(folder) / "never").exists(), said


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
        assert "ok" in run(mcunas, "validate", experiment, "evaluate.latency=model", **options)
        bench = prefix / "share/mcunas/configs/benches/local-virtual.yaml"
        run(prefix / "bin/mcunas-agent", "--bench", bench, "--check", **options)
        network = Path(folder) / "network.json"
        network.write_text('{"name": "n", "input": [8, 8, 3], "ops": [{"op": "conv", "in_shape": [8, 8, 3], '
                           '"out_shape": [4, 4, 8], "kernel": 3, "stride": 2}]}')
        out = run(mcunas, "compile", network, "--random-weights", "--board", "qemu-m4", "--verify", "-o",
                  Path(folder) / "out", **options)
        assert "output equals the reference" in out, out
        library = next(prefix.rglob(LIBRARY), None)
        assert (library is not None) == (Path(build) / LIBRARY).exists()
        if library is None:
            assert doctors_line(mcunas, "LibTorch", **options).startswith("problem ")
        else:
            check_training(mcunas, library, folder, options)
    print("the installed program finds its boards, configs, kernels and firmware")
    return 0


if __name__ == "__main__":
    sys.exit(main())
