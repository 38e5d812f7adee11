from dataclasses import replace

import pytest

from conformance.expectations import (
    accepted,
    negotiated,
    not_let_in,
    received_alike,
    refused,
    same,
)
from conformance.expectations.outcome import seen, told
from conformance.harness.endpoint import Protocol, Way
from conformance.harness.mail.words import NOOP, Kind, Reply
from conformance.harness.observation import Alert, Ending, Exchange, Login, Offer, Stage, TlsFacts
from conformance.harness.transcript import Transcript
from conformance.verdict import Deviation, NoVerdict, begin
from tests.conformance.observations import (
    BYE,
    CLOSING,
    NO,
    OK,
    SILENT,
    TLS,
    TRIED,
    UNREACHABLE,
    alerted,
    asked,
    endpoint,
    failed,
    implicitly,
    passes,
    served,
)

HELLO = Offer(hello_only=True)
# What a server says in clear that cannot make the handshake it had agreed to.
DECLINED = {
    Protocol.IMAP: '"w1 NO STARTTLS failed"',
    Protocol.POP3: '"-ERR [SYS/PERM] Starttls failed"',
    Protocol.SMTP: '"454 4.7.0 no"',
}
AGREED = {
    Protocol.IMAP: '"w1 OK no matter"',
    Protocol.POP3: '"+OK no mail"',
    Protocol.SMTP: '"250 No errors"',
}


def instead_of_tls(protocol, note, stage=Stage.UPGRADE):
    return failed(Ending.GARBAGE, stage, note=note, endpoint=endpoint(protocol=protocol))


REFUSED = [
    alerted(),
    implicitly(alerted(Stage.CONNECT)),
    failed(Ending.CLOSED, Stage.UPGRADE),
    *(instead_of_tls(*told) for told in DECLINED.items()),
    failed(Ending.RESET, Stage.HANDSHAKE),
    failed(Ending.CLOSED, Stage.HANDSHAKE, unsolicited=(BYE,)),
    implicitly(failed(Ending.CLOSED, greeting=BYE)),
    implicitly(CLOSING),  # the ClientHello had been sent, and the control was served
    served(probe=Exchange(NOOP, NO)),
    asked(login=Exchange(NOOP, NO)),
]
PROVES_NOTHING = [
    UNREACHABLE,
    SILENT,
    CLOSING,
    implicitly(SILENT),
    failed(Ending.CLOSED, Stage.GREETING, greeting=BYE),  # a busy server, before any TLS
    failed(Ending.CLOSED, Stage.GREETING, upgrade=Exchange(NOOP, NO)),
    failed(Ending.TIMEOUT, Stage.UPGRADE),
    failed(Ending.LOCAL, Stage.UPGRADE),
    failed(Ending.GARBAGE, Stage.UPGRADE),
    *(instead_of_tls(*told) for told in AGREED.items()),
    instead_of_tls(Protocol.IMAP, DECLINED[Protocol.IMAP], Stage.GREETING),
    asked(login=None, probe=None),
]


@pytest.mark.parametrize("observation", REFUSED)
def test_refused_on_evidence(observation):
    assert passes(refused, observation, control=served())


@pytest.mark.parametrize("observation", PROVES_NOTHING)
def test_refused_on_none(observation):
    with pytest.raises(NoVerdict):
        refused(observation, control=served())


@pytest.mark.parametrize("control", [*REFUSED, *PROVES_NOTHING])
def test_refused_without_a_control(control):
    with pytest.raises(NoVerdict):
        refused(alerted(), control=control)


def test_refused_but_served():
    with pytest.raises(Deviation):
        refused(served(), control=served())


NO_CIPHER = replace(alerted(), alert=Alert(40, "handshake_failure"))
CERTIFICATE = Alert(45, "certificate_expired")


LOGGING_IN = Offer(login=Login("joe", "geheim"))
NO_CERTIFICATE = replace(NO, lines=(b"NO no valid certificate",))
TELLING = Reply(Kind.BYE, (b"* BYE SSL certificate error",))


@pytest.mark.parametrize(
    "observation",
    [
        served(probe=Exchange(NOOP, TELLING)),
        implicitly(failed(Ending.CLOSED, greeting=TELLING)),
        replace(alerted(), alert=CERTIFICATE),
        served(offer=LOGGING_IN, login=Exchange(TRIED, NO_CERTIFICATE)),
    ],
)
def test_refused_for_the_certificate_with_nobody_beside(observation):
    assert passes(not_let_in, observation)


