import pytest

from conformance.expectations import (
    answered,
    capabilities_well_formed,
    declined,
    ends_after_goodbye,
    error_survived,
    greeted,
    greeted_in_clear,
    line_ends,
    login_barred,
    login_not_disabled,
    mail_was_begun,
    mechanisms_understood,
    not_preauthenticated,
    not_reflected,
    not_solicited,
    offers,
    offers_none,
)
from conformance.harness.endpoint import Protocol, Way
from conformance.harness.mail.words import CAPABILITIES, NOOP, QUIT, Command, Kind, Reply, Verb
from conformance.harness.observation import Ending, Exchange, Stage
from conformance.verdict import Deviation, NotApplicable, NoVerdict
from tests.conformance.observations import (
    BYE,
    JUNK,
    MORE,
    NO,
    OK,
    SILENT,
    UNREACHABLE,
    alerted,
    endpoint,
    failed,
    passes,
    served,
)

ODD = Command(Verb.RAW, "FROBNICATE")


def said(command, reply, **fields):
    return served(inside=(Exchange(command, reply),), **fields)


def listing(words, protocol=Protocol.IMAP):
    lines = {
        Protocol.IMAP: [f"* CAPABILITY {words}", "w1 OK done"],
        Protocol.POP3: ["+OK", *words.split(), "."],
        Protocol.SMTP: ["250-here", *(f"250-{word}" for word in words.split()), "250 HELP"],
    }[protocol]
    reply = Reply(Kind.POSITIVE, tuple(line.encode() for line in lines), "w1")
    return said(CAPABILITIES, reply, endpoint=endpoint(protocol=protocol))


def unasked(observation, command):
    not_solicited(observation, command, control=served())


@pytest.mark.parametrize(
    ("expectation", "reply"),
    [(answered, OK), (declined, NO), (unasked, NO), (unasked, BYE)],
)
def test_reply_as_it_should_be(expectation, reply):
    assert passes(expectation, said(ODD, reply), ODD)


@pytest.mark.parametrize(
    ("expectation", "reply"),
    [(answered, NO), (declined, OK), (declined, BYE), (unasked, MORE), (answered, None)],
)
def test_reply_as_it_should_not_be(expectation, reply):
    with pytest.raises(Deviation):
        expectation(said(ODD, reply), ODD)


@pytest.mark.parametrize("expectation", [answered, declined, unasked])
def test_reply_to_what_was_never_said(expectation):
    with pytest.raises(NoVerdict):
        expectation(alerted(), ODD)


def test_declined_and_then_dead():
    with pytest.raises(Deviation):
        declined(said(ODD, NO, probe=Exchange(NOOP, None)), ODD)


HUNG_UP = said(ODD, None, probe=None, ending=Ending.CLOSED)
WAITING = said(ODD, None, probe=None, ending=Ending.TIMEOUT)


@pytest.mark.parametrize("kept_out", [said(ODD, NO), said(ODD, BYE, probe=None), HUNG_UP])
def test_a_login_that_is_kept_out(kept_out):
    assert passes(login_barred, kept_out, ODD, control=served())


@pytest.mark.parametrize(
    "let_in",
    # Refused for its password: the session ends at that, or is silent.
    [said(ODD, OK), said(ODD, MORE), said(ODD, NO, probe=None, ending=Ending.CLOSED), WAITING],
)
def test_a_login_that_was_tried(let_in):
    with pytest.raises(Deviation):
        login_barred(let_in, ODD, control=served())


@pytest.mark.parametrize("expectation", [login_barred, not_solicited])
def test_who_hangs_up_on_everybody_bars_no_login(expectation):
    with pytest.raises(NoVerdict):
        expectation(HUNG_UP, ODD, control=HUNG_UP)


def test_mail_that_is_never_begun():
    for begun in (said(ODD, OK), said(ODD, NO), WAITING):
        mail_was_begun(begun, ODD)
    with pytest.raises(NotApplicable, match="no mail is taken"):
        mail_was_begun(HUNG_UP, ODD)


def test_an_error_that_is_survived():
    error_survived(said(ODD, NO), ODD)
    with pytest.raises(NotApplicable, match="ended at the first error"):
        error_survived(said(ODD, BYE), ODD)
    elsewhere = said(ODD, BYE, probe=None, endpoint=endpoint(protocol=Protocol.SMTP))
    for dead in (HUNG_UP, elsewhere):
        with pytest.raises((Deviation, NoVerdict)):
            error_survived(dead, ODD)


def test_offers():
    assert passes(offers, listing("IMAP4rev1 STARTTLS"), "STARTTLS")
    assert passes(offers_none, listing("IMAP4rev1 STARTTLS"), "LOGINDISABLED", "AUTH=*")


@pytest.mark.parametrize(
    ("expectation", "name"),
    [(offers, "IDLE"), (offers_none, "STARTTLS"), (offers_none, "AUTH=*")],
)
def test_offers_otherwise(expectation, name):
    with pytest.raises(Deviation):
        expectation(listing("IMAP4rev1 STARTTLS AUTH=PLAIN"), name)


@pytest.mark.parametrize("observation", [said(CAPABILITIES, NO), SILENT, alerted()])
@pytest.mark.parametrize("expectation", [offers, offers_none])
def test_no_list_is_no_absence(expectation, observation):
    with pytest.raises(NoVerdict):
        expectation(observation, "STARTTLS")


