#!/usr/bin/env python3
"""Every operator output of every published model, in both rounding modes, before independent judges.
With --quick of the models of tests/data too.

Usage: conformance.py [--inputs N] [--engines LIST] [--models WORD...] [--out FOLDER] [--state FOLDER]
                      [--quick] OPERATOR_OUTPUTS SOURCE_ROOT

--inputs    per model (100). With --quick: four, of larger models one, and no larger models on
            emulated cores.
--engines   beside the reference interpreter: host, host-plan, cortex-m4, cortex-m7, cortex-m4-plan,
            ... (operator_outputs.cc), or "none".
--core-macs emulated cores run as many of the inputs as have so many MACs together, at least one;
            those without kernels of their own a tenth of it.
--state     keeps the result of each finished model; what was judged with the same programs, inputs
            and file is not judged again.
--out       writes results.json and README.md there.
Exit 0: no byte differs. 1: something differs. 77: skipped, the reason is printed.
"""

import argparse
import hashlib
import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "data"))
from models import own_models, published_models  # noqa: E402

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

SKIP = 77
ENGINES = ("host,host-plan,cortex-m4,cortex-m4-plan,cortex-m7,cortex-m7-plan,"
           "cortex-m3,cortex-m33,cortex-m0plus,cortex-m0")
# Fewer inputs: proofs, not products.
PORTABLE = ("cortex-m3", "cortex-m33", "cortex-m0plus", "cortex-m0")
SMALL_MACS = 3_000_000
# Seconds per MAC and mode, and for building generated C: for the estimate of the time that is left.
SECONDS = {"reference": 6e-9, "host": 1e-9, "cortex": 12e-9}
BUILD_SECONDS = 2.0


def restart_in_venv(root):
    """The judges from this Python, or from the project's .venv by starting over in it."""
    try:
        import ai_edge_litert.interpreter as litert
        import numpy  # noqa: F401
        return litert
    except ImportError:
        venv = root / ".venv/bin/python"
        if venv.exists() and not os.environ.get("MCUNAS_ORACLE_IN_VENV"):
            os.environ["MCUNAS_ORACLE_IN_VENV"] = "1"
            os.execv(venv, [str(venv), *sys.argv])
        print("SKIP: ai-edge-litert is not installed (pip install -r requirements-test.txt)")
        sys.exit(SKIP)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("tool", type=Path)
    parser.add_argument("root", type=Path)
    parser.add_argument("--inputs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engines", default=ENGINES)
    parser.add_argument("--models", nargs="*", default=[])
    parser.add_argument("--core-macs", type=float, default=1.5e9)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--state", type=Path)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    args.tool, args.root = args.tool.resolve(), args.root.resolve()
    args.engines = [] if args.engines == "none" else args.engines.split(",")
    return args


def chosen_models(words, quick):
    files = published_models() + (own_models() if quick else [])
    files = [f for f in files if not words or any(w in f.name for w in words)]
    if not files:
        print("SKIP: no such models (set MCUNAS_DATA)")
        sys.exit(SKIP)
    return sorted(files, key=lambda f: (f.stat().st_size, f.name))


def fingerprint(args):
    """Of everything that decides a result beside the model and the inputs."""
    here = Path(__file__).parent
    judges = ["tflite_reader.py", "fixed_point.py", "numpy_model.py", "judgement.py"]
    files = [args.tool, *(here / name for name in judges)]
    for folder in ("kernels", "tests/integration/virtual_core"):
        files += sorted(f for f in (args.root / folder).iterdir()
                        if f.suffix in (".c", ".h", ".ld"))
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


