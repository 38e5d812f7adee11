import pytest

from conformance.expectations import (
    clear_bytes,
    either_declined_or_upgraded,
    not_executed,
    not_served_in_clear,
    quiet_after_upgrade,
    refused_or_relayed,
    state_did_not_survive,
    upgraded,
)
from conformance.harness.mail.words import NOOP, STARTTLS, Command, Kind, Verb
from conformance.harness.observation import (
    AuthRequest,
    BackendSession,
    Ending,
    Exchange,
    Offer,
    Stage,
)
from conformance.harness.transcript import Layer, Line, Side, Transcript
from conformance.verdict import Deviation, NotApplicable, NoVerdict
from tests.conformance.observations import (
    BYE,
    GREETING,
    INSTEAD,
    JUNK,
    MORE,
    NO,
    OK,
    SILENT,
    UNREACHABLE,
    alerted,
    asked,
    failed,
    implicitly,
    served,
)

ODD = Command(Verb.STARTTLS, "frobnicate")
SECOND = Command(Verb.RAW, "PASS x")
NOTHING = Exchange(NOOP, None)


def test_upgraded():
    upgraded(served())


@pytest.mark.parametrize(
    "observation",
    [
        served(upgrade=Exchange(STARTTLS, NO)),
        served(upgrade=Exchange(STARTTLS, None)),
        alerted(),
    ],
)
def test_not_upgraded(observation):
    with pytest.raises(Deviation):
        upgraded(observation)


@pytest.mark.parametrize(
    "observation",
    [SILENT, failed(Ending.CLOSED, Stage.GREETING), failed(Ending.LOCAL, Stage.UPGRADE)],
)
def test_upgrade_unproved(observation):
    with pytest.raises(NoVerdict):
        upgraded(observation)


def odd(reply, probe):
    return served(clear=(Exchange(ODD, reply),), probe=Exchange(NOOP, probe))


@pytest.mark.parametrize("observation", [odd(NO, OK), odd(OK, None), odd(BYE, None)])
def test_one_state_or_the_other(observation):
    either_declined_or_upgraded(observation, ODD, control=served())


@pytest.mark.parametrize(
    "observation", [odd(NO, None), odd(OK, OK), odd(MORE, OK), odd(JUNK, None)]
)
def test_something_in_between(observation):
    with pytest.raises(Deviation):
        either_declined_or_upgraded(observation, ODD, control=served())


@pytest.mark.parametrize(
    ("observation", "control"), [(odd(None, None), served()), (odd(NO, OK), alerted())]
)
def test_state_unproved(observation, control):
    with pytest.raises(NoVerdict):
        either_declined_or_upgraded(observation, ODD, control=control)


def test_quiet_after_upgrade():
    quiet_after_upgrade(served())
    with pytest.raises(Deviation):
        quiet_after_upgrade(served(unsolicited=(GREETING,)))
    with pytest.raises(NoVerdict):
        quiet_after_upgrade(alerted())


@pytest.mark.parametrize(
    "observation",
    [
        served(),  # discarded
        failed(Ending.OPEN, Stage.GREETING, upgrade=Exchange(STARTTLS, NO), strays=(OK,)),
        failed(Ending.CLOSED, Stage.GREETING, upgrade=Exchange(STARTTLS, None)),
        alerted(),  # fed to TLS
        failed(Ending.CLOSED, Stage.HANDSHAKE, unsolicited=(BYE,)),  # refused inside TLS
        failed(Ending.GARBAGE, Stage.UPGRADE, note='"x1 BAD what"'),  # declined in clear
        served(probe=Exchange(INSTEAD, OK), offer=Offer(glued=b"x1 NOOP\r\n")),
    ],
)
def test_not_executed(observation):
    not_executed(observation, control=served())


@pytest.mark.parametrize(
    "observation",
    [
        served(unsolicited=(OK,)),
        served(unsolicited=(BYE,)),  # a goodbye to nobody: the session goes on
        served(strays=(NO,)),
        failed(Ending.CLOSED, Stage.HANDSHAKE, unsolicited=(NO,)),
        served(probe=Exchange(NOOP, NO)),  # glued to our first line
        asked(login=Exchange(NOOP, NO)),
    ],
)
def test_executed(observation):
    with pytest.raises(Deviation):
        not_executed(observation, control=served())


@pytest.mark.parametrize(
    ("observation", "control"),
    [
        (UNREACHABLE, served()),  # crashed since the control
        (SILENT, served()),
        (failed(Ending.TIMEOUT, Stage.UPGRADE), served()),
        (failed(Ending.LOCAL, Stage.UPGRADE), served()),
        (failed(Ending.CLOSED, Stage.GREETING), served()),  # never got to STARTTLS
        (served(), alerted()),
        (failed(Ending.GARBAGE, Stage.UPGRADE, note='"x1 OK done"'), served()),
        # The first word inside is not known there, whatever it was glued to.
        (served(probe=Exchange(INSTEAD, OK), offer=Offer(glued=b"x1 LOG")), served()),
    ],
)
def test_execution_unproved(observation, control):
    with pytest.raises(NoVerdict):
        not_executed(observation, control=control)


