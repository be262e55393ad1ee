#!/usr/bin/env python3
"""`mcunas plan` as people and machines use it: every kind of model, every option, every limit.

Usage: plan.py BUILD_FOLDER
"""

import json
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/data"))
from models import OWN, outside_data, own_models, own_networks  # noqa: E402

NETWORK = ROOT / "docs/small-network.json"
KIB = 1024

# mit-han-lab/tinyengine's README, in KiB, and its scheduler's bytes.
TINYENGINE = {"mcunet-in0_r48": (49, 50064), "mcunet-in1_r96": (96, 98024), "mcunet-in3_r176": (260, 266344),
              "mcunet-vww1_r80": (92, 93992), "proxyless-w0.3_r176": (259, 265600), "mbv2-w0.35_r144": (None, 302120)}
# The three models that TinyEngine ships, counted by its own scheduler.
TINYENGINE_FILES = {"mcunet_vww1": 93992, "mcunetv2_large": 1431784, "person_detection_fpn": 257448}


class Cli:
    def __init__(self, build, folder):
        self.program = Path(build).resolve() / "mcunas"
        self.folder = Path(folder)

    def run(self, *arguments, code=0, cwd=None):
        done = subprocess.run([str(self.program), "plan", *map(str, arguments)], capture_output=True, text=True,
                              check=False, timeout=120, cwd=cwd)
        assert done.returncode == code, f"{arguments}: exit {done.returncode}, {done.stdout[-2000:]}{done.stderr}"
        return done.stderr if code else done.stdout

    def json(self, *arguments, **options):
        return json.loads(self.run(*arguments, "--json", **options))


def check_json(cli):
    root = cli.json(NETWORK)
    assert list(root)[:3] == ["network", "hash", "macs"] and len(root["hash"]) == 32
    assert set(root["plan"]) >= {"macs_factor", "groups"} and root["plan"]["macs_factor"] == 1.0
    assert set(root["memory"]) >= {"arena_bytes", "scratch_bytes", "input_bytes", "output_bytes", "static_bytes",
                                   "total_bytes"}
    assert set(root["flash"]) >= {"weight_bytes", "constant_bytes", "code_bytes"}
    memory = root["memory"]
    assert memory["total_bytes"] == sum(memory[f"{part}_bytes"] for part in
                                        ("arena", "scratch", "output", "static", "stack"))
    operators = [op for group in root["plan"]["groups"] for op in range(group["first"], group["last"])]
    assert operators == list(range(len(json.loads(NETWORK.read_text())["ops"]))), "groups cover the operators in order"
    assert max(group["bytes"] for group in root["plan"]["groups"]) <= memory["arena_bytes"]
    front = root["pareto"]
    assert front[0]["arena_bytes"] == memory["arena_bytes"] and front[0]["macs_factor"] == 1.0
    for before, after in zip(front, front[1:]):
        assert after["arena_bytes"] < before["arena_bytes"] and after["macs_factor"] > before["macs_factor"]
    assert cli.run(NETWORK, "--json") == cli.run(NETWORK, "--json"), "the same input gives the same bytes"
    assert {board["board"] for board in root["boards"]} == \
        {path.stem for path in (ROOT / "configs/boards").glob("*.yaml")}


def check_inputs(cli):
    totals = {}
    for mode in ("resident", "streamed", "rereadable"):
        root = cli.json(NETWORK, "--input", mode)
        totals[mode] = root["memory"]["total_bytes"]
        shown = {entry["input_mode"]: entry["memory"]["total_bytes"] for entry in root["inputs"]}
        assert shown[mode] == totals[mode] and {"resident", "streamed"} <= set(shown)
    assert totals["streamed"] < totals["resident"] and totals["rereadable"] <= totals["streamed"]
    text = cli.run(NETWORK)
    assert f"{totals['resident']:,}".replace(",", " ") in text and f"{totals['streamed']:,}".replace(",", " ") in text


