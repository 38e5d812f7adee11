"""The SMTP back end (RFC 5321, 4954, Postfix's XCLIENT): takes messages and keeps them."""

from __future__ import annotations

import re

from .backend import BackEnd, text
from .records import Message

EXTENSIONS = (
    b"PIPELINING",
    b"8BITMIME",
    b"SIZE 1048576",
    b"AUTH PLAIN LOGIN",
    b"XCLIENT NAME ADDR LOGIN HELO PROTO PORT",
)
_PATH = re.compile(rb"(?i)(?:from|to):\s*(<[^>]*>|\S+)")


class SmtpBackEnd(BackEnd):
    """An SMTP conversation. Mail is taken without a login too: a proxy may keep that to itself."""

    prompt = b"334 "
    sender: bytes | None = None
    recipients: tuple[bytes, ...] = ()

    async def greet(self) -> None:
        """`220`."""
        await self.peer.say(b"220 backend.test ESMTP")

    async def converse(self, line: bytes) -> None:
        """One command."""
        verb, _, rest = line.partition(b" ")
        match verb.upper():
            case b"EHLO":
                lines = (b"backend.test", *EXTENSIONS)
                await self.peer.say(*(b"250-" + x for x in lines[:-1]), b"250 " + lines[-1])
            case b"HELO":
                await self.peer.say(b"250 backend.test")
            case b"XCLIENT":
                if user := _login(rest):
                    self.records.log_in(self.peer.session, user)
                await self.peer.say(b"220 backend.test ESMTP")
            case b"AUTH":
                mechanism, _, initial = rest.partition(b" ")
                let_in = self.admit(await self.sasl(mechanism, initial or None))
                await self.peer.say(b"235 2.7.0 welcome" if let_in else b"535 5.7.8 refused")
            case b"MAIL" | b"RCPT" | b"DATA" | b"RSET":
                await self._envelope(verb.upper(), rest)
            case b"NOOP":
                await self.peer.say(b"250 2.0.0 OK")
            case b"QUIT":
                self.over = True
                await self.peer.say(b"221 2.0.0 bye")
            case _:
                await self.peer.say(b"500 5.5.1 not known")

    async def _envelope(self, verb: bytes, rest: bytes) -> None:
        path = _PATH.match(rest)
        match verb:
            case b"MAIL" if path:
                self.sender, self.recipients = path[1], ()
                await self.peer.say(b"250 2.1.0 OK")
            case b"RCPT" if path and self.sender is not None:
                self.recipients += (path[1],)
                await self.peer.say(b"250 2.1.5 OK")
            case b"DATA" if self.recipients:
                await self._data()
            case b"RSET":
                self.sender, self.recipients = None, ()
                await self.peer.say(b"250 2.0.0 OK")
            case b"MAIL":
                await self.peer.say(b"501 5.5.4 MAIL FROM:<address>")
            case _:
                await self.peer.say(b"503 5.5.1 not now")

    async def _data(self) -> None:
        await self.peer.say(b"354 go ahead")
        lines = []
        while (line := await self.peer.line()) != b".":
            lines.append(line.removeprefix(b"."))
        content = b"".join(line + b"\r\n" for line in lines)
        sender, recipients = self.sender, self.recipients
        assert sender is not None
        self.records.add_message(Message(self.peer.session.user, sender, recipients, content))
        self.sender, self.recipients = None, ()
        await self.peer.say(b"250 2.0.0 taken")


def _login(attributes: bytes) -> str:
    """XCLIENT's LOGIN, decoded from xtext; "" when it is not given."""
    found = re.search(rb"(?i)(?:^|\s)login=(\S*)", attributes)
    value = found[1] if found else b""
    if value.upper() == b"[UNAVAILABLE]":
        return ""
    return text(re.sub(rb"\+([0-9A-F]{2})", lambda m: bytes.fromhex(m[1].decode()), value))
