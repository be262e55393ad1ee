#!/usr/bin/env python3
"""Search strategies against random search at equal evaluations on a real supernet.

One supernet per seed, trained once; every strategy searches it through its checkpoint. The int8 score of the best
network that each finds (weights as inherited, generated C) on the test set, paired by seed. JSON on stdout.

  ninja -C build/release mcunas mcunas_supernet
  MCUNAS_DATA=... tests/benchmark/search_on_supernet/compare.py build/release/mcunas --folder /tmp/compare
"""

import argparse
import json
import math
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).parent


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}:\n{done.stdout[-3000:]}")


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def two_sided(t, freedom):
    """P(|T| > t) of Student's distribution, by Simpson's rule over its density."""
    scale = math.gamma((freedom + 1) / 2) / (math.sqrt(freedom * math.pi) * math.gamma(freedom / 2))
    steps, width = 20000, abs(t) / 20000
    inside = sum((1 if i in (0, steps) else 4 if i % 2 else 2) *
                 (1 + (i * width) ** 2 / freedom) ** (-(freedom + 1) / 2) for i in range(steps + 1))
    return max(0.0, 1 - 2 * scale * inside * width / 3)


def paired(ours, theirs):
    differences = [a - b for a, b in zip(ours, theirs)]
    mean = statistics.mean(differences)
    if len(differences) < 2:
        return {"mean_points": 100 * mean}
    error = statistics.stdev(differences) / math.sqrt(len(differences))
    return {"mean_points": 100 * mean, "standard_error_points": 100 * error,
            "p_two_sided": two_sided(mean / error, len(differences) - 1) if error > 0 else None}


def train(options, seed):
    folder = options.folder / f"seed{seed}" / "supernet"
    if not folder.exists():
        run([options.mcunas, "train", options.experiment, f"search.seed={seed}", "--run-folder", folder])
    return folder / "checkpoints"


def search(options, seed, strategy):
    """What the search found; its score as the search saw it, and that of its int8 code."""
    folder = options.folder / f"seed{seed}" / strategy
    if not (folder / "result.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(train(options, seed), folder / "checkpoints")
        run([options.mcunas, "search", options.experiment, f"search.seed={seed}", f"search.algorithm={strategy}",
             "--run-folder", folder])
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    winner = result["winner"]["metrics"]
    return {"network": result["winner"]["network"], "evaluations": result["rounds"][-1]["evaluated"]["value"],
            **{name: winner[name]["value"] for name in ("accuracy", "int8_accuracy", "test_accuracy", "macs")}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mcunas")
    parser.add_argument("--experiment", default=str(HERE / "cifar10.yaml"))
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="runs that are there are not run again")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--strategies", nargs="+", default=["aging", "bayes"])
    options = parser.parse_args()
    if "MCUNAS_DATA" not in os.environ:
        sys.exit("MCUNAS_DATA must name the folder that holds cifar10/")
    before = processor_seconds()
    found = {name: [search(options, seed, name) for seed in options.seeds]
             for name in ["random", *options.strategies]}
    scores = {name: {key: [one[key] for one in all_found] for key in ("accuracy", "test_accuracy")}
              for name, all_found in found.items()}
    against = {name: {key: paired(scores[name][key], scores["random"][key]) for key in scores[name]}
               for name in options.strategies}
    print(json.dumps({"experiment": pathlib.Path(options.experiment).name, "seeds": options.seeds, "found": found,
                      "against_random": against, "processor_seconds": round(processor_seconds() - before)}, indent=1))


if __name__ == "__main__":
    main()
