"""Which auth server, and who is still asked."""

from dataclasses import replace

import pytest

from conformance.answering import Answering
from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.mail.words import NOOP, STARTTLS
from conformance.harness.observation import Ending, Login, Observation, Offer, Stage
from conformance.harness.patience import Patience
from conformance.harness.targets.names import is_loopback
from conformance.harness.transcript import Transcript
from conformance.listener import Listener
from conformance.options import Options
from conformance.phrases import raw
from conformance.suite import Suite, auth_address, side_by_side
from conformance.verdict import NoVerdict

ENDPOINT = Endpoint("127.0.0.1", 143, Protocol.IMAP, Way.STARTTLS)
LISTENER = Listener("one", ENDPOINT)
HEARD = Observation(ENDPOINT, Offer(), Stage.UPGRADE, Ending.ALERT, Transcript())
WAITED = replace(HEARD, ending=Ending.TIMEOUT)
UNHEARD = replace(HEARD, stage=Stage.CONNECT, ending=Ending.TIMEOUT)
CLEAR = Offer(upgrade=False)


def remembering(first, *others):
    answering = Answering()
    answering.greeted(LISTENER, first)
    for observation in others:
        answering.note(LISTENER, observation, Patience())
    return answering


def is_asked(answering, offer=HEARD.offer):
    try:
        answering.check(LISTENER, offer)
    except NoVerdict:
        return False
    return True


def test_who_answers_is_asked_again():
    assert is_asked(remembering(HEARD, WAITED, HEARD, WAITED))


def test_who_lets_two_visits_in_a_row_wait_is_not():
    answering = remembering(HEARD, WAITED, WAITED)
    assert not is_asked(answering)
    assert is_asked(answering, CLEAR)
    assert is_asked(answering, Offer(hello_only=True))


@pytest.mark.parametrize(
    "offer",
    [
        Offer(login=Login("user", "secret")),
        Offer(inside=(raw("AUTHENTICATE PLAIN"),)),
        Offer(inside=(raw("pass secret"),)),
        Offer(inside=(NOOP, STARTTLS)),
    ],
)
def test_who_lets_logins_or_second_upgrades_wait_is_asked_for_all_else(offer):
    late = replace(WAITED, offer=offer)
    answering = remembering(HEARD, late, late)
    assert not is_asked(answering, offer)
    assert is_asked(answering)


def test_a_login_may_take_its_time():
    slow = replace(HEARD, offer=Offer(inside=(raw("AUTH LOGIN"),)), seconds=Patience().answer)
    assert is_asked(remembering(HEARD, slow, slow), slow.offer)


def test_a_slow_answer_is_a_wait_too():
    slow = replace(HEARD, seconds=Patience().answer)
    assert not is_asked(remembering(HEARD, slow, slow))


def test_who_said_nothing_at_first_is_not_asked_at_all():
    answering = remembering(UNHEARD)
    assert not is_asked(answering)
    assert not is_asked(answering, CLEAR)


def test_no_streams_where_the_first_visit_waited():
    said = replace(WAITED, alert=None, ending=Ending.FLOOD)
    with pytest.raises(NoVerdict, match="endless answer"):
        remembering(said).check_streams(LISTENER)
    remembering(HEARD).check_streams(LISTENER)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("127.0.0.1:9000/auth", ("127.0.0.1", 9000)),
        ("http://[::1]:9000/auth", ("::1", 9000)),
        ("localhost:80", ("localhost", 80)),
        ("", None),
    ],
)
def test_the_auth_server_is_read_from_the_claims(value, expected):
    assert auth_address([Listener("x", ENDPOINT, {"auth_http": (value,)})]) == expected


def test_loopback():
    assert is_loopback("127.9.9.9")
    assert is_loopback("::1")
    assert is_loopback("localhost")
    assert not is_loopback("mail.example")
    assert not is_loopback("192.0.2.1")


def test_the_whole_target_goes_by_its_first_listener():
    whole = Suite(Options(), [LISTENER], None).whole
    assert (whole.listener.name, whole.whole, whole.has_kit) == (LISTENER.name, True, False)
    assert whole.listener.claims == {}


def test_only_this_machine_gets_many_visits_at_once():
    assert side_by_side(["127.0.0.1", "localhost"]) == 8
    assert side_by_side(["127.0.0.1", "192.0.2.1"]) == 2
