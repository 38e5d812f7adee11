"""SMTP (RFC 5321, 3207, 4954) as a client says and reads it."""

from __future__ import annotations

import re

from .dialect import Dialect, Reader, Script, normal, plain_response, raw
from .framing import Line
from .words import Command, Kind, Reply, Verb

HELLO_NAME = "client.invalid"

_REPLY = re.compile(rb"([2-5][0-9]{2})([ -].*)?")
_WORDS = {
    Verb.STARTTLS: "STARTTLS",
    Verb.CAPABILITIES: "EHLO",
    Verb.NOOP: "NOOP",
    Verb.AUTH: "AUTH",
    Verb.QUIT: "QUIT",
}
_KINDS = {"2": Kind.POSITIVE, "3": Kind.CONTINUE, "4": Kind.NEGATIVE, "5": Kind.NEGATIVE}
# "Service not available, closing transmission channel", and the answer to QUIT (RFC 5321, 4.2.2).
_CLOSING = "421"
_PARTING = "221"
_UNKNOWN = {"500", "502"}


class SmtpReader(Reader):
    """Lines `250-…` up to one `250 …`, all with the same code, are one reply."""

    def __init__(self) -> None:
        super().__init__()
        self._gathered: list[Line] = []

    def read(self, line: Line) -> list[Reply]:
        """See `Reader.read`."""
        self._gathered.append(line)
        parsed = _REPLY.fullmatch(line.data)
        # Who repeats in his refusal what he refuses has refused it, though we do not read it all.
        if line.cut and not line.data.startswith((b"4", b"5")):
            parsed = None
        if parsed and parsed[2] is not None and parsed[2].startswith(b"-"):
            return []
        lines, self._gathered = self._gathered, []
        codes = {x.data[:3].decode("latin-1") for x in lines}
        code = codes.pop() if parsed and len(codes) == 1 else ""
        bare = any(x.bare for x in lines)
        return [Reply(_kind(code), tuple(x.data for x in lines), code, bare)]


class Smtp(Dialect):
    """Replies carry a code, but no tag: whose answer one is shows only in the order."""

    def reader(self) -> SmtpReader:
        """See `Dialect.reader`."""
        return SmtpReader()

    def line(self, command: Command) -> str:
        """See `Dialect.line`."""
        argument = command.argument
        if command.verb is Verb.CAPABILITIES:
            argument = argument or HELLO_NAME
        return f"{_WORDS[command.verb]} {argument}".rstrip(" ")

    def login(self, user: str, password: str) -> Script:
        """EHLO, then AUTH PLAIN, with the response once more if the server asks for it."""
        response = plain_response(user, password)
        if not (yield Command(Verb.CAPABILITIES)).positive:
            return
        reply = yield Command(Verb.AUTH, f"PLAIN {response}")
        if reply.kind is Kind.CONTINUE:
            yield Command(Verb.RAW, response, tagged=False)

    def capabilities(self, reply: Reply) -> frozenset[str]:
        """See `Dialect.capabilities`; the first line is the server's name."""
        # `AUTH=PLAIN LOGIN` is how servers speak to clients older than RFC 2554.
        texts = (line[4:].decode("latin-1").upper() for line in reply.lines[1:])
        words = (re.sub(r"^AUTH=", "AUTH ", text).split() for text in texts)
        return frozenset().union(*(normal(w[0], w[1:]) for w in words if w))

    def instead(self, reply: Reply) -> Command | None:
        """RSET, of who says that he does not know NOOP or has not got it (RFC 5321, 4.2.4)."""
        return raw("RSET") if reply.tag in _UNKNOWN else None

    def parting(self, reply: Reply, tag: str) -> bool:
        """See `Dialect.parting`."""
        return reply.tag == _PARTING


def _kind(code: str) -> Kind:
    if code == _CLOSING:
        return Kind.BYE
    return _KINDS[code[0]] if code else Kind.MALFORMED
