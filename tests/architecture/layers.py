#!/usr/bin/env python3
"""Enforces the include table of ARCHITECTURE.md: who may include whom, and where heavy headers may stand.

Usage: layers.py ROOT            check the tree
       layers.py ROOT --selftest plant one violation of each kind in a copy and see it reported
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path

# Room -> rooms whose headers it may include (itself always). Longest matching prefix decides the room.
MAY_INCLUDE = {
    "common": [],
    "network": ["common"],
    "memory_model": ["common", "network", "engine/kernels/scratch_size.h"],
    "engine/kernels": [],
    "firmware": ["engine/kernels"],
    "engine": ["common", "network", "memory_model", "engine/kernels/scratch_size.h"],
    "nas/space": ["common", "network", "memory_model"],
    "nas/evaluate": ["common", "network", "memory_model", "nas/space"],
    "supernet": ["common", "network", "nas/space", "nas/evaluate"],
    "board_agent/protocol": ["common"],
    "board_agent/runner": ["common", "firmware/harness/result_block.h"],
    "board_agent/bench": ["common", "board_agent/protocol", "board_agent/runner",
                          "firmware/harness/result_block.h"],
    "board_agent/server": ["common", "board_agent/protocol", "board_agent/runner", "board_agent/bench",
                           "firmware/harness/result_block.h"],
    "board_agent/client": ["common", "network", "board_agent/protocol", "nas/space", "nas/evaluate"],
    "nas/search": ["common", "network", "memory_model", "nas/space", "nas/evaluate"],
    "nas/predictor": ["common", "network", "memory_model", "nas/space", "nas/evaluate"],
    "nas/records": ["common", "network", "memory_model", "nas/space", "nas/evaluate"],
    "nas/report": ["common", "network", "memory_model", "nas/space", "nas/evaluate"],
    "nas/cli": [""],  # everything; nobody includes it
}

# Third-party header prefix -> rooms that may use it in their sources.
THIRD_PARTY = {
    "torch/": ["supernet"], "ATen/": ["supernet"], "c10/": ["supernet"],
    "boost/": ["board_agent"], "openssl/": ["board_agent"],
    "Eigen/": ["engine/quantize", "nas/predictor"],
    "sqlite3.h": ["board_agent", "nas/records"],
    "flatbuffers/": ["engine/tflite"],
    "CLI/": ["nas/cli", "board_agent/server"],
    "yaml-cpp/": ["common"], "spdlog/": ["common"],
}

# Too heavy (or too foreign) for any header that others include.
HEAVY_IN_HEADERS = ("torch/", "ATen/", "boost/", "Eigen/", "nlohmann/json.hpp", "spdlog/", "yaml-cpp/",
                    "sqlite3.h", "flatbuffers/")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
MAX_LINES = 500


def room_of(path):
    best = ""
    for room in MAY_INCLUDE:
        if (path == room or path.startswith(room + "/")) and len(room) > len(best):
            best = room
    return best


def is_private_header(path):
    """A header is private when no other room includes it; a trailing _internal.h or impl/ marks it."""
    return path.endswith("_internal.h") or "/internal/" in path


def allowed(room, target):
    if target == room or target.startswith(room + "/"):
        return True
    return any(entry == "" or target == entry or target.startswith(entry + "/")
               for entry in MAY_INCLUDE[room])


def check_include(path, room, bracket, target):
    if bracket == '"' and room_of(target):
        if room_of(target) == "nas/cli" and room != "nas/cli":
            return "nobody includes nas/cli"
        if not allowed(room, target):
            return f"{room} may not include {target}"
    for prefix, rooms in THIRD_PARTY.items():
        if target.startswith(prefix) and not any(room == r or room.startswith(r + "/") for r in rooms):
            return f"{prefix} belongs to {', '.join(rooms)} only"
    if path.endswith(".h") and target.startswith(HEAVY_IN_HEADERS) and not is_private_header(path):
        return f"heavy header {target} in a public header"
    return None


def sources(root):
    for room in sorted({r.split("/")[0] for r in MAY_INCLUDE}):
        for suffix in ("*.h", "*.cc", "*.c"):
            yield from sorted((root / room).rglob(suffix))


def check_tree(root):
    problems = []
    for file in sources(root):
        path = file.relative_to(root).as_posix()
        room = room_of(path)
        if not room:
            problems.append(f"{path}:1: file stands in no room of the include table")
            continue
        lines = file.read_text(encoding="utf-8").splitlines()
        if len(lines) > MAX_LINES:
            problems.append(f"{path}:{len(lines)}: longer than {MAX_LINES} lines")
        for number, line in enumerate(lines, 1):
            match = INCLUDE.match(line)
            problem = match and check_include(path, room, match.group(1), match.group(2))
            if problem:
                problems.append(f"{path}:{number}: {problem}")
    return problems


def selftest(root):
    plants = {
        "memory_model/planted.cc": '#include "supernet/config.h"\n',
        "nas/search/planted.cc": '#include "nas/cli/verbs.h"\n',
        "network/planted.h": "#include <nlohmann/json.hpp>\n",
        "common/planted.cc": "#include <boost/asio.hpp>\n",
        "engine/planted.cc": "\n" * (MAX_LINES + 1),
        "board_agent/planted.cc": "int x;\n",
    }
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for room in {r.split("/")[0] for r in MAY_INCLUDE}:
            shutil.copytree(root / room, copy / room)
        for path, text in plants.items():
            (copy / path).write_text(text)
        found = check_tree(copy)
    missed = [path for path in plants if not any(p.startswith(path + ":") for p in found)]
    for path in missed:
        print(f"{path}: the planted violation was not reported")
    print(f"{len(plants) - len(missed)} of {len(plants)} planted violations reported")
    return 1 if missed else 0


def main():
    root = Path(sys.argv[1])
    if "--selftest" in sys.argv:
        return selftest(root)
    problems = check_tree(root)
    print("\n".join(problems) or "the include table holds")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
