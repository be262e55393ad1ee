#!/usr/bin/env python3
"""Every C and C++ file is as clang-format 14 leaves it. Another major version formats otherwise and is not asked.

Usage: format.py ROOT [--write]
Exit 77: there is no clang-format 14.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

SKIP = 77
VERSION = 14


def llvm_tool(name):
    """That version of an LLVM program, under either of the names that distributions give it; or None."""
    for program in (f"{name}-{VERSION}", name):
        if shutil.which(program):
            text = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
            if re.search(rf"version {VERSION}\.", text):
                return program
    return None


def main():
    root = Path(sys.argv[1])
    program = llvm_tool("clang-format")
    if program is None:
        print(f"SKIP: no clang-format {VERSION} (apt install clang-format-{VERSION})")
        return SKIP
    listing = subprocess.run(["git", "ls-files", "*.h", "*.cc", "*.c"], cwd=root, capture_output=True, text=True,
                             check=False)
    if listing.returncode:
        print("SKIP: not a git checkout")
        return SKIP
    mode = ["-i"] if sys.argv[2:] == ["--write"] else ["--dry-run", "--Werror"]
    return subprocess.run([program, *mode, *listing.stdout.split()], cwd=root, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
