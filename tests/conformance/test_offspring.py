"""Whom we started is interrupted with us, and over behind us."""

import subprocess
import sys

import pytest

from conformance.offspring import offspring

# It says that it is there, and at an interrupt in what order it ended.
CHILD = """
import select, sys
try:
    print("there", flush=True)
    select.select([], [], [], 60)
except KeyboardInterrupt:
    print("in order", file=sys.stderr, flush=True)
"""
PARENT = """
import os, signal, subprocess, sys
from conformance.offspring import offspring
with offspring([sys.executable, "-c", sys.argv[1]], stdout=sys.stdout) as process:
    print(process.pid, flush=True)
    process.wait()
"""


def interrupted_with(child):
    with child as process, process.stdout as said:
        assert said.readline() == "there\n"
        raise KeyboardInterrupt


def test_it_is_interrupted_with_us(tmp_path):
    with (tmp_path / "complaints").open("w+") as complaints:
        command = [sys.executable, "-c", CHILD]
        with pytest.raises(KeyboardInterrupt):
            interrupted_with(offspring(command, stdout=subprocess.PIPE, stderr=complaints))
        complaints.seek(0)
        assert complaints.read() == "in order\n"


def test_it_ends_where_we_are_killed():
    command = [sys.executable, "-c", PARENT, CHILD]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout.readline().strip().isdigit()
        assert parent.stdout.readline() == "there\n"
        parent.kill()
        # Its output ends when the last that has it open is gone.
        assert parent.communicate(timeout=60)[0] == ""
