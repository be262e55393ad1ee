#!/usr/bin/env python3
"""Kills the agent in mid-search and brings it back later: the search is delayed, never failed.

Usage: unplug.py BUILD_FOLDER
"""

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
        search = Search(build, config, Path(folder) / "run", [f"bench.agents=[{agent.url}]"])
        process = search.start()
        try:
            return check(agent, search, process)
        finally:
            process.kill()
            agent.kill()


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
    print(f"search {'waited for' if still_running else 'ended before'} the agent; exit code {code}")
    return 0 if still_running else 1


if __name__ == "__main__":
    sys.exit(main())
