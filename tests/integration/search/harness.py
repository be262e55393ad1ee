"""Runs mcunas and mcunas-agent as a user would: as processes, killed at will."""

import os
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


class Agent:
    """A local agent, with virtual boards unless told otherwise, on an ephemeral (then fixed) port."""

    def __init__(self, build, state, bench=ROOT / "configs/benches/local-virtual.yaml", options=()):
        self.bench = bench
        self.program = Path(build).resolve() / "mcunas-agent"
        self.state = Path(state)
        self.options = list(options)
        self.port = 0
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        self.state.mkdir(parents=True, exist_ok=True)
        out = open(self.state / "out.txt", "w", encoding="utf-8")
        self.process = subprocess.Popen(
            [self.program, "--bench", self.bench, "--port", str(self.port), "--state", "jobs", *self.options],
            cwd=self.state, stdout=out, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            match = re.search(r"listening on http://127\.0\.0\.1:(\d+)",
                              (self.state / "out.txt").read_text(encoding="utf-8"))
            if match:
                self.port = int(match.group(1))
                return
            time.sleep(0.05)
        raise RuntimeError("the agent did not come up: " + (self.state / "out.txt").read_text())

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Search:
    """One run folder and the processes that work on it."""

    def __init__(self, build, config, folder, overrides=(), options=()):
        self.program = Path(build) / "mcunas"
        self.config = Path(config)
        self.folder = Path(folder)
        self.overrides = list(overrides)
        self.options = list(options)  # before the verb
        self.environment = dict(os.environ, OMP_NUM_THREADS="1")

    def command(self):
        if (self.folder / "study.db").exists():
            return [self.program, *self.options, "resume", self.folder]
        return [self.program, *self.options, "search", self.config, "--run-folder", self.folder, *self.overrides]

    def start(self):
        log = open(self.folder.with_suffix(".log"), "a", encoding="utf-8")
        return subprocess.Popen(self.command(), stdout=log, stderr=subprocess.STDOUT,
                                env=self.environment)

    def run(self, timeout=300):
        process = self.start()
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
        return code

    def run_and_kill(self, seconds, how=signal.SIGKILL):
        """Returns the exit code if it ended before the kill, else None."""
        process = self.start()
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(how)
            code = process.wait(60)
            return None if how == signal.SIGKILL else code

    def history(self):
        done = subprocess.run([self.program, "report", self.folder, "--history"], capture_output=True,
                              text=True, check=True)
        return done.stdout

    def log(self):
        return self.folder.with_suffix(".log").read_text(encoding="utf-8")


def workspace():
    return tempfile.TemporaryDirectory(prefix="mcunas-test-")
