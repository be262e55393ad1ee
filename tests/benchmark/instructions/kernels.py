#!/usr/bin/env python3
"""Instructions per multiply-accumulate of single operators on both virtual cores.

    kernels.py [BUILD_FOLDER] [--json]       needs the program instruction_counts

One network of one operator each, with the shapes that published networks spend their time in, constants as training
leaves them (ReLU6 outputs begin at -128, multipliers below 1), layer by layer, output equal to the reference
interpreter. Counted is what happens inside the operator, requantisation included, copying the input not.
Counts are deterministic; no time is measured.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CORES = ("cortex-m4", "cortex-m7")


def operator(kind, input_shape, channels, kernel=1, stride=1):
    """As in a MobileNet: what narrows is linear, everything else but the classifier ends in ReLU6."""
    height, width = (-(-side // stride) for side in input_shape[:2])
    linear = kind == "fully_connected" or kind == "pointwise" and channels < input_shape[2]
    return {"op": kind, "in_shape": list(input_shape), "out_shape": [height, width, channels], "kernel": kernel,
            "stride": stride, "activation": "none" if linear else "relu6"}


OPERATORS = [
    operator("pointwise", (24, 24, 16), 96),
    operator("pointwise", (24, 24, 48), 96),
    operator("pointwise", (24, 24, 96), 48),
    operator("pointwise", (6, 6, 192), 96),
    operator("depthwise", (22, 22, 96), 96, 3),
    operator("depthwise", (22, 22, 96), 96, 3, 2),
    operator("depthwise", (22, 22, 96), 96, 5),
    operator("depthwise", (22, 22, 96), 96, 7),
    operator("depthwise", (5, 5, 96), 96, 3),
    operator("conv", (96, 96, 3), 16, 3, 2),
    operator("conv", (32, 32, 16), 16, 3),
    operator("fully_connected", (1, 1, 640), 128),
]


def label(op):
    window = f" {op['kernel']}x{op['kernel']} s{op['stride']}" if op["kernel"] > 1 else ""
    sizes = ["x".join(map(str, op[shape])) for shape in ("in_shape", "out_shape")]
    return f"{op['op']}{window} {sizes[0]} to {sizes[1]}"


def count(build, op, core):
    with tempfile.TemporaryDirectory(prefix="mcunas-kernel-") as folder:
        network = Path(folder) / "network.json"
        network.write_text(json.dumps({"name": "kernel", "input": op["in_shape"], "ops": [op]}))
        done = subprocess.run([build / "instruction_counts", network, core, "layerwise"], capture_output=True, text=True,
                              check=False, env={**os.environ, "MCUNAS_HOME": str(ROOT)})
    if done.returncode:
        sys.exit(f"{label(op)}: {done.stderr.strip()}")
    counted = json.loads(done.stdout)["operators"][0]
    return {"instructions": counted["instructions"], "macs": counted["macs"],
            "per_mac": round(counted["instructions"] / counted["macs"], 3)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path, nargs="?", default=ROOT / "build/release")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    rows = [{"operator": label(op), **{core: count(build, op, core) for core in CORES}} for op in OPERATORS]
    if arguments.json:
        print(json.dumps({"benchmark": "kernels", "source": "emulated", "rows": rows}, indent=2))
        return
    print(f"{'instructions per MAC':45}" + "".join(f"{core:>11}" for core in CORES))
    for row in rows:
        print(f"{row['operator']:45}" + "".join(f"{row[core]['per_mac']:11.2f}" for core in CORES))


if __name__ == "__main__":
    main()
