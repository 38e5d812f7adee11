"""Temporary files that go however their process ends."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from conformance.harness.patience import Patience
from conformance.harness.scratch import scratch
from tests.conftest import ROOT

# A test runner may have threads of its own, which Python 3.12 and later warn of.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


def test_what_is_made_meanwhile_is_below_it_and_goes(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with scratch() as directory:
        made = Path(tempfile.mkdtemp())
        (made / "file").write_text("x")
        assert made.parent == directory
    assert (list(tmp_path.iterdir()), tempfile.gettempdir()) == ([], str(tmp_path))


def test_a_forked_process_that_lives_on_holds_nothing_up(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with scratch():
        child = os.fork()
        if not child:
            signal.pause()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, signal, sys, tempfile
from conformance.harness.scratch import scratch
with scratch():
    tempfile.mkdtemp()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_it_goes_with_a_process_that_is_killed(tmp_path):
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", KILLED], env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    deadline = Patience(10).deadline()
    while list(tmp_path.iterdir()):
        assert deadline.left(), "it is still there"
        threading.Event().wait(0.02)
