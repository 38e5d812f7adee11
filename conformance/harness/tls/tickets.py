"""Session tickets: what of them travels in a ClientHello, and what is in one made by nginx.

A ticket of nginx is the key's name (16 bytes), an IV (16), AES-CBC, and an HMAC with
SHA-256 (32) over all before it. A key file of 48 bytes is name, AES-128 and HMAC
key of 16 bytes each; one of 80 bytes is name, HMAC and AES-256 key of 32.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .flight import Extension
from .records import NotTls, Reader

_NAME, _IV, _MAC = 16, 16, 32
_BLOCK = 16
KEY_SIZES = (48, 80)


@dataclass(frozen=True)
class TicketKey:
    """One key of `ssl_session_ticket_key`, taken apart."""

    name: bytes
    aes: bytes = field(repr=False)
    hmac: bytes = field(repr=False)

    @property
    def cipher(self) -> str:
        """The cipher that it is a key of: `AES128` or `AES256`."""
        return f"AES{8 * len(self.aes)}"


def ticket_key(content: bytes) -> TicketKey:
    """The key in a file of 48 or 80 bytes; ValueError for any other size."""
    if len(content) not in KEY_SIZES:
        raise ValueError(f"{len(content)} bytes, where a key has 48 or 80")
    name, half = content[:_NAME], (len(content) - _NAME) // 2
    first, second = content[_NAME : _NAME + half], content[_NAME + half :]
    return TicketKey(name, first, second) if len(content) == 48 else TicketKey(name, second, first)


# What a server has whose key was never filled in (CVE-2020-13777), in either size.
ZERO_KEYS = tuple(ticket_key(bytes(size)) for size in KEY_SIZES)


def opened(ticket: bytes, key: TicketKey) -> bytes | None:
    """What is in the ticket, if this key made it: its name, MAC and padding are right."""
    body, mac = ticket[:-_MAC], ticket[-_MAC:]
    sealed = body[_NAME + _IV :]
    if body[:_NAME] != key.name or not sealed or len(sealed) % _BLOCK:
        return None
    if not hmac.compare_digest(hmac.digest(key.hmac, body, "sha256"), mac):
        return None
    decryptor = Cipher(algorithms.AES(key.aes), modes.CBC(body[_NAME : _NAME + _IV])).decryptor()
    plain = decryptor.update(sealed) + decryptor.finalize()
    count = plain[-1]
    right = 0 < count <= _BLOCK and plain.endswith(bytes([count]) * count)
    return plain[:-count] if right else None


def resealed(ticket: bytes, key: TicketKey, other: TicketKey) -> bytes:
    """What is in the ticket under the other key, as its owner would have made it; b"" if not its.

    The IV stays, so that the same ticket always comes to the same.
    """
    plain = opened(ticket, key)
    if plain is None:
        return b""
    count = _BLOCK - len(plain) % _BLOCK
    iv = ticket[_NAME : _NAME + _IV]
    encryptor = Cipher(algorithms.AES(other.aes), modes.CBC(iv)).encryptor()
    sealed = encryptor.update(plain + bytes([count]) * count) + encryptor.finalize()
    body = other.name + iv + sealed
    return body + hmac.digest(other.hmac, body, "sha256")


def opener(ticket: bytes, keys: Sequence[TicketKey]) -> int | None:
    """The number of the key that opens the ticket, from 0; None where none does."""
    return next((n for n, key in enumerate(keys) if opened(ticket, key) is not None), None)


def tampered(ticket: bytes) -> dict[str, bytes]:
    """The ticket with one bit wrong, by the part that is wrong then.."""
    places = {"name": 0, "IV": _NAME, "content": _NAME + _IV, "MAC": len(ticket) - 1}
    return {
        part: ticket[:at] + bytes([ticket[at] ^ 1]) + ticket[at + 1 :]
        for part, at in places.items()
        if 0 <= at < len(ticket)
    }


def brought(hello: bytes) -> bytes:
    """The ticket or PSK identity in the records of a ClientHello; b"" where there is none."""
    try:
        body = Reader(hello[9:])  # behind the headers of record and message
        body.take(2 + 32)
        for size in (1, 2, 1):
            body.vector(size)
        extensions = Reader(body.vector(2) if body.left else b"")
        found = b""
        while extensions.left:
            number, content = extensions.number(2), extensions.vector(2)
            if number == Extension.SESSION_TICKET and content:
                found = content
            elif number == Extension.PRE_SHARED_KEY:
                found = Reader(Reader(content).vector(2)).vector(2)
        return found
    except NotTls:
        return b""
