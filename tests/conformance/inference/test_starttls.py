import pytest

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.mail.words import CAPABILITIES, STARTTLS, Kind, Reply
from conformance.harness.observation import Exchange
from conformance.inference.finding import Surety
from conformance.inference.starttls import NAMING, TRYING, Upgrade, findings
from tests.conformance.observations import MORE, NO, OK, SILENT, served


def said(command, reply):
    return served(inside=(Exchange(command, reply),), upgrade=None)


def listing(*lines):
    return Reply(Kind.POSITIVE, lines)


NGINX_ONLY = {
    "imap": listing(b"* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED", b"w1 OK done"),
    "pop3": listing(b"+OK", b"TOP", b"UIDL", b"STLS", b"."),
    "smtp": listing(b"250-here", b"250 STARTTLS"),
}
ON = listing(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN STARTTLS", b"w1 OK done")


def starttls(protocol="imap", offered=ON, begun=MORE, named=None, granted=OK):
    naming = said(NAMING, named) if named else None
    clear, trying = said(CAPABILITIES, offered), said(TRYING, begun)
    endpoint = Endpoint("localhost", 1, Protocol(protocol), Way.STARTTLS)
    asked = served(upgrade=Exchange(STARTTLS, granted))
    return findings(Upgrade(endpoint, clear, trying, naming, asked)).findings[0]


def test_who_may_begin_to_log_in_in_clear_is_on():
    assert starttls().values == ("on",)
    assert starttls("pop3", NGINX_ONLY["pop3"], begun=NO, named=OK).values == ("on",)


@pytest.mark.parametrize("protocol", NGINX_ONLY)
def test_who_may_not_and_is_told_so_is_only(protocol):
    assert starttls(protocol, NGINX_ONLY[protocol], begun=NO).values == ("only",)


def test_a_refusal_that_names_tls_says_so_too():
    reply = Reply(Kind.NEGATIVE, (b"530 5.7.0 Must issue a STARTTLS command first",), "530")
    assert starttls("smtp", listing(b"250 here"), begun=reply).values == ("only",)


def test_a_refusal_alone_may_have_another_reason():
    one = starttls(begun=NO)
    assert (one.surety, one.candidates) == (Surety.ONE_OF, ("on", "only"))


def test_who_declines_the_upgrade_is_off():
    assert starttls(granted=NO).values == ("off",)


def test_silence_and_implicit_tls_prove_nothing():
    endpoint = Endpoint("localhost", 1, Protocol.IMAP, Way.STARTTLS)
    one = findings(Upgrade(endpoint, SILENT, SILENT, None, SILENT)).findings[0]
    assert one.surety is Surety.UNKNOWN
    implicit = Endpoint("localhost", 1, Protocol.IMAP, Way.IMPLICIT)
    assert findings(Upgrade(implicit)).findings[0].surety is Surety.UNKNOWN
