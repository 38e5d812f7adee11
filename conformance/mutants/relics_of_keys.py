"""Servers of key exchanges that no libssl makes any more."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from conformance.harness.pki.authorities import SERVER, Authority, Span, subject

_VERSION = 0x0303
_HANDSHAKE, _ALERT = 22, 21
_DHE_RSA, _RSA = 0x009E, 0x002F  # DHE-RSA-AES128-GCM-SHA256, AES128-SHA
_BAD_RECORD_MAC, _DECRYPT_ERROR = 20, 51
_BITS = 2048
_HEADERS = 5 + 4 + 2  # record, message, vector


def _record(kind: int, content: bytes) -> bytes:
    return bytes((kind,)) + _VERSION.to_bytes(2) + len(content).to_bytes(2) + content


def _messages(*messages: tuple[int, bytes]) -> bytes:
    """Handshake messages (RFC 5246 7.4), a record each."""
    framed = (bytes((kind,)) + len(body).to_bytes(3) + body for kind, body in messages)
    return b"".join(_record(_HANDSHAKE, message) for message in framed)


def _hello(cipher: int) -> tuple[int, bytes]:
    return 2, _VERSION.to_bytes(2) + bytes(33) + cipher.to_bytes(2) + b"\0"


def _number(value: int) -> bytes:
    return (_BITS // 8).to_bytes(2) + value.to_bytes(_BITS // 8)


_PRIME = 2**_BITS - 1  # nobody here computes with it
DHE_AGAIN = _messages(
    _hello(_DHE_RSA),
    (12, _number(_PRIME) + b"\0\x01\x05" + _number(7) + b"\x08\x04\0\0"),
    (14, b""),
)
"""DHE with the same public value for everybody, as where the secret is used again."""

_key = rsa.generate_private_key(65537, _BITS)
_leaf = Authority.named("servers").issue(
    subject("oracle"), Span.around(datetime.now(UTC)), key=_key, purpose=SERVER
)
_der = _leaf.leaf.public_bytes(Encoding.DER)
_chain = len(_der).to_bytes(3) + _der
PADDING_ORACLE = _messages(_hello(_RSA), (11, len(_chain).to_bytes(3) + _chain), (14, b""))
"""The first flight of a server that `told_apart` answers for."""


def told_apart(data: bytes) -> bytes:
    """Another alert for a secret with wrong padding than for a wrong Finished (CVE-2017-13099)."""
    secret = int.from_bytes(data[_HEADERS : _HEADERS + _BITS // 8])
    numbers = _key.private_numbers()
    block = pow(secret, numbers.d, numbers.public_numbers.n).to_bytes(_BITS // 8)
    right = block.startswith(b"\0\x02") and block[-49:-48] == b"\0"
    return _record(_ALERT, bytes((2, _BAD_RECORD_MAC if right else _DECRYPT_ERROR)))
