"""What the three back ends have in common: the loop, the login, SASL."""

from __future__ import annotations

import base64
import binascii
from abc import ABC, abstractmethod

from .mailboxes import Mailbox
from .peer import Gone, Peer
from .policy import Policy
from .records import Records


class BackEnd(ABC):
    """One conversation: greets, then answers line by line until either side ends it."""

    # What a SASL challenge starts with: `+ ` in IMAP and POP3, `334 ` in SMTP.
    prompt = b"+ "

    def __init__(self, peer: Peer, policy: Policy, records: Records) -> None:
        self.peer = peer
        self.policy = policy
        self.records = records
        self.mailbox: Mailbox | None = None
        self.over = False

    async def serve(self) -> None:
        """Hold the conversation; returns when it is over."""
        try:
            await self.greet()
            while not self.over:
                await self.converse(await self.peer.line())
        except Gone:
            self.over = True

    @abstractmethod
    async def greet(self) -> None:
        """Say the greeting."""

    @abstractmethod
    async def converse(self, line: bytes) -> None:
        """Answer one command line, and read on where it asks for more."""

    def admit(self, credentials: tuple[str, str] | None) -> bool:
        """Put a login on record, let it in or not. None: credentials that could not be read."""
        if credentials is None:
            return False
        self.records.log_in(self.peer.session, *credentials)
        if self.policy.admits(*credentials):
            self.mailbox = Mailbox(credentials[0])
        return self.policy.admits(*credentials)

    async def sasl(self, mechanism: bytes, initial: bytes | None) -> tuple[str, str] | None:
        """User and password by PLAIN or LOGIN; None for another mechanism or bad base64."""
        match mechanism.upper():
            case b"PLAIN":
                parts = (_decoded(initial or await self._ask(b"")) or b"").split(b"\0")
                fields = parts[1:] if len(parts) == 3 else []
            case b"LOGIN":
                user = _decoded(initial or await self._ask(b"Username:"))
                # Whatever is no base64, `*` above all, ends the exchange (RFC 4954 section 4).
                password = None if user is None else _decoded(await self._ask(b"Password:"))
                fields = [part for part in (user, password) if part is not None]
            case _:
                fields = []
        return (text(fields[0]), text(fields[1])) if len(fields) == 2 else None

    async def _ask(self, challenge: bytes) -> bytes:
        await self.peer.say(self.prompt + base64.b64encode(challenge))
        return await self.peer.line()


def text(data: bytes) -> str:
    """Bytes as latin-1: one character each, whatever a client's encoding was."""
    return data.decode("latin-1")


def _decoded(data: bytes) -> bytes | None:
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error:
        return None
