"""Real public keys for TLS 1.3's key_share, so that a server need not ask for another hello.

A hello probe never completes a handshake, so one key for each group and process is enough.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec, x448, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .names import GROUPS


def _point(curve: ec.EllipticCurve) -> bytes:
    public = ec.generate_private_key(curve).public_key()
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


_MAKERS: dict[int, Callable[[], bytes]] = {
    GROUPS["X25519"]: lambda: x25519.X25519PrivateKey.generate().public_key().public_bytes_raw(),
    GROUPS["X448"]: lambda: x448.X448PrivateKey.generate().public_key().public_bytes_raw(),
    GROUPS["prime256v1"]: lambda: _point(ec.SECP256R1()),
    GROUPS["secp384r1"]: lambda: _point(ec.SECP384R1()),
    GROUPS["secp521r1"]: lambda: _point(ec.SECP521R1()),
}


@functools.cache
def key_share(group: int) -> bytes:
    """A public key in that group (RFC 8446 section 4.2.8), or b"" if we make none in it."""
    maker = _MAKERS.get(group)
    return maker() if maker else b""
