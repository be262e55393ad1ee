#!/usr/bin/env python3
"""Documentation checked by running it.

- README.md has fewer than 150 lines, and every file that it or ARCHITECTURE.md links or names exists.
- A code block that begins with `$ build/release/mcunas ...` is run and must print exactly what stands below.
- docs/plan.svg is what `mcunas plan` draws.
- Every verb named as `mcunas VERB` exists, and every verb's --help has an example.
- Every experiment file is valid.

Usage: check.py BUILD_FOLDER            check
       check.py BUILD_FOLDER --approve  write the present output into docs/
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGES = ("README.md", "ARCHITECTURE.md", "docs/plan.md", "docs/cycle-model.md", "CONTRIBUTING.md")
PICTURE = ("docs/plan.svg", "plan docs/small-network.json --input streamed --svg")


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
            if "://" not in target and not ((ROOT / page).parent / target).exists():
                problems.append(f"{page} links to {target}, which does not exist")
    return problems


BLOCK = re.compile(r"```\n\$ build/release/mcunas (.*?)```", re.S)


def printed(program, block):
    """What the block should be: its command and what that prints."""
    command = block.partition("\n")[0]
    done = run(program, *command.split())
    return f"{command}\n{done.stdout}{done.stderr}"


def check_blocks(program):
    problems = []
    for page in PAGES:
        for block in BLOCK.findall((ROOT / page).read_text()):
            found = printed(program, block)
            if found != block:
                problems.append(f"{page}: mcunas {found}is what it prints now, not\n{block}")
    return problems


def draw(program, path):
    run(program, *PICTURE[1].split(), path)
    return path.read_text()


def check_picture(program):
    with tempfile.TemporaryDirectory() as folder:
        if draw(program, Path(folder) / "plan.svg") != (ROOT / PICTURE[0]).read_text():
            return [f"{PICTURE[0]} is out of date; look at the change, then run scripts/approve"]
    return []


def approve(program):
    """Writes the present output into docs/; the README keeps what a person chose to show."""
    for page in PAGES:
        if page.startswith("docs/"):
            text = (ROOT / page).read_text()
            (ROOT / page).write_text(BLOCK.sub(
                lambda match: f"```\n$ build/release/mcunas {printed(program, match[1])}```", text))
    draw(program, ROOT / PICTURE[0])


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
        done = run(program, "validate", "--resolve", file)  # the file alone: not every machine has the data
        if done.returncode:
            problems.append(done.stderr)
    return problems


def main():
    program = Path(sys.argv[1]).resolve() / "mcunas"
    if sys.argv[2:] == ["--approve"]:
        approve(program)
        return 0
    problems = (check_length() + check_links() + check_blocks(program) + check_picture(program) + check_verbs(program) +
                check_experiments(program))
    print("\n".join(problems) or "the documentation holds")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
