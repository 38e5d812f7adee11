from __future__ import annotations

import pytest

from reference_proxy.session.framing import (
    Command,
    ImapReader,
    Inbox,
    Invalid,
    LiteralWanted,
    TooLong,
    parse_pop3,
    parse_response,
    parse_smtp,
)

VERBS = ("NOOP", "LOGIN", "USER", "MAIL")


def imap(data: bytes, limit: int = 100) -> object:
    inbox = Inbox(limit)
    inbox.add(data)
    return ImapReader(inbox, VERBS).read()


def arguments(data: bytes) -> tuple[bytes, ...]:
    command = imap(data)
    assert isinstance(command, Command)
    return command.arguments


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"a LOGIN u p\r\n", (b"u", b"p")),
        (b"a  login   u  p  \n", (b"u", b"p")),
        (b'a LOGIN "u \\" v" ""\r\n', (b'u " v', b"")),
        (b'a LOGIN "u""p"\r\n', (b"u", b"p")),
        (b'a LOGIN u"v {1+}\r\nx\r\n', (b'u"v', b"x")),
        (b"a LOGIN {0+}\r\n {3+}\r\na\r\n\r\n", (b"", b"a\r\n")),
        (b"a LOGIN {000000000000000000000000001+}\r\nx\r\n", (b"x",)),
        (b'a LOGIN u "p\r\n', (b"u", b"p")),
        (b"a LOGIN {1+}\r\nuXp\r\n", (b"u", b"p")),
    ],
)
def test_imap_arguments(line: bytes, expected: tuple[bytes, ...]) -> None:
    assert arguments(line) == expected


@pytest.mark.parametrize(
    ("line", "tag"),
    [
        (b"\r\n", b""),
        (b"a\r\n", b""),
        (b" NOOP\r\n", b""),
        (b"a*b NOOP\r\n", b""),
        (b"t" * 33 + b" NOOP\r\n", b""),
        (b"a \r\n", b"a"),
        (b"a FOO\r\n", b"a"),
        (b"a NOOP 1 2 3 4\r\n", b"a"),
        (b"a LOGIN u\rp\r\n", b"a"),
        (b'a LOGIN "u\\\r\n', b"a"),
        (b"a LOGIN {x}\r\n", b"a"),
    ],
)
def test_imap_lines_that_are_no_commands(line: bytes, tag: bytes) -> None:
    assert imap(line) == Invalid(tag)


@pytest.mark.parametrize("line", [b"+}\r\n", b"{+}\r\n", b"{3+}\n"])
def test_what_is_too_short_to_announce_a_literal(line: bytes) -> None:
    assert imap(line) == Invalid()


@pytest.mark.parametrize("line", [b"a FOO {3+}\r\n", b"* {3+}\r\n", b"a LOGIN {x} {3+}\n"])
def test_a_literal_of_no_command_ends_the_session(line: bytes) -> None:
    result = imap(line)
    assert isinstance(result, Invalid)
    assert result.ends_session


def test_a_synchronising_literal_waits_for_leave() -> None:
    assert isinstance(imap(b"a LOGIN {2}\r\n"), LiteralWanted)


@pytest.mark.parametrize("data", [b"a NOOP " + b"x" * 93, b"a LOGIN {200+}\r\n" + b"x" * 84])
def test_too_long_is_a_matter_of_the_whole_command(data: bytes) -> None:
    assert imap(data[:-1]) is None
    with pytest.raises(TooLong) as raised:
        imap(data)
    assert raised.value.tag == b"a"


def test_the_limit_includes_the_line_end() -> None:
    for limit, fits in ((8, True), (7, False)):
        inbox = Inbox(limit)
        inbox.add(b"123456\r\n")
        if fits:
            assert inbox.line() == b"123456\r\n"
        else:
            with pytest.raises(TooLong):
                inbox.line()


def test_pop3_user_keeps_its_blanks() -> None:
    assert parse_pop3(b"USER  a b \r\n", VERBS) == Command("USER", (b"a b ",), word=b"USER")


@pytest.mark.parametrize(
    "line", [b"\r\n", b" NOOP\r\n", b"NO OP\r\n", b"NOOP\t\r\n", b"NOOP a\rb\r\n"]
)
def test_pop3_lines_that_are_no_commands(line: bytes) -> None:
    assert parse_pop3(line, VERBS) == Invalid()


def test_smtp_keeps_the_text_for_the_back_end() -> None:
    command = parse_smtp(b"mail  FROM:<a>  X=1  \r\n", VERBS)
    assert isinstance(command, Command)
    assert command.text == b"mail  FROM:<a>  X=1"


@pytest.mark.parametrize(
    ("line", "response"),
    [
        (b" a b\r\n", b""),
        (b" a b c\r\n", None),
        (b"eA==\r\n", b"eA=="),
        (b"eA== x\n", b"eA=="),
        (b"\r\n", b""),
        (b"a\rb\r\n", None),
    ],
)
def test_responses(line: bytes, response: bytes | None) -> None:
    assert parse_response(line, 3) == response
