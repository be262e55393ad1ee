#!/usr/bin/env python3
"""Files that pages, comments and scripts name must exist: links of *.md, and paths that begin with a folder of ours.

Usage: references.py ROOT
"""

import re
import subprocess
import sys
from pathlib import Path

ENDINGS = r"(?:h|cc|c|py|md|json|yaml|yml|svg|cmake|tflite|csv|ld|S|fbs)"
TEXT = {".h", ".cc", ".c", ".py", ".md", ".cmake", ".txt", ".sh", ""}
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
# What happened, not what is there.
HISTORY = {"CHANGELOG.md"}
# Names that tests make up, and places for one.
MADE_UP = re.compile(r"/(?:planted|innocent|fake_kernels)\.|NAME")


def tracked(root):
    listing = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=False)
    return None if listing.returncode else listing.stdout.splitlines()


def missing_links(root, name, line):
    for target in LINK.findall(line):
        if "://" not in target and not (root / name).parent.joinpath(target).exists():
            yield target


def missing_paths(root, name, line, path):
    """Paths that begin with a folder of ours: from the root, or from the folder of the file that names them."""
    for target in path.findall(line):
        if MADE_UP.search(target):
            continue
        if not (root / target).exists() and not (root / name).parent.joinpath(target).exists():
            yield target


def problems_of(root, name, path):
    text = (root / name).read_text(encoding="utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), 1):
        found = list(missing_paths(root, name, line, path))
        if name.endswith(".md"):
            found += missing_links(root, name, line)
        yield from (f"{name}:{number}: there is no {target}" for target in found)


def main():
    root = Path(sys.argv[1]).resolve()
    names = tracked(root)
    if names is None:
        print("[SKIP] not a git checkout")
        return 0
    folders = sorted({name.split("/")[0] for name in names if "/" in name and not name.startswith(".")})
    path = re.compile(rf"(?<![\w./$*}}-])((?:{'|'.join(folders)})/[\w./-]*[\w-]\.{ENDINGS})(?![\w.*])")
    problems = [problem for name in names
                if Path(name).suffix in TEXT and (root / name).is_file() and name not in HISTORY
                for problem in problems_of(root, name, path)]
    print("\n".join(problems) or "every file that is named exists")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
