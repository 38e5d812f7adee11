"""Cutting what a client sent into lines, literals and commands.

Everything here depends on the bytes alone, never on how they were cut into
reads: a command may arrive byte by byte or ten at once with the same result.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass

IMAP_ARGUMENTS = 3
POP3_ARGUMENTS = 3
SMTP_ARGUMENTS = 11

_ENDLESS = 10**18
"""A literal's size where its digits say even more: no buffer has room for it."""

_WORD = re.compile(rb"([A-Za-z]+)(?: +|(?=\r?\n))([^\r\n]*)\r?\n")
_TAG = re.compile(rb"([A-Za-z0-9._-]{1,32}) ")
_VERB = re.compile(rb" *([A-Za-z]+)(?=[ \r\n])")
_QUOTED = re.compile(rb'"((?:\\[^\r\n]|[^"\\\r\n])*)(?:"|(?=\r?\n))')
_LITERAL = re.compile(rb"\{([0-9]*)(\+?)\}\r*\n")
_ATOM = re.compile(rb'[^ \r\n"{][^ \r\n]*')
_END = re.compile(rb"\r?\n")
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)


class TooLong(Exception):
    """A command outgrew the buffer before it was complete; `tag` is IMAP's, as far as known."""

    def __init__(self, tag: bytes = b"") -> None:
        super().__init__("client sent too long command")
        self.tag = tag


@dataclass(frozen=True)
class Command:
    """A complete command. `verb` is upper case, `word` as it was spelled, `text` the whole line."""

    verb: str
    arguments: tuple[bytes, ...] = ()
    tag: bytes = b""
    text: bytes = b""
    word: bytes = b""


@dataclass(frozen=True)
class Invalid:
    """A line that is no command. `ends_session`: a literal may follow, so read no more."""

    tag: bytes = b""
    ends_session: bool = False


@dataclass(frozen=True)
class LiteralWanted:
    """The line ended in a synchronising literal: the client waits for leave to send it."""

    command: Command


class Inbox:
    """The bytes a client sent that no command has used yet; a command may take `limit` bytes."""

    def __init__(self, limit: int, split_line_ends: bool = False) -> None:
        self._bytes = bytearray()
        self._limit = limit
        self._split_line_ends = split_line_ends

    def add(self, data: bytes) -> None:
        """Append what arrived."""
        self._bytes += data

    def line(self, spent: int = 0) -> bytes | None:
        """Take a line with its LF, None while it is incomplete.

        `spent` bytes of the command's room are gone already. Raises `TooLong`.
        """
        room = self._limit - spent
        end = self._bytes.find(b"\n", 0, max(room, 0)) + 1
        if not end and self._split_line_ends and self._bytes.endswith(b"\r"):
            self._bytes += b"\n"
            end = len(self._bytes)
        if end:
            return self._take(end)
        if len(self._bytes) >= room:
            raise TooLong
        return None

    def literal(self, size: int, spent: int) -> bytes | None:
        """Take exactly `size` bytes, None until they are there. Raises `TooLong` as `line` does."""
        if len(self._bytes) >= size and spent + size <= self._limit:
            return self._take(size)
        if spent + len(self._bytes) >= self._limit:
            raise TooLong
        return None

    def peek(self) -> bytes:
        """Return all that waits, without taking it."""
        return bytes(self._bytes)

    def drop(self) -> bytes:
        """Empty the inbox and return what was in it."""
        return self._take(len(self._bytes))

    def _take(self, size: int) -> bytes:
        taken = bytes(self._bytes[:size])
        del self._bytes[:size]
        return taken


def parse_pop3(line: bytes, verbs: Container[str]) -> Command | Invalid:
    """Read a POP3 line. The argument of USER and PASS keeps its blanks (ST-POP-01)."""
    match = _WORD.fullmatch(line)
    if match is None:
        return Invalid()
    word, rest = match.groups()
    verb = word.upper().decode()
    arguments = (rest,) if verb in ("USER", "PASS") and rest else _words(rest)
    if verb not in verbs or len(arguments) > POP3_ARGUMENTS:
        return Invalid()
    return Command(verb, arguments, word=word)


def parse_smtp(line: bytes, verbs: Container[str]) -> Command | Invalid:
    """Read an SMTP line; `text` is what MAIL and RCPT replay to the back end."""
    match = _WORD.fullmatch(line)
    if match is None:
        return Invalid()
    word, rest = match.groups()
    verb = word.upper().decode()
    arguments = _words(rest)
    if verb not in verbs or len(arguments) > SMTP_ARGUMENTS:
        return Invalid()
    text = line.rstrip(b"\r\n").rstrip(b" ")
    return Command(verb, arguments, text=text, word=word)