def check_limits(cli):
    whole = cli.json(NETWORK, "--input", "rereadable", "--max-macs-factor", 1)
    total = whole["memory"]["total_bytes"]
    assert cli.json(NETWORK, "--input", "rereadable", "--sram", total)["plan"]["macs_factor"] == 1.0
    less = cli.json(NETWORK, "--input", "rereadable", "--sram", total - 1)
    assert less["memory"]["total_bytes"] < total and less["plan"]["macs_factor"] > 1.0
    error = cli.run(NETWORK, "--input", "rereadable", "--sram", total - 1, "--max-macs-factor", 1, code=3)
    assert str(total) in error and error.count("\n") == 1
    error = cli.run(NETWORK, "--input", "rereadable", "--sram", 3000, code=3)
    smallest = int(error.split(" needs ")[1].split(",")[0])
    factor = float(error.split(" at ")[1].split()[0])
    best = cli.json(NETWORK, "--input", "rereadable", "--sram", smallest)
    assert best["memory"]["total_bytes"] == smallest and abs(best["plan"]["macs_factor"] - factor) < 0.001
    cli.run(NETWORK, "--input", "rereadable", "--sram", smallest - 1, code=3)
    assert cli.json(NETWORK, "--sram", "64kB") == cli.json(NETWORK, "--sram", 64 * KIB)
    fast = cli.json(NETWORK, "--sram", "64kB", "--prefer", "speed")
    assert len(fast["plan"]["groups"]) >= len(cli.json(NETWORK, "--sram", "64kB")["plan"]["groups"])
    layers = cli.json(NETWORK, "--modes", "layerwise")
    assert {group["mode"] for group in layers["plan"]["groups"]} == {"layerwise"}
    assert layers["memory"]["arena_bytes"] >= cli.json(NETWORK)["memory"]["arena_bytes"]


def check_boards(cli):
    root = cli.json(NETWORK, "--board", "nucleo-f446re")
    assert root["board"] == "nucleo-f446re" and root["fits"] == {"sram": True, "flash": True}
    assert "Board nucleo-f446re: SRAM" in cli.run(NETWORK, "--board", "nucleo-f446re")
    huge = {"name": "huge", "input": [8, 8, 1024],
            "ops": [{"op": "pointwise", "in_shape": [8, 8, 1024], "out_shape": [8, 8, 4096]}]}
    path = cli.folder / "huge.json"
    path.write_text(json.dumps(huge))
    error = cli.run(path, "--board", "nucleo-f446re", code=3)
    assert "nucleo-f446re" in error and error.count("\n") == 1


def check_regions(cli):
    """A residual beside two more tensors: no single region of the H743 holds all of them."""
    same = {"in_shape": [96, 96, 30], "out_shape": [96, 96, 30]}
    wide = {"name": "wide", "input": [96, 96, 30],
            "ops": [{"op": "pointwise", **same}, {"op": "pointwise", **same}, {"op": "add", **same, "residual_from": -1},
                    {"op": "global_average_pool", "in_shape": [96, 96, 30], "out_shape": [1, 1, 30]}]}
    path = cli.folder / "wide.json"
    path.write_text(json.dumps(wide))
    cli.run(path, "--modes", "layerwise", "--sram", "512kB", code=3)
    root = cli.json(path, "--modes", "layerwise", "--board", "nucleo-h743zi2")
    assert root["memory"]["total_bytes"] <= 512 * KIB and sum(root["plan"]["more_regions_bytes"]) > 0
    fits = {board["board"]: (board["fits"], board["several_regions"]) for board in root["boards"]}
    assert fits["nucleo-h743zi2"] == (True, True) and fits["nucleo-f446re"] == (False, False)
    text = cli.run(path, "--modes", "layerwise", "--board", "nucleo-h743zi2", "--svg", cli.folder / "regions.svg")
    assert "Region 1 (dtcm): arena" in text and "Region 2 (sram123): arena" in text and "region" in (cli.folder / "regions.svg").read_text()


def check_picture(cli):
    picture = cli.folder / "arena.svg"
    cli.run(NETWORK, "--input", "streamed", "--svg", picture)
    root = ET.parse(picture).getroot()
    titles = [title.text for title in root.iter("{http://www.w3.org/2000/svg}title")]
    operators = len(json.loads(NETWORK.read_text())["ops"])
    for tensor in range(operators):
        assert any(title.startswith(f"tensor {tensor},") for title in titles), tensor
    cli.run(NETWORK, "--svg", "/proc/nowhere/arena.svg", code=75)


