import pytest

from conformance.harness.endpoint import Protocol
from conformance.harness.mail.words import Kind, Reply
from conformance.harness.observation import Ending
from conformance.harness.patience import Patience
from conformance.harness.transcript import Layer
from fuzz.hunt import Hunt
from fuzz.judge import Unfit
from fuzz.oracles import ALIVE
from fuzz.stream import Stream, parse
from fuzz.trace import Said, Trace, Upgrade
from fuzz.twins import Twins, differences

GREETING = Reply(Kind.POSITIVE, (b"* OK hi",), "*")


def trace(*kinds, upgrade=Upgrade.NONE, finished=True, inside=(), tag="t1", **more):
    clear = (GREETING, *(Reply(kind, (b"some words",), tag) for kind in kinds))
    within = tuple(Reply(kind, (b"other words",), tag) for kind in inside)
    return Trace(clear=clear, inside=within, upgrade=upgrade, finished=finished, **more)


OK, NO, GO = Kind.POSITIVE, Kind.NEGATIVE, Kind.CONTINUE
BEHIND = {
    "said": (Said(0, Layer.CLEAR, b"t1 STARTTLS\r\n"), Said(1, Layer.CLEAR, b"t2 NOOP\r\n")),
    "upgraded_at": 0,
}


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        (trace(OK, NO), trace(OK, NO, tag="x"), []),
        (trace(OK, NO), trace(OK, OK), ["clear"]),
        (trace(OK), trace(OK, OK), ["clear"]),
        (trace(GO, NO), trace(NO, NO), ["clear"]),
        # Who closes early may close because of what the last answer is about.
        (trace(OK, NO, finished=False), trace(OK, OK, OK), []),
        (trace(OK, NO, finished=False), trace(NO, OK, OK), ["clear"]),
        (trace(OK, upgrade=Upgrade.DONE, inside=(OK,)), trace(OK), ["upgrade"]),
        (trace(OK, upgrade=Upgrade.DONE, inside=(OK,), **BEHIND), trace(NO, finished=False), []),
        (
            trace(OK, upgrade=Upgrade.DONE, inside=(OK, OK)),
            trace(OK, upgrade=Upgrade.DONE, inside=(OK, NO)),
            ["tls"],
        ),
        (trace(OK, finished=False, ending=Ending.TIMEOUT), trace(OK, finished=False), ["end"]),
        (trace(OK, finished=False, ending=Ending.RESET), trace(OK, finished=False), []),
    ],
)
def test_what_is_a_difference(one, other, found):
    for pair in ((one, other), (other, one)):
        names = [oracle.name for oracle, _ in differences(Stream(Protocol.IMAP), *pair)]
        assert names == [f"twins_differ_in_{name}" for name in found]


def test_of_smtp_codes_the_first_digit_counts():
    codes = {code: trace(NO, tag=code) for code in ("500", "502", "421")}
    assert not list(differences(Stream(Protocol.SMTP), codes["500"], codes["502"]))
    assert list(differences(Stream(Protocol.SMTP), codes["500"], codes["421"]))


def test_a_hello_that_comes_with_the_upgrade_may_be_dropped_or_taken():
    pair = trace(OK, upgrade=Upgrade.DONE, inside=(OK,)), trace(OK, upgrade=Upgrade.FAILED)
    glued, alone = (parse(f"imap\n{line}# STARTTLS\\r\\n\n") for line in ("!hello glued\n", ""))
    assert not list(differences(glued, *pair))
    assert list(differences(alone, *pair))


def hunt(one, other, *streams, most=20):
    judge = Twins(one.endpoint, other.endpoint, Patience())
    seeking = Hunt(judge, "a against b", 1, ahead=map(parse, streams))
    seeking.turn(60, most=most)
    return seeking


@pytest.mark.parametrize("policy", ["refuse", "feed"])
@pytest.mark.parametrize("protocol", ["imap", "pop3", "smtp"])
def test_correct_ones_do_not_differ_by_policy(toy, protocol, policy):
    assert hunt(toy(protocol), toy(protocol, policy=policy)).findings == []


def test_a_difference_is_made_small_and_shown_from_both_sides(toy):
    stream = "imap\n# CAPABILITY\\r\\n\n# STARTTLS\\r\\n&\n# SELECT a\\r\\n\n"
    seeking = hunt(toy("imap"), other := toy("imap", "keeps plaintext"), stream, most=0)
    (finding,) = seeking.findings
    assert (finding.oracle.name, len(finding.stream)) == ("twins_differ_in_tls", 2)
    assert finding.against == other.endpoint
    assert f"the same at {other.endpoint}" in str(finding.trace.transcript.shown())


def test_when_one_is_gone_there_is_nothing_to_compare(toy):
    gone = toy("imap")
    gone.close()
    with pytest.raises(Unfit):
        hunt(toy("imap"), gone)
    dying = hunt(toy("pop3"), toy("pop3", "listener dies"), "pop3\nCA\\xffPA\\r\\n\n")
    assert dying.over
    assert ALIVE not in {finding.oracle for finding in dying.findings}
