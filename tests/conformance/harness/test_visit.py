"""Visits to small servers that do one thing wrong, or nothing."""

import ssl

import pytest
import trustme

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.mail.words import CAPABILITIES, NOOP, Command, Kind, Verb
from conformance.harness.observation import Ending, Login, Offer, Stage
from conformance.harness.transcript import Layer, Side
from conformance.harness.visit import visit
from tests.conformance.harness.small_servers import (
    GREETINGS,
    HURRY,
    INJECTED,
    PROTOCOLS,
    REFUSALS,
    Toy,
    paid,
    serving,
    upgraded,
)


@pytest.fixture(scope="module")
def context() -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(made)
    return made


# A server that does nothing wrong


@PROTOCOLS
def test_an_upgrade_reaches_the_service(protocol, context):
    seen = upgraded(Toy(protocol, context), inside=(CAPABILITIES,))
    assert (seen.stage, seen.ending, seen.alive) == (Stage.SERVICE, Ending.OPEN, True)
    assert seen.tls.version == "TLSv1.3"
    assert (seen.unsolicited, seen.strays) == ((), ())
    assert seen.answer(CAPABILITIES).positive


@PROTOCOLS
def test_bytes_behind_starttls_may_be_thrown_away(protocol, context):
    seen = upgraded(Toy(protocol, context), glued=INJECTED[protocol])
    assert seen.alive
    assert seen.unsolicited == ()


@PROTOCOLS
def test_the_upgrade_is_said_as_offered(protocol, context):
    said = Command(Verb.RAW, "sTlS x" if protocol is Protocol.POP3 else "sTaRtTlS x")
    seen = upgraded(Toy(protocol, context), starttls=said)
    assert (seen.upgrade.command, seen.stage) == (said, Stage.SERVICE)


@PROTOCOLS
def test_what_is_said_before_is_said_in_clear(protocol, context):
    seen = upgraded(Toy(protocol, context), before=(CAPABILITIES,), upgrade=False)
    assert [exchange.reply.kind for exchange in seen.clear] == [Kind.POSITIVE]
    assert (seen.stage, seen.alive, seen.tls) == (Stage.SERVICE, True, None)


@PROTOCOLS
def test_a_refused_upgrade_leaves_a_live_connection(protocol, context):
    seen = upgraded(Toy(protocol, context, starttls=False), inside=(CAPABILITIES,))
    assert seen.upgrade.reply.kind is Kind.NEGATIVE
    assert (seen.stage, seen.ending, seen.alive) == (Stage.GREETING, Ending.OPEN, True)
    assert seen.inside == ()


@PROTOCOLS
def test_after_a_refused_upgrade_what_was_glued_is_not_the_probes_answer(protocol, context):
    toy = Toy(protocol, context, starttls=False)
    seen = upgraded(toy, glued=b"c JUNK\r\n", before=(CAPABILITIES,))
    assert [exchange.reply.kind for exchange in seen.clear] == [Kind.POSITIVE]
    assert seen.alive
    assert seen.strays[0].kind is Kind.NEGATIVE


@PROTOCOLS
def test_a_refused_upgrade_keeps_the_password_to_itself(protocol, context):
    seen = upgraded(Toy(protocol, context, starttls=False), login=Login("me", "pa55"))
    assert seen.login is None
    assert b"pa55" not in seen.transcript.sent_by(Side.CLIENT, Layer.CLEAR)


# Servers that execute what was said in clear


@PROTOCOLS
@pytest.mark.parametrize("count", [1, 2, 3])
def test_executed_plaintext_is_told_apart(protocol, count, context):
    toy = Toy(protocol, context, keeps_plaintext=True)
    seen = upgraded(toy, glued=INJECTED[protocol] * count, inside=(CAPABILITIES, NOOP))
    assert len(seen.unsolicited) == count
    assert seen.alive
    assert all(exchange.reply.positive for exchange in seen.inside)


@pytest.mark.parametrize(
    ("protocol", "glued"), [(Protocol.POP3, b"CAPA\r\n"), (Protocol.SMTP, b"EHLO x\r\n")]
)
def test_a_longer_answer_to_plaintext_is_told_apart_too(protocol, glued, context):
    assert upgraded(Toy(protocol, context, keeps_plaintext=True), glued=glued).unsolicited


