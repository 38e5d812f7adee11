"""Which streams a seed says."""

from itertools import islice

import pytest

from conformance.harness.endpoint import Protocol, Way
from fuzz.gesture import Gesture
from fuzz.hello import telling
from fuzz.repertoire import repertoire
from fuzz.strategies import LEG, drawn


def first(seed, count=70, protocol=Protocol.POP3, way=Way.STARTTLS, leg=0):
    return list(islice(drawn(protocol, seed, way, leg), count))


def test_the_same_seed_says_the_same_whatever_was_said_before():
    before = first(7)
    first(8, protocol=Protocol.IMAP)
    assert first(7) == before


def test_another_seed_says_other_streams():
    assert len(set(first(7)) & set(first(8))) < 20
    assert first(7) != first(8)


def test_no_stream_is_said_twice():
    assert len(set(first(1))) == 70


@pytest.mark.parametrize("way", [Way.STARTTLS, Way.IMPLICIT])
@pytest.mark.parametrize("protocol", Protocol)
def test_two_legs_say_the_whole_repertoire(protocol, way):
    said = {stream for leg in (0, 1) for stream in first(3, LEG, protocol, way, leg)}
    assert set(repertoire(protocol, way)) <= said
    assert first(3, 1, protocol, way) == repertoire(protocol, way)[:1]


@pytest.mark.parametrize("protocol", Protocol)
def test_where_tls_comes_first_little_is_said_of_an_upgrade(protocol):
    streams = first(5, 300, protocol, Way.IMPLICIT)[1::2]
    asking = [x for x in streams if any(step.upgrades(protocol) for step in x.steps)]
    assert 0 < len(asking) < 2 * len(streams) / 3


@pytest.mark.parametrize("way", [Way.STARTTLS, Way.IMPLICIT])
def test_a_hello_is_cut_everywhere_and_most_where_it_tells(way):
    said = first(1, 2000, way=way, leg=3)  # the repertoire is over
    cuts = [step.at for x in said for step in x.steps if isinstance(step, Gesture) and step.at]
    often = sum(at in telling() for at in cuts)
    assert len(cuts) > 20
    assert len(cuts) / 4 < often < 3 * len(cuts) / 4
