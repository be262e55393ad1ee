#!/usr/bin/env python3
"""Kills the agent in mid-search and brings it back later: the search is delayed, never failed. What it then says of
a network, it says once: one name, one value, in all of result.json.

Usage: unplug.py BUILD_FOLDER
"""

import json
import sys
import time
from pathlib import Path

from harness import Agent, Search, workspace


def main():
    build = sys.argv[1]
    config = Path(__file__).with_name("tiny.yaml")
    with workspace() as folder:
        agent = Agent(build, Path(folder) / "agent")
        agent.start()
        search = Search(build, config, Path(folder) / "run", [f"bench.agents=[{agent.url}]", "evaluate.fine_tune_epochs=1"])
        process = search.start()
        try:
            return check(agent, search, process)
        finally:
            process.kill()
            agent.kill()


def check_values(result):
    """Search rounds judge inherited weights, the final ranking fine-tuned ones: their scores need names of their own."""
    networks = result["finalists"] + result["pareto"]
    values = {}
    for network in networks:
        for name, quantity in network["metrics"].items():
            values.setdefault((network["network"], name), set()).add(quantity["value"])
    assert any(name == "round_int8_accuracy" for _, name in values), "no candidate was measured in a round"
    assert all(network["metrics"]["int8_accuracy_images"]["value"] == 100 for network in result["finalists"])
    several = {key: found for key, found in values.items() if len(found) > 1}
    assert not several, several


def check(agent, search, process):
    deadline = time.monotonic() + 120
    while "measured" not in search.log() and time.monotonic() < deadline:
        if process.poll() is not None:
            print(search.log())
            return 1
        time.sleep(0.05)
    agent.kill()
    time.sleep(6)
    still_running = process.poll() is None
    agent.start()
    code = process.wait(180)
    log = search.log()
    if code != 0 or "failed" in log and "infrastructure" in log:
        print(log)
        return 1
    check_values(json.loads((search.folder / "result.json").read_text(encoding="utf-8")))
    print(f"search {'waited for' if still_running else 'ended before'} the agent; exit code {code}")
    return 0 if still_running else 1


if __name__ == "__main__":
    sys.exit(main())
