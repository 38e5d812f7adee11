import pytest

from conformance.expectations import (
    change_turned_down,
    heartbeat_unanswered,
    not_renegotiated,
    same_reaction,
)
from conformance.harness.observation import Offer, Provocation
from conformance.verdict import Deviation, NotApplicable, NoVerdict
from tests.conformance.observations import UNREACHABLE, alerted, served

BAD, ODD, UNEXPECTED = "alert bad_record_mac", "alert decrypt_error", "alert unexpected_message"


def provoked(*words, by=Provocation.HEARTBEAT):
    return served(offer=Offer(provoke=by, hello_only=True), probe=None, reaction=words)


def padded(*answers):
    wrong = list(Provocation)[2:]
    return [provoked(answer, "closed", by=by) for answer, by in zip(answers, wrong, strict=False)]


RIGHT = [
    lambda: heartbeat_unanswered(provoked(UNEXPECTED)),
    lambda: change_turned_down(provoked(UNEXPECTED, "closed")),
    lambda: change_turned_down(provoked("closed")),
    lambda: change_turned_down(provoked("nothing", UNEXPECTED)),
    lambda: not_renegotiated(provoked("alert", "application data")),
    lambda: not_renegotiated(provoked("alert", "closed")),
    lambda: same_reaction(padded(BAD, BAD, BAD)),
]
WRONG = [
    (lambda: heartbeat_unanswered(provoked("heartbeat", UNEXPECTED)), "heartbeat"),
    (lambda: change_turned_down(provoked("nothing", BAD)), "nothing, alert bad"),
    (lambda: not_renegotiated(provoked("handshake")), "handshake"),
    (lambda: not_renegotiated(provoked("application data", "handshake")), "handshake"),
    (lambda: same_reaction(padded(BAD, BAD, ODD)), "to padding without an end: alert decrypt"),
]
OPEN = [
    lambda: heartbeat_unanswered(provoked("nothing")),
    lambda: change_turned_down(provoked("nothing", "nothing")),
    lambda: not_renegotiated(provoked("nothing")),
    lambda: same_reaction(padded(BAD, "nothing")),
    lambda: heartbeat_unanswered(UNREACHABLE),
    lambda: not_renegotiated(served(offer=Offer(provoke=Provocation.RENEGOTIATION))),
]


@pytest.mark.parametrize("expect", RIGHT)
def test_right(expect):
    expect()


@pytest.mark.parametrize(("expect", "why"), WRONG)
def test_wrong(expect, why):
    with pytest.raises(Deviation, match=why):
        expect()


@pytest.mark.parametrize("expect", OPEN)
def test_silence_proves_nothing(expect):
    with pytest.raises(NoVerdict):
        expect()


@pytest.mark.parametrize("observation", [alerted(tls=None), provoked()])
def test_no_such_handshake_is_begun(observation):
    with pytest.raises(NotApplicable):
        heartbeat_unanswered(observation)
