"""POP3 (RFC 1939, 2449, 2595, 5034) as a client says and reads it."""

from __future__ import annotations

import re

from .dialect import Dialect, Reader, Script, normal, raw
from .framing import Line
from .words import CAPABILITIES, NOOP, Command, Kind, Reply, Verb

_STATUS = re.compile(rb"(\+OK|-ERR)(?: .*)?", re.IGNORECASE)
# Said without (or with) the argument that makes the answer a list, ended by a line with one dot.
_LISTING = re.compile(r"(CAPA|AUTH|LIST|UIDL)", re.IGNORECASE)
_MESSAGE = re.compile(r"(RETR \d+|TOP \d+ \d+)", re.IGNORECASE)

_WORDS = {
    Verb.STARTTLS: "STLS",
    Verb.CAPABILITIES: "CAPA",
    Verb.NOOP: "NOOP",
    Verb.AUTH: "AUTH",
    Verb.QUIT: "QUIT",
}


class Pop3Reader(Reader):
    """One line a reply, except where the command asked for a list.

    No line of a list of capabilities or numbers begins as a status does. One
    that does starts the next reply: then what came before was the single line
    of another command's answer, and a client that glued them together would
    not see that it gets one answer too many.
    """

    def __init__(self) -> None:
        super().__init__()
        self._list: list[Line] = []
        self._message = False

    def read(self, line: Line) -> list[Reply]:
        """See `Reader.read`."""
        status = _STATUS.fullmatch(line.data)
        # Who repeats in his refusal what he refuses has refused it, though we do not read it all.
        if line.cut and status and status[1].upper() != b"-ERR":
            status = None
        if self._list and (self._message or not status):
            self._list.append(line)
            return [self._end(Kind.POSITIVE)] if line.data == b"." else []
        before = [self._end(Kind.POSITIVE)] if self._list else []
        return before + self._start(line, status)

    def _start(self, line: Line, status: re.Match[bytes] | None) -> list[Reply]:
        self._list = [line]
        if status is None:
            return [self._continuation(line)]
        if status[1].upper() == b"-ERR":
            return [self._end(Kind.NEGATIVE)]
        self._message = _asks(_MESSAGE, self.expecting)
        long = self._message or _asks(_LISTING, self.expecting)
        return [] if long else [self._end(Kind.POSITIVE)]

    def _continuation(self, line: Line) -> Reply:
        asked = not line.cut and (line.data == b"+" or line.data.startswith(b"+ "))
        return self._end(Kind.CONTINUE if asked else Kind.MALFORMED)

    def _end(self, kind: Kind) -> Reply:
        lines, self._list = self._list, []
        tag = lines[0].data.split(b" ")[0].decode() if kind is not Kind.MALFORMED else ""
        return Reply(kind, tuple(x.data for x in lines), tag, any(x.bare for x in lines))


class Pop3(Dialect):
    """Replies carry no tag: whose answer one is shows only in the order."""

    def reader(self) -> Pop3Reader:
        """See `Dialect.reader`."""
        return Pop3Reader()

    def line(self, command: Command) -> str:
        """See `Dialect.line`."""
        return f"{_WORDS[command.verb]} {command.argument}".rstrip(" ")

    def login(self, user: str, password: str) -> Script:
        """USER, and PASS if that was not refused."""
        reply = yield raw(f"USER {user}")
        if reply.positive:
            yield raw(f"PASS {password}")

    def probe(self, logged_in: bool) -> Command:
        """NOOP belongs to the time after the login (RFC 1939, 5); CAPA to any (RFC 2449, 5)."""
        return NOOP if logged_in else CAPABILITIES

    def instead(self, reply: Reply) -> Command | None:
        """A name: nobody needs to have CAPA (RFC 2449, 5), as popa3d and qmail have not."""
        return raw("USER waxseal") if reply.kind is Kind.NEGATIVE else None

    def capabilities(self, reply: Reply) -> frozenset[str]:
        """See `Dialect.capabilities`."""
        words = (line.decode("latin-1").upper().split() for line in reply.lines[1:-1])
        return frozenset().union(*(normal(w[0], w[1:]) for w in words if w))


def _asks(form: re.Pattern[str], command: Command | None) -> bool:
    match command:
        case Command(Verb.RAW, said):
            # Who takes no CR alone for an end may still look at the first word only.
            return form.fullmatch(said.partition("\r")[0].strip()) is not None
        case Command(Verb.CAPABILITIES | Verb.AUTH as verb, argument):
            return form.fullmatch(f"{_WORDS[verb]} {argument}".strip()) is not None
    return False