class Schedule:
    """How many inputs each engine gets of one model, in which modes, and how long that takes."""

    def __init__(self, args, path):
        from judgement import count_macs, fits_cortex_m0
        from tflite_reader import read_model

        data = path.read_bytes()
        file = read_model(data)
        self.args, self.macs = args, count_macs(file)
        self.small = self.macs < SMALL_MACS
        self.fits_cortex_m0 = fits_cortex_m0(file, data)

    def inputs(self):
        if self.args.quick:
            return 4 if self.small else 1
        return self.args.inputs

    def engine_inputs(self, engine):
        count = self.inputs()
        if not engine.startswith("cortex"):
            return count
        if (self.args.quick and not self.small) or (engine == "cortex-m0" and
                                                    not self.fits_cortex_m0):
            return 0
        allowed = self.args.core_macs / (10 if engine in PORTABLE else 1)
        return max(1, min(count, int(allowed // max(1, self.macs))))

    def modes(self, engine):
        """Quickly, cores and larger models are compiled for one mode only."""
        from numpy_model import MODES
        if self.args.quick and (engine.startswith("cortex") or not self.small):
            return MODES[1:] if engine == "cortex-m7" else MODES[:1]
        return MODES

    def seconds(self, engine):
        """Per input, all modes of the reference interpreter and one of generated C."""
        each = SECONDS[engine.split("-")[0]] * self.macs + 0.01
        if engine == "reference":
            return 2 * each
        return each + BUILD_SECONDS / max(1, self.engine_inputs(engine))

    def total(self):
        return self.inputs() * self.seconds("reference") + sum(
            len(self.modes(e)) * self.engine_inputs(e) * self.seconds(e)
            for e in self.args.engines)


class Progress:
    def __init__(self, total):
        self.total, self.done, self.began, self.shown = total, 0.0, time.monotonic(), 0.0

    def add(self, text, cost):
        self.done += cost
        now = time.monotonic()
        if now - self.shown < 5:
            return
        self.shown = now
        left = (now - self.began) * (self.total - self.done) / self.done
        print(f"    {100 * self.done / self.total:5.1f} %, about {left / 60:.1f} min left: {text}",
              file=sys.stderr, flush=True)


def judge(args, schedule, progress, path, litert):
    from judgement import Judgement

    def advance(engine, mode, inputs):
        progress.add(f"{path.name}, {engine} {mode}", inputs * schedule.seconds(engine))

    judgement = Judgement(args.tool, args.root, path, schedule.inputs(), args.seed, advance)
    judgement.judge_reference(litert)
    for engine in args.engines:
        count = schedule.engine_inputs(engine)
        for mode in schedule.modes(engine) if count else ():
            judgement.judge_generated(engine, mode, count)
    return judgement.result()


def kept_result(args, path, key):
    if args.state is None:
        return None, None
    args.state.mkdir(parents=True, exist_ok=True)
    place = args.state / f"{path.stem}.json"
    if place.exists():
        kept = json.loads(place.read_text())
        if kept["key"] == key:
            return place, kept["result"]
    return place, None


def line_of(result):
    differ = [c for c in result["comparisons"] if c["differ"]]
    total = sum(c["bytes"] for c in result["comparisons"])
    text = f"{result['model']:30} {result['operators']:4} operators, {total / 1e6:10.1f} MB compared"
    for c in differ:
        text += (f"\n  DIFFERS: {c['engine']} {c['mode']} from {c['judge']}: {c['differ']} of "
                 f"{c['bytes']} bytes, first at {c['where']}")
    return text + ("" if differ else ", 0 differ")


def main():
    args = arguments()
    litert = restart_in_venv(args.root)
    from conformance_report import write_report

    paths = chosen_models(args.models, args.quick)
    programs = fingerprint(args)
    todo, results = [], {}
    for path in paths:
        schedule = Schedule(args, path)
        settings = [schedule.inputs(), args.seed,
                    {e: schedule.engine_inputs(e) for e in args.engines}]
        key = hashlib.sha256(json.dumps([programs, settings]).encode() +
                             path.read_bytes()).hexdigest()
        place, result = kept_result(args, path, key)
        if result:
            results[path.name] = result
            print(line_of(result) + " (kept)", flush=True)
        else:
            todo.append((path, place, key, schedule))
    progress = Progress(sum(schedule.total() for *_, schedule in todo))
    for path, place, key, schedule in todo:
        result = results[path.name] = judge(args, schedule, progress, path, litert)
        print(line_of(result), flush=True)
        if place:
            place.write_text(json.dumps({"key": key, "result": result}))
    ordered = [results[path.name] for path in paths]
    if args.out:
        write_report(args, ordered)
    wrong = sum(c["differ"] for r in ordered for c in r["comparisons"])
    compared = sum(c["bytes"] for r in ordered for c in r["comparisons"])
    telling = sum(r["operator_outputs_that_differ_between_modes"] for r in ordered)
    if not telling and not args.models:
        print("FAIL: no input tells the two modes apart")
        wrong += 1
    print(f"{len(ordered)} models, {compared / 1e6:.1f} MB of operator outputs compared, "
          f"{wrong} differences")
    sys.exit(1 if wrong or not compared else 0)


if __name__ == "__main__":
    main()
