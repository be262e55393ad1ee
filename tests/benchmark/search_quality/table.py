#!/usr/bin/env python3
"""Markdown tables of a search_quality result.

Usage: table.py RESULT.json
"""

import json
import sys

TABLES = {"nas_bench_macro": "NAS-Bench-Macro", "made_up": "Made-up table", "mobilenet": "Made-up accuracies, MCUNet-like"}


def cells(quality):
    """Column -> text, of one strategy."""
    found = {}
    for what, value in quality.items():
        if isinstance(value, dict):
            found.update({f"{what} @ {at}": number for at, number in value.items()})
        elif "@" in what:
            found[what] = value
    return {column: f"{number:.3f}" if column.startswith("regret") else f"{number:.4f}"
            for column, number in found.items()}


def print_table(title, qualities, seeds):
    rows = {name: cells(quality) for name, quality in qualities.items()}
    columns = list(next(iter(rows.values())))
    print(f"\n{title}, means of {seeds} seeds\n")
    print("| | " + " | ".join(columns) + " |")
    print("|---" * (1 + len(columns)) + "|")
    for name, row in rows.items():
        print(f"| {name} | " + " | ".join(row.values()) + " |")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        result = json.load(file)
    for key, title in TABLES.items():
        if key in result:
            print_table(title, result[key], result["seeds"])


if __name__ == "__main__":
    main()
