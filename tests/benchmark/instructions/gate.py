#!/usr/bin/env python3
"""The gate on the speed of generated code: no count may grow unseen.

    gate.py BUILD_FOLDER             the subset that runs with the tests, about a minute
    gate.py BUILD_FOLDER --all       every model, both plans, both virtual cores
    gate.py BUILD_FOLDER NAME...     these models, both plans, both virtual cores
    ... --approve                    writes what was counted into counts.json; look at `git diff` before you commit

Every model of tests/data and, where that is there, of $MCUNAS_DATA (or ../shared/data) is compiled, run under QEMU
and compared with the reference interpreter by `mcunas compile --verify`. counts.json holds executed instructions of one inference, bytes of code
and bytes of the arena (with scratch); the gate fails where one of them grows by more than 1 %, where output is not
bit-exact, where two inferences differ in their count, and where a model that was counted does not compile any more.
What shrinks by more than 1 % is named: approve it, so that it stays. Network descriptions get seeded random weights.

Counts belong to a compiler: another one than the table's skips the gate, and --approve takes it only with --all.
Exit codes: 0 within bounds, 1 not, 77 skipped.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "data"))
from models import outside_data, own_models, published_models, published_networks  # noqa: E402

ROOT = Path(__file__).resolve().parents[3]
TABLE = Path(__file__).with_name("counts.json")
SKIP = 77
TOLERANCE = 0.01
CLOCK_STEP = 40  # instructions; the clock of the virtual boards counts in these
BOARDS = {"cortex-m4": "qemu-m4-large", "cortex-m7": "qemu-m7-large"}
PLANS = {"default": [], "layerwise": ["--modes", "layerwise"]}
FIELDS = ("instructions", "code_bytes", "arena_bytes")
# The benchmarks whose numbers people compare, and the smallest model of every other kind.
SUBSET = [
    ("data/bottlenecks", "default", "cortex-m4"), ("data/bottlenecks", "default", "cortex-m7"),
    ("data/depthwise", "layerwise", "cortex-m4"), ("data/convolutions", "layerwise", "cortex-m4"),
    ("data/keywords", "default", "cortex-m4"), ("data/pairs", "default", "cortex-m4"),
    ("data/dense", "default", "cortex-m4"), ("data/four_bits", "default", "cortex-m4"),
    ("vww_96_int8", "default", "cortex-m4"), ("vww_96_int8", "layerwise", "cortex-m4"),
    ("vww_96_int8", "default", "cortex-m7"),
    ("pretrainedResnet_quant", "default", "cortex-m4"), ("pretrainedResnet_quant", "default", "cortex-m7"),
    ("kws_ref_model", "default", "cortex-m4"), ("kws_ref_model", "default", "cortex-m7"),
    ("ad01_int8", "default", "cortex-m4"), ("ad01_int8", "default", "cortex-m7"),
    ("mcunet_vww1", "default", "cortex-m4"), ("mcunet_vww1", "default", "cortex-m7"),
    ("converter/conv_dscnn_49x10", "default", "cortex-m4"),
    ("converter/conv_se_48", "default", "cortex-m4"),
    ("converter/conv_fpn_64x96", "default", "cortex-m4"),
    ("mnist_dw_q", "default", "cortex-m4"),
    ("cifar10_q", "default", "cortex-m4"),
    ("networks/mcunet-in0_r48", "default", "cortex-m4"),
]


def models():
    """Name in the table -> file."""
    found = {f"data/{file.stem}": file for file in own_models()}
    for file in published_models():
        found[str(file.relative_to(outside_data("tflite")).with_suffix(""))] = file
    for file in published_networks():
        found[f"networks/{file.stem}"] = file
    return found


def digest(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def compile_and_run(program, file, plan, core):
    """What `mcunas compile --verify` found out, or {"error": text}."""
    with tempfile.TemporaryDirectory(prefix="mcunas-gate-") as folder:
        arguments = ["--random-weights"] if file.suffix == ".json" else []
        done = subprocess.run([program, "compile", file, "--board", BOARDS[core], "--verify", "--json", "-o", folder,
                               *PLANS[plan], *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        return {"error": done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit {done.returncode}"}
    result = json.loads(done.stdout)
    if result["ticks_spread"] > CLOCK_STEP:
        return {"error": f"two inferences differ by {result['ticks_spread']} instructions"}
    return {"instructions": result["ticks"], "code_bytes": result["code_bytes"],
            "arena_bytes": result["arena_bytes"]["elf"],
            "compiler": compiler_of(result["toolchain"]), "emulator": result["tool"].rsplit(" ", 1)[0]}


def compiler_of(toolchain):
    """"arm-none-eabi-gcc 12.2.1", without the flags: those are ours and belong into the gate."""
    return " ".join(toolchain.split()[:2])


def skip_reason(table, approve_all):
    for tool in ("qemu-system-arm", "arm-none-eabi-gcc"):
        if shutil.which(tool) is None:
            return f"no {tool}"
    if approve_all:
        return None
    version = subprocess.run(["arm-none-eabi-gcc", "-dumpfullversion"], capture_output=True, text=True, check=True)
    present = f"arm-none-eabi-gcc {version.stdout.strip()}"
    if table["compiler"] not in (None, present):
        return f"counts.json was made with {table['compiler']}, here is {present}: counts of two compilers do not compare"
    return None


def wanted(arguments, found):
    if arguments.names:
        unknown = [name for name in arguments.names if name not in found]
        if unknown:
            sys.exit(f"error: no model is called {', '.join(unknown)}; there are: {', '.join(found)}")
        return [(name, plan, core) for name in arguments.names for plan in PLANS for core in BOARDS]
    if arguments.all:
        return [(name, plan, core) for name in found for plan in PLANS for core in BOARDS]
    return [entry for entry in SUBSET if entry[0] in found]


def judge(entry, was, now):
    """(kind, what to say); kinds are "same", "shrank", "grew", "broken", "new" and "absent"."""
    label = " ".join(entry)
    if was is None:
        return ("absent", f"{label}: {now['error']}") if "error" in now else (
            "new", f"{label}: {now['instructions']} instructions are not in the table")
    if "error" in now:
        return "broken", f"{label}: {now['error']}"
    changed = [field for field in FIELDS if abs(now[field] - was[field]) > slack(field, was[field])]
    text = "; ".join(f"{field} {was[field]} -> {now[field]} ({100 * (now[field] / was[field] - 1):+.2f} %)"
                     for field in changed)
    if any(now[field] > was[field] for field in changed):
        return "grew", f"{label}: {text}"
    return ("shrank", f"{label}: {text}") if text else ("same", "")


def slack(field, was):
    """By how much a count may change: two runs of the same code differ by a step of the clock at most."""
    return max(TOLERANCE * was, CLOCK_STEP if field == "instructions" else 0)


def counted(table, name, plan, core):
    return table["models"].get(name, {"counts": {}})["counts"].get(plan, {}).get(core)


def store(table, entry, now, file):
    """An error is no count: what stood there stays, and goes on to fail."""
    if "error" in now:
        return
    name, plan, core = entry
    model = table["models"].setdefault(name, {"counts": {}})
    model["sha256_16"] = digest(file)
    model["counts"].setdefault(plan, {})[core] = {field: now[field] for field in FIELDS}
    table["compiler"], table["emulator"] = now["compiler"], now["emulator"]


def write(table):
    """One line per count, sorted: a change reads well in `git diff`."""
    lines = []
    for name, model in sorted(table["models"].items()):
        plans = [f'   "{plan}": {{\n' + ",\n".join(f'    "{core}": {json.dumps(count)}'
                                                  for core, count in sorted(cores.items())) + "}"
                 for plan, cores in sorted(model["counts"].items()) if cores]
        if plans:
            lines.append(f'  "{name}": {{"sha256_16": "{model["sha256_16"]}", "counts": {{\n' + ",\n".join(plans) + "}}")
    head = "".join(f' "{key}": {json.dumps(table[key])},\n' for key in ("compiler", "emulator", "rounding"))
    TABLE.write_text("{\n" + head + ' "models": {\n' + ",\n".join(lines) + "\n }\n}\n")


def read():
    if TABLE.exists():
        return json.loads(TABLE.read_text())
    return {"compiler": None, "emulator": None, "rounding": "tflite", "models": {}}


def count_all(program, entries, found, jobs):
    def one(entry):
        now = compile_and_run(program, found[entry[0]], *entry[1:])
        print(f"{' '.join(entry):55} {now.get('instructions', now.get('error'))}", flush=True)
        return now
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(one, entries))


def report(verdicts, approve):
    """Prints what changed; the exit code. What is broken cannot be approved."""
    kinds = [kind for kind, _ in verdicts]
    for kind, title in (("absent", "not compiled, and not in the table"), ("new", "new: approve them"),
                        ("shrank", "smaller by more than 1 %: approve, so that it stays"),
                        ("grew", "larger by more than 1 %"), ("broken", "counted before, and broken now")):
        if kind in kinds and not (approve and kind == "new"):
            print(f"\n{title}:\n  " + "\n  ".join(text for k, text in verdicts if k == kind))
    broken, grown = kinds.count("broken"), kinds.count("grew")
    if approve:
        written = len(kinds) - broken - kinds.count("absent")
        print(f"\n{written} counts written to {TABLE.relative_to(ROOT)}; look at `git diff`")
        return 1 if broken else 0
    print(f"\n{len(kinds)} counts, {grown} grown, {broken} broken"
          + ("; if the growth is intended: scripts/approve instructions" if grown else ""))
    return 1 if grown or broken else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path, help="folder with the program mcunas")
    parser.add_argument("names", nargs="*", help="models, as named in counts.json")
    parser.add_argument("--all", action="store_true", help="every model, both plans, both cores")
    parser.add_argument("--approve", action="store_true", help="write the counts down")
    parser.add_argument("--jobs", type=int, default=1, help="models at a time")
    arguments = parser.parse_args()
    program, table = arguments.build.resolve() / "mcunas", read()
    reason = skip_reason(table, arguments.approve and arguments.all)
    if reason:
        print(f"SKIP: {reason}")
        return SKIP
    found = models()
    entries = wanted(arguments, found)
    other = [name for name in dict.fromkeys(entry[0] for entry in entries)
             if name in table["models"] and table["models"][name]["sha256_16"] != digest(found[name])]
    if other and not arguments.approve:
        print(f"SKIP: not the files that were counted: {', '.join(other)}")
        return SKIP
    results = count_all(program, entries, found, arguments.jobs)
    verdicts = [judge(entry, counted(table, *entry), now) for entry, now in zip(entries, results)]
    if arguments.approve:
        for entry, now in zip(entries, results):
            store(table, entry, now, found[entry[0]])
        write(table)
    return report(verdicts, arguments.approve)


if __name__ == "__main__":
    sys.exit(main())
