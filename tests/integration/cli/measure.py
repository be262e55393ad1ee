#!/usr/bin/env python3
"""`mcunas measure` against a real agent with virtual boards: numbers, failures, and an agent that dies on the way.

Usage: measure.py BUILD_FOLDER
Exit 77: the virtual board or the cross compiler is not at hand.
"""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "search"))
from harness import ROOT, Agent, workspace  # noqa: E402

SKIP = 77
NETWORK = ["docs/small-network.json", "--random-weights"]
PROGRAM = Path(sys.argv[1]).resolve() / "mcunas"


def run(*arguments, code=0, verb="measure"):
    done = subprocess.run([PROGRAM, verb, *map(str, arguments)], capture_output=True, text=True, check=False, cwd=ROOT,
                          timeout=240)
    assert done.returncode == code, f"{arguments}: exit {done.returncode}, {done.stdout}{done.stderr}"
    return done.stdout if code == 0 else done.stderr


def start(*arguments):
    return subprocess.Popen([PROGRAM, "measure", *map(str, arguments)], cwd=ROOT, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)


def wait_for(process, text):
    """Until the process says it on stderr; what it said so far."""
    said = ""
    while text not in said:
        line = process.stderr.readline()
        assert line, f"ended without '{text}': {said}"
        said += line
    return said


def check_numbers(agent, folder):
    kept = folder / "kept"
    measured = json.loads(run(*NETWORK, "--agent", agent.url, "--board", "qemu-m4", "--repetitions", 5, "--json", "-o",
                              kept))
    verified = json.loads(run(*NETWORK, "--board", "qemu-m4", "--verify", "--json", "-o", folder / "compiled",
                              verb="compile"))
    assert measured["source"] == "emulated" and measured["unit"] == "instructions" and measured["bit_exact"]
    assert len(measured["ticks"]["all"]) == 5, measured["ticks"]
    # The same code under the same emulator, to one step of its clock.
    assert abs(measured["ticks"]["median"] - verified["ticks"]) <= 40, (measured["ticks"], verified["ticks"])
    for operator, other in zip(measured["operator_ticks"], verified["operator_ticks"], strict=True):
        # Operators of a group take turns, and every turn is rounded to a step.
        assert abs(operator - other) <= 120 + 0.005 * other, (operator, other)
    assert measured["arena_bytes"] == verified["arena_bytes"], (measured, verified)
    assert measured["stack_bytes"] > 0 and measured["flash_bytes"] > measured["code_bytes"] > 0
    assert (kept / "firmware-qemu-m4/firmware.elf").stat().st_size > measured["flash_bytes"]
    profile = json.loads(run(*NETWORK, "--board", "qemu-m4", "--json", verb="profile"))
    assert abs(measured["latency_ms"] / profile["estimate"]["milliseconds"] - 1) < 1e-4
    # One formula: what profile says an instruction of each operator costs explains what measure says.
    estimate = profile["estimate"]
    cycles = estimate["cycles_per_instruction"] * (measured["ticks"]["median"] - sum(measured["operator_ticks"]))
    for ticks, operator in zip(measured["operator_ticks"], profile["operators"], strict=True):
        cycles += ticks * operator["estimated_cycles"] / operator["instructions"]
    assert abs(measured["latency_ms"] / (1e3 * cycles / estimate["clock_hz"]) - 1) < 1e-12
    assert measured["latency_relative_error"] == profile["estimate"]["relative_error"]


def check_text(agent):
    text = run(*NETWORK, "--agent", agent.url, "--board", "qemu-m7", "--repetitions", 3)
    for part in ("output equals the reference", "instructions, median of 3", "emulated", "an estimate, give or take",
                 "touched; stack", "of them code", "mps2-an500"):
        assert part in text, f"{part}: {text}"


def check_mistakes(agent, folder):
    at = ("--agent", agent.url)
    assert "say --board with one of: qemu-m4, qemu-m7" in run(*NETWORK, *at, code=2)
    assert "did you mean 'qemu-m4'" in run(*NETWORK, *at, "--board", "qemu-m44", code=2)
    assert "has no weights" in run(NETWORK[0], *at, "--board", "qemu-m4", code=2)
    broken = folder / "broken.tflite"
    broken.write_bytes(b"TFL3 is not here")
    assert "broken.tflite" in run(broken, *at, "--board", "qemu-m4", code=2)
    assert "is not an agent's address" in run(*NETWORK, "--agent", "localhost:1", code=2)
    large = folder / "large.json"
    large.write_text(json.dumps({"name": "large", "input": [1, 1, 4096], "ops": [
        {"op": "fully_connected", "in_shape": [1, 1, 4096], "out_shape": [1, 1, 300]}]}))
    assert "flash overflows by" in run(large, "--random-weights", *at, "--board", "qemu-m4", code=3)


