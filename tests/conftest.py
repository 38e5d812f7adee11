"""The command line as a user runs it: in a process, from a directory that is not the checkout."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Done:
    """How a command ended: exit status, what it printed, and how long it took."""

    status: int
    out: str
    err: str
    seconds: float


class Commands:
    """Runs commands in one directory, with nothing of waxseal's in the environment."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        ours = ("WAXSEAL_", "PYTEST_", "HYPOTHESIS_")
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
        self.environment |= {
            "PYTHONPATH": str(ROOT),
            "XDG_CACHE_HOME": str(directory / "cache"),
            "TMPDIR": str(directory / "tmp"),
            "COLUMNS": "90",
        }
        (directory / "tmp").mkdir()
        (directory / "here").mkdir()

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", *words],
            env={**self.environment, **environment},
            cwd=self.directory / "here",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, **environment: str) -> Done:
        began = time.monotonic()
        process = self.start(*words, **environment)
        out, err = finish(process)
        return Done(process.returncode, out, err, time.monotonic() - began)

    def waxseal(self, *words: str, **environment: str) -> Done:
        return self.run("conformance.cli", *words, **environment)

    def certify(self, *words: str, **environment: str) -> Done:
        return self.waxseal("certify", *words, **environment)


def finish(process: subprocess.Popen[str], seconds: float = 120) -> tuple[str, str]:
    """The output of a process, which is ended if it takes too long."""
    timer = threading.Timer(seconds, process.send_signal, (signal.SIGKILL,))
    timer.start()
    try:
        return process.communicate()
    finally:
        timer.cancel()


@pytest.fixture(scope="session")
def commands(tmp_path_factory):
    """A `Commands` in a directory of its own."""
    return Commands(tmp_path_factory.mktemp("commands"))
