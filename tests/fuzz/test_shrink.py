"""Making streams smaller, without a server."""

import pytest

from conformance.harness.transcript import Layer
from fuzz.gesture import Gesture, Move, gesture
from fuzz.shrink import smallest, trimmed
from fuzz.stream import parse
from fuzz.trace import Said, Trace

LONG = parse("pop3\nCAPA\\r\\n\nSTLS now\\r|\\n&\nAUTH PLAIN\\r\\n\n")


def upgrades(stream):
    return any(step.upgrades(stream.protocol) for step in stream.steps)


def test_what_is_not_needed_goes():
    assert smallest(LONG, upgrades, 150) == (parse("pop3\nSTLS\\r\\n\n"), "")


def test_a_long_text_takes_few_tries():
    long = parse("pop3\n" + "A" * 4096 + "\\r\\n\n")
    stream, note = smallest(long, lambda x: b"AAA" in x.steps[0].text if x.steps else False, 150)
    assert (len(stream.steps[0].text), note) == (5, "")


def test_a_gesture_goes_or_says_something_plain():
    long = parse("pop3\n!hello bytewise\nSTLS\\r\\n\n!clear XX\\xff\\r\\n\n")
    stream, _ = smallest(long, lambda x: x.makes({Move.CLEAR}), 150)
    assert stream == parse("pop3\n!clear CAPA\\r\\n\n")


@pytest.mark.parametrize(("least", "tries"), [(1, 5), (6, 40), (300, 60)])
def test_a_hello_is_cut_at_the_first_offset_that_will_do(least, tries):
    long = parse("pop3\n!hello cut 510\nSTLS\\r\\n\n")
    stream, note = smallest(long, lambda x: x.makes({Move.CUT}) and x.steps[0].at >= least, tries)
    assert (str(stream), note) == (f"pop3\n!hello cut {least}\n", "")


@pytest.mark.parametrize(
    ("all_cuts", "small"), [((1, 5, 9), "cut 1"), ((9,), "cut 9"), ((), "bytewise")]
)
def test_of_many_cuts_one_is_left_if_that_will_do(all_cuts, small):
    wrong = [gesture("!hello bytewise"), *(Gesture(Move.CUT, at=at) for at in all_cuts)]
    long = parse("pop3\n!hello bytewise\nSTLS\\r\\n\n")
    stream, _ = smallest(long, lambda x: bool(x.steps) and x.steps[0] in wrong, 150)
    assert str(stream) == f"pop3\n!hello {small}\n"


def test_it_says_when_it_stopped_early():
    stream, note = smallest(LONG, upgrades, 2)
    assert upgrades(stream)
    assert note == "not the smallest: making it smaller ended after 2 tries"


def test_steps_that_stand_together_are_soon_found():
    stream, tries = (
        parse("pop3\n" + "CAPA\\r\\n\n" * 4 + "STLS\\r\\n\nNOOP\\r\\n\n" + "CAPA\\r\\n\n" * 4),
        0,
    )

    def needs_both(candidate):
        nonlocal tries
        tries += 1
        return "STLS\\r\\n\nNOOP" in str(candidate)

    assert len(smallest(stream, needs_both, 150)[0]) == 2
    assert tries < 16


def test_of_a_long_stream_what_is_not_needed_soon_goes():
    others = "NOOP x\\r\\n\nNOOP y\\r\\n\nUIDL\\r\\n\nSTAT\\r\\n\n"
    long = parse(f"pop3\n{others}STLS\\r\\n\n{others}USER a\\r\\n\n{others}{others}PASS a\\r\\n\n")
    tried = []

    def needs_three(candidate):
        tried.append(candidate)
        return all(word in str(candidate) for word in ("STLS", "USER", "PASS"))

    assert len(smallest(long, needs_three, 150)[0]) == 3
    assert len(tried) < 110


def test_what_was_never_said_is_trimmed():
    said = (Said(0, Layer.CLEAR, b"CAPA\r\n"), Said(1, Layer.CLEAR, b"STLS now\r\n"))
    stream = parse("pop3\nCAPA\\r\\n\nSTLS now\\r\\n\n!reset\nAUTH PLAIN\\r\\n\n!reset\n")
    assert trimmed(stream, Trace(said=said)) == parse("pop3\nCAPA\\r\\n\nSTLS now\\r\\n\n!reset\n")
