"""Interrupted at a few points that once left something behind; the sweep is `interruptions`."""

import random
import shutil
import signal
import subprocess
import sys

import pytest

from tests.benchmarks.interrupted import ROOT, Step
from tests.benchmarks.interruptions import points

# In a process of its own: whoever adopts orphans must have no other children.
CASE = """
import sys
from pathlib import Path
from tests.benchmarks.interrupted import Step, adopt, run
from tests.benchmarks.interruptions import SCENES, stage
adopt()
scene, place, *steps = sys.argv[1:]
with stage(Path(place)) as on:
    for number, text in enumerate(steps):
        outcome = run(Path(place, str(number)), SCENES[scene](on), [
            Step(event, int(nth), int(calls), int(signal))
            for event, nth, calls, signal in (step.split(":") for step in text.split())
        ])
        print(outcome.status, *outcome.wrong, outcome.said if outcome.wrong else "")
"""


def outcomes(scene, place, *steps):
    if shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None:
        pytest.skip("nginx is not installed")
    command = [sys.executable, "-c", CASE, scene, str(place), *steps]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


INT, TERM, HUP = int(signal.SIGINT), int(signal.SIGTERM), int(signal.SIGHUP)


def test_a_run_leaves_nothing_wherever_it_is_interrupted(tmp_path):
    steps = [
        f"os.mkdir=waxseal-:1:1:{INT}",  # its own directory is made
        f"os.fork:1:0:{TERM} *:3:0:{INT}",  # the doubles start, and again while it ends
        f"socket.connect:2:5:{TERM}",  # it greets the listeners
        f"import=asyncio.sslproto:1:5:{HUP}",  # who tells of it needs the same module
        f"os.rename=.report.json:1:0:{INT}",  # it writes the report: that is too late
    ]
    assert [x.strip() for x in outcomes("nginx", tmp_path, *steps)] == ["2", "2", "2", "2", "0"]


def test_a_run_over_many_targets_passes_it_on(tmp_path):
    assert [x.strip() for x in outcomes("many", tmp_path, f"subprocess.Popen:3:9:{TERM}")] == ["2"]


def test_points_are_first_one_of_each_kind():
    events = ["import 'a'", "import 'b'", "os.fork ''", "import 'c'", "os.mkdir 'd'"]
    chosen = points(events, 5, random.Random(1))
    assert [(x.event, x.nth) for x in chosen[:3]] == [
        ("import", 1),
        ("os.fork", 1),
        ("os.mkdir", 1),
    ]
    assert str(Step("os.fork", 1, 5, signal.SIGTERM)) == "SIGTERM at os.fork 1 + 5"
