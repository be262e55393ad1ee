#!/usr/bin/env python3
"""`mcunas compile` on .tflite files and descriptions: C code whose bytes a virtual board confirms.

Usage: compile.py BUILD_FOLDER
Exit 77: the virtual board is not at hand.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SKIP = 77
ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/data"))
from models import OWN, outside_data, own_models  # noqa: E402

NETWORK = ROOT / "docs/small-network.json"
# One dense network, one with a 10 x 4 kernel and softmax, three outputs, squeeze-excite.
PUBLISHED = ["hello_world_int8", "kws_ref_model", "converter/conv_fpn_64x96", "converter/conv_se_48"]


def spaced(number):
    return f"{number:,}".replace(",", " ")


def compile_model(program, model, folder, *arguments, code=0):
    done = subprocess.run([program, "compile", str(model), "-o", str(folder), *arguments],
                          capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == code, f"{model}: exit {done.returncode}, {done.stdout}{done.stderr}"
    return done.stderr if code else done.stdout


def check_models(program, folder):
    """The board gives the bytes of the reference in the arena that was planned; what was written reads back as itself."""
    published = [outside_data(f"tflite/{name}.tflite") for name in PUBLISHED]
    for model in own_models() + [file for file in published if file]:
        out = folder / model.stem
        result = json.loads(compile_model(program, model, out, "--board", "qemu-m4", "--verify", "--json"))
        assert result["bit_exact"], model
        arena = result["arena_bytes"]
        assert arena["model"] == arena["elf"], f"{model}: {arena}"
        for file in ("net.c", "net.h", "model.tflite", "plan.json"):
            assert (out / file).stat().st_size > 0, file
        again = folder / "again"
        compile_model(program, out / "model.tflite", again)
        assert (again / "net.c").read_bytes() == (out / "net.c").read_bytes(), model
        print(f"{model.stem}: {result['ticks']} instructions, arena {arena['elf']} bytes")


def check_folding(program, folder):
    """A model that is half dead: the board computes half of it and gives the bytes of all of it."""
    model = OWN / "half_dead.tflite"
    arguments = ["--board", "qemu-m4", "--verify", "--json"]
    folded = json.loads(compile_model(program, model, folder / "folded", *arguments))
    whole = json.loads(compile_model(program, model, folder / "whole", *arguments, "--no-folding"))
    least = json.loads(compile_model(program, model, folder / "least", *arguments, "--channel-multiple", "1"))
    assert folded["bit_exact"] and whole["bit_exact"] and least["bit_exact"]
    assert "folding" not in whole and whole["macs"] == folded["folding"]["macs_before"]
    assert folded["macs"] == folded["folding"]["macs_after"] < 0.517 * whole["macs"]
    assert least["macs"] == folded["folding"]["least_macs"] < folded["macs"]
    assert folded["ticks"] < 0.65 * whole["ticks"], (folded["ticks"], whole["ticks"])
    text = compile_model(program, model, folder / "text")
    assert f"folded: {spaced(folded['macs'])} of {spaced(whole['macs'])} MACs left" in text, text
    plans = [json.loads((folder / name / "plan.json").read_text()) for name in ("folded", "whole")]
    assert [plan["macs"] for plan in plans] == [folded["macs"], whole["macs"]]
    compile_model(program, folder / "folded/model.tflite", folder / "again")  # does not fold again
    assert (folder / "again/net.c").read_bytes() == (folder / "folded/net.c").read_bytes()


def check_published_folding(program, folder):
    """The half of MLPerf Tiny's person detector that is dead."""
    if model := outside_data("tflite/vww_96_int8.tflite"):
        assert "folded: 3 737 870 of 7 489 664 MACs left" in compile_model(program, model, folder / "vww")


def check_boards(program, folder):
    """The ELF of the board that is named, also of one that is not at hand."""
    model = OWN / "dense.tflite"
    for board in ("nucleo-f746zg", "qemu-m4"):
        text = compile_model(program, model, folder / board, "--board", board)
        elf = folder / board / f"firmware-{board}" / "firmware.elf"
        assert elf.read_bytes()[:4] == b"\x7fELF" and str(elf) in text, text
    compile_model(program, model, folder / "text")
    assert not list((folder / "text").rglob("*.elf")), "nobody named a board"
    assert "did you mean 'qemu-m4'" in compile_model(program, model, folder / "none", "--board", "qemu-m44", code=2)


def check_descriptions(program, folder):
    error = compile_model(program, NETWORK, folder / "none", code=2)
    assert "has no weights" in error, error
    compile_model(program, NETWORK, folder / "random", "--random-weights")


def main():
    if shutil.which("qemu-system-arm") is None:
        print("SKIP: no qemu-system-arm")
        sys.exit(SKIP)
    program = str(Path(sys.argv[1]).resolve() / "mcunas")
    for check in (check_models, check_folding, check_published_folding, check_boards, check_descriptions):
        with tempfile.TemporaryDirectory(prefix="mcunas-compile-") as folder:
            check(program, Path(folder))
    print("ok")


if __name__ == "__main__":
    main()
