#!/usr/bin/env python3
"""Markdown tables of search_quality results: one row per strategy, or per file with a name before it.

Usage: table.py RESULT.json                all strategies of one result
       table.py --of bayes NAME=RESULT.json ...  one strategy of several results
"""

import json
import sys

TABLES = {"nas_bench_macro": "NAS-Bench-Macro", "made_up": "made-up table"}


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def row(name, quality):
    regret = " | ".join(f"{value:.3f}" for value in quality["regret"].values())
    volume = " | ".join(f"{value:.4f}" for value in quality["hypervolume"].values())
    return f"| {name} | {regret} | {volume} |"


def header(table, quality, seeds):
    print(f"\n{TABLES[table]}, means of {seeds} seeds\n")
    columns = [f"regret @ {at}" for at in quality["regret"]] + [f"volume @ {at}" for at in quality["hypervolume"]]
    print("| | " + " | ".join(columns) + " |")
    print("|---" * (1 + len(columns)) + "|")


def main(arguments):
    if arguments[:1] == ["--of"]:
        strategy, results = arguments[1], [(name, load(path)) for name, path in (a.split("=", 1) for a in arguments[2:])]
        rows = {table: [(name, result[table][strategy]) for name, result in results if table in result]
                for table in TABLES}
    else:
        results = [("", load(arguments[0]))]
        rows = {table: list(results[0][1].get(table, {}).items()) for table in TABLES}
    for table, qualities in rows.items():
        if qualities:
            header(table, qualities[0][1], results[0][1]["seeds"])
            for name, quality in qualities:
                print(row(name, quality))


if __name__ == "__main__":
    main(sys.argv[1:])
