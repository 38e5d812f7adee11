"""Telling listeners of the certification configuration, on the reference."""

import pytest

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.patience import Patience
from conformance.inference.asker import Asker, GivenUp
from conformance.inference.command import Choice, means_of
from conformance.inference.survey import Means, survey
from tests.benchmarks.infer_accuracy import launched, rows
from tests.benchmarks.recovered import Result
from tests.conformance.harness.small_servers import serving

TELLING = (
    "imap-curves",
    "imap-tls12",
    "imap-cache-off",
    "pop3-crl-starttls",
    "pop3-only",
    "pop3-defaults-plain",
    "smtp-dhparam",
    "smtp-ed25519-rsa",
    "smtp-verify-optional-no-ca-starttls",
)


@pytest.fixture(scope="module")
def reference():
    with launched("reference") as (kit, listeners):
        yield kit, {listener.name: listener for listener in listeners}


@pytest.mark.parametrize("name", TELLING)
def test_what_shows_is_told_and_nothing_wrong(reference, name):
    kit, listeners = reference
    means = means_of(Choice((), kit=kit.directory))
    listener = listeners[name]
    found = rows(listener, survey(listener.endpoint, Patience(factor=5), means), means)
    assert [row for row in found if row.result in (Result.WRONG, Result.UNKNOWN)] == []
    assert sum(row.result is Result.EXACT for row in found) >= 5


def test_the_end_of_a_short_session_is_seen_by_who_waits(reference):
    listener = reference[1]["imap-session-timeout-starttls"]
    found = survey(listener.endpoint, Patience(factor=5), Means(wait=3.0))
    (one,) = found.get("ssl_session_timeout")
    assert "1s" in (one.candidates or one.values)


def test_the_number_of_visits_is_bounded(reference):
    listener = reference[1]["imap-curves"]
    found = survey(listener.endpoint, Patience(factor=5), Means(limit=4))
    assert found.visits == 4
    assert "more than 4 visits" in found.halted
    assert found.get("ssl_protocols") == ()


def test_who_falls_silent_is_given_up():
    with serving(lambda peer: peer.recv(1 << 16) and peer.recv(1 << 16)) as (host, port):
        ask = Asker(Endpoint(host, port, Protocol.IMAP, Way.IMPLICIT), Patience(answer=0.1))
        asking = (ask(versions=("TLSv1.2",), hello_only=True, attempt=n) for n in range(20))
        with pytest.raises(GivenUp, match="stopped answering"):
            list(asking)
    assert ask.made <= 6