def second(reply, **fields):
    return served(inside=(Exchange(SECOND, reply),), **fields)


@pytest.mark.parametrize(
    "observation", [second(NO), second(BYE), second(None, ending=Ending.CLOSED)]
)
def test_state_did_not_survive(observation):
    state_did_not_survive(observation, SECOND, (), control=served())


@pytest.mark.parametrize(("reply", "heard"), [(OK, ()), (MORE, ()), (NO, (AuthRequest(()),))])
def test_state_survived(reply, heard):
    with pytest.raises(Deviation):
        state_did_not_survive(second(reply), SECOND, heard, control=served())


@pytest.mark.parametrize(
    ("observation", "control"),
    [(second(None, ending=Ending.TIMEOUT), served()), (SILENT, served()), (second(NO), SILENT)],
)
def test_survival_unproved(observation, control):
    with pytest.raises(NoVerdict):
        state_did_not_survive(observation, SECOND, (), control=control)


def test_survival_where_no_upgrade_is_to_be_had():
    declined = served(upgrade=Exchange(STARTTLS, NO))
    with pytest.raises(NotApplicable):
        state_did_not_survive(declined, SECOND, (), control=served())


def after_login(reply, *lines):
    return asked(inside=(Exchange(STARTTLS, reply),), backend=(BackendSession(lines),))


@pytest.mark.parametrize(
    "observation", [after_login(NO), after_login(OK, b"w3 STARTTLS"), after_login(None, b"STLS")]
)
def test_refused_or_relayed(observation):
    refused_or_relayed(observation, STARTTLS)


@pytest.mark.parametrize("observation", [after_login(OK), after_login(None)])
def test_neither_refused_nor_relayed(observation):
    with pytest.raises(Deviation):
        refused_or_relayed(observation, STARTTLS)


def test_after_a_login_that_failed():
    declined = (Exchange(STARTTLS, NO),)
    with pytest.raises(NoVerdict):
        refused_or_relayed(asked(login=Exchange(NOOP, NO), inside=declined), STARTTLS)


def spoiled(*answers, ending=Ending.CLOSED, **fields):
    lines = [Line(0.0, Side.SERVER, Layer.CLEAR, b"* OK ready\r\n")]
    lines += [Line(0.1, Side.CLIENT, Layer.CLEAR, b"x1 NOOP\r\n")]
    lines += [Line(0.2, Side.SERVER, Layer.CLEAR, data) for data in answers]
    facts = {"offer": Offer(spoil=b"x1 NOOP\r\n"), "transcript": Transcript(lines)}
    return implicitly(failed(ending, **{**facts, **fields}))


@pytest.mark.parametrize(
    "observation",
    [
        spoiled(),
        spoiled(ending=Ending.TIMEOUT),
        spoiled(b"\x15\x03\x01\x00\x02"),
        spoiled(after_failure=(Exchange(NOOP, JUNK),)),
    ],
)
def test_not_served_in_clear(observation):
    not_served_in_clear(observation, control=served())


@pytest.mark.parametrize(
    "observation",
    [
        *(
            spoiled(line)
            for line in (b"x1 OK done\r\n", b"-ERR\r\n", b"500 what?\r\n", b"* BYE\r\n")
        ),
        spoiled(after_failure=(Exchange(NOOP, OK),)),
    ],
)
def test_served_in_clear(observation):
    with pytest.raises(Deviation):
        not_served_in_clear(observation, control=served())


@pytest.mark.parametrize(
    ("observation", "control"),
    [
        (UNREACHABLE, served()),
        (spoiled(ending=Ending.UNREACHABLE), served()),
        (failed(Ending.CLOSED, Stage.GREETING, offer=Offer(spoil=b"NOOP")), served()),
        (spoiled(), alerted()),
    ],
)
def test_clear_service_unproved(observation, control):
    with pytest.raises(NoVerdict):
        not_served_in_clear(observation, control=control)


def test_clear_bytes():
    assert clear_bytes(spoiled(b"more")) == b"* OK ready\r\nmore"


def test_kinds_of_reply_are_what_the_rows_say():
    assert [r.kind for r in (OK, NO, BYE, MORE, JUNK)] == [
        Kind.POSITIVE, Kind.NEGATIVE, Kind.BYE, Kind.CONTINUE, Kind.MALFORMED,
    ]  # fmt: skip