@PROTOCOLS
def test_half_a_line_kept_from_the_clear_is_told_apart(protocol, context):
    toy = Toy(protocol, context, keeps_plaintext=True)
    with serving(toy) as (host, port):
        endpoint = Endpoint(host, port, protocol, Way.STARTTLS)
        seen = visit(endpoint, Offer(glued=b"b JUNK "), HURRY)
    assert not seen.alive or seen.unsolicited


@PROTOCOLS
def test_a_second_greeting_is_unsolicited(protocol, context):
    seen = upgraded(Toy(protocol, context, greets_again=True))
    assert [reply.lines[0] for reply in seen.unsolicited] == [GREETINGS[protocol].strip()]
    assert seen.alive


@PROTOCOLS
def test_a_refusal_inside_is_unsolicited_and_no_service(protocol, context):
    seen = upgraded(Toy(protocol, context, refuses_inside=True))
    assert [reply.lines[0] for reply in seen.unsolicited] == [REFUSALS[protocol].strip()]
    assert (seen.stage, seen.ending) == (Stage.HANDSHAKE, Ending.CLOSED)
    assert not seen.alive


# Handshakes that are spoiled


@PROTOCOLS
def test_going_back_to_clear_after_a_spoiled_handshake_is_seen(protocol, context):
    toy = Toy(protocol, context, falls_back=True)
    seen = upgraded(toy, spoil=b"\x16\x03\x01\x00\x05hello", after_failure=(CAPABILITIES,))
    assert [exchange.reply.kind for exchange in seen.after_failure] == [Kind.POSITIVE]
    assert seen.ending is Ending.ALERT


def test_going_back_without_an_alert_is_seen_too(context):
    with serving(Toy(Protocol.IMAP, context, falls_back=True)) as (host, port):
        endpoint = Endpoint(host, port, Protocol.IMAP, Way.STARTTLS)
        seen = visit(endpoint, Offer(spoil=b"NOPE\n", after_failure=(NOOP,)), HURRY)
    assert [exchange.reply.kind for exchange in seen.after_failure] == [Kind.POSITIVE]


def test_staying_shut_after_a_spoiled_handshake_is_seen(context):
    toy = Toy(Protocol.IMAP, context)
    seen = upgraded(toy, spoil=b"\x16\x03\x01\x00\x05hello", after_failure=(NOOP,))
    assert [exchange.reply for exchange in seen.after_failure] == [None]
    assert (seen.stage, seen.ending) == (Stage.UPGRADE, Ending.ALERT)


# A server that asks for a certificate in TLS itself


@pytest.fixture(scope="module")
def demanding() -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority = trustme.CA()
    authority.issue_cert("localhost").configure_cert(made)
    authority.configure_trust(made)
    made.verify_mode = ssl.CERT_REQUIRED
    return made


@PROTOCOLS
@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_an_alert_after_the_handshake_is_found(protocol, version, demanding):
    seen = upgraded(Toy(protocol, demanding), versions=(version,))
    assert seen.ending is Ending.ALERT
    late = version == "TLSv1.3"
    assert seen.alert.name == ("certificate_required" if late else "handshake_failure")
    assert seen.stage is (Stage.HANDSHAKE if late else Stage.UPGRADE)
    assert (seen.alive, seen.unsolicited) == (False, ())


# What a visit never shows


@PROTOCOLS
def test_no_password_is_shown(protocol, context):
    offer = Offer(login=Login("me", 'pa"ss'))
    seen = paid(Toy(protocol, context), offer, protocol, Way.STARTTLS)
    assert seen.login.reply.kind is Kind.NEGATIVE
    shown = str(seen.transcript.shown()) + seen.offer.shown()
    assert 'pa"ss' not in shown
    assert "AG1lAHBhInNz" not in shown


@PROTOCOLS
def test_a_login_may_come_before_the_upgrade(protocol, context):
    offer = Offer(login=Login("me", "x-secret"), login_before_tls=True)
    seen = paid(Toy(protocol, context), offer, protocol, Way.STARTTLS)
    assert (seen.login.reply.kind, seen.alive) == (Kind.NEGATIVE, True)
    said = b"".join(line.data for line in seen.transcript.lines if line.layer is Layer.TLS)
    assert b"me" not in said
