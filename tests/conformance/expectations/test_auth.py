import pytest

from conformance.expectations import (
    asked_once,
    header,
    header_matches,
    heard_at_backend,
    heard_nothing,
    logged_in,
    login_refused,
    no_header,
    relayed,
)
from conformance.harness.mail.words import NOOP, Command, Verb
from conformance.harness.observation import AuthRequest, BackendSession, Ending, Exchange, Stage
from conformance.verdict import Deviation, NoVerdict
from tests.conformance.observations import (
    BYE,
    LOGIN,
    NO,
    OK,
    SILENT,
    TRIED,
    UNREACHABLE,
    alerted,
    asked,
    failed,
    served,
)

SELECT = Command(Verb.RAW, "SELECT INBOX")
DECLINED = asked(login=Exchange(TRIED, NO))
UNASKED = asked(auth=())
REQUEST = AuthRequest(())

BY_LOGIN = [
    logged_in,
    asked_once,
    heard_at_backend,
    lambda o: login_refused(o, control=served()),
    lambda o: header(o, "Auth-User", "joe"),
    lambda o: header_matches(o, "Auth-SSL-Subject", b"CN=joe"),
    lambda o: no_header(o, "Auth-SSL"),
    lambda o: relayed(o, SELECT),
]


@pytest.mark.parametrize("expectation", BY_LOGIN)
@pytest.mark.parametrize("observation", [alerted(), UNREACHABLE, SILENT])
def test_a_login_that_was_never_tried(expectation, observation):
    with pytest.raises(NoVerdict):
        expectation(observation)


@pytest.mark.parametrize("expectation", [x for x in BY_LOGIN if x not in (logged_in, BY_LOGIN[3])])
def test_a_login_of_which_nobody_heard(expectation):
    with pytest.raises(Deviation):
        expectation(UNASKED)


def test_logged_in():
    logged_in(asked())
    with pytest.raises(Deviation):
        logged_in(DECLINED)
    with pytest.raises(Deviation):
        logged_in(asked(probe=Exchange(NOOP, None)))


@pytest.mark.parametrize("reply", [NO, BYE])
def test_login_refused(reply):
    login_refused(asked(login=Exchange(TRIED, reply)), control=served())


def test_who_hangs_up_on_a_login_with_a_word_refuses_it():
    last_words = asked(login=Exchange(TRIED, None), unsolicited=(BYE,), probe=None)
    login_refused(last_words, control=served())


@pytest.mark.parametrize("warned", [{"unsolicited": (NO,)}, {"probe": Exchange(NOOP, NO)}])
def test_a_warning_beside_silence_is_no_refusal_of_a_login(warned):
    with pytest.raises(Deviation):
        login_refused(asked(login=Exchange(TRIED, None), **warned), control=served())


@pytest.mark.parametrize("reply", [OK, None])
def test_login_not_refused(reply):
    with pytest.raises(Deviation):
        login_refused(asked(login=Exchange(TRIED, reply)), control=served())


def test_login_refused_without_a_control():
    with pytest.raises(NoVerdict):
        login_refused(DECLINED, control=alerted())


@pytest.mark.parametrize(
    "observation", [DECLINED, alerted(), failed(Ending.CLOSED, Stage.UPGRADE), served()]
)
def test_heard_nothing(observation):
    heard_nothing(observation, (), control=asked())


def test_heard_something():
    with pytest.raises(Deviation, match="1 request at the auth server"):
        heard_nothing(DECLINED, [REQUEST], control=asked())


@pytest.mark.parametrize(
    ("observation", "control"), [(DECLINED, UNASKED), (UNREACHABLE, asked()), (SILENT, asked())]
)
def test_silence_at_the_auth_server_proves_nothing(observation, control):
    with pytest.raises(NoVerdict):
        heard_nothing(observation, (), control=control)


def test_asked_once():
    asked_once(asked())
    with pytest.raises(Deviation, match="2 requests"):
        asked_once(asked(auth=(REQUEST, REQUEST)))


def test_header():
    header(asked(("Auth-User", "joe")), "Auth-User", "joe")
    header(asked(("Auth-SSL-Verify", "FAILED:why")), "Auth-SSL-Verify", "FAILED", prefix=True)
    header(asked(("Auth-User", "joe")), "Auth-SSL-Verify", None)


@pytest.mark.parametrize(
    ("sent", "prefix", "text"),
    [
        ((), False, "no such header"),
        ((("X", "b\x1b"),), False, r"b\\x1b"),
        ((("X", "a"), ("X", "a")), False, "a, a"),
        ((("X", "ab"),), False, "ab"),
        ((("X", "ba"),), True, "ba"),
    ],
)
def test_header_otherwise(sent, prefix, text):
    with pytest.raises(Deviation, match=f"observed {text}$"):
        header(asked(*sent), "X", "a", prefix=prefix)


def test_no_header():
    no_header(asked(("Auth-User", "joe")), "Auth-SSL*", "Auth-User-Agent")
    with pytest.raises(Deviation, match="auth-ssl-cert"):
        no_header(asked(("Auth-SSL-Cert", "x")), "Auth-SSL*")
    with pytest.raises(Deviation):
        header(asked(("Auth-SSL-Verify", "NONE")), "Auth-SSL-Verify", None)


@pytest.mark.parametrize(("sent", "text"), [("hush", "something else"), (None, "no such header")])
def test_a_secret_header_is_not_shown(sent, text):
    observation = asked(*([("Auth-Pass", sent)] if sent else []))
    with pytest.raises(Deviation) as raised:
        header(observation, "Auth-Pass", LOGIN.password, secret=True)
    assert raised.value.judgement.observed == text
    assert LOGIN.password not in raised.value.judgement.expected


def test_a_secret_header_that_is_right():
    header(asked(("Auth-Pass", LOGIN.password)), "Auth-Pass", LOGIN.password, secret=True)


def test_header_matches():
    header_matches(asked(("S", "CN=a\\,b")), "S", b"CN=a,b")
    with pytest.raises(Deviation):
        header_matches(asked(("S", "CN=a")), "S", b"CN=b")
    with pytest.raises(Deviation):
        header_matches(asked(), "S", b"CN=b")


def behind(*lines, **fields):
    return asked(backend=(BackendSession(lines),), **fields)


def test_heard_at_backend():
    heard_at_backend(behind())
    for wrong in (asked(), asked(backend=(BackendSession(()),) * 2), behind(probe=None)):
        with pytest.raises(Deviation):
            heard_at_backend(wrong)


def test_relayed():
    relayed(behind(b"w2 SELECT INBOX", inside=(Exchange(SELECT, OK),)), SELECT)
    for lines, reply in [((), OK), ((b"w2 SELECT INBOX",) * 2, OK), ((b"w2 SELECT INBOX",), None)]:
        with pytest.raises(Deviation):
            relayed(behind(*lines, inside=(Exchange(SELECT, reply),)), SELECT)
