"""Visits to what is no mail server: silence, garbage, floods; and many visits at once."""

import socket
import time
from dataclasses import replace

import pytest

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.mail.words import NOOP, Command, Kind, Verb
from conformance.harness.observation import Ending, Offer, Stage
from conformance.harness.visit import several, visit
from tests.conformance.harness.small_servers import (
    GREETINGS,
    HURRY,
    PATIENCE,
    PROTOCOLS,
    REFUSALS,
    closes,
    drips,
    floods,
    paid,
    sends,
    serving,
    silent,
)


def test_silence_ends_in_time():
    start = time.monotonic()
    seen = paid(silent, patience=HURRY)
    assert (seen.stage, seen.ending, seen.greeting) == (Stage.CONNECT, Ending.TIMEOUT, None)
    assert time.monotonic() - start < 10  # and not for ever


def test_dripping_ends_in_time():
    start = time.monotonic()
    assert paid(drips, patience=HURRY).ending is Ending.TIMEOUT
    assert time.monotonic() - start < 10  # and not for ever


def test_a_door_that_closes_is_seen():
    seen = paid(closes)
    assert (seen.stage, seen.ending) == (Stage.CONNECT, Ending.CLOSED)


def test_nobody_there_is_unreachable():
    with serving(closes) as (host, port):
        pass
    seen = visit(Endpoint(host, port, Protocol.IMAP, Way.NONE), Offer(), PATIENCE)
    assert seen.ending is Ending.UNREACHABLE


def test_an_endless_line_is_garbage():
    assert paid(floods(b"x" * 100)).ending is Ending.GARBAGE


def test_an_endless_answer_is_a_flood():
    seen = paid(floods(b"220-" + b"x" * 1000 + b"\r\n"), protocol=Protocol.SMTP)
    assert (seen.ending, seen.greeting) == (Ending.FLOOD, None)


@pytest.mark.parametrize("greeting", [b"220 mail ESMTP\r\n", b"\x00\xff\x1b[31m\r\n", b"\r\n"])
def test_another_protocol_is_garbage(greeting):
    seen = paid(sends(greeting))
    assert (seen.ending, seen.greeting.kind) == (Ending.GARBAGE, Kind.MALFORMED)
    assert "\x1b" not in seen.note


def test_garbage_instead_of_an_answer_is_garbage():
    seen = paid(sends(b"* OK hi\r\n", b"what?\r\n"), patience=HURRY)
    assert (seen.probe.reply, seen.alive) == (None, False)
    assert seen.ending is Ending.GARBAGE
    assert [reply.kind for reply in seen.strays] == [Kind.MALFORMED]


@PROTOCOLS
def test_a_refusal_in_place_of_the_greeting_is_the_greeting(protocol):
    def refuses(connection: socket.socket) -> None:
        connection.sendall(REFUSALS[protocol])

    seen = paid(refuses, protocol=protocol)
    assert seen.greeting.lines == (REFUSALS[protocol].strip(),)
    assert (seen.stage, seen.ending) == (Stage.CONNECT, Ending.CLOSED)


def test_after_a_goodbye_nothing_more_is_said():
    seen = paid(sends(b"* OK hi\r\n", b"* BYE\r\n"), Offer(before=(NOOP, NOOP)), patience=HURRY)
    assert [exchange.reply.kind for exchange in seen.clear] == [Kind.BYE]
    assert (seen.ending, seen.probe) == (Ending.TIMEOUT, None)


@pytest.mark.parametrize("behaviour", [silent, closes, sends(b"* OK plain\r\n")])
def test_no_tls_is_no_exception(behaviour):
    seen = paid(behaviour, way=Way.IMPLICIT, patience=HURRY)
    assert seen.ending in (Ending.TIMEOUT, Ending.CLOSED, Ending.RESET, Ending.GARBAGE)
    assert (seen.stage, seen.greeting) == (Stage.CONNECT, None)


def test_a_starttls_that_leads_nowhere_ends_in_time():
    seen = paid(
        sends(b"* OK\r\n", b"w1 OK\r\n"), protocol=Protocol.IMAP, way=Way.STARTTLS, patience=HURRY
    )
    assert seen.ending is Ending.TIMEOUT


def test_visits_overlap_and_keep_their_order():
    with serving(silent) as (host, port):
        endpoint = Endpoint(host, port, Protocol.IMAP, Way.NONE)
        offers = [replace(Offer(), glued=bytes([n])) for n in range(60)]
        start = time.monotonic()
        seen = several([lambda o=o: visit(endpoint, o, HURRY) for o in offers], workers=60)
    assert [x.offer for x in seen] == offers
    assert time.monotonic() - start < len(offers) * HURRY.answer / 2


def test_a_raw_line_is_answered_by_what_comes():
    raw = Command(Verb.RAW, " nonsense", tagged=False)
    seen = paid(sends(b"* OK\r\n", b" BAD what\r\n"), Offer(before=(raw,)), patience=HURRY)
    assert seen.clear[0].reply.kind is Kind.MALFORMED


@pytest.mark.parametrize(
    ("protocol", "answers", "granted"),
    [
        (Protocol.POP3, (b"-ERR", b"-ERR", b"+OK"), "USER waxseal"),
        (Protocol.SMTP, (b"250 hi", b"500 what", b"500 what", b"250 ok"), "RSET"),
        (Protocol.SMTP, (b"250 hi", b"502 no such", b"502 no such", b"250 ok"), "RSET"),
    ],
)
def test_who_does_not_know_the_probe_is_asked_for_something_else(protocol, answers, granted):
    pieces = (GREETINGS[protocol], *(answer + b"\r\n" for answer in answers))
    seen = paid(sends(*pieces), protocol=protocol)
    assert (seen.alive, seen.asked_otherwise) == (True, True)
    assert seen.probe.command == Command(Verb.RAW, granted)


@pytest.mark.parametrize(
    ("protocol", "answers"),
    [
        # The first was taken for what was asked for before, and is refused as that.
        (Protocol.POP3, (b"-ERR", b"+OK\r\n.", b"+OK")),
        (Protocol.POP3, (b"-ERR", b"-ERR", b"-ERR")),
        (Protocol.SMTP, (b"250 hi", b"500 what", b"250 ok", b"250 ok")),
        (Protocol.SMTP, (b"250 hi", b"554 go away", b"554 go away", b"250 ok")),
    ],
)
def test_who_declines_the_probe_for_another_reason_does_not_serve(protocol, answers):
    pieces = (GREETINGS[protocol], *(answer + b"\r\n" for answer in answers))
    seen = paid(sends(*pieces), protocol=protocol, patience=HURRY)
    assert (seen.alive, seen.asked_otherwise) == (False, False)
    assert seen.probe.reply.kind is Kind.NEGATIVE
