#!/usr/bin/env python3
"""clang-tidy 14 with the checks of .clang-tidy, two files at a time.

    tidy.py ROOT BUILD                  what the last 20 commits touched, newest first, for at most 7 minutes
    tidy.py ROOT BUILD --all            every file of the rooms, supernet and kernels included; half an hour on two cores
    tidy.py ROOT BUILD FILE...          these

BUILD holds compile_commands.json; files that it does not know (supernet/ without LibTorch) are named and left; firmware/
is judged as code for a Cortex-M7. A header is judged with the .cc of its name. A file takes 2 to 10 seconds, one that includes LibTorch or Boost.Beast 30.
Exit codes: 0 clean, 1 findings, 77 no clang-tidy 14.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from format import SKIP, VERSION, llvm_tool

ROOMS = ("cli", "supernet", "board_agent", "nas", "engine", "memory_model", "network", "common", "kernels",
         "firmware")
FIRMWARE = ["--", "-std=c11", "-I.", "--target=arm-none-eabi", "-mcpu=cortex-m7", "-mthumb", "-DMCU_CLOCK_HZ=216000000",
            "-isystem", "/usr/lib/arm-none-eabi/include"]
COMMITS = 20
SECONDS = 420


def git(root, *arguments):
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout.split()


def touched(root):
    """Files of the last commits, and what is not committed yet, newest first."""
    names = git(root, "diff", "--name-only", "HEAD")
    names += git(root, "log", f"-{COMMITS}", "--format=", "--name-only", "--diff-filter=AMR")
    sources = [str(Path(name).with_suffix(".cc")) if name.endswith(".h") else name for name in names]
    return [name for name in dict.fromkeys(sources) if (root / name).exists()]


def in_rooms(name):
    return name.split("/")[0] in ROOMS and name.endswith((".cc", ".c"))


def known(build, root):
    commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    return {str(Path(entry["file"]).resolve().relative_to(root)) for entry in commands
            if Path(entry["file"]).resolve().is_relative_to(root)}


def without_precompiled_headers(build, folder):
    """The build's compile_commands.json in `folder`, for a compiler that did not make its precompiled headers."""
    text = (build / "compile_commands.json").read_text(encoding="utf-8")
    (folder / "compile_commands.json").write_text(re.sub(r"-Winvalid-pch -include \S+/cmake_pch\.hxx", "", text),
                                                  encoding="utf-8")
    return folder


class Judge:
    """Runs clang-tidy file by file until the time is up."""

    def __init__(self, program, root, build, seconds):
        self.program, self.root, self.build = program, root, build
        self.ends = time.monotonic() + seconds

    def command(self, name):
        """Firmware is never built by CMake, so its flags stand here."""
        if name.startswith("firmware/"):
            return [self.program, "--quiet", name, *FIRMWARE]
        return [self.program, "--quiet", "-p", str(self.build), name]

    def findings(self, name):
        """Text of what is wrong; "" where nothing is, None where there was no time."""
        if time.monotonic() > self.ends:
            return None
        done = subprocess.run(self.command(name), cwd=self.root, capture_output=True, text=True, check=False)
        return done.stdout.replace(f"{self.root}/", "") if done.returncode else ""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("build", type=Path)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--seconds", type=float, help=f"{SECONDS} for the last commits, else without end")
    return parser.parse_args()


def main():
    args = arguments()
    root, build = args.root.resolve(), args.build.resolve()
    program = llvm_tool("clang-tidy")
    if program is None:
        print(f"SKIP: no clang-tidy {VERSION} (apt install clang-tidy-{VERSION})")
        return SKIP
    recent = not args.all and not args.files
    names = git(root, "ls-files", *ROOMS) if args.all else args.files or touched(root)
    names = [name for name in names if in_rooms(name)]
    unknown = sorted({name for name in names if not name.startswith("firmware/")} - known(build, root))
    names = [name for name in names if name not in unknown]
    with tempfile.TemporaryDirectory(prefix="mcunas-tidy-") as folder, ThreadPoolExecutor(2) as pool:
        judge = Judge(program, root, without_precompiled_headers(build, Path(folder)),
                      args.seconds or (SECONDS if recent else float("inf")))
        found = dict(zip(names, pool.map(judge.findings, names)))
    print("".join(text for text in found.values() if text), end="")
    late = [name for name, text in found.items() if text is None]
    bad = [name for name, text in found.items() if text]
    if unknown:
        print(f"not in {build.name}/compile_commands.json: {', '.join(unknown)}")
    if late:
        print(f"no time left for {', '.join(late)}: scripts/check --all")
    print(f"{len(found) - len(late)} files, {len(bad)} with findings{': ' if bad else ''}{', '.join(bad)}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
