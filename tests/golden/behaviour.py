#!/usr/bin/env python3
"""What must not change unseen: the bytes of every plan and of all generated C, and the history of a seeded search.

    behaviour.py MCUNAS              plans and C of the models in tests/data and, where that is there, of every
                                     model of $MCUNAS_DATA (or ../shared/data), against behaviour.json
    behaviour.py MCUNAS --search     prints the digest of the history of a short seeded search (trains for a minute;
                                     accuracies depend on the processor: compare on one machine)
    behaviour.py MCUNAS --print      prints the digests instead of comparing
    ... --approve                    writes behaviour.json; look at `git diff` before you commit

A digest is the beginning of the SHA-256 of everything that a command writes. Exit codes: 0 unchanged, 1 changed.
"""

import argparse
import csv
import hashlib
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "data"))
from models import outside_data, own_models  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).with_name("behaviour.json")
PLANS = {
    "plan": [],
    "plan streamed": ["--input", "streamed"],
    "plan layerwise": ["--modes", "layerwise"],
    "plan for 64 kB": ["--sram", "64kB", "--input", "rereadable"],
}
SOURCES = {
    "C": [],
    "C streamed": ["--input", "streamed"],
    "C layerwise, unfolded, tflm": ["--modes", "layerwise", "--no-folding", "--rounding", "tflm"],
}


def digest(parts):
    total = hashlib.sha256()
    for part in parts:
        total.update(part if isinstance(part, bytes) else part.encode())
        total.update(b"\0")
    return total.hexdigest()[:16]


def models():
    """Name in the table -> file."""
    found = {f"data/{file.stem}": file for file in own_models()}
    if data := outside_data():
        for file in sorted(data.rglob("*.tflite")) + sorted((data / "networks").glob("*.json")):
            found[str(file.relative_to(data))] = file
    return found


def complaint(done, file):
    """What a failed command said, without the folder that the model lies in."""
    return b"" if done.returncode == 0 else done.stderr.replace(str(file).encode(), file.name.encode())


def plan_digest(program, file, arguments):
    done = subprocess.run([program, "plan", file, "--json", *arguments], capture_output=True, check=False)
    return digest([str(done.returncode), done.stdout, complaint(done, file)])


def sources_digest(program, file, arguments):
    weights = ["--random-weights"] if file.suffix == ".json" else []
    with tempfile.TemporaryDirectory(prefix="mcunas-behaviour-") as folder:
        done = subprocess.run([program, "compile", file, "-o", folder, *arguments, *weights], capture_output=True,
                              check=False)
        if done.returncode:
            return digest([str(done.returncode), complaint(done, file)])
        files = sorted(path for path in Path(folder).rglob("*") if path.is_file())
        return digest(part for path in files for part in (str(path.relative_to(folder)), path.read_bytes()))


def behaviour_of(program, file):
    found = {name: plan_digest(program, file, arguments) for name, arguments in PLANS.items()}
    found.update({name: sources_digest(program, file, arguments) for name, arguments in SOURCES.items()})
    return found


def search_digest(program):
    """Of the history: who was asked, in which order, with which metrics; and of the front."""
    with tempfile.TemporaryDirectory(prefix="mcunas-behaviour-") as folder:
        subprocess.run([program, "search", ROOT / "configs/experiments/quickstart.yaml", "--run-folder", folder,
                        "supernet.epochs=1", "search.budget.evaluations=24", "evaluate.latency=model",
                        "evaluate.int8_top_k=2"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(Path(folder) / "pareto.csv", encoding="utf-8") as table:
            front = json.dumps(list(csv.reader(table)))
        candidates = json.loads((Path(folder) / "result.json").read_text(encoding="utf-8"))
        return digest([front, json.dumps(candidates.get("rounds", []))])


def compare(found, approved):
    changed = [f"{name}: {what} changed" for name, digests in found.items() if name in approved
               for what, value in digests.items() if approved[name].get(what) != value]
    return changed + [f"{name}: not in {GOLDEN.name}" for name in found if name not in approved]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    for flag in ("--search", "--print", "--approve"):
        parser.add_argument(flag, action="store_true")
    options = parser.parse_args()
    program = Path(options.program).resolve()
    if options.search:
        print(search_digest(program))
        return 0
    files = models()
    with ThreadPoolExecutor(2) as pool:
        found = dict(zip(files, pool.map(lambda file: behaviour_of(program, file), files.values())))
    if options.print:
        print(json.dumps(found, indent=1))
        return 0
    approved = json.loads(GOLDEN.read_text(encoding="utf-8")) if GOLDEN.exists() else {}
    if options.approve:
        GOLDEN.write_text(json.dumps({**approved, **found}, indent=1) + "\n", encoding="utf-8")
        return 0
    changed = compare(found, approved)
    print("\n".join(changed) or f"{len(found)} models, {sum(map(len, found.values()))} digests: unchanged")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
