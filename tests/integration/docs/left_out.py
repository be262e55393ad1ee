#!/usr/bin/env python3
"""The line that scripts/test ends with where data of other people are not at hand.

It names what is missing and nothing else, with a command that scripts/fetch_data takes.
"""

import os
import re
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = {"models": "tflite", "nasbench": "nasbench", "cifar10": "cifar10", "fashion-mnist": "fashion-mnist"}


def said(data):
    done = subprocess.run(["bash", "-c", "source scripts/lib.sh; data_left_out"], cwd=ROOT, text=True, check=True,
                          capture_output=True, env=dict(os.environ, MCUNAS_DATA=str(data)))
    return done.stdout


def named(line):
    assert line.count("\n") == 1, line
    command = re.search(r"MCUNAS_DATA=FOLDER, and scripts/fetch_data (\S+) --from DOWNLOADS --to FOLDER\n$", line)
    assert command, line
    names = command[1].split("|")
    assert line.startswith(f"without {' and '.join(names)} of other people"), line
    return names


def main():
    known = subprocess.run([ROOT / "scripts/fetch_data", "--help"], text=True, check=True, capture_output=True).stdout
    choices = re.search(r"\{([^}]+)\}", known)[1].split(",")
    assert sorted(named(said("/nonexistent"))) == sorted(choices) == sorted(FOLDERS), choices
    with tempfile.TemporaryDirectory() as folder:
        for name, place in FOLDERS.items():
            assert name in named(said(folder)), name
            (Path(folder) / place).mkdir()
            assert name not in said(folder), name
        assert said(folder) == "", said(folder)
    assert re.search(r"^data_left_out$", (ROOT / "scripts/test").read_text(), re.M)
    print("ok")


if __name__ == "__main__":
    main()
