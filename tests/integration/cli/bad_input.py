#!/usr/bin/env python3
"""What a user can do wrong: one clear message each, the right exit code, nothing lost, no stack trace.

Usage: bad_input.py BUILD_FOLDER
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TINY = ROOT / "tests/integration/search/tiny.yaml"


class Checker:
    def __init__(self, build, folder):
        self.program = Path(build) / "mcunas"
        self.folder = Path(folder)
        self.torch = (Path(build) / "libmcunas_supernet.so").exists()
        self.failures = 0
        self.checks = 0

    def expect(self, what, code, texts, *arguments, **options):
        done = subprocess.run([str(self.program), *map(str, arguments)], capture_output=True, text=True,
                              check=False, timeout=120, **options)
        said = done.stdout + done.stderr
        missing = [text for text in texts if text not in said]
        self.checks += 1
        if done.returncode != code or missing or "Traceback" in said or "terminate called" in said:
            self.failures += 1
            print(f"{what}: exit {done.returncode} (expected {code}), missing {missing}, said:\n{said}")

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path


def check_command_line(c):
    c.expect("misspelt verb", 2, ["serch", "did you mean 'search'"], "serch")
    c.expect("no verb", 2, ["subcommand"])
    c.expect("unknown option", 2, ["--frobnicate"], "plan", TINY, "--board", "qemu-m4", "--frobnicate")
    c.expect("missing file", 2, ["nowhere.yaml"], "validate", "nowhere.yaml")
    c.expect("space of nothing", 2, ["nowhere.yaml"], "space", "nowhere.yaml")
    c.expect("space without samples", 2, ["--samples"], "space", TINY, "--samples", "0")
    c.expect("no space fits", 3, ["keeps the limits", "SRAM"], "space", TINY, "--samples", "20",
             "target.limits.sram_kb=2")
    c.expect("misspelt plan mode", 2, ["plan.modes[0]", "did you mean 'row_stream'"], "validate", TINY,
             "plan.modes=[rowstream]")
    c.expect("not a run folder", 2, ["not a run folder"], "resume", c.folder)
    c.expect("report of nothing", 2, ["not a run folder"], "report", c.folder)


def check_configs(c):
    text = TINY.read_text()
    bad = c.file("bad.yaml", text.replace("nucleo-f446re", "nucleo-f446rx").replace("epochs: 3", "epochs: many")
                 .replace("population", "populaton"))
    c.expect("three mistakes at once", 2,
             ["bad.yaml:4:", "nucleo-f446re", "epochs", "did you mean 'population'"], "validate", bad)
    c.expect("search starts nothing with a bad config", 2, ["populaton"], "search", bad, "--run-folder",
             c.folder / "never")
    assert not (c.folder / "never").exists(), "a bad config left a run folder"
    c.expect("bad override", 2, ["command line", "did you mean 'population'"], "validate", TINY,
             "search.populatoin=4")


def check_networks(c):
    c.expect("board that does not exist", 2, ["nucleo-f746zg"], "plan",
             c.file("n.json", '{"name":"n","input":[8,8,3],"ops":[{"op":"conv","in_shape":[8,8,3],'
                              '"out_shape":[8,8,4],"kernel":3,"stride":1}]}'), "--board", "nucleo-f746zh")
    c.expect("network that is not JSON", 2, ["broken.json"], "plan", c.file("broken.json", '{"name": '), "--board",
             "qemu-m4")
    c.expect("unknown operator", 2, ["depthwise"], "plan",
             c.file("op.json", '{"name":"n","input":[8,8,3],"ops":[{"op":"deptwise","in_shape":[8,8,3],'
                               '"out_shape":[8,8,3],"kernel":3,"stride":1}]}'), "--board", "qemu-m4")


CONV = {"op": "conv", "in_shape": [8, 8, 3], "out_shape": [8, 8, 4], "kernel": 3, "stride": 1}

# What is wrong, the operators, what the one message must say.
BAD_NETWORKS = (
    ("cycle", [CONV, {"op": "add", "in_shape": [8, 8, 4], "out_shape": [8, 8, 4], "residual_from": 1}],
     ["operator 1 (add)", "cycle"]),
    ("forward reference", [CONV, {"op": "add", "in_shape": [8, 8, 4], "out_shape": [8, 8, 4], "residual_from": 7}],
     ["operator 1 (add)"]),
    ("wrong input shape", [CONV, {"op": "pointwise", "in_shape": [8, 8, 5], "out_shape": [8, 8, 4]}],
     ["operator 1 (pointwise)", "[8, 8, 5]", "[8, 8, 4]"]),
    ("wrong output shape", [{**CONV, "out_shape": [7, 8, 4]}], ["operator 0 (conv)", "expected [8, 8, 4]"]),
    ("unsupported operator", [CONV, {**CONV, "op": "lstm"}], ["operator 1 (lstm)", "known: conv"]),
    ("zero size", [{**CONV, "out_shape": [8, 8, 0]}], ["operator 0 (conv)"]),
    ("zero kernel", [{**CONV, "kernel": 0}], ["operator 0 (conv)", "kernel 0"]),
    ("zero stride", [{**CONV, "stride": 0}], ["operator 0 (conv)", "stride 0"]),
    ("2^31 elements", [{"op": "pointwise", "in_shape": [8, 8, 3], "out_shape": [8, 8, 2**31 - 1]}],
     ["operator 0 (pointwise)"]),
    ("2^40 elements", [{"op": "pointwise", "in_shape": [8, 8, 3], "out_shape": [8, 8, 2**40]}],
     ["operator 0 (pointwise)", "32 bits"]),
    ("text for a number", [{**CONV, "kernel": "three"}], ["operator 0 (conv)", "kernel"]),
    ("no operators", [], ["no operators"]),
)


def check_models(c):
    """`plan` on every kind of broken model: exit 2 and one line that names the operator."""
    for what, operators, texts in BAD_NETWORKS:
        path = c.file("model.json", json.dumps({"name": "n", "input": [8, 8, 3], "ops": operators}))
        c.expect(what, 2, ["error: ", *texts], "plan", path)
        c.expect(what + ", counted as others do", 2, texts, "plan", path, "--count", "tflm")
    large = c.file("large.json", json.dumps({"name": "n", "input": [32767, 32767, 3], "ops": [
        {**CONV, "in_shape": [32767, 32767, 3], "out_shape": [32767, 32767, 4]}]}))
    c.expect("input of 3 GB", 2, ["2^31"], "plan", large)
    for name, content in (("empty", b""), ("binary", bytes(range(256)) * 8), ("deep", b"[" * 100000), ("null", b"null"),
                          ("cut", b'{"name": "n", "input": [8, 8, 3], "ops": [{"op": "conv", "in_sh')):
        path = c.folder / f"{name}.json"
        path.write_bytes(content)
        c.expect(f"{name} JSON", 2, [f"{name}.json"], "plan", path)
    for name, content in (("empty", b""), ("noise", b"\x1c\x00\x00\x00TFL3" + bytes(range(256)) * 8),
                          ("text", b"this is no model" * 10)):
        path = c.folder / f"{name}.tflite"
        path.write_bytes(content)
        c.expect(f"{name} .tflite", 2, [f"{name}.tflite"], "plan", path)
    good = c.file("good.json", json.dumps({"name": "n", "input": [8, 8, 3], "ops": [CONV]}))
    for option, value in (("--input", "sideways"), ("--count", "keras"), ("--modes", "row_stream,magic"),
                          ("--sram", "-5"), ("--sram", "lots"), ("--max-macs-factor", "0.5")):
        c.expect(f"{option} {value}", 2, [option], "plan", good, option, value)
    c.expect("a limit nothing keeps", 3, ["--sram", "needs"], "plan", good, "--sram", "100")
    c.expect("a model that does not exist", 2, ["nowhere.json"], "plan", "nowhere.json")


def check_runs(c):
    """Needs LibTorch: data, limits, agents and studies are looked at when a search starts."""
    model = "evaluate.latency=model"
    c.expect("agent that is down", 75, ["mcunas-agent", "not reachable"], "search", TINY,
             "bench.agents=[http://127.0.0.1:9]", "--run-folder", c.folder / "down")
    c.expect("missing data", 2, ["data_batch_1"], "search", TINY, model, "data.kind=cifar10",
             f"data.root={c.folder}", "--run-folder", c.folder / "nodata")
    (c.folder / "corrupt").mkdir()
    for n in range(1, 6):
        (c.folder / f"corrupt/data_batch_{n}.bin").write_bytes(b"\x01" * 100)
    (c.folder / "corrupt/test_batch.bin").write_bytes(b"\x01" * 100)
    c.expect("corrupt data", 2, ["data_batch_1.bin"], "search", TINY, model, "data.kind=cifar10",
             f"data.root={c.folder}/corrupt", "--run-folder", c.folder / "baddata")
    c.expect("limits nothing can meet", 3, ["sram"], "search", TINY, model, "target.limits.sram_kb=1",
             "--run-folder", c.folder / "tight")
    run = c.folder / "done"
    c.expect("a small search without boards", 0, [], "search", TINY, model, "search.finalists_per_round=0",
             "--run-folder", run)
    c.expect("starting over an existing run", 2, ["mcunas resume"], "search", TINY, model, "--run-folder", run)
    check_damaged_run(c, run)


def check_damaged_run(c, run):
    newest = sorted((run / "checkpoints").iterdir())[-1]
    copy = c.folder / "truncated"
    shutil.copytree(run, copy)
    damaged = copy / "checkpoints" / newest.name
    damaged.write_bytes(newest.read_bytes()[:1000])
    c.expect("truncated checkpoint: the one before it is used", 0, [newest.name], "resume", copy)
    shutil.rmtree(copy)
    shutil.copytree(run, copy)
    (copy / "study.db").write_bytes(b"this is no database, whatever it says" * 100)
    c.expect("study that is no database", 2, ["study.db"], "resume", copy)
    shutil.rmtree(copy)
    shutil.copytree(run, copy)
    with sqlite3.connect(copy / "study.db") as study:
        study.execute("UPDATE meta SET value = '99' WHERE key LIKE '%version%'")
    c.expect("study of another version", 2, ["99"], "resume", copy)


def check_full_disk(c):
    """A tiny file system that is full: needs the right to mount."""
    if os.geteuid() != 0:
        print("[part skipped] full disk: not root")
        return
    small = c.folder / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small], check=False,
                             capture_output=True)
    if mounted.returncode:
        print("[part skipped] full disk: cannot mount")
        return
    try:
        (small / "filler").write_bytes(b"x" * 60000)
        network = c.file("disk.json", '{"name":"n","input":[8,8,3],"ops":[{"op":"conv","in_shape":[8,8,3],'
                                      '"out_shape":[8,8,16],"kernel":3,"stride":1}]}')
        c.expect("full disk", 75, ["No space left"], "compile", network, "--random-weights", "-o", small / "out")
    finally:
        subprocess.run(["umount", small], check=False)


def main():
    with tempfile.TemporaryDirectory(prefix="mcunas-bad-") as folder:
        checker = Checker(sys.argv[1], folder)
        check_command_line(checker)
        check_configs(checker)
        check_networks(checker)
        check_models(checker)
        check_full_disk(checker)
        if checker.torch:
            check_runs(checker)
    print(f"{checker.checks - checker.failures} of {checker.checks} mistakes answered as they should be")
    return 1 if checker.failures else 0


if __name__ == "__main__":
    sys.exit(main())
