"""The POP3 back end (RFC 1939, 2449, 5034): log in, list, read, delete."""

from __future__ import annotations

from collections.abc import Iterable

from .backend import BackEnd, text
from .mailboxes import DELETED, Mailbox, Stored

CAPABILITIES = (b"USER", b"SASL PLAIN LOGIN", b"TOP", b"UIDL")
_NEEDS_LOGIN = frozenset({b"STAT", b"LIST", b"UIDL", b"RETR", b"TOP", b"DELE", b"RSET", b"NOOP"})


class Pop3BackEnd(BackEnd):
    """A POP3 conversation."""

    user = ""

    async def greet(self) -> None:
        """`+OK`."""
        await self.peer.say(b"+OK back end ready")

    async def converse(self, line: bytes) -> None:
        """One command; PASS may carry blanks, other arguments are words."""
        verb, _, rest = line.partition(b" ")
        verb = verb.upper()
        match verb:
            case b"USER":
                self.user = text(rest)
                await self.peer.say(b"+OK password, please")
            case b"PASS":
                await self._admitted(self.admit((self.user, text(rest))))
            case b"AUTH":
                mechanism, _, initial = rest.partition(b" ")
                await self._admitted(self.admit(await self.sasl(mechanism, initial or None)))
            case b"CAPA":
                await self._list(b"+OK capabilities", CAPABILITIES)
            case b"QUIT":
                self.over = True
                await self.peer.say(b"+OK bye")
            case _ if verb in _NEEDS_LOGIN and self.mailbox is not None:
                await self._transaction(verb, rest.split(), self.mailbox)
            case _:
                await self.peer.say(b"-ERR not now or not known")

    async def _admitted(self, let_in: bool) -> None:
        reply = b"+OK mailbox open" if let_in else b"-ERR [AUTH] invalid login or password"
        await self.peer.say(reply)

    async def _transaction(self, verb: bytes, words: list[bytes], mailbox: Mailbox) -> None:
        present = [message for message in mailbox.messages if DELETED not in message.flags]
        match verb, words:
            case b"NOOP", []:
                await self.peer.say(b"+OK")
            case b"RSET", []:
                for message in mailbox.messages:
                    message.flags.discard(DELETED)
                await self.peer.say(b"+OK")
            case b"STAT", []:
                size = sum(len(message.content) for message in present)
                await self.peer.say(b"+OK %d %d" % (len(present), size))
            case b"LIST" | b"UIDL", []:
                await self._list(b"+OK", (_listed(verb, message) for message in present))
            case _, [number, *more]:
                chosen = next((m for m in present if b"%d" % m.uid == number), None)
                await self._message(verb, chosen, more)
            case _:
                await self.peer.say(b"-ERR arguments")

    async def _message(self, verb: bytes, message: Stored | None, more: list[bytes]) -> None:
        match verb, more:
            case _ if message is None:
                await self.peer.say(b"-ERR no such message")
            case b"LIST" | b"UIDL", []:
                await self.peer.say(b"+OK " + _listed(verb, message))
            case b"DELE", []:
                message.flags.add(DELETED)
                await self.peer.say(b"+OK")
            case b"RETR", []:
                await self._list(b"+OK message follows", message.content.splitlines())
            case b"TOP", [count] if count.isdigit():
                body = message.body.splitlines()[: int(count)]
                await self._list(b"+OK top follows", message.header.splitlines() + body)
            case _:
                await self.peer.say(b"-ERR arguments")

    async def _list(self, status: bytes, lines: Iterable[bytes]) -> None:
        stuffed = (b"." + line if line.startswith(b".") else line for line in lines)
        await self.peer.say(status, *stuffed, b".")


def _listed(verb: bytes, message: Stored) -> bytes:
    what = b"%d" % len(message.content) if verb == b"LIST" else b"uid-%d" % message.uid
    return b"%d %s" % (message.uid, what)
