from dataclasses import replace

import pytest

from conformance.expectations import (
    advertises,
    challenge_well_formed,
    ends_tls_in_order,
    exchange_declined,
    has_code,
    login_has_code,
    login_refused,
    names_itself,
    takes_leave,
    upgrade_has_code,
)
from conformance.harness.endpoint import Protocol, Way
from conformance.harness.mail.words import CAPABILITIES, QUIT, STARTTLS, Kind, Reply
from conformance.harness.observation import Ending, Exchange, Offer, Stage
from conformance.phrases import CANCEL, EHLO_AGAIN, UNKNOWN, sasl_opening
from conformance.verdict import Deviation, NotApplicable, NoVerdict
from tests.conformance.observations import (
    DEAD,
    LOGIN,
    MORE,
    NO,
    OK,
    TRIED,
    endpoint,
    failed,
    served,
)

OPENING = sasl_opening(Protocol.IMAP)
CODES = {Protocol.IMAP: "BAD", Protocol.SMTP: "500"}


def smtp(code, *lines):
    kinds = {"2": Kind.POSITIVE, "3": Kind.CONTINUE, "5": Kind.NEGATIVE}
    return Reply(kinds[code[0]], tuple(f"{code} {line}".encode() for line in lines), code)


def at_smtp(**fields):
    return served(endpoint=endpoint(Way.STARTTLS, Protocol.SMTP), **fields)


def exchange(first, second, **fields):
    return served(inside=(Exchange(OPENING, first), Exchange(CANCEL, second)), **fields)


JUDGED = [
    (lambda o: exchange_declined(o, OPENING, CANCEL), exchange(MORE, NO), exchange(MORE, OK)),
    (
        lambda o: exchange_declined(o, OPENING, CANCEL),
        exchange(MORE, NO),
        exchange(MORE, NO, probe=None, ending=Ending.CLOSED),
    ),
    (
        lambda o: challenge_well_formed(o, OPENING),
        exchange(Reply(Kind.CONTINUE, (b"+ VXNlcm5hbWU6",), "+"), NO),
        exchange(Reply(Kind.CONTINUE, (b"+ go ahead",), "+"), NO),
    ),
    (
        lambda o: challenge_well_formed(o, OPENING),
        exchange(MORE, NO),
        exchange(Reply(Kind.CONTINUE, (b"+",), "+"), NO),
    ),
    (
        lambda o: has_code(o, UNKNOWN, CODES),
        served(inside=(Exchange(UNKNOWN, Reply(Kind.NEGATIVE, (b"w1 BAD no",), "w1")),)),
        served(inside=(Exchange(UNKNOWN, NO),)),
    ),
    (
        lambda o: has_code(o, UNKNOWN, CODES),
        at_smtp(inside=(Exchange(UNKNOWN, smtp("500", "no")),)),
        at_smtp(inside=(Exchange(UNKNOWN, smtp("550", "no")),)),
    ),
    (
        lambda o: login_has_code(o, {Protocol.IMAP: "NO"}),
        served(offer=Offer(login=LOGIN), login=Exchange(TRIED, NO)),
        served(
            offer=Offer(login=LOGIN),
            login=Exchange(TRIED, Reply(Kind.NEGATIVE, (b"w1 BAD no",), "w1")),
        ),
    ),
    (
        takes_leave,
        served(inside=(Exchange(QUIT, replace(OK, lines=(b"* BYE", b"w1 OK"))),)),
        served(inside=(Exchange(QUIT, OK),)),
    ),
    (
        takes_leave,
        at_smtp(inside=(Exchange(QUIT, smtp("221", "bye")),)),
        at_smtp(inside=(Exchange(QUIT, smtp("250", "bye")),)),
    ),
    (
        lambda o: names_itself(o, EHLO_AGAIN),
        at_smtp(
            greeting=smtp("220", "a.example hi"),
            inside=(Exchange(EHLO_AGAIN, smtp("250", "A.example", "SIZE")),),
        ),
        at_smtp(
            greeting=smtp("220", "a.example hi"),
            inside=(Exchange(EHLO_AGAIN, smtp("250", "SIZE")),),
        ),
    ),
    (
        ends_tls_in_order,
        served(inside=(Exchange(QUIT, OK),), ending=Ending.CLOSED, close_notify=True),
        served(inside=(Exchange(QUIT, OK),), ending=Ending.CLOSED, close_notify=False),
    ),
    (
        lambda o: upgrade_has_code(o, "220"),
        at_smtp(upgrade=Exchange(STARTTLS, smtp("220", "go"))),
        at_smtp(upgrade=Exchange(STARTTLS, smtp("250", "go"))),
    ),
]


@pytest.mark.parametrize(("expectation", "right", "wrong"), JUDGED)
def test_right_and_wrong(expectation, right, wrong):
    expectation(right)
    with pytest.raises(Deviation):
        expectation(wrong)


@pytest.mark.parametrize("expectation", [row[0] for row in JUDGED])
@pytest.mark.parametrize("observation", DEAD)
def test_a_dead_target_proves_nothing(expectation, observation):
    with pytest.raises(NoVerdict):
        expectation(observation)


def test_what_is_not_advertised_does_not_arise():
    listed = Reply(Kind.POSITIVE, (b"* CAPABILITY IMAP4rev1 AUTH=PLAIN", b"w1 OK"), "w1")
    seen = served(inside=(Exchange(CAPABILITIES, listed),))
    advertises(seen, "PLAIN")
    with pytest.raises(NotApplicable):
        advertises(seen, "EXTERNAL")


def test_an_end_that_was_not_seen_proves_nothing():
    with pytest.raises(NoVerdict):
        ends_tls_in_order(failed(Ending.RESET, Stage.SERVICE, inside=(Exchange(QUIT, OK),)))


def test_a_mechanism_that_is_not_there_says_nothing_of_a_password():
    reply = smtp("504", "5.3.3 AUTH mechanism PLAIN not available")
    observation = at_smtp(offer=Offer(login=LOGIN), login=Exchange(TRIED, reply))
    with pytest.raises(NotApplicable, match="not available"):
        login_has_code(observation, {Protocol.SMTP: "535"})
    with pytest.raises(NotApplicable, match="not available"):
        login_refused(observation, control=served())
