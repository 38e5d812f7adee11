import pytest

from fuzz.gesture import Gesture, Move, gesture
from fuzz.stream import parse

GESTURES = [Gesture(move) for move in Move if move is not Move.CLEAR]
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


def test_a_gesture_ends_what_is_said_at_a_time():
    stream = parse("pop3\nCAPA\\r\\n&\n!reset\nNOOP\\r\\n&\nSTLS\\r\\n\n")
    bursts = [(b.start, len(b.steps), b.gesture) for b in stream.bursts()]
    assert bursts == [(0, 1, Gesture(Move.RESET)), (2, 2, None)]