def parse_response(line: bytes, most: int) -> bytes | None:
    """Return the first word of a SASL response line; None where the line is malformed."""
    content = line.removesuffix(b"\n").removesuffix(b"\r")
    first, _, rest = content.partition(b" ")
    if b"\r" in content or 1 + len(_words(rest)) > most:
        return None
    return first


class ImapReader:
    """Puts an IMAP command together from its lines and literals."""

    def __init__(self, inbox: Inbox, verbs: Container[str], keep_escapes: bool = False) -> None:
        self._inbox = inbox
        self._keep_escapes = keep_escapes
        self._verbs = verbs
        self._partial: Command | None = None
        self._literal: int | None = None
        self._spent = 0

    def forget(self) -> None:
        """Drop a half-read command."""
        self._partial, self._literal, self._spent = None, None, 0

    def read(self) -> Command | Invalid | LiteralWanted | None:
        """Return the next thing the client said, None while it is incomplete. Raises `TooLong`."""
        try:
            while self._literal is not None:
                data = self._inbox.literal(self._literal, self._spent)
                if data is None:
                    return None
                self._argument(data)
                self._spent += len(data)
                self._literal = None
            line = self._inbox.line(self._spent)
        except TooLong:
            raise TooLong(self._tag_so_far()) from None
        return None if line is None else self._line(line)

    def _line(self, line: bytes) -> Command | Invalid | LiteralWanted | None:
        if self._partial is None:
            start = self._start(line)
            if isinstance(start, Invalid):
                return start
            self._partial, at = start
        else:
            # One byte of any kind separates a literal from what follows, unless it means something.
            at = 0 if line[:1] in (b"{", b"\r", b"\n") else 1
        self._spent += len(line)
        return self._arguments(line, at)

    def _arguments(self, line: bytes, at: int) -> Command | Invalid | LiteralWanted | None:
        """Read arguments up to the end of the line, or up to a literal."""
        assert self._partial is not None
        while True:
            while line[at : at + 1] == b" ":
                at += 1
            if _END.fullmatch(line, at):
                command = self._partial
                self.forget()
                return command
            if len(self._partial.arguments) == IMAP_ARGUMENTS:
                return self._invalid(line)
            if match := _LITERAL.fullmatch(line, at):
                return self._expect(match)
            if match := _QUOTED.match(line, at):
                quoted = match[1]
                self._argument(quoted if self._keep_escapes else _ESCAPE.sub(rb"\1", quoted))
            elif match := _ATOM.match(line, at):
                self._argument(match[0])
            else:
                return self._invalid(line)
            at = match.end()

    def _expect(self, header: re.Match[bytes]) -> LiteralWanted | Command | Invalid | None:
        assert self._partial is not None
        digits = header[1].lstrip(b"0")
        self._literal = int(digits or b"0") if len(digits) < len(str(_ENDLESS)) else _ENDLESS
        return self.read() if header[2] else LiteralWanted(self._partial)

    def _argument(self, value: bytes) -> None:
        assert self._partial is not None
        known = self._partial
        arguments = (*known.arguments, value)
        self._partial = Command(known.verb, arguments, known.tag, word=known.word)

    def _invalid(self, line: bytes) -> Invalid:
        assert self._partial is not None
        tag = self._partial.tag
        self.forget()
        return Invalid(tag, ends_session=_announces_literal(line))

    def _start(self, line: bytes) -> tuple[Command, int] | Invalid:
        """Read tag and verb; return them and where the arguments begin."""
        tag = _TAG.match(line)
        if tag is None:
            return Invalid(ends_session=_announces_literal(line))
        word = _VERB.match(line, tag.end())
        if word is None or (verb := word[1].upper().decode()) not in self._verbs:
            return Invalid(tag[1], ends_session=_announces_literal(line))
        return Command(verb, tag=tag[1], word=word[1]), word.end()

    def _tag_so_far(self) -> bytes:
        if self._partial is not None:
            return self._partial.tag
        match = _TAG.match(self._inbox.peek())
        return match[1] if match else b""


def _announces_literal(line: bytes) -> bool:
    """Tell whether a literal follows unasked, which must not be read as commands (ST-IMAP-12)."""
    return len(line) > len("{1+}\n") and line.removesuffix(b"\n").removesuffix(b"\r").endswith(
        b"+}"
    )


def _words(text: bytes) -> tuple[bytes, ...]:
    return tuple(word for word in text.split(b" ") if word)
