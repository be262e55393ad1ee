#!/usr/bin/env python3
"""What a search saves by looking at few images first, on one real supernet.

1. Rank fidelity of recalibration: Kendall's tau of the scores of the same random networks with fewer images for
   batch norm against 1280.
2. Image passes (scored and recalibrated with) and the final front: the search as it is, and with `search.screen`.
JSON on stdout.

  ninja -C build/release mcunas mcunas_supernet
  MCUNAS_DATA=... tests/benchmark/search_on_supernet/screening.py build/release/mcunas --folder /tmp/screening
"""

import argparse
import itertools
import json
import math
import pathlib
import shutil
import sqlite3
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
COMMON = ["search.seed=1"]
TWO_GOALS = ["search.objectives={accuracy: max, macs: min}", "search.population=16"]
SEARCHES = {  # algorithm, evaluations, images for batch norm, screened on
    "nsga2": ("nsga2", 80, 1280, 0),
    "nsga2_screened": ("nsga2", 80, 256, 250),
    "bayes_screened": ("bayes", 40, 256, 250),
}


def run(options, name, arguments):
    folder = options.folder / name
    if not (folder / "result.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(options.folder / "supernet" / "checkpoints", folder / "checkpoints")
        execute([options.mcunas, "search", HERE / "cifar10.yaml", *COMMON, *arguments, "--run-folder", folder])
    return folder


def execute(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}:\n{done.stdout[-3000:]}")


def scores(folder):
    """Score of every network by its hash, from the study."""
    with sqlite3.connect(folder / "study.db") as study:
        return dict(study.execute("SELECT c.hash, m.value FROM candidates c JOIN metrics m ON m.candidate = c.id "
                                  "WHERE m.name = 'accuracy'"))


def image_passes(folder, bn_images):
    with sqlite3.connect(folder / "study.db") as study:
        results = study.execute("SELECT result FROM evaluations WHERE kind LIKE 'accuracy%'").fetchall()
    return sum(json.loads(text)["metrics"]["images"]["value"] + bn_images for (text,) in results)


def kendall(a, b):
    signs = [(math.copysign(1, x1 - x2) * (x1 != x2), math.copysign(1, y1 - y2) * (y1 != y2))
             for (x1, y1), (x2, y2) in itertools.combinations(list(zip(a, b)), 2)]
    untied = [sum(s[k] != 0 for s in signs) for k in (0, 1)]
    return sum(x * y for x, y in signs) / math.sqrt(untied[0] * untied[1])


def rank_fidelity(options):
    runs = {count: scores(run(options, f"bn{count}", ["search.algorithm=random", f"supernet.bn_images={count}"]))
            for count in (1280, 256, 64)}
    networks = sorted(runs[1280])
    return {str(count): {"tau_to_1280": kendall([found[n] for n in networks], [runs[1280][n] for n in networks]),
                         "mean_score": sum(found.values()) / len(found)} for count, found in runs.items()}


def front_of(folder):
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    front = {one["network"]: {name: one["metrics"][name]["value"] for name in ("accuracy", "macs")}
             for one in result["pareto"]}
    return {"hypervolume": result["rounds"][-1]["hypervolume"]["value"], "front": front}


def searches(options):
    found = {}
    for name, (algorithm, evaluations, bn_images, screen) in SEARCHES.items():
        folder = run(options, name, [*TWO_GOALS, f"search.algorithm={algorithm}",
                                     f"search.budget.evaluations={evaluations}", f"supernet.bn_images={bn_images}",
                                     f"search.screen.images={screen}"])
        found[name] = {"image_passes": image_passes(folder, bn_images), **front_of(folder)}
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mcunas")
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="runs that are there are not run again")
    options = parser.parse_args()
    if not (options.folder / "supernet" / "checkpoints").exists():
        execute([options.mcunas, "train", HERE / "cifar10.yaml", *COMMON, "--run-folder", options.folder / "supernet"])
    print(json.dumps({"rank_fidelity_of_recalibration": rank_fidelity(options), "searches": searches(options)},
                     indent=1))


if __name__ == "__main__":
    main()
