#!/usr/bin/env python3
"""Kills a small real search at random moments and resumes it: the history must equal an undisturbed run's.

Usage: resume.py BUILD_FOLDER KILLS
"""

import random
import signal
import sys
import time
from pathlib import Path

from harness import Agent, Search, workspace


def main():
    build, kills = sys.argv[1], int(sys.argv[2])
    config = Path(__file__).with_name("tiny.yaml")
    with workspace() as folder:
        agent = Agent(build, Path(folder) / "agent")
        agent.start()
        try:
            return check(build, config, folder, agent, kills)
        finally:
            agent.kill()


def check(build, config, folder, agent, kills):
    overrides = [f"bench.agents=[{agent.url}]"]
    straight = Search(build, config, Path(folder) / "straight", overrides, ["-q"])
    began = time.monotonic()
    if straight.run() != 0:
        print(straight.log())
        return 1
    duration = time.monotonic() - began
    expected = straight.history()
    assert expected.count("\n") > 10, "the history is suspiciously short:\n" + expected
    assert " info " not in straight.log(), "-q silences training too:\n" + straight.log()

    rng = random.Random(7)
    disturbed = Search(build, config, Path(folder) / "disturbed", overrides)
    done = 0
    while done < kills:
        # Short lives, so that many kills fall into one run; each resume starts by replaying.
        if disturbed.run_and_kill(rng.uniform(0.1, 0.35 * duration)) is not None:
            disturbed = restart(build, config, folder, overrides, disturbed, expected)
        done += 1
    assert disturbed.run_and_kill(0.2 * duration, signal.SIGINT) in (0, 130), "Ctrl-C must exit 130"
    if disturbed.run() != 0:
        print(disturbed.log())
        return 1
    compare(disturbed, expected)
    print(f"{kills} kills, histories identical ({duration:.1f} s undisturbed)")
    return 0


def restart(build, config, folder, overrides, finished, expected):
    """The killed run came to its end: compare it, then begin another one."""
    compare(finished, expected)
    number = len(list(Path(folder).glob("disturbed*.log")))
    return Search(build, config, Path(folder) / f"disturbed{number}", overrides)


def compare(search, expected):
    found = search.history()
    if found != expected:
        print("expected:\n" + expected + "\nfound:\n" + found + "\nlog:\n" + search.log()[-3000:])
        sys.exit(1)


if __name__ == "__main__":
    sys.exit(main())
