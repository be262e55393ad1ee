#!/usr/bin/env python3
"""Lines of tests beside lines of code, room by room: a floor where a room once had too few.

Usage: test_ratio.py ROOT
Counted: all lines of *.h, *.cc and *.c of a room; of tests, those of the folders and files below. A test that runs a
room only on its way somewhere else is not counted.
"""

import subprocess
import sys
from pathlib import Path

FLOOR = 0.6
# Room -> where its tests are.
TESTS = {
    "common": ["tests/unit/common", "tests/unit/engine/firmware/elf32_test.cc"],
    "network": ["tests/unit/network", "tests/fuzz/network_json_fuzzer.cc", "tests/fuzz/check_network.cc"],
    "memory_model": ["tests/unit/memory_model", "tests/property", "tests/fuzz/plan_json_fuzzer.cc"],
    "engine": ["tests/unit/engine", "tests/integration/tflite_oracle", "tests/fuzz/tflite_fuzzer.cc"],
    "kernels": ["tests/unit/kernels", "tests/integration/virtual_core"],
    "supernet": ["tests/unit/supernet"],
    "board_agent": ["tests/unit/board_agent", "tests/integration/agent", "tests/integration/pyocd"],
    "nas": ["tests/unit/space", "tests/unit/evaluate", "tests/unit/search", "tests/unit/predictor",
            "tests/unit/records", "tests/unit/report", "tests/unit/finalists"],
    "cli": ["tests/unit/cli", "tests/integration/cli", "tests/integration/search"],
}
HELD = ("common", "network", "supernet", "cli")


def lines(root, places, endings):
    listing = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", *places], cwd=root,
                             capture_output=True, text=True, check=True)
    return sum(len((root / name).read_text(encoding="utf-8").splitlines()) for name in listing.stdout.split()
               if name.endswith(endings) and (root / name).is_file())


def main():
    root = Path(sys.argv[1])
    if not (root / ".git").exists():
        print("[SKIP] not a git checkout")
        return 0
    low = []
    print(f"{'room':14}{'code':>8}{'tests':>8}{'ratio':>8}")
    for room, places in TESTS.items():
        code, tests = lines(root, [room], (".h", ".cc", ".c")), lines(root, places, (".h", ".cc", ".c", ".py"))
        print(f"{room:14}{code:8}{tests:8}{tests / code:8.2f}")
        if room in HELD and tests < FLOOR * code:
            low.append(f"{room}: {round(FLOOR * code) - tests} lines of tests below {FLOOR} x code")
    print("\n".join(low) or f"{', '.join(HELD)}: at least {FLOOR}")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
