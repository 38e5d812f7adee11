"""What the sweep says, and what it finds on small servers."""

from itertools import islice, takewhile

import pytest

from conformance.harness.endpoint import Protocol
from fuzz import campaign as room
from fuzz import sweep as sweep_room
from fuzz.alphabet import ALPHABETS
from fuzz.campaign import search
from fuzz.control import upgrade_alone
from fuzz.gesture import Move
from fuzz.hello import length
from fuzz.pace import CERTAIN
from fuzz.stream import parse
from fuzz.sweep import Words, count, short, streams, sweep, words

PROTOCOLS = list(Protocol)


def octets(stream):
    return b"".join(step.text for step in stream.steps)


def plain(protocol):
    """What is said in front of a handshake as it should be."""
    return [one for one in words(protocol) if not one.hello]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_no_stream_comes_twice_and_each_can_be_read_again(protocol):
    said = list(streams(protocol))
    assert len(set(said)) == len(said) == count(protocol)
    assert [parse(str(stream)) for stream in said] == said
    assert said[0] == upgrade_alone(protocol)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_first_cut_no_line_and_all_others_do(protocol):
    first, others = (
        islice(streams(protocol), short(protocol)),
        islice(streams(protocol), short(protocol), None),
    )
    assert not any(step.cuts for stream in first for step in stream.steps)
    cut = {Move.CUT}
    assert all(x.makes(cut) or any(step.cuts for step in x.steps) for x in others)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_offset_of_every_text_is_cut_once_alone(protocol):
    said = set(streams(protocol))
    for one in plain(protocol):
        ways = {one.cut((offset,)) for offset in range(1, one.length)}
        assert ways <= said
        assert {octets(stream) for stream in ways} <= {b"".join(one.texts)}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_way_to_shake_hands_comes_behind_the_upgrade_alone(protocol):
    alone = {stream.steps[0].kind for stream in streams(protocol) if stream.makes(Move)}
    assert alone == {move for move in Move if move.hello}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_behind_the_upgrade_alone_the_hello_is_cut_at_every_offset(protocol):
    upgrade = upgrade_alone(protocol).steps
    cut = [
        x.steps[0].at for x in streams(protocol) if x.makes({Move.CUT}) and x.steps[1:] == upgrade
    ]
    assert sorted(cut) == list(range(1, length()))


def test_words_are_cut_inside_and_between():
    one = Words(Protocol.POP3, (b"STLS\r\n", b"CAPA"))
    assert str(one.cut((5, 6, 8))) == "pop3\nSTLS\\r|\\n|\nCA|PA\n"
    assert str(one.cut(())) == "pop3\nSTLS\\r\\n&\nCAPA\n"


@pytest.fixture
def unshrunk(monkeypatch):
    """What is found is not made smaller, and does not depend on how busy the machine is."""
    monkeypatch.setattr(room, "SHRINKING_TRIES", 0)
    monkeypatch.setattr(room, "HURRIED", CERTAIN)


@pytest.mark.parametrize("policy", ["discard", "refuse", "feed"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_nothing_is_found_where_all_is_well(toy, protocol, policy):
    assert sweep(toy(protocol, policy=policy).endpoint, only=50) == []


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("fault", ["keeps plaintext", "glues the tail"])
def test_the_short_sweep_finds_what_survives_the_upgrade(toy, unshrunk, protocol, fault):
    found = sweep(toy(protocol, fault).endpoint, only=short(protocol))
    finding = next(x for x in found if x.oracle.name == "no_plaintext_survives_upgrade")
    assert finding.steady


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_sweep_finds_a_parser_that_sees_segments(toy, unshrunk, monkeypatch, protocol):
    command = Words(protocol, (ALPHABETS[protocol].harmless[0] + b"\r\n",))
    monkeypatch.setattr(sweep_room, "words", lambda _: [command])
    monkeypatch.setattr(sweep_room, "cut_hellos", lambda _: [])
    found = sweep(toy(protocol, "splits LF").endpoint, only=100)
    seen = {"segmentation_is_invisible", "one_reply_per_command"}
    assert seen & {finding.oracle.name for finding in found}


def test_a_hello_refused_at_one_cut_alone_is_found_by_that_cut_alone(toy, unshrunk):
    endpoint, cut = toy("pop3", "cut at 6").endpoint, parse("pop3\n!hello cut 6\nSTLS\\r\\n\n")
    before = sum(1 for _ in takewhile(lambda stream: stream != cut, streams(Protocol.POP3)))
    assert sweep(endpoint, only=before) == []
    (finding,) = search(endpoint, islice(streams(Protocol.POP3), before, None), 1)
    assert (finding.oracle.name, finding.stream) == ("accepted_upgrade_is_made", cut)
    assert finding.steady
