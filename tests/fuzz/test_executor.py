"""Gestures at the toy server: what comes of each where all is well."""

from unittest.mock import patch

import pytest

from conformance.harness.observation import Ending
from conformance.harness.patience import Patience
from conformance.harness.transcript import Layer
from fuzz.account import Account
from fuzz.executor import run
from fuzz.judge import Judge
from fuzz.keeping import told
from fuzz.oracles.oracle import behind_records
from fuzz.pace import PATIENT, UNHURRIED
from fuzz.stream import parse
from fuzz.trace import Upgrade

UPGRADE = {"imap": "# STARTTLS\\r\\n", "pop3": "STLS\\r\\n", "smtp": "STARTTLS\\r\\n"}


def played(toy, protocol, *lines, policy="discard", pace=UNHURRIED, faults=()):
    stream = parse("\n".join((protocol, *lines)) + "\n")
    return run(stream, toy(protocol, *faults, policy=policy).endpoint, Patience(), pace)


@pytest.mark.parametrize("protocol", UPGRADE)
@pytest.mark.parametrize("hello", ["bytewise", "cut 5", "fragments"])
def test_a_hello_that_is_cut_up_leads_into_tls(toy, protocol, hello):
    trace = played(toy, protocol, f"!hello {hello}", UPGRADE[protocol])
    assert (trace.upgrade, trace.finished) == (Upgrade.DONE, True)


def test_a_hello_glued_to_the_command_is_for_the_server_to_take(toy):
    trace = played(toy, "pop3", "!hello glued", "STLS\\r\\n", policy="feed", pace=PATIENT)
    assert (trace.upgrade, trace.finished) == (Upgrade.DONE, True)
    trace = played(toy, "pop3", "!hello glued", "STLS\\r\\n")
    assert (trace.upgrade, trace.doubtful) == (Upgrade.FAILED, True)


@pytest.mark.parametrize("hello", ["sslv2", "garbage", "alert", "silence"])
def test_behind_what_is_no_hello_the_stream_goes_on_in_clear(toy, hello):
    trace = played(toy, "imap", f"!hello {hello}", UPGRADE["imap"], "# NOOP\\r\\n")
    assert trace.upgrade is Upgrade.FAILED
    assert trace.afterwards is not None
    assert b"t3 NOOP\r\n" in {act.octets for act in trace.acts}
    assert b"NOOP" not in trace.octets(Layer.CLEAR)


def test_straight_says_nothing_of_its_own_first(toy):
    trace = played(toy, "smtp", "!straight", UPGRADE["smtp"], "RSET\\r\\n")
    assert trace.octets(Layer.TLS).startswith(b"RSET\r\n")


@pytest.mark.parametrize("gesture", ["!half-close", "!reset", "!close-notify", "!clear NOOP\\r\\n"])
def test_these_are_the_end(toy, gesture):
    trace = played(toy, "imap", UPGRADE["imap"], gesture, "# NOOP\\r\\n")
    assert (trace.ending, trace.finished) == (Ending.LOCAL, False)
    assert b"t3" not in trace.octets(Layer.TLS)


def test_behind_the_end_of_tls_the_stream_goes_on_in_clear(toy):
    steps = (UPGRADE["imap"], "# NOOP\\r\\n", "!close-notify", "# CAPABILITY\\r\\n")
    wrong, right = (played(toy, "imap", *steps, faults=x) for x in (["goes on in clear"], []))
    for trace in (wrong, right):
        acts = [(act.kind, act.octets) for act in trace.acts]
        assert acts.index(("close-notify", b"")) < acts.index(("send", b"t4 CAPABILITY\r\n"))
        assert b"CAPABILITY" not in trace.octets(Layer.TLS)
        assert (trace.left, trace.ending) == (True, Ending.LOCAL)
    assert b"t4 OK\r\n" in wrong.afterwards
    assert behind_records(right.afterwards) == b""
    assert b"t4" not in wrong.heard[0] + wrong.heard[1]


INSIDE_ALONE = ["!close-notify", "!renegotiate", "!clear NOOP\\r\\n"]


@pytest.mark.parametrize("gesture", [*INSIDE_ALONE, "!hello alert"])
def test_what_makes_no_sense_does_nothing(toy, gesture):
    trace = played(toy, "pop3", gesture, "CAPA\\r\\n")
    assert (trace.ending, trace.finished) == (Ending.CLOSED, True)


@pytest.mark.parametrize("protocol", UPGRADE)
@pytest.mark.parametrize("faults", [[], ["renegotiates"]])
def test_another_handshake_inside_is_the_end(toy, protocol, faults):
    stream = parse(f"{protocol}\n{UPGRADE[protocol]}\n!renegotiate\n{UPGRADE[protocol]}\n")
    trace = run(stream, toy(protocol, *faults).endpoint, Patience())
    assert (trace.upgrade, trace.renegotiated) == (Upgrade.DONE, faults != [])
    assert (trace.ending, trace.finished) == (Ending.LOCAL, False)


def test_who_does_not_speak_the_version_that_renegotiates_is_not_judged(toy):
    server = toy("pop3", "modern")
    stream = parse("pop3\nSTLS\\r\\n\n!renegotiate\n")
    trace = run(stream, server.endpoint, Patience())
    assert trace.upgrade is Upgrade.FAILED
    assert Judge(server.endpoint, Patience()).violations(stream)[1] == []


@pytest.mark.parametrize("token", ["%plain%", "%password%", "%password64%"])
def test_a_secret_that_is_repeated_is_a_token_again(toy, token):
    account, server = Account("joey", "geheimnis"), toy("imap")
    trace = run(parse(f"imap\n{token}\\r\\n\n"), server.endpoint, Patience(), account=account)
    assert trace.clear[1].tag == token
    spelled = account.spelled(token.encode()).decode()
    assert spelled not in told(trace.transcript)
    assert "<redacted> BAD" in told(trace.transcript)


def test_what_a_stranger_says_is_no_secret_but_his_digests_are_tokens(toy):
    trace = run(parse("imap\n%apop%\\r\\n\n%password% x\\r\\n\n"), toy("imap").endpoint, Patience())
    assert [reply.tag for reply in trace.clear[1:3]] == ["%apop%", "waxseal"]


def test_the_stamp_of_a_greeting_in_clear_holds_inside(toy):
    account, heard = Account("joe", "secret"), []
    with patch.object(Account, "spelled", lambda self, text, last=b"": heard.append(last) or text):
        stream = parse(f"pop3\n{UPGRADE['pop3']}\nAPOP %user% %apop%\\r\\n\n")
        run(stream, toy("pop3").endpoint, Patience(), account=account)
    assert all(octets.startswith(b"+OK hi") for octets in heard)


def test_a_reset_does_not_await_what_it_is_glued_to(toy):
    trace = played(toy, "pop3", "CAPA\\r\\n&", "!reset")
    assert [reply.lines for reply in trace.clear] == [(b"+OK hi",)]