def check_failures(agent):
    at = ("--agent", agent.url, "--board", "qemu-m4", "--repetitions", 64)
    assert "candidate_timeout (candidate)" in run(*NETWORK, *at, "--timeout", 0.1, code=4)
    process = start(*NETWORK, *at, "--timeout", 0.1, "--json")
    out, _ = process.communicate(timeout=240)
    failure = json.loads(out)["failure"]
    assert process.returncode == 4 and failure["class"] == "candidate" and failure["kind"] == "candidate_timeout"


def check_board_away(folder):
    """Boards without a probe, one alone on its bench: away, whether pyOCD is there or not."""
    bench = folder / "unplugged.yaml"
    bench.write_text(json.dumps({"version": 1, "name": "unplugged", "boards": [
        {"name": "drawer", "board": "nucleo-f412zg",
         "runner": {"kind": "pyocd", "target": "stm32f412xg", "probe_uid": "0000000000000000"}}]}))
    agent = Agent(sys.argv[1], folder / "unplugged", bench)
    agent.start()
    try:
        deadline = time.monotonic() + 60
        while "missing" not in run(agent.url, verb="boards"):
            assert time.monotonic() < deadline, "the agent never missed its board"
            time.sleep(0.5)
        error = run(*NETWORK, "--agent", agent.url, code=75)
        assert "board drawer of" in error and "is missing: " in error, error
    finally:
        agent.kill()


def check_token(folder):
    token = folder / "token"
    token.write_text("secret\n")
    agent = Agent(sys.argv[1], folder / "protected", options=["--token-file", token])
    agent.start()
    try:
        assert "a valid Bearer token is needed" in run(agent.url, verb="boards", code=2)
        assert "qemu-m4" in run(agent.url, "--token-file", token, verb="boards")
        at = ("--agent", agent.url, "--board", "qemu-m4")
        assert "a valid Bearer token is needed" in run(*NETWORK, *at, code=2)
        run(*NETWORK, *at, "--repetitions", 1, "--token-file", token)
    finally:
        agent.kill()


def check_agent_away(agent):
    assert "start it with: mcunas-agent" in run(*NETWORK, "--agent", "http://127.0.0.1:1", code=75)
    at = ("--agent", agent.url, "--board", "qemu-m4")
    # Away from the start, comes within --wait.
    agent.kill()
    process = start(*NETWORK, *at, "--wait", 120, "--json")
    wait_for(process, "waiting for up to 120 s")
    agent.start()
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0 and json.loads(out)["bit_exact"], err
    # Dies when the image is sent, comes back: one delay, no failure.
    process = lose_agent(agent, *at, "--json")
    agent.start()
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0 and json.loads(out)["bit_exact"], err
    # Dies and stays away: for as long as --wait says, or until Ctrl-C.
    limited = lose_agent(agent, *at, "--wait", 3)
    _, err = limited.communicate(timeout=60)
    assert limited.returncode == 75 and "no result within --wait 3 seconds" in err, err
    agent.start()
    patient = lose_agent(agent, *at)
    time.sleep(0.2)
    patient.send_signal(signal.SIGINT)
    _, err = patient.communicate(timeout=60)
    assert patient.returncode == 130 and "interrupted" in err, err


def lose_agent(agent, *at):
    """A measurement whose agent dies as soon as it has the image, long before the last repetition."""
    process = start(*NETWORK, *at, "--repetitions", 64)
    wait_for(process, "sent to")
    agent.kill()
    wait_for(process, "waiting for it")
    return process


def main():
    if any(shutil.which(tool) is None for tool in ("qemu-system-arm", "arm-none-eabi-gcc")):
        print("SKIP: no qemu-system-arm or no arm-none-eabi-gcc")
        sys.exit(SKIP)
    with workspace() as folder:
        folder = Path(folder)
        agent = Agent(sys.argv[1], folder / "agent")
        agent.start()
        try:
            check_numbers(agent, folder)
            check_text(agent)
            check_mistakes(agent, folder)
            check_failures(agent)
            check_board_away(folder)
            check_token(folder)
            check_agent_away(agent)
        finally:
            agent.kill()
    print("ok")


if __name__ == "__main__":
    main()
