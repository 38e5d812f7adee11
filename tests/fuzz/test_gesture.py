import pytest

from fuzz.gesture import LAST_CUT, Gesture, Move, gesture
from fuzz.stream import parse

GESTURES = [Gesture(move) for move in Move if move not in {Move.CLEAR, Move.CUT}]
GESTURES += [Gesture(Move.CUT, at=at) for at in (1, 7, LAST_CUT)]
GESTURES += [Gesture(Move.CLEAR, b" NOOP\r\n"), Gesture(Move.CLEAR, b"!|&;\x00")]


@pytest.mark.parametrize("one", GESTURES, ids=str)
def test_what_is_written_is_read(one):
    assert gesture(str(one)) == one
    stream = parse(f"imap\n# NOOP\\r\\n&\n{one}\n# STARTTLS\\r\\n\n")
    assert stream.steps[1] == one
    assert parse(str(stream)) == stream


@pytest.mark.parametrize("line", ["!", "!hello", "!hello kitty", "!reset now", "!clear", "!clear "])
def test_what_is_no_gesture_is_refused(line):
    with pytest.raises(ValueError, match=r"."):
        parse(f"imap\n{line}\n")


@pytest.mark.parametrize(
    "at", ["", " ", " 0", " -1", " 01", " 5 ", " x", " 1 2", " \u0665", " 65536", "5"]
)
def test_a_hello_is_cut_behind_an_octet_that_it_may_have(at):
    with pytest.raises(ValueError, match=r"`!hello cut N` has N from 1 to 65535"):
        parse(f"imap\n!hello cut{at}\n")


@pytest.mark.parametrize(("move", "at"), [(Move.CUT, 0), (Move.CUT, LAST_CUT + 1), (Move.RESET, 1)])
def test_only_what_can_be_written_can_be_made(move, at):
    with pytest.raises(ValueError, match=r"and nothing else has one"):
        Gesture(move, at=at)


def test_a_find_of_before_that_cut_it_in_the_middle_is_read():
    assert str(gesture("!hello halves")) == "!hello cut 258"


def test_a_gesture_ends_what_is_said_at_a_time():
    stream = parse("pop3\nCAPA\\r\\n&\n!reset\nNOOP\\r\\n&\nSTLS\\r\\n\n")
    bursts = [(b.start, len(b.steps), b.gesture) for b in stream.bursts]
    assert bursts == [(0, 1, Gesture(Move.RESET)), (2, 2, None)]
