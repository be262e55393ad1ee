#!/usr/bin/env python3
"""What must never stand in tracked text: absolute paths of a developer's machine, leftover markers."""

import re
import subprocess
import sys
from pathlib import Path

FORBIDDEN = {
    # Home and work folders as they appear on one machine only.
    "path of a machine": re.compile(r"(?:^|[^\w.<])/(?:home|root|work|Users)/\w"),
    "unfinished marker": re.compile(r"\b(?:TODO|FIXME|XXX)\b"),
}
TEXT = {".h", ".cc", ".c", ".py", ".sh", ".md", ".cmake", ".txt", ".yaml", ".yml", ".json", ".ld", ".S", ""}


def main():
    root = Path(sys.argv[1])
    listing = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=False)
    if listing.returncode:
        print("[SKIP] not a git checkout")
        return 0
    problems = []
    for name in listing.stdout.splitlines():
        file = root / name
        if file.suffix not in TEXT or not file.is_file() or name.endswith("architecture/hygiene.py"):
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            problems += [f"{name}:{number}: {what}: {line.strip()[:80]}"
                         for what, pattern in FORBIDDEN.items() if pattern.search(line)]
    print("\n".join(problems) or "clean")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
