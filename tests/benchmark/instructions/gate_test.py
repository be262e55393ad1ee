#!/usr/bin/env python3
"""The gate's judgement on made-up counts, and that its table is whole. Needs neither models nor QEMU."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import gate  # noqa: E402

ENTRY = ("model", "default", "cortex-m4")
WAS = {"instructions": 1_000_000, "code_bytes": 10_000, "arena_bytes": 5_000}


def verdict(**changes):
    return gate.judge(ENTRY, WAS, {**WAS, **changes})


def check_bounds():
    assert verdict()[0] == "same"
    assert verdict(instructions=1_010_000)[0] == "same"
    assert verdict(instructions=990_000)[0] == "same"
    kind, text = verdict(instructions=1_010_001)
    assert kind == "grew" and "1000000 -> 1010001 (+1.00 %)" in text, text
    assert verdict(instructions=989_999)[0] == "shrank"
    assert verdict(code_bytes=10_101)[0] == "grew"
    assert verdict(arena_bytes=5_051)[0] == "grew"
    # What one count saves does not pay for another one.
    assert verdict(instructions=500_000, arena_bytes=5_051)[0] == "grew"
    # Tiny networks: one step of the clock is no growth.
    tiny = {**WAS, "instructions": 1_000}
    assert gate.judge(ENTRY, tiny, {**tiny, "instructions": 1_040})[0] == "same"
    assert gate.judge(ENTRY, tiny, {**tiny, "instructions": 1_080})[0] == "grew"


def check_missing():
    assert gate.judge(ENTRY, WAS, {"error": "wrong_output"}) == ("broken", "model default cortex-m4: wrong_output")
    assert gate.judge(ENTRY, None, {"error": "unsupported"})[0] == "absent"
    assert gate.judge(ENTRY, None, WAS)[0] == "new"
    broken = gate.judge(ENTRY, WAS, {"error": "x"})
    assert gate.report([broken], approve=False) == 1
    assert gate.report([broken], approve=True) == 1
    assert gate.report([verdict(instructions=2_000_000)], approve=False) == 1
    assert gate.report([verdict(instructions=2_000_000)], approve=True) == 0
    assert gate.report([verdict(instructions=1), verdict()], approve=False) == 0


def check_table():
    table = json.loads(gate.TABLE.read_text())
    assert table["compiler"].startswith("arm-none-eabi-gcc "), table["compiler"]
    missing = [entry for entry in gate.SUBSET if gate.counted(table, *entry) is None]
    assert not missing, f"not in counts.json: {missing}"
    for name, model in table["models"].items():
        for plan, cores in model["counts"].items():
            assert plan in gate.PLANS and set(cores) <= set(gate.BOARDS), name
            assert all(count[field] > 0 for count in cores.values() for field in gate.FIELDS), name


def main():
    check_bounds()
    check_missing()
    check_table()
    print("ok")


if __name__ == "__main__":
    main()
