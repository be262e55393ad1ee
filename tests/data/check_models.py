#!/usr/bin/env python3
"""The models in this folder are those that make_models writes, byte for byte, and small.

Usage: check_models.py MAKE_MODELS [--approve]
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ENDINGS = (".tflite", ".json")
LARGEST = 12 * 1024


def of_folder(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.suffix in ENDINGS}


def main():
    with tempfile.TemporaryDirectory(prefix="mcunas-models-") as folder:
        subprocess.run([sys.argv[1], folder], check=True)
        if sys.argv[2:] == ["--approve"]:
            for name in of_folder(HERE):
                (HERE / name).unlink()
            for file in Path(folder).iterdir():
                shutil.copyfile(file, HERE / file.name)
        made, kept = of_folder(Path(folder)), of_folder(HERE)
    problems = [f"{name}: differs from what make_models writes; look at the change, then scripts/approve models"
                for name in sorted(made.keys() | kept.keys()) if made.get(name) != kept.get(name)]
    problems += [f"{name}: {len(data)} bytes, more than {LARGEST}" for name, data in kept.items() if len(data) > LARGEST]
    print("\n".join(problems) or f"{len(kept)} files, {sum(map(len, kept.values()))} bytes: as made")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
