"""The keys of session tickets: `ssl_session_ticket_key`."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from reference_proxy.config.errors import Place, failed
from reference_proxy.tls.errors import ContextError

_NAME = 16
_SIZES = (48, 80)


@dataclass(frozen=True)
class TicketKey:
    """A key's name, which every ticket begins with, and its two secrets (W-TK-01)."""

    name: bytes
    aes: bytes = field(repr=False)
    hmac: bytes = field(repr=False)

    @classmethod
    def read(cls, content: bytes) -> TicketKey:
        """Take 48 or 80 bytes apart: only in the longer kind HMAC comes first (W-TK-02)."""
        name, rest = content[:_NAME], content[_NAME:]
        half = len(rest) // 2
        first, second = rest[:half], rest[half:]
        return cls(name, first, second) if len(content) == 48 else cls(name, second, first)


_ANYBODYS = TicketKey(bytes(_NAME), bytes(_NAME), bytes(_NAME))


@dataclass(frozen=True)
class TicketKeys:
    """The keys of one server: the first is for new tickets, any is good for old ones (W-TK-03)."""

    keys: tuple[TicketKey, ...]
    faults: frozenset[str] = frozenset()

    @property
    def for_encryption(self) -> TicketKey:
        """The key of every ticket that is sent from now on."""
        # FAULT ticket-key-last-first breaks ssl_session_ticket_key: the first one encrypts
        return self.keys[-1 if "ticket-key-last-first" in self.faults else 0]

    def for_decryption(self, name: bytes) -> TicketKey | None:
        """The key of this name; None, and with it a full handshake, if there is none (W-TK-04)."""
        # FAULT previous-ticket-key-forgotten breaks ssl_session_ticket_key: the others decrypt
        known = self.keys[:1] if "previous-ticket-key-forgotten" in self.faults else self.keys
        return next((key for key in known if key.name == name), None)

    @property
    def foreign_are_fatal(self) -> bool:
        """Whether a ticket under no key of these ends the handshake: never."""
        # FAULT foreign-ticket-fatal breaks RFC 5077: there is a full handshake in its place
        return "foreign-ticket-fatal" in self.faults

    def is_renewed(self, key: TicketKey, version: str) -> bool:
        """Whether a client that comes with a ticket of this key gets a new one (W-TK-05)."""
        # FAULT ticket-never-renewed breaks ssl_session_ticket_key
        if "ticket-never-renewed" in self.faults:
            return False
        return version == "TLSv1.3" or key.name != self.keys[0].name


def load_keys(paths: tuple[str, ...], place: Place | None, faults: frozenset[str]) -> TicketKeys:
    """Read the files, in this order. ContextError where one is no key, named with `place`."""
    keys = tuple(_load(path, f" in {place}" if place else "") for path in paths)
    # FAULT ticket-key-of-everybody breaks ssl_session_ticket_key: the key is the file's
    return TicketKeys((_ANYBODYS,) if "ticket-key-of-everybody" in faults else keys, faults)


def _load(path: str, where: str) -> TicketKey:
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise ContextError(failed(f'open() "{path}"', error) + where) from None
    try:
        content = os.pread(file, max(_SIZES), 0) if os.fstat(file).st_size in _SIZES else b""
    finally:
        os.close(file)
    if len(content) not in _SIZES:
        raise ContextError(f'"{path}" must be 48 or 80 bytes{where}')
    return TicketKey.read(content)
