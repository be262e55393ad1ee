#!/usr/bin/env python3
"""Where the cycles per instruction of configs/boards come from: docs/cycle-model.md, computed.

    calibrate.py            prints the evidence, the constants and their errors as the tables of docs/cycle-model.md
    calibrate.py --check    fails where the board profiles or docs/cycle-model.md say something else

Reads instructions.csv beside it, executed instructions of CMSIS-NN and TinyEngine that we counted under QEMU, and
latencies.csv, what others published of the same networks on boards: results of MLPerf Tiny (mlcommons/tiny_results) and
the README of mit-han-lab/tinyengine. No board was measured by us.
"""

import csv
import re
import sys
from math import ceil, exp, log
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).resolve().parent
PAGE = ROOT / "docs/cycle-model.md"
IMAGE = ("vww", "ic", "kws")  # networks of convolutions; ad is all fully connected
NAMES = {"vww": "vww_96_int8", "ic": "pretrainedResnet_quant", "kws": "kws_ref_model", "ad": "ad01_int8"}
L4R5_MHZ, H7A3_MHZ, H743_MHZ = 120, 280, 480
# Who published the same networks on both an L4R5 (M4) and an H7A3 (M7), newest round with both.
BOTH_CORES = {"Bosch HALE": ("v1.2", "bosch"), "Plumerai": ("v1.1", "plumerai"),
              "X-CUBE-AI 9": ("v1.2", "STMicroelectronics")}


def rows(name):
    with open(HERE / name, encoding="utf-8") as file:
        return list(csv.DictReader(file))


def mean(values):
    """Geometric: half and double are equally far."""
    values = list(values)
    return exp(sum(map(log, values)) / len(values))


def instructions(network, engine, core, flags):
    """Executed instructions, in millions."""
    found = [float(row["executed_insn_m"]) for row in rows("instructions.csv")
             if row["network"].startswith(network) and row["engine"].startswith(engine)
             and row["cpu_machine"].startswith(core) and flags in row["compiler"].split()]
    return found[0]


def latency(round_, submitter, system, benchmark):
    """Published ms of one board."""
    found = [float(row["latency_ms"]) for row in rows("latencies.csv")
             if row["round"] == round_ and row["submitter"] == submitter and row["benchmark"] == benchmark
             and system in row["system"].replace("-", "_")]
    return found[0]


def m4_evidence():
    """Network -> cycles per instruction of CMSIS-NN on the L4R5."""
    return {network: latency("v1.0", "OctoML", "microtvm_cmsis_nn/NUCLEO_L4R5ZI", network) * L4R5_MHZ / 1e3
            / instructions(NAMES[network], "CMSIS-NN", "cortex-m4", "-O2") for network in NAMES}


def m7_ratios():
    """Engine -> network -> cycles on the M7 / cycles on the M4."""
    return {engine: {n: latency(*who, "H7A3", n) * H7A3_MHZ / (latency(*who, "L4R5", n) * L4R5_MHZ) for n in NAMES}
            for engine, who in BOTH_CORES.items()}


def m7_direct():
    """Engine -> cycles per instruction on the H743, mcunet-vww1."""
    published = {row["system"]: float(row["latency_ms"]) for row in rows("latencies.csv")
                 if row["benchmark"] == "mcunet-vww1"}
    return {"CMSIS-NN": published["CMSIS-NN"] * H743_MHZ / 1e3
            / instructions("mcunet-vww1", "CMSIS-NN", "cortex-m7", "-O2"),
            "TinyEngine": published["TinyEngine"] * H743_MHZ / 1e3
            / instructions("mcunet-vww1", "TinyEngine", "cortex-m7", "-Ofast")}


def leave_one_out(values):
    """Name -> relative error of predicting it by the mean of the others."""
    return {name: mean(v for other, v in values.items() if other != name) / value - 1
            for name, value in values.items()}


def worst(errors):
    return max(errors.values(), key=abs)


def calibrate():
    m4 = m4_evidence()
    image = {n: m4[n] for n in IMAGE}
    other4 = mean(image.values())
    ratios = m7_ratios()
    engines = {e: other4 * mean(r[n] for n in IMAGE) for e, r in ratios.items()} | m7_direct()
    dense7 = {e: m4["ad"] * r["ad"] for e, r in ratios.items()}
    networks = {n: other4 * mean(r[n] for r in ratios.values()) for n in IMAGE}
    m4_errors = leave_one_out(image) | {"ad": other4 / m4["ad"] - 1}
    return {
        "cortex-m4": {"evidence": m4, "other": other4, "dense": m4["ad"], "errors": m4_errors},
        "cortex-m7": {"evidence": engines, "other": mean(engines.values()), "dense": mean(dense7.values()),
                      "dense_evidence": dense7, "errors": leave_one_out(engines),
                      "networks": networks, "network_errors": leave_one_out(networks)},
    }


def percent(value):
    return f"{100 * value:+.1f} %"


def tables(model):
    """Markdown, as it stands in docs/cycle-model.md."""
    m4, m7 = model["cortex-m4"], model["cortex-m7"]
    lines = ["| core | other operators | fully connected | largest error when one is left out |", "|---|---|---|---|"]
    lines += [f"| {core} | {c['other']:.2f} | {c['dense']:.2f} | {percent(worst(c['errors']))} |"
              for core, c in model.items()]
    lines += ["", "| Cortex-M4: network left out | cycles per instruction | predicted by the others |", "|---|---|---|"]
    lines += [f"| {n} | {m4['evidence'][n]:.3f} | {percent(e)} |" for n, e in m4["errors"].items()]
    lines += ["", "| Cortex-M7: engine left out | cycles per instruction | predicted by the others |", "|---|---|---|"]
    lines += [f"| {n} | {m7['evidence'][n]:.3f} | {percent(e)} |" for n, e in m7["errors"].items()]
    lines += ["", "| Cortex-M7: network left out | cycles per instruction, three engines | predicted by the others |",
              "|---|---|---|"]
    lines += [f"| {n} | {m7['networks'][n]:.3f} | {percent(e)} |" for n, e in m7["network_errors"].items()]
    return "\n".join(lines) + "\n"


def profile_problems(model):
    problems = []
    for file in sorted((ROOT / "configs/boards").glob("*.yaml")):
        text = file.read_text()
        core = model[re.search(r"^core: (\S+)", text, re.M)[1]]
        for key, value in (("cycles_per_instruction", core["other"]),
                           ("cycles_per_instruction_dense", core["dense"]),
                           ("cycles_error", ceil(100 * abs(worst(core["errors"]))) / 100)):
            if f"\n{key}: {value:.2f}\n" not in text:
                problems.append(f"{file.relative_to(ROOT)}: {key} is {value:.2f} by the data")
    return problems


def main():
    model = calibrate()
    if sys.argv[1:] != ["--check"]:
        print(tables(model), end="")
        return 0
    problems = profile_problems(model)
    if tables(model) not in PAGE.read_text():
        problems.append(f"{PAGE.relative_to(ROOT)} lacks the tables that calibrate.py prints")
    print("\n".join(problems) or "profiles and page hold what the data say")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