def check_candidates(cli):
    first = cli.folder / "runs/one-20260101T000000Z/candidates/333fddaae9c3"
    second = cli.folder / "runs/two-20260101T000000Z/candidates"
    first.mkdir(parents=True)
    (first / "network.json").write_text(NETWORK.read_text())
    (second / "333fddffffff").mkdir(parents=True)
    (second / "333fddffffff/network.json").write_text(NETWORK.read_text())
    same = second / "333fddaae9c3"  # the same network in another run is no ambiguity
    same.mkdir()
    (same / "network.json").write_text(NETWORK.read_text())
    assert cli.json("333fddaa", cwd=cli.folder) == cli.json(NETWORK)
    assert cli.json("333FDDAAE9C3" + "0" * 20, cwd=cli.folder) == cli.json(NETWORK)
    error = cli.run("333fdd", code=2, cwd=cli.folder)
    assert "333fddaae9c3, 333fddffffff" in error and error.count("\n") == 1
    assert "no candidate" in cli.run("444444", code=2, cwd=cli.folder)
    assert "6 digits" in cli.run("333fd", code=2, cwd=cli.folder)
    (second / "555555555555").mkdir()
    assert "neither" in cli.run("555555", code=2, cwd=cli.folder)


def check_counts(cli):
    root = cli.json(NETWORK, "--count", "tinyengine")
    memory = root["memory"]
    assert memory["total_bytes"] == memory["arena_bytes"] + memory["im2col_bytes"] + memory["kernel_bytes"]
    assert "TinyEngine" in cli.run(NETWORK, "--count", "tinyengine")
    assert cli.json(NETWORK, "--count", "tflm")["memory"]["persistent_bytes"] > 0
    if not (published := outside_data("networks")):
        print("[part skipped] published networks: no data")
        return
    for name, (kib, exact) in TINYENGINE.items():
        total = cli.json(published / f"{name}.json", "--count", "tinyengine")["memory"]["total_bytes"]
        assert total == exact and (kib is None or abs(total / KIB - kib) <= 0.5), (name, total)


def check_own_models(cli):
    for path in own_models() + own_networks():
        root = cli.json(path)
        assert root["memory"]["total_bytes"] > 0 and root["flash"]["weight_bytes"] >= 0, path
        layers = cli.json(path, "--modes", "layerwise")["memory"]
        assert root["memory"]["arena_bytes"] <= layers["arena_bytes"], path
    path = OWN / "half_dead.tflite"
    folded, whole = cli.json(path), cli.json(path, "--no-folding")
    assert folded["macs"] < folded["macs_unfolded"] == whole["macs"] and "macs_unfolded" not in whole
    assert folded["flash"]["weight_bytes"] < whole["flash"]["weight_bytes"]
    assert cli.json(path, "--channel-multiple", 1)["macs"] < folded["macs"]
    assert f"{folded['macs_unfolded']:,} before folding".replace(",", " ") in cli.run(path)
    check_content(cli, path)


def check_content(cli, path):
    """A model is told by its content; one that ends early is refused by name."""
    unnamed = cli.folder / "model"
    unnamed.write_bytes(path.read_bytes())
    assert cli.json(unnamed)["memory"] == cli.json(path)["memory"]
    for length in (9, 100, 1000, path.stat().st_size // 2, path.stat().st_size - 100):
        unnamed.write_bytes(path.read_bytes()[:length])
        error = cli.run(unnamed, code=2)
        assert str(unnamed) in error and error.count("\n") == 1, error


def check_published_models(cli):
    if not (published := outside_data("tflite")):
        print("[part skipped] published .tflite files: no data")
        return
    for name, total in TINYENGINE_FILES.items():
        path = published / f"{name}.tflite"
        assert cli.json(path, "--count", "tinyengine")["memory"]["total_bytes"] == total, name
        ours = cli.json(path, "--input", "streamed")["memory"]
        assert 4 * (ours["arena_bytes"] + ours["scratch_bytes"]) < total, (name, ours)
    for path in sorted(published.glob("*.tflite")):
        assert cli.json(path)["memory"]["total_bytes"] > 0
    assert "11 578 816 before folding" in cli.run(published / "mcunet_vww1.tflite")


def main():
    with tempfile.TemporaryDirectory(prefix="mcunas-plan-") as folder:
        cli = Cli(sys.argv[1], folder)
        for check in (check_json, check_inputs, check_limits, check_boards, check_regions, check_picture, check_candidates,
                      check_counts, check_own_models, check_published_models):
            check(cli)
            print(check.__name__, "holds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
