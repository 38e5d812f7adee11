"""Processes for members: side by side, but for what must not be."""

import os
import sys

import pytest

from conformance.fleet.member import Member
from conformance.fleet.running import Running
from conformance.interrupts import heard


def member(name, *keys):
    return Member(name, (f"{name}:1",), (), frozenset(keys))


def ran(directory, script, members, most=2):
    """How members end whose run is that Python script, with their names and the directory."""

    def command(member, report):
        return [sys.executable, "-c", script, member.name, str(directory), str(report)]

    running = Running(command)
    with heard(lambda _: running.interrupt()):
        return running, {x.member.name: x for x in running.all(members, most, directory)}


def test_what_a_run_says_and_writes_is_kept(tmp_path):
    script = "import sys; print('out'); print(open(sys.argv[3], 'w').write('{}'), file=sys.stderr)"
    _, ended = ran(tmp_path, script + "; sys.exit(7)", [member("a")])
    assert (ended["a"].status, ended["a"].report.read_text()) == (7, "{}")
    assert set(ended["a"].said.split()) == {"out", "2"}


# Each opens one end of a pipe, which waits for the other.
MEET = "import sys; open(sys.argv[2] + '/pipe', 'r' if sys.argv[1] == 'a' else 'w')"


def test_two_are_judged_at_the_same_time(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    _, ended = ran(tmp_path, MEET, [member("a"), member("b")])
    assert [x.status for x in ended.values()] == [0, 0]


# Whoever finds another one at work fails.
ALONE = """
import os, sys
place = sys.argv[2] + "/lock"
os.close(os.open(place, os.O_CREAT | os.O_EXCL))
os.unlink(place)
"""


@pytest.mark.parametrize(("keys", "most"), [(["one"], 4), ([], 1)])
def test_never_more_than_may_be(tmp_path, keys, most):
    members = [member(str(n), *keys) for n in range(8)]
    _, ended = ran(tmp_path, ALONE, members, most)
    assert [x.status for x in ended.values()] == [0] * 8


INTERRUPTING = """
import os, signal
try:
    os.kill(os.getppid(), signal.SIGINT)
    signal.pause()
except KeyboardInterrupt:
    raise SystemExit(2)
"""


def test_an_interrupt_ends_those_that_run_and_starts_no_other(tmp_path):
    running, ended = ran(tmp_path, INTERRUPTING, [member("a"), member("b")], most=1)
    assert running.interrupted
    assert {name: x.status for name, x in ended.items()} == {"a": 2}


def test_the_environment_names_no_other_target(tmp_path, monkeypatch):
    monkeypatch.setenv("WAXSEAL_TARGET", "h:1")
    monkeypatch.setenv("WAXSEAL_KIT", "kit")
    script = "import os; print(os.environ.get('WAXSEAL_TARGET'), os.environ['WAXSEAL_KIT'])"
    assert ran(tmp_path, script, [member("a")])[1]["a"].said == "None kit\n"