@pytest.mark.parametrize(
    "observation",
    [
        NO_CIPHER,
        implicitly(CLOSING),
        served(probe=Exchange(NOOP, BYE)),  # a busy server's, or anybody's
        served(offer=LOGGING_IN, login=Exchange(TRIED, NO)),
        *PROVES_NOTHING,
    ],
)
def test_no_words_of_the_certificate_are_no_evidence(observation):
    with pytest.raises(NoVerdict):
        not_let_in(observation)


def test_refused_for_want_of_a_certificate():
    assert passes(not_let_in, NO_CIPHER, shown=False)


@pytest.mark.parametrize(
    "observation", [served(), failed(Ending.GARBAGE, greeting=Reply(Kind.MALFORMED, (b"421 no",)))]
)
def test_let_in_with_nobody_beside(observation):
    with pytest.raises(Deviation):
        not_let_in(observation)


@pytest.mark.parametrize("hello", [served(offer=HELLO, probe=None), served()])
def test_accepted(hello):
    assert passes(accepted, hello)


@pytest.mark.parametrize("observation", [*REFUSED, served(probe=Exchange(NOOP, None))])
def test_not_accepted(observation):
    with pytest.raises(Deviation):
        accepted(observation)


@pytest.mark.parametrize("tls", [None, TlsFacts(chain=(b"leaf",))])
def test_a_hello_without_a_version_is_no_service(tls):
    with pytest.raises(Deviation):
        accepted(served(offer=HELLO, tls=tls))


@pytest.mark.parametrize(
    "observation", [UNREACHABLE, SILENT, failed(Ending.LOCAL, Stage.UPGRADE), failed(Ending.FLOOD)]
)
def test_our_own_weakness_is_no_deviation(observation):
    with pytest.raises(NoVerdict):
        accepted(observation)


def test_a_hang_after_the_greeting_is_a_result():
    with pytest.raises(Deviation):
        accepted(failed(Ending.TIMEOUT, Stage.GREETING))


def test_negotiated():
    assert passes(negotiated, served(), version="TLSv1.2", cipher="AES128-SHA")


@pytest.mark.parametrize(
    ("observation", "wanted"),
    [
        (served(), {"version": "TLSv1.3"}),
        (served(), {"cipher": "AES256-SHA"}),
        (alerted(tls=TLS), {}),
        (served(tls=TlsFacts(cipher="AES128-SHA")), {}),
    ],
)
def test_not_negotiated(observation, wanted):
    with pytest.raises(Deviation):
        negotiated(observation, **wanted)


def test_received_alike():
    assert passes(received_alike, served(), served())
    with pytest.raises(Deviation):
        received_alike(served(), alerted())
    with pytest.raises(NoVerdict):
        received_alike(served(), UNREACHABLE)


def test_same():
    assert passes(same, "lines", [b"a"], [b"a"], served())


@pytest.mark.parametrize(
    ("expected", "observed", "text"),
    [([], [b"x\x1b"], r"lines: x\x1b"), (b"", b"a\r\n", r"lines: a\r\n"), (1, 2, "lines: 2")],
)
def test_not_same(expected, observed, text):
    with pytest.raises(Deviation) as raised:
        same("lines", expected, observed, served())
    assert raised.value.judgement.observed == text


def test_texts_of_a_target_are_escaped_and_cut():
    reply = Reply(Kind.NEGATIVE, (b"NO \x1b[31m" + b"x" * 1000,))
    assert told(reply).startswith("`NO \\x1b[31mxx")
    assert len(told(reply)) < 310
    assert "\x1b" not in seen(served(note="\x1b"))


def test_no_secret_is_shown_whoever_says_it():
    echo = Reply(Kind.NEGATIVE, (b"NO wrong password geheim",))
    secretive = served(transcript=Transcript(secrets={b"geheim"}), probe=Exchange(NOOP, echo))
    judgements = begin()
    with pytest.raises(Deviation):
        same("said", "geheim", told(echo), secretive)
    assert "geheim" not in judgements[0].expected + judgements[0].observed
    assert "<redacted>" in judgements[0].observed


def test_seen_tells_how_it_went():
    assert seen(alerted()) == "alert 48 unknown_ca"
    assert seen(served()) == "TLSv1.2 AES128-SHA, service as usual"
    assert seen(failed(Ending.CLOSED, greeting=BYE)) == (
        "`* BYE go away`, closed by the peer at the connect"
    )
    assert seen(replace(served(), tls=None, probe=None)) == "still open at the service"


def test_clear_listeners_need_no_upgrade():
    clear = endpoint(Way.NONE)
    seen = served(endpoint=clear, upgrade=None, tls=None, probe=Exchange(NOOP, OK))
    assert passes(accepted, seen)
