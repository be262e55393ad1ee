#!/usr/bin/env python3
"""The examples of --help, typed as they stand there, in a folder of a user's own with files of these names.

Usage: examples.py BUILD_FOLDER
Exit 77: the virtual board or the cross compiler is not at hand.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "search"))
from harness import ROOT, Agent, workspace  # noqa: E402

SKIP = 77
PROGRAM = Path(sys.argv[1]).resolve() / "mcunas"
NETWORK = ROOT / "docs/small-network.json"
# These train for minutes, or need a run that did (tests/integration/search has them); doctor judges the machine.
NOT_HERE = ("search", "train", "resume", "report", "doctor")
# The address of the example is that of the agent, whatever runs there on this machine.
ADDRESS = "http://127.0.0.1:8801"
# Words that make an example fast.
HASTE = {"space": ["--samples", "2"]}


def run(arguments, folder):
    environment = dict(os.environ, MCUNAS_HOME=str(ROOT))
    done = subprocess.run([PROGRAM, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=240,
                          env=environment)
    assert done.returncode == 0, f"mcunas {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def examples(verb, folder):
    """The lines `mcunas VERB ...` of a verb's --help."""
    lines = [line.removeprefix("Example:").strip() for line in run([verb, "--help"], folder).splitlines()]
    return [line.split()[1:] for line in lines if line.startswith(f"mcunas {verb}")]


def verbs(folder):
    listed = run(["--help"], folder).partition("Subcommands:")[2]
    found = [line.split()[0] for line in listed.splitlines() if line.startswith("  ") and line[2] != " "]
    assert len(found) > len(NOT_HERE), listed
    return [verb for verb in found if verb not in NOT_HERE]


def users_folder(folder):
    """What the examples name: a description, a model, a candidate of a run, the project's configs."""
    shutil.copy(NETWORK, folder / "network.json")
    run(["compile", "network.json", "--random-weights", "-o", "made"], folder)
    shutil.copy(folder / "made/model.tflite", folder / "model.tflite")
    candidate = folder / "runs/one/candidates/333fddaae9c3"
    candidate.mkdir(parents=True)
    shutil.copy(NETWORK, candidate / "network.json")
    (folder / "configs").symlink_to(ROOT / "configs")


def check_what_stands_there(agent, folder):
    assert (folder / "out/net.c").stat().st_size > 0
    assert (folder / "out/firmware-qemu-m4/firmware.elf").read_bytes()[:4] == b"\x7fELF"
    for picture in ("arena.svg", "a.svg"):
        assert "<svg" in (folder / picture).read_text(), picture
    measured = run(["measure", "model.tflite", "--agent", agent.url, "--board", "qemu-m4", "-o", "kept",
                    "--json"], folder)
    assert json.loads(measured)["bit_exact"] and (folder / "kept/firmware-qemu-m4/firmware.elf").exists()


def main():
    if any(shutil.which(tool) is None for tool in ("qemu-system-arm", "arm-none-eabi-gcc")):
        print("SKIP: no qemu-system-arm or no arm-none-eabi-gcc")
        sys.exit(SKIP)
    with workspace() as folder:
        folder = Path(folder)
        users_folder(folder)
        agent = Agent(sys.argv[1], folder / "agent")
        agent.start()
        try:
            for verb in verbs(folder):
                typed = examples(verb, folder)
                assert typed, f"{verb} has no example"
                for arguments in typed:
                    words = [agent.url if word == ADDRESS else word for word in arguments]
                    said = run(words + HASTE.get(verb, []), folder)
                    print("mcunas", *arguments, "->", len(said), "characters")
            check_what_stands_there(agent, folder)
        finally:
            agent.kill()
    print("ok")


if __name__ == "__main__":
    main()
