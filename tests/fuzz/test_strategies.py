"""Which streams a seed says."""

from itertools import islice

from conformance.harness.endpoint import Protocol
from fuzz.strategies import drawn


def first(seed, count=70, protocol=Protocol.POP3):
    return list(islice(drawn(protocol, seed), count))


def test_the_same_seed_says_the_same_whatever_was_said_before():
    before = first(7)
    first(8, protocol=Protocol.IMAP)
    assert first(7) == before


def test_another_seed_says_other_streams():
    assert len(set(first(7)) & set(first(8))) < 5


def test_no_stream_is_said_twice():
    assert len(set(first(1))) == 70
