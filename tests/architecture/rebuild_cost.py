#!/usr/bin/env python3
"""How many units each header rebuilds: python3 rebuild_cost.py BUILD_FOLDER [--sources] [--all]

Reads the dependencies that ninja recorded, so the folder must have been built (all targets for numbers that
compare); with --sources follows the #include lines of the units that the folder is configured for instead, which
takes a second and no build. Prints JSON: {"units": N, "headers": {"network/network.h": M, ...}}, most expensive
first, 20 of them without --all. Headers are those of this project, by their path from its root. --most
network/network.h=280 (any number of them) fails where a header rebuilds more units than that.
"""
import argparse
import collections
import functools
import json
import os
import re
import subprocess

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def recorded(build):
    """Yields (object file, its dependencies as paths from the build folder)."""
    text = subprocess.run(["ninja", "-C", build, "-t", "deps"], check=True, capture_output=True, text=True).stdout
    unit, files = None, []
    for line in text.splitlines():
        if line.startswith("    "):
            files.append(line.strip())
            continue
        if unit:
            yield unit, files
        name, _, rest = line.partition(": #deps")
        unit, files = (name, []) if rest else (None, [])
    if unit:
        yield unit, files


def source_folder(build):
    with open(os.path.join(build, "CMakeCache.txt"), encoding="utf-8") as cache:
        for line in cache:
            if line.startswith("CMAKE_HOME_DIRECTORY:"):
                return line.split("=", 1)[1].strip()
    raise SystemExit(f"{build}: no CMakeCache.txt that names the source folder")


def closures(build, root):
    """Yields (object file, the project's files that its source includes, directly or not)."""
    @functools.lru_cache(maxsize=None)
    def included(path):
        with open(path, encoding="utf-8", errors="replace") as source:
            names = INCLUDE.findall(source.read())
        places = [(os.path.join(os.path.dirname(path), n), os.path.join(root, n)) for n in names]
        return [os.path.normpath(p) for pair in places for p in pair if os.path.isfile(p)]

    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as commands:
        sources = [os.path.join(c["directory"], c["file"]) for c in json.load(commands)]
    for number, source in enumerate(sources):
        if not os.path.isfile(source):
            continue  # written by the build
        seen, waiting = set(), [os.path.normpath(source)]
        while waiting:
            for path in included(waiting.pop()):
                if path not in seen:
                    seen.add(path)
                    waiting.append(path)
        yield f"{number}.o", seen


def count(build, from_sources):
    build = os.path.abspath(build)
    root = source_folder(build) + os.sep
    units, headers = 0, collections.Counter()
    for unit, files in closures(build, root) if from_sources else recorded(build):
        if not unit.endswith(".o"):
            continue
        units += 1
        paths = {os.path.normpath(os.path.join(build, f)) for f in files}
        own = {p[len(root):] for p in paths if p.startswith(root) and p.endswith(".h")}
        headers.update(h for h in own if not h.startswith(("build" + os.sep, "shared" + os.sep)))
    return {"units": units, "headers": headers}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--sources", action="store_true", help="follow #include lines")
    parser.add_argument("--all", action="store_true", help="every header, not the first 20")
    parser.add_argument("--most", action="append", default=[], metavar="HEADER=UNITS")
    arguments = parser.parse_args()
    result = count(arguments.build, arguments.sources)
    too_many = [f"{h} rebuilds {result['headers'][h]} units, at most {n} are agreed on: includes that only pass a"
                " name on can be forward declarations" for h, n in (limit.split("=") for limit in arguments.most)
                if result["headers"][h] > int(n)]
    if too_many:
        raise SystemExit("\n".join(too_many))
    result["headers"] = dict(result["headers"].most_common(None if arguments.all else 20))
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
