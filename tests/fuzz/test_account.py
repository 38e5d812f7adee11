"""Tokens in what a stream says, and what they stand for."""

import base64
import hmac

from conformance.harness.patience import Patience
from fuzz.account import NOBODY, Account, secret, uncut
from fuzz.executor import run
from fuzz.keeping import told
from fuzz.stream import parse

SOMEBODY = Account("ann", "s3cret")


def test_tokens_stand_for_the_account():
    assert SOMEBODY.spelled(b"LOGIN %user% %password%") == b"LOGIN ann s3cret"
    assert SOMEBODY.spelled(b"{%userlen%} {%passwordlen%}") == b"{3} {6}"
    assert base64.b64decode(SOMEBODY.spelled(b"%plain%")) == b"\0ann\0s3cret"
    assert base64.b64decode(SOMEBODY.spelled(b"%password64%")) == b"s3cret"
    assert NOBODY.spelled(b"100% %who% %user%") == b"100% %who% waxseal"


def test_digests_answer_the_last_challenge_and_the_greeting():
    challenge = b"+ " + base64.b64encode(b"<1@a>") + b"\r\n"
    digest = hmac.new(b"s3cret", b"<1@a>", "md5").hexdigest()
    said = base64.b64decode(SOMEBODY.spelled(b"%cram%", b"* OK hi\r\n" + challenge))
    assert said == b"ann " + digest.encode()
    greeted = SOMEBODY.spelled(b"%apop%", b"+OK <2@a>\r\n")
    assert greeted != SOMEBODY.spelled(b"%apop%", b"+OK <3@a>\r\n")
    assert len(greeted) == 32


def test_a_cut_in_a_token_is_made_behind_it():
    assert uncut([b"USER %us", b"er%\r", b"\n"]) == [b"USER %user%", b"\r", b"\n"]
    assert uncut([b"a", b"b%", b"c"]) == [b"a", b"b%", b"c"]


def test_only_what_a_password_is_made_of_is_secret():
    assert [secret(x) for x in (b"%user%", b"%password%", b"%plain%", b"x")] == [0, 1, 1, 0]


def test_no_secret_is_in_what_is_kept_of_a_stream(toy):
    stream = parse("imap\n# LOGIN %user% %password%\\r\\n\n")
    trace = run(stream, toy("imap").endpoint, Patience(), account=SOMEBODY)
    assert "%password%" in told(trace.transcript)
    assert "s3cret" not in told(trace.transcript) + repr(trace)
