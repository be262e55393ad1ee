#!/usr/bin/env python3
"""Instructions of streaming against layer-wise execution of the same network, JSON out.

    tests/benchmark/streaming_instructions.py [BUILD_FOLDER [PLAN...]]

Generates C for every published network description ($MCUNAS_DATA/networks or ../shared/data/networks) with seeded
random weights and several plans, and counts the executed instructions of one inference on the virtual Cortex-M4.
Counts are deterministic; no time is measured. Plans: see tests/integration/virtual_core/instruction_counts.cc.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLANS = ("rows", "stream", "rows+", "stream+")


def networks():
    data = Path(os.environ.get("MCUNAS_DATA", ROOT / "../shared/data"))
    return sorted((data / "networks").glob("*.json"))


def count(build, network, plan):
    # The program finds its own sources relative to the build folder.
    done = subprocess.run(["./instruction_counts", str(network.resolve()), "cortex-m4", plan], cwd=build,
                          env={**os.environ, "MCUNAS_HOME": str(ROOT)}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{network.stem} {plan}: {done.stderr.strip()}")
    result = json.loads(done.stdout)
    return {"plan": plan, "instructions": result["total"]["instructions"], "arena_bytes": result["arena_bytes"],
            "code_bytes": result["code_bytes"], "longer_groups": result["longer_groups"]}


def main():
    build = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/no-torch")
    rows = []
    for network in networks():
        layerwise = count(build, network, "layerwise")
        plans = [count(build, network, plan) for plan in sys.argv[2:] or PLANS]
        for plan in plans:
            plan["ratio"] = round(plan["instructions"] / layerwise["instructions"], 4)
        rows.append({"network": network.stem, "layerwise": layerwise, "plans": plans})
        print(network.stem, *(f"{p['plan']}={p['ratio']}@{p['arena_bytes']}" for p in plans), file=sys.stderr)
    if not rows:
        print("no network descriptions found: set MCUNAS_DATA", file=sys.stderr)
        return 2
    worst = max(p["ratio"] for row in rows for p in row["plans"])
    print(json.dumps({"benchmark": "streaming_instructions", "source": "emulated", "core": "cortex-m4",
                      "worst_ratio": worst, "rows": rows}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
