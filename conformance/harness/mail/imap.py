"""IMAP (RFC 9051) as a client says and reads it, up to the login and a little beyond."""

from __future__ import annotations

import re

from .dialect import Dialect, Reader, Script, quoted, raw
from .framing import Line
from .words import Command, Kind, Reply, Verb

_TAGGED = re.compile(rb"([^\s*+][^\s]*) (OK|NO|BAD)(?: .*)?", re.IGNORECASE)
_STATUS = re.compile(rb"\* (OK|NO|BAD|BYE|PREAUTH)(?: .*)?", re.IGNORECASE)
_LITERAL = re.compile(rb"\{(\d{1,7})\}$")
_CAPABILITY = re.compile(rb"(?:^\* |\[)CAPABILITY ([^\]]*)", re.IGNORECASE)

_KINDS = {
    b"OK": Kind.POSITIVE,
    b"PREAUTH": Kind.POSITIVE,
    b"NO": Kind.NEGATIVE,
    b"BAD": Kind.NEGATIVE,
    b"BYE": Kind.BYE,
}
_WORDS = {
    Verb.STARTTLS: "STARTTLS",
    Verb.CAPABILITIES: "CAPABILITY",
    Verb.NOOP: "NOOP",
    Verb.AUTH: "AUTHENTICATE",
    Verb.QUIT: "LOGOUT",
}


class ImapReader(Reader):
    """Gathers untagged lines until a tagged one.

    While a command waits, `* BAD` and `* BYE` (unless it asked for that) stand
    alone, since a server may send nothing else; before any, every status line does.
    """

    def __init__(self) -> None:
        super().__init__()
        self._gathered: list[Line] = []
        # Bytes of a literal still to come, -1 outside one; at 0 the next line continues this one.
        self._literal = -1

    def read(self, line: Line) -> list[Reply]:
        """See `Reader.read`."""
        if self._literal >= 0:
            return self._continue(line)
        tagged = _TAGGED.fullmatch(line.data)
        # Who repeats in his refusal what he refuses has refused it, though we do not read it all.
        if line.cut and not (tagged and tagged[2].upper() in {b"NO", b"BAD"}):
            return [_malformed(line)]
        if tagged:
            return [self._complete(line, _KINDS[tagged[2].upper()], tagged[1].decode("latin-1"))]
        if line.data == b"+" or line.data.startswith(b"+ "):
            return [self._complete(line, Kind.CONTINUE, "+")]
        if status := _STATUS.fullmatch(line.data):
            word = status[1].upper()
            if self._alone(word):
                return [Reply(_KINDS[word], (line.data,), "*", line.bare)]
        elif self.expecting is None or not line.data.startswith(b"* "):
            return [_malformed(line)]
        return self._gather(line)

    def _alone(self, word: bytes) -> bool:
        match self.expecting:
            case None:
                return True
            case Command(Verb.QUIT):
                return False
            case Command(Verb.RAW, said) if said.strip().upper() == _WORDS[Verb.QUIT]:
                return False
        return word in {b"BYE", b"BAD"}

    def _gather(self, line: Line) -> list[Reply]:
        self._gathered.append(line)
        literal = _LITERAL.search(line.data)
        self._literal = int(literal[1]) if literal else -1
        return []

    def _continue(self, line: Line) -> list[Reply]:
        left = self._literal - line.size
        self._literal = left
        if left >= 0:
            self._gathered.append(line)
            return []
        return self._gather(line)

    def _complete(self, last: Line, kind: Kind, tag: str) -> Reply:
        lines = [*self._gathered, last]
        self._gathered = []
        return Reply(kind, tuple(x.data for x in lines), tag, any(x.bare for x in lines))


class Imap(Dialect):
    """Every command has a tag of its own, so an answer always tells what it answers."""

    def reader(self) -> ImapReader:
        """See `Dialect.reader`."""
        return ImapReader()

    def line(self, command: Command) -> str:
        """See `Dialect.line`."""
        return f"{_WORDS[command.verb]} {command.argument}".rstrip(" ")

    def render(self, command: Command, tag: str) -> bytes:
        """See `Dialect.render`."""
        said = super().render(command, tag)
        return f"{tag} ".encode() + said if command.tagged else said

    def login(self, user: str, password: str) -> Script:
        """LOGIN with quoted strings."""
        yield raw(f"LOGIN {quoted(user)} {quoted(password)}")

    def capabilities(self, reply: Reply) -> frozenset[str]:
        """See `Dialect.capabilities`; also reads the CAPABILITY response code."""
        found = (m for line in reply.lines for m in _CAPABILITY.finditer(line))
        return frozenset(w.decode("latin-1").upper() for m in found for w in m[1].split())

    def answers(self, reply: Reply, command: Command, tag: str) -> bool:
        """By tag; a BYE too, and to what a server may not understand, `+` or an untagged BAD."""
        if not command.tagged or self.claims(reply, tag):
            return True
        if command.verb in {Verb.RAW, Verb.AUTH} and reply.tag in {"", "*", "+"}:
            return True
        return reply.kind is Kind.BYE

    @property
    def tagged(self) -> bool:
        """See `Dialect.tagged`."""
        return True

    def claims(self, reply: Reply, tag: str) -> bool:
        """See `Dialect.claims`."""
        return reply.tag == tag

    def asides(self, reply: Reply) -> tuple[Reply, ...]:
        """See `Dialect.asides`."""
        found = ((_STATUS.fullmatch(line), line) for line in reply.lines[:-1])
        return tuple(Reply(_KINDS[m[1].upper()], (line,), "*") for m, line in found if m)

    def parting(self, reply: Reply, tag: str) -> bool:
        """See `Dialect.parting`."""
        return reply.tag == tag


def _malformed(line: Line) -> Reply:
    return Reply(Kind.MALFORMED, (line.data,), bare_lf=line.bare)
