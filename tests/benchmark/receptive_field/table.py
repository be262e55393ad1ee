#!/usr/bin/env python3
"""Markdown tables of receptive_field_search results: mean and standard error over the seeds.

Usage: table.py RESULT.json ...
"""

import json
import statistics
import sys


def cell(runs, part, key, digits):
    values = [run[part][key] for run in runs]
    error = statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0
    return f"{statistics.mean(values):.{digits}f} ± {error:.{digits}f}"


def stage_cell(runs, part, stage):
    return f"{statistics.mean(run[part]['stages'][stage] for run in runs):.2f}"


def table(path):
    with open(path, encoding="utf-8") as file:
        result = json.load(file)
    print(f"\nSRAM at most {result['sram_limit_bytes'] // 1024} kB, "
          f"MACs at most {result['macs_limit'] / 1e6:g} M, input {result['input']}\n")
    stages = None
    for name, all_runs in result["schedules"].items():
        runs = [run for run in all_runs if "error" not in run]
        if not runs:
            print(f"{name}: {all_runs[0]['error']}")
            continue
        if stages is None:
            stages = len(runs[0]["whole_front"]["stages"])
            numbers = " | ".join(f"stage {s}" for s in range(stages))
            print(f"| schedule | networks | early | late | late - early | {numbers} | MACs factor | best accuracy |")
            print("|---" * (7 + stages) + "|")
        for part, label in (("whole_front", "front"), ("accurate_half", "its accurate half")):
            row = [name, label, cell(runs, part, "early", 2), cell(runs, part, "late", 2),
                   cell(runs, part, "late_minus_early", 2)]
            row += [stage_cell(runs, part, s) for s in range(stages)]
            row += [cell(runs, part, "mean_macs_factor", 3), cell(runs, part, "best_accuracy", 4)]
            print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        table(argument)
