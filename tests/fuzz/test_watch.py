import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.harness.patience import Patience
from fuzz import watch as room
from fuzz.hunt import Hunt
from fuzz.stream import parse
from fuzz.watch import Look, Watched, look

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no /proc here")
EIGHT_BIT = parse("pop3\nCA\\xffPA\\r\\n\n")
HARMLESS = parse("pop3\nCAPA\\r\\n\n")


def test_a_process_is_seen_with_its_children_until_it_ends():
    script = "import subprocess; subprocess.run(['cat'])"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", script], **pipes) as parent:
        parent.stdin.write(b"x")
        parent.stdin.flush()
        assert parent.stdout.read(1) == b"x"
        there = look(parent.pid)
        assert parent.pid in {pid for pid, _ in there.processes}
        assert len(there.processes) == 2
        assert there.descriptors >= 6
        assert there.memory > 2**20
    assert look(parent.pid) == Look(frozenset(), 0, 0)


@pytest.mark.parametrize(
    ("fault", "oracle"),
    [("leaks descriptors", "descriptors_come_back"), ("leaks memory", "memory_comes_back")],
)
def test_what_does_not_come_back_is_found(toy, fault, oracle, monkeypatch):
    # What other tests have left, and their servers, would be given back in the middle of this one.
    gc.collect()
    monkeypatch.setattr(room, "_family", lambda proc, pid: [pid])
    judge = Watched(toy("pop3", fault).endpoint, Patience(), os.getpid())
    judge.patience = Patience(answer=0.3)
    several = [parse(f"pop3\nCA\\xffP{letter}\\r\\n\n") for letter in "ABCDEFGH"]
    seeking = Hunt(judge, "toy", 1, ahead=[HARMLESS, *several])
    seeking.turn(60, most=0)
    (finding,) = seeking.findings
    assert (finding.oracle.name, finding.rate) == (oracle, "5/5")
    assert b"\xff" in finding.stream.steps[0].text


def test_a_target_that_lets_go_is_not_blamed(toy):
    judge = Watched(toy("pop3").endpoint, Patience(), os.getpid())
    seeking = Hunt(judge, "toy", 1, ahead=[EIGHT_BIT, HARMLESS])
    seeking.turn(60, most=40)
    assert seeking.findings == []


def test_who_lets_go_late_is_given_the_time_of_an_answer(toy, monkeypatch):
    judge = Watched(toy("pop3").endpoint, Patience(), os.getpid())
    held = [Look(frozenset(), 99, 9)] * 3 * room.SESSIONS
    before = Look(frozenset(), 9, 9)
    monkeypatch.setattr(room, "look", lambda _: held.pop() if held else before)
    assert judge._settled(before).descriptors == 99
    assert judge._settled(before, seconds=60.0) == before


def test_a_process_that_was_replaced_is_found_again_and_again(toy, monkeypatch):
    """The toy is no process of its own: here one dies whenever eight bits are said."""
    judge = Watched(toy("pop3").endpoint, Patience(), 1)
    died = []
    run = room.Judge.violations

    def violations(self, stream, pace=room.UNHURRIED):
        died.extend([1] * (b"\xff" in stream.steps[0].text))
        return run(self, stream, pace)

    monkeypatch.setattr(room.Judge, "violations", violations)
    monkeypatch.setattr(room, "look", lambda _: Look(frozenset({(7 + len(died), "1")}), 9, 9))
    judge._before = room.look(1)
    seen = [[x.oracle.name for x in judge.violations(x)[1]] for x in (EIGHT_BIT, HARMLESS) * 2]
    assert seen == [["same_process"], [], ["same_process"], []]
