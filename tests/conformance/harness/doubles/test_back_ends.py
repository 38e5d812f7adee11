"""What the back ends say, line by line; real clients are in test_through_proxies."""

import base64
import socket

import pytest

from conformance.harness.doubles.doubles import Doubles
from conformance.harness.doubles.mailboxes import WELCOME
from conformance.harness.endpoint import Protocol

SIZE = len(WELCOME % b"u")


@pytest.fixture(scope="module")
def doubles():
    with Doubles("127.0.0.1", 0) as running:
        yield running


def conversation(doubles, protocol, *lines):
    """The replies to lines sent all at once, without the greeting."""
    data = b"".join(line + b"\r\n" for line in lines).replace(b"SECRET", doubles.password.encode())
    with socket.create_connection(doubles.places[protocol], timeout=10) as client:
        client.sendall(data)
        with client.makefile("rb") as replies:
            return replies.read().split(b"\r\n")[1:-1]


def imap(doubles, *lines):
    return conversation(doubles, Protocol.IMAP, b"a LOGIN u SECRET", *lines, b"z LOGOUT")[1:-2]


def pop3(doubles, *lines):
    return conversation(doubles, Protocol.POP3, b"USER u", b"PASS SECRET", *lines, b"QUIT")[2:-1]


def test_an_imap_literal_holds_line_ends_without_becoming_a_command(doubles):
    user = doubles.new_user().encode()
    injected = user + b"\r\nb DELETE INBOX"
    first = b"a LOGIN {%d}\r\n%s {6}\r\nSECRET" % (len(injected), injected)
    first = first.replace(b"{6}", b"{%d}" % len(doubles.password))
    replies = conversation(doubles, Protocol.IMAP, first, b"z LOGOUT")
    assert replies == [b"+ go ahead"] * 2 + [b"a OK logged in", b"* BYE bye", b"z OK done"]
    session = doubles.sessions(injected.decode())[0]
    assert session.lines[1] == injected + b" {%d}" % len(doubles.password)


def test_imap_needs_a_login_first(doubles):
    replies = conversation(doubles, Protocol.IMAP, b"a SELECT INBOX", b"z LOGOUT")
    assert replies[0] == b"a BAD not now or not known"


def test_imap_fetches_what_is_asked_for(doubles):
    select, fetch = b"b SELECT INBOX", b"c UID FETCH 1:* (FLAGS BODY.PEEK[TEXT])"
    replies = imap(doubles, select, fetch)
    assert b"* 1 FETCH (UID 1 FLAGS () BODY[TEXT] {62}" in replies


def test_imap_flags_and_expunges(doubles):
    lines = [b"b SELECT INBOX", b"c STORE 1 +FLAGS (\\Deleted)", b"d EXPUNGE", b"e SEARCH ALL"]
    replies = imap(doubles, *lines)
    assert b"* 1 FETCH (FLAGS (\\Deleted))" in replies
    assert replies[-4:] == [b"* 1 EXPUNGE", b"d OK done", b"* SEARCH", b"e OK done"]


def test_imap_idles_until_done(doubles):
    assert imap(doubles, b"b IDLE", b"DONE") == [b"+ idling", b"b OK done"]


@pytest.mark.parametrize("line", [b"b FETCH x FLAGS", b"b FETCH 1 WHAT", b"b NONSENSE", b"b UID"])
def test_imap_refuses_what_it_does_not_know(doubles, line):
    assert imap(doubles, b"b SELECT INBOX", line)[-1] == b"b BAD not now or not known"


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        (b"STAT", b"+OK 1 %d" % SIZE),
        (b"LIST 1", b"+OK 1 %d" % SIZE),
        (b"UIDL 1", b"+OK 1 uid-1"),
        (b"RETR 2", b"-ERR no such message"),
        (b"TOP 1 x", b"-ERR arguments"),
        (b"NOOP", b"+OK"),
        (b"NONSENSE", b"-ERR not now or not known"),
    ],
)
def test_pop3_answers(doubles, line, reply):
    assert pop3(doubles, line)[0] == reply


def test_pop3_deletes_until_reset(doubles):
    replies = pop3(doubles, b"DELE 1", b"STAT", b"RSET", b"LIST 1")
    assert replies[:3] == [b"+OK", b"+OK 0 0", b"+OK"]
    assert replies[3].startswith(b"+OK 1 ")


def test_pop3_stuffs_dots(doubles):
    assert b"..A line with a dot in front." in pop3(doubles, b"RETR 1")


@pytest.mark.parametrize(
    ("protocol", "line", "welcome"),
    [
        (Protocol.IMAP, b"a AUTHENTICATE PLAIN ", b"a OK logged in"),
        (Protocol.POP3, b"AUTH PLAIN ", b"+OK mailbox open"),
        (Protocol.SMTP, b"AUTH PLAIN ", b"235 2.7.0 welcome"),
    ],
)
def test_sasl_plain_lets_in(doubles, protocol, line, welcome):
    token = base64.b64encode(b"\0u\0" + doubles.password.encode())
    end = b"z LOGOUT" if protocol is Protocol.IMAP else b"QUIT"
    assert conversation(doubles, protocol, line + token, end)[0] == welcome


def test_smtp_refuses_bad_base64_and_says_so(doubles):
    replies = conversation(doubles, Protocol.SMTP, b"AUTH LOGIN", b"!", b"QUIT")
    assert replies[-2:] == [b"535 5.7.8 refused", b"221 2.0.0 bye"]


def test_smtp_takes_the_user_from_xclient(doubles):
    user = doubles.new_user()
    line = f"XCLIENT ADDR=1.2.3.4 LOGIN={user}+40x NAME=[UNAVAILABLE]".encode()
    assert conversation(doubles, Protocol.SMTP, line, b"QUIT")[0].startswith(b"220 ")
    assert doubles.sessions(f"{user}@x")[0].lines[0] == line


def test_smtp_wants_the_envelope_in_order(doubles):
    lines = [b"RCPT TO:<b@t>", b"MAIL FROM:<a@t>", b"DATA", b"RCPT TO:<b@t>", b"RSET", b"DATA"]
    codes = [reply[:3] for reply in conversation(doubles, Protocol.SMTP, *lines, b"QUIT")]
    assert codes == [b"503", b"250", b"503", b"250", b"250", b"503", b"221"]
