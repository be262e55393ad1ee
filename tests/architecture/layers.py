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

# Room -> rooms whose headers it may include (itself always); "engine/*" names every room below engine/. The longest
# matching prefix decides the room of a file. Arrows run down this table only: a room stands below those it may include.
MAY_INCLUDE = {
    "common": [],
    "kernels": [],
    "firmware": ["kernels"],
    "network": ["common"],
    "memory_model": ["common", "network", "kernels"],  # its public values
    "memory_model/judge": ["common", "network", "memory_model"],
    "memory_model/order": ["common", "network", "memory_model"],
    "memory_model/foreign": ["common", "network", "memory_model"],
    "memory_model/planner": ["common", "network", "memory_model", "memory_model/judge"],
    "memory_model/regions": ["common", "network", "memory_model", "memory_model/judge", "memory_model/planner"],
    "memory_model/report": ["common", "network", "memory_model", "memory_model/order", "memory_model/planner",
                            "memory_model/regions"],
    "engine/arithmetic": ["common", "network"],
    "engine/reference": ["common", "network", "engine/arithmetic"],
    "engine/quantize": ["common", "network", "engine/arithmetic", "engine/reference"],
    "engine/tflite": ["common", "network", "engine/arithmetic"],
    "engine/codegen": ["common", "network", "kernels", "memory_model", "memory_model/*", "engine/arithmetic",
                       "engine/reference"],
    "engine/passes": ["common", "network", "engine/arithmetic", "engine/reference", "engine/codegen"],
    "engine/toolchain": ["common", "network", "memory_model", "engine/codegen"],
    "nas/space": ["common", "network"],
    "nas/evaluate": ["common", "network", "memory_model", "memory_model/planner", "nas/space"],
    "nas/predictor": ["common", "network", "memory_model", "nas/space", "nas/evaluate"],
    "nas/records": ["common", "network", "nas/space", "nas/evaluate"],
    "nas/search": ["common", "network", "memory_model", "memory_model/planner", "nas/space", "nas/evaluate"],
    "nas/report": ["common", "network", "memory_model", "memory_model/report", "nas/space", "nas/evaluate"],
    "nas/finalists": ["common", "network", "memory_model", "memory_model/*", "engine/*", "nas/space",
                      "nas/evaluate"],
    "supernet": ["common", "network", "nas/space", "nas/evaluate"],
    "supernet/cpu": [],
    "supernet/data": ["common", "network", "nas/space", "nas/evaluate", "supernet"],
    "supernet/internal": ["common", "network", "nas/space", "nas/evaluate", "supernet", "supernet/cpu",
                          "supernet/data"],
    "board_agent/protocol": ["common"],
    "board_agent/runner": ["common", "firmware"],
    "board_agent/bench": ["common", "board_agent/runner"],
    "board_agent/server": ["common", "board_agent/protocol", "board_agent/runner", "board_agent/bench"],
    "board_agent/client": ["common", "network", "nas/space", "nas/evaluate", "board_agent/protocol"],
    "cli/model": ["common", "network", "firmware", "memory_model", "memory_model/*", "engine/*",
                  "board_agent/client", "board_agent/runner"],
    "cli/run": ["common", "network", "memory_model", "memory_model/*", "nas/*", "supernet", "supernet/data",
                "board_agent/client", "cli/model"],
    "cli": ["common"],  # main and the list of verbs, which verbs/ implements
    "cli/verbs": ["*"],
}

# Third-party header prefix -> rooms that may use it in their sources.
THIRD_PARTY = {
    "torch/": ["supernet"], "ATen/": ["supernet"], "c10/": ["supernet"],
    "boost/": ["board_agent"], "openssl/": ["board_agent"],
    "Eigen/": ["engine/quantize", "nas/predictor", "nas/search/bayes"],
    "sqlite3.h": ["common"],
    "flatbuffers/": ["engine/tflite"],
    "CLI/": ["cli", "board_agent/server"],
    "yaml-cpp/": ["common"], "spdlog/": ["common"],
}

# Too heavy (or too foreign) for a header that another folder includes.
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


def folder_of(path):
    return path.rpartition("/")[0]


def allowed(room, target):
    """Whether files of `room` may include files of the room `target`."""
    return target == room or any(
        entry in ("*", target) or (entry.endswith("/*") and target.startswith(entry[:-1]))
        for entry in MAY_INCLUDE[room])


def check_arrows():
    """Arrows of the table that run up, that is to a room which stands further down in it."""
    order = list(MAY_INCLUDE)
    return [f"include table: {room} stands above {target} and may include it"
            for i, room in enumerate(order) for target in order[i + 1:]
            if allowed(room, target)]


def check_include(path, bracket, target):
    room = room_of(path)
    if bracket == '"' and room_of(target):
        if room_of(target).split("/")[0] == "cli" and room.split("/")[0] != "cli":
            return "nobody includes cli"
        if not allowed(room, room_of(target)):
            return f"{room} may not include {target}"
    for prefix, rooms in THIRD_PARTY.items():
        if target.startswith(prefix) and not any(path.startswith(r + "/") for r in rooms):
            return f"{prefix} belongs to {', '.join(rooms)} only"
    return None


def heavy_public_headers(includes):
    """Headers with a heavy include that a file of another folder includes: they are public."""
    heavy = {path: (number, target) for path, number, _, target in includes
             if path.endswith(".h") and target.startswith(HEAVY_IN_HEADERS)}
    for path, _, _, target in includes:
        if target in heavy and folder_of(path) != folder_of(target):
            number, what = heavy.pop(target)
            yield f"{target}:{number}: heavy header {what} in a public header ({path} includes it)"


def sources(root):
    for room in sorted({r.split("/")[0] for r in MAY_INCLUDE}):
        for suffix in ("*.h", "*.cc", "*.c"):
            yield from sorted((root / room).rglob(suffix))


def check_tree(root):
    problems, includes = check_arrows(), []
    for file in sources(root):
        path = file.relative_to(root).as_posix()
        if not room_of(path):
            problems.append(f"{path}:1: file stands in no room of the include table")
            continue
        lines = file.read_text(encoding="utf-8").splitlines()
        if len(lines) > MAX_LINES:
            problems.append(f"{path}:{len(lines)}: longer than {MAX_LINES} lines")
        in_raw_string = False  # generated sources stand in raw strings; their includes are not ours
        for number, line in enumerate(lines, 1):
            match = None if in_raw_string else INCLUDE.match(line)
            if 'R"(' in line or ')"' in line:
                in_raw_string = line.rfind('R"(') > line.rfind(')"')
            if match:
                includes.append((path, number, match.group(1), match.group(2)))
    for path, number, bracket, target in includes:
        problem = check_include(path, bracket, target)
        if problem:
            problems.append(f"{path}:{number}: {problem}")
    return problems + list(heavy_public_headers(includes))


def selftest(root):
    plants = {
        "memory_model/planted.cc": '#include "supernet/config.h"\n',
        "nas/search/planted.cc": '#include "cli/verbs.h"\n',
        "memory_model/judge/planted.cc": '#include "memory_model/planner/plan_memory.h"\n',
        "network/planted.h": "#include <nlohmann/json.hpp>\n",
        "memory_model/innocent.cc": '#include "network/planted.h"\n',
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
    missed = [path for path in plants if "innocent" not in path and not any(p.startswith(path + ":") for p in found)]
    for path in missed:
        print(f"{path}: the planted violation was not reported")
    print(f"{len(plants) - 1 - len(missed)} of {len(plants) - 1} planted violations reported")
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
