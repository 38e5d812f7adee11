import base64

from conformance.harness.endpoint import Protocol
from conformance.harness.mail.words import CAPABILITIES, Kind, Reply
from conformance.harness.observation import Exchange
from conformance.inference.capabilities import CHALLENGE, Capabilities, findings
from conformance.inference.finding import Surety
from tests.conformance.observations import alerted, served


def told(*lines, greeting=b"* OK ready"):
    reply = Reply(Kind.POSITIVE, tuple(lines))
    hello = Reply(Kind.POSITIVE, (greeting,))
    return served(inside=(Exchange(CAPABILITIES, reply),), greeting=hello)


def found(protocol, **facts):
    return {x.directive: x for x in findings(Capabilities(Protocol(protocol), **facts)).findings}


def test_imap():
    inside = told(b"* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN AUTH=LOGIN", b"w1 OK done")
    one = found("imap", inside=inside)
    assert one["imap_capabilities"].values == ("IMAP4rev1", "IDLE")
    assert one["imap_auth"].values == ("plain", "login")
    assert one["server_name"].surety is Surety.UNKNOWN


def test_the_name_in_a_challenge_of_imap():
    reply = Reply(Kind.CONTINUE, (b"+ " + base64.b64encode(b"<1.2@mail.example.org>"),))
    challenge = served(inside=(Exchange(CHALLENGE, reply),))
    inside = told(b"* CAPABILITY IMAP4rev1 AUTH=CRAM-MD5", b"w1 OK done")
    one = found("imap", inside=inside, challenge=challenge)
    assert one["server_name"].values == ("mail.example.org",)


def test_pop3_and_the_time_stamp():
    lines = (b"+OK", b"TOP", b"USER", b"SASL PLAIN LOGIN", b".")
    plain = found("pop3", clear=told(*lines))
    assert plain["pop3_capabilities"].values == ("TOP", "USER")
    assert plain["pop3_auth"].is_default
    stamped = found("pop3", clear=told(*lines, greeting=b"+OK POP3 ready <1.2@here>"))
    assert stamped["pop3_auth"].values == ("plain", "apop")
    assert stamped["server_name"].values == ("here",)


def test_a_time_stamp_beside_cram_md5_may_be_of_either():
    lines = (b"+OK", b"SASL PLAIN LOGIN CRAM-MD5", b".")
    one = found("pop3", clear=told(*lines, greeting=b"+OK <1.2@here>"))["pop3_auth"]
    assert (one.surety, one.candidates) == (
        Surety.ONE_OF,
        ("plain cram-md5", "plain cram-md5 apop"),
    )


def test_smtp():
    inside = told(b"250-here", b"250-SIZE 1000", b"250 AUTH PLAIN", greeting=b"220 here ESMTP")
    one = found("smtp", inside=inside)
    assert one["smtp_capabilities"].values == ("SIZE 1000",)
    assert (one["smtp_auth"].values, one["server_name"].values) == (("plain",), ("here",))


def test_under_only_what_is_left_out_in_clear_is_not_stated():
    clear = told(b"+OK", b"TOP", b"STLS", b".")
    one = found("pop3", clear=clear, inside=alerted())
    assert one["pop3_capabilities"].surety is Surety.UNKNOWN
    assert one["pop3_auth"].surety is Surety.UNKNOWN


def test_strange_capabilities_are_not_written():
    one = found("smtp", inside=told(b"250-here", b"250 \x1b[31m;}"))["smtp_capabilities"]
    assert (one.surety, "\x1b" in one.evidence) == (Surety.UNKNOWN, False)
