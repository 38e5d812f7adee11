from types import SimpleNamespace

import pytest

from fuzz import campaign as room
from fuzz.campaign import CutShort, campaign, replay, search
from fuzz.judge import Unfit
from fuzz.oracles import SEGMENTATION
from fuzz.pace import CERTAIN
from fuzz.stream import parse

PROTOCOLS = ["imap", "pop3", "smtp"]


@pytest.mark.parametrize("policy", ["discard", "refuse", "feed"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_nothing_is_found_where_all_is_well(toy, protocol, policy):
    assert campaign(toy(protocol, policy=policy).endpoint, examples=30) == []


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("fault", ["keeps plaintext", "glues the tail"])
def test_what_survives_the_upgrade_is_found_in_the_default_budget(toy, protocol, fault):
    finding, *others = campaign(toy(protocol, fault).endpoint)
    assert finding.oracle.name == "no_plaintext_survives_upgrade"
    assert [str(other) for other in others] == []
    assert finding.steady
    assert len(finding.stream) <= 2


@pytest.mark.parametrize(
    ("protocol", "fault", "oracle"),
    [
        ("imap", "clear after", "no_clear_after_upgrade"),
        ("pop3", "answers twice", "one_reply_per_command"),
        ("smtp", "dies", "one_reply_per_command"),
        ("imap", "splits LF", "segmentation_is_invisible"),
        ("smtp", "bare LF", "replies_are_well_formed"),
    ],
)
def test_each_fault_is_found_and_made_small(toy, monkeypatch, protocol, fault, oracle):
    # What is found, and how small, must not depend on how busy the machine is.
    monkeypatch.setattr(room, "SHRINKING_SECONDS", float("inf"))
    monkeypatch.setattr(room, "HURRIED", CERTAIN)
    found = campaign(toy(protocol, fault).endpoint)
    finding = next(x for x in found if x.oracle.name == oracle)
    assert len(finding.stream) <= 3


def test_a_listener_that_dies_is_found(toy):
    (finding,) = campaign(toy("pop3", "listener dies").endpoint)
    assert finding.oracle.name == "still_alive"
    assert any(octet > 0x7F for act in finding.trace.acts for octet in act.octets)
    assert "new sessions do not work" in finding.note


def test_a_tag_that_was_not_sent_is_found(toy):
    found = campaign(toy("imap", "wrong tag").endpoint)
    assert "tag_fidelity" in {finding.oracle.name for finding in found}


def test_the_same_seed_finds_the_same(toy):
    endpoint = toy("imap", "keeps plaintext").endpoint
    first, second = (campaign(endpoint, seed=7) for _ in range(2))
    assert [str(finding) for finding in first] == [str(finding) for finding in second]


def test_nobody_there_is_no_verdict(toy):
    gone = toy("imap")
    gone.close()
    with pytest.raises(Unfit):
        campaign(gone.endpoint)


def test_streams_that_were_not_said_in_time_are_told(toy, monkeypatch):
    monkeypatch.setattr(room, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(room, "SECONDS_A_STREAM", 0.0)
    with pytest.raises(CutShort, match="only 0 of 60 streams"):
        campaign(toy("imap").endpoint)
    assert campaign(toy("imap").endpoint, seconds=0.0) == []


@pytest.mark.parametrize(("said", "given"), [(29, [60.0]), (30, [60.0, 180.0])])
def test_a_slow_target_is_given_time_where_it_gets_on(toy, monkeypatch, said, given):
    limits = []

    def say(search, streams, seconds):
        search.said = said
        limits.append(seconds)

    monkeypatch.setattr(room._Search, "say", say)
    with pytest.raises(CutShort, match=f"only {said} of 60 streams in {sum(given):.0f} s"):
        campaign(toy("imap").endpoint)
    assert limits == given


def test_where_errors_take_long_the_waits_overlap(toy):
    slow = toy("imap", "keeps errors back", "wrong tag")
    texts = [*(f"# X{at}\\r\\n" for at in range(14)), "# CAPABILITY\\r\\n"]
    streams = [parse(f"imap\n{text}\n") for text in texts]
    (finding,) = search(slow.endpoint, iter(streams), len(streams))
    assert finding.oracle.name == "tag_fidelity"
    assert slow.busiest > 5


def test_repetitions_that_wait_wait_together(toy):
    slow = toy("imap", "keeps errors back", "wrong tag")
    (finding,) = replay(slow.endpoint, [parse("imap\n# XXXX\\r\\n\n# CAPABILITY\\r\\n\n")])
    assert (finding.rate, slow.busiest) == ("5/5", 4)
    assert len(finding.capture.flows) == 1


def test_a_stream_that_showed_it_but_once_is_not_made_small():
    by_chance, steady = parse("imap\n# NOOP\\r\\n\n"), parse("imap\n# NOOP|\\r\\n\n")
    shows = {steady: SEGMENTATION}
    judge = SimpleNamespace(unfit="", shows=lambda oracle, stream: shows.get(stream) is oracle)
    search = room._Search(judge, "toy")
    search.failing[SEGMENTATION] = [by_chance, steady]
    assert search._steadiest(SEGMENTATION) == steady
    shows.clear()
    assert search._steadiest(SEGMENTATION) == by_chance
