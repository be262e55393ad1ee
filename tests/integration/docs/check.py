#!/usr/bin/env python3
"""Documentation checked by running it.

- README.md has fewer than 150 lines, and every file that it or ARCHITECTURE.md links or names exists.
- A code block that begins with `$ build/release/mcunas ...` is run and must print exactly what stands below.
- Every verb named as `mcunas VERB` exists, and every verb's --help has an example.
- Every experiment file is valid.

Usage: check.py BUILD_FOLDER
"""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGES = ("README.md", "ARCHITECTURE.md")


def run(program, *arguments):
    environment = dict(os.environ, MCUNAS_DATA=os.environ.get("MCUNAS_DATA", str(ROOT / "../shared/data")))
    return subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False,
                          env=environment)


def check_length():
    lines = len((ROOT / "README.md").read_text().splitlines())
    return [f"README.md has {lines} lines"] if lines >= 150 else []


def check_links():
    problems = []
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / page).read_text()):
            if "://" not in target and not (ROOT / target).exists():
                problems.append(f"{page} links to {target}, which does not exist")
    return problems


def check_blocks(program):
    problems = []
    for page in PAGES:
        for block in re.findall(r"```\n\$ build/release/mcunas (.*?)```", (ROOT / page).read_text(), re.S):
            command, _, expected = block.partition("\n")
            done = run(program, *command.split())
            if done.stdout + done.stderr != expected:
                problems.append(f"{page}: mcunas {command} prints\n{done.stdout + done.stderr}instead of\n{expected}")
    return problems


def check_verbs(program):
    known = re.findall(r"^  ([a-z]+)  ", run(program, "--help").stdout, re.M)
    problems = [] if len(known) >= 10 else [f"--help lists only {known}"]
    for verb in known:
        done = run(program, verb, "--help")
        if done.returncode or "Example: mcunas " + verb not in done.stdout:
            problems.append(f"mcunas {verb} --help has no example")
    for page in PAGES:
        for verb in set(re.findall(r"`mcunas ([a-z]+)", (ROOT / page).read_text())):
            if verb not in known:
                problems.append(f"{page} names the verb {verb}, which does not exist")
    return problems


def check_experiments(program):
    problems = []
    for file in sorted((ROOT / "configs/experiments").glob("*.yaml")):
        done = run(program, "validate", file)
        if done.returncode:
            problems.append(done.stderr)
    return problems


def main():
    program = Path(sys.argv[1]) / "mcunas"
    problems = (check_length() + check_links() + check_blocks(program) + check_verbs(program) +
                check_experiments(program))
    print("\n".join(problems) or "the documentation holds")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