@pytest.mark.parametrize(
    ("words", "protocol"),
    [("IMAP4rev1", "imap"), ("USER", "pop3"), ("AUTH=PLAIN", "imap"), ("PIPELINING", "smtp")],
)
def test_login_not_disabled(words, protocol):
    assert passes(login_not_disabled, listing(words, Protocol(protocol)))


@pytest.mark.parametrize(
    ("words", "protocol"), [("IMAP4rev1 LOGINDISABLED", "imap"), ("TOP UIDL", "pop3")]
)
def test_login_disabled(words, protocol):
    with pytest.raises(Deviation):
        login_not_disabled(listing(words, Protocol(protocol)))


def test_apop_is_offered_in_the_greeting():
    assert passes(login_not_disabled, listing("TOP", Protocol.POP3), ["apop"])
    with pytest.raises(Deviation):
        login_not_disabled(listing("TOP", Protocol.POP3), ["apop", "plain"])


@pytest.mark.parametrize(
    ("words", "protocol"),
    [("IMAP4rev1", "imap"), ("imap4rev2", "imap"), ("", "pop3"), ("", "smtp")],
)
def test_capabilities_well_formed(words, protocol):
    assert passes(capabilities_well_formed, listing(words, Protocol(protocol)))


def test_capabilities_of_another_protocol():
    with pytest.raises(Deviation):
        capabilities_well_formed(listing("IDLE"))


@pytest.mark.parametrize("reply", [MORE, OK])
def test_mechanisms_understood(reply):
    assert passes(
        mechanisms_understood, listing("IMAP4rev1 AUTH=PLAIN"), lambda name: said(ODD, reply)
    )


def test_mechanism_unknown():
    with pytest.raises(Deviation):
        mechanisms_understood(listing("IMAP4rev1 AUTH=PLAIN"), lambda name: said(ODD, NO))


def test_mechanism_that_could_not_be_tried():
    with pytest.raises(NoVerdict):
        mechanisms_understood(listing("IMAP4rev1 AUTH=PLAIN"), lambda name: UNREACHABLE)


def test_no_mechanism():
    with pytest.raises(NotApplicable):
        mechanisms_understood(listing("IMAP4rev1"), lambda name: served())


def test_greeted():
    assert passes(greeted, served())
    assert passes(greeted_in_clear, served(), otherwise=SILENT)
    assert passes(not_preauthenticated, served())


def test_greeted_otherwise():
    with pytest.raises(Deviation):
        greeted(served(greeting=BYE))
    with pytest.raises(Deviation):
        greeted_in_clear(SILENT, otherwise=alerted())
    with pytest.raises(Deviation):
        greeted_in_clear(served(greeting=JUNK), otherwise=SILENT)


@pytest.mark.parametrize("line", [b"* PREAUTH hello", b"* preauth hello"])
def test_preauthenticated(line):
    with pytest.raises(Deviation):
        not_preauthenticated(served(greeting=Reply(Kind.POSITIVE, (line,), "*")))


def test_greeting_with_one_word_is_no_preauth():
    assert passes(not_preauthenticated, served(greeting=Reply(Kind.POSITIVE, (b"+OK",))))


def test_line_ends():
    line_ends(served())
    with pytest.raises(Deviation):
        line_ends(served(greeting=Reply(Kind.POSITIVE, (b"* OK",), "*", True)))
    with pytest.raises(NoVerdict):
        line_ends(failed(Ending.CLOSED, Stage.GREETING))


@pytest.mark.parametrize("ending", [Ending.CLOSED, Ending.RESET])
@pytest.mark.parametrize("reply", [OK, BYE])
def test_goodbye(reply, ending):
    assert passes(ends_after_goodbye, said(QUIT, reply, ending=ending, probe=Exchange(NOOP, None)))


@pytest.mark.parametrize(
    "fields",
    [
        {},  # served as ever
        {"ending": Ending.TIMEOUT, "probe": Exchange(NOOP, None)},  # neither served nor closed
        {"inside": (Exchange(QUIT, NO),)},
        {"inside": (Exchange(QUIT, None),), "ending": Ending.CLOSED},
    ],
)
def test_goodbye_that_ends_nothing(fields):
    with pytest.raises(Deviation):
        ends_after_goodbye(served(**{"inside": (Exchange(QUIT, OK),), **fields}))


HTTP = [ODD] * 3


def test_not_reflected():
    assert passes(not_reflected, said(ODD, NO, ending=Ending.CLOSED, probe=None), HTTP)


@pytest.mark.parametrize(
    "observation",
    [
        said(ODD, NO),
        said(ODD, Reply(Kind.NEGATIVE, (b"NO X-1: waxseal",)), ending=Ending.CLOSED, probe=None),
    ],
)
def test_reflected(observation):
    with pytest.raises(Deviation):
        not_reflected(observation, HTTP)


@pytest.mark.parametrize(
    "observation", [alerted(), said(ODD, None, ending=Ending.TIMEOUT, probe=None)]
)
def test_reflection_unproved(observation):
    with pytest.raises(NoVerdict):
        not_reflected(observation, HTTP)


def test_clear_listener_is_told_in_clear():
    clear = served(endpoint=endpoint(Way.NONE), clear=(Exchange(ODD, NO),))
    assert passes(declined, clear, ODD)
