from itertools import islice
from threading import Event

import pytest

import fuzz.hunt as room
from conformance.harness.endpoint import Protocol
from conformance.harness.patience import Patience
from fuzz.hunt import Hunt, Part, Stop, legs
from fuzz.judge import Judge
from fuzz.reviving import Revival
from fuzz.strategies import LEG
from fuzz.stream import parse

INJECTION = "imap\n# STARTTLS\\r\\n&\n# NOOP\\r\\n\n"
LONG = "imap\n# CAPABILITY\\r\\n\n# STARTTLS\\r\\n&\n# CAPABILITY\\r\\n\n# SELECT a\\r\\n\n"


def hunt(toy, *streams, stop=None, **more):
    texts = [parse(text) for text in streams]
    return Hunt(Judge(toy.endpoint, Patience()), "toy", 1, ahead=texts, stop=stop, **more)


def test_a_seed_goes_on_where_it_stopped():
    at = LEG + 3
    whole = list(islice(legs(Protocol.IMAP, 5), at + 4))
    assert list(islice(legs(Protocol.IMAP, 5, at), 4)) == whole[at:]
    assert whole[:9] == list(islice(legs(Protocol.IMAP, 5), 9))
    assert whole[:9] != list(islice(legs(Protocol.IMAP, 6), 9))


def test_several_processes_share_the_legs_out():
    whole = list(islice(legs(Protocol.POP3, 1), 2 * LEG))
    parts = [list(islice(legs(Protocol.POP3, 1, 0, Part(n, 2)), LEG)) for n in range(2)]
    assert parts == [whole[:LEG], whole[LEG:]]


def test_it_goes_on_behind_a_find_and_tells_kinds_apart(toy):
    found = []
    faulty = toy("imap", "keeps plaintext", "answers twice")
    seeking = hunt(faulty, INJECTION, "imap\n# STARTTLS\\r\\n&\n# noop\\r\\n\n", found=found.append)
    seeking.turn(600, most=30)
    names = [finding.oracle.name for finding in found]
    assert "no_plaintext_survives_upgrade" in names
    assert {"one_reply_per_command", "tag_fidelity"} & set(names)
    assert names == [finding.oracle.name for finding in seeking.findings]
    assert seeking.said == 30
    assert seeking.failed > len(names)


def test_what_was_found_before_is_not_found_again(toy):
    seeking = hunt(toy("imap", "keeps plaintext"), LONG)
    seeking.remember("no_plaintext_survives_upgrade", parse(INJECTION))
    seeking.turn(60, most=0)
    assert (seeking.failed, seeking.findings) == (1, [])


def test_known_streams_are_said_though_none_is_drawn(toy):
    seeking = hunt(toy("imap"), LONG, INJECTION)
    assert seeking.ahead == 2
    seeking.turn(60, most=0)
    assert (seeking.ahead, seeking.said_first, seeking.said) == (0, 2, 0)


@pytest.mark.parametrize("tries", [1, 3, 6])
def test_stopped_while_making_it_small_it_keeps_what_it_has(toy, tries):
    stop = Stop()
    seeking = hunt(toy("imap", "keeps plaintext"), LONG, stop=stop)
    judged, tried = seeking.judge.worst, []

    def worst(stream, pace, known=()):
        tried.append(stream)
        stop.asked = len(tried) > tries
        return judged(stream, pace, known)

    seeking.judge.worst = worst
    seeking.turn(60)
    (finding,) = seeking.findings
    assert finding.note == "not the smallest: the campaign was stopped"
    assert (finding.seen, seeking.said, len(tried)) == (5, 0, tries + 1)


def test_who_takes_his_time_over_a_session_is_spoken_to(toy, monkeypatch):
    waited = []
    monkeypatch.setattr(room, "aftermath", lambda *_: waited.append(Event().wait(0.3)) or "")
    seeking = hunt(toy("imap"))
    seeking.turn(0.2, most=1)
    assert (seeking.said, waited) == (1, [False])


def test_a_hunt_is_over_when_its_listener_dies_and_no_other_is_blamed(toy):
    dying = toy("pop3", "listener dies")
    first, second = hunt(dying, "pop3\nCA\\xffPA\\r\\n\n"), hunt(dying)
    first.turn(60)
    second.turn(60)
    assert [finding.oracle.name for finding in first.findings] == ["still_alive"]
    assert first.over
    assert second.over
    assert (second.findings, second.said) == ([], 0)


def test_a_target_that_is_started_again_is_hunted_on(toy):
    dying = toy("pop3", "listener dies")
    seeking = hunt(dying, "pop3\nNOOP\\r\\n\nCA\\xffPA\\r\\n\nNOOP\\r\\n\n")
    seeking.judge.revival = Revival(dying.open_again)
    seeking.turn(60, most=9)
    (finding,) = seeking.findings
    assert (finding.oracle.name, finding.rate, len(finding.stream)) == ("still_alive", "5/5", 1)
    assert (seeking.over, seeking.said) == ("", 9)


def test_where_errors_take_long_the_waits_overlap(toy):
    slow = toy("imap", "keeps errors back", "wrong tag")
    errors = [f"imap\n# XXXX\\r\\n\n# X{at}\\r\\n\n" for at in range(14)]
    seeking = hunt(slow, *errors, "imap\n# CAPABILITY\\r\\n\n")
    seeking.turn(60, most=0)
    assert [finding.oracle.name for finding in seeking.findings] == ["tag_fidelity"]
    assert (seeking.said_first, seeking.failed) == (15, 1)
    assert slow.busiest > 5
