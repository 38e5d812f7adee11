"""What the claimed secret keys and their pass-phrases amount to.

Each function raises `Unreadable` where that cannot be worked out here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from conformance.claimed import key_type_of, leaves, public_key_of, shown_key_types
from conformance.listener import Listener, Unreadable
from conformance.premises import premises


def public_keys(listener: Listener) -> list[bytes]:
    """The public halves (SubjectPublicKeyInfo) of the claimed keys."""

    def opened() -> list[str]:
        return [
            _opened(path, _key_block(pem), phrases(listener)).hex()
            for path, pem in listener.contents("ssl_certificate_key")
        ]

    return [bytes.fromhex(half) for half in _found("public halves", listener, opened)]


def phrases(listener: Listener) -> tuple[bytes, ...]:
    """The lines of `ssl_password_file`, in order; empty ones do not count."""
    lines = listener.read("ssl_password_file").split(b"\n")
    return tuple(line for raw in lines if (line := raw.removesuffix(b"\r")))


def locked_keys(listener: Listener) -> dict[bytes, int]:
    """The claimed keys that are encrypted: public half, and which of `phrases` opens it, from 1."""
    found = _found("locked keys", listener, lambda: _locked(listener))
    return {bytes.fromhex(half): number for half, number in found.items()}


def _found(what: str, listener: Listener, work: Callable[[], Any]) -> Any:
    """What follows from the keys and pass-phrases, which are shown to nobody."""

    def found_or_why() -> Any:
        try:
            return work()
        except Unreadable as error:
            return str(error)

    names = [*listener.values("ssl_certificate_key"), *listener.values("ssl_password_file")]
    found = premises().fact(f"{what} of {' '.join(names)}", found_or_why)
    if isinstance(found, str):
        raise Unreadable(found)
    return found


def _locked(listener: Listener) -> dict[str, int]:
    """The same with the halves in hexadecimal."""
    blocks = [(p, _key_block(pem)) for p, pem in listener.contents("ssl_certificate_key")]
    lines = phrases(listener)
    found = {}
    for path, block in blocks:
        if b"ENCRYPTED" not in block:
            continue
        opened = ((n, _opens(block, (line,))) for n, line in enumerate(lines, 1))
        number, half = next(((n, half) for n, half in opened if half), (0, None))
        if half is None:
            raise Unreadable(f"no line of ssl_password_file opens {path}")
        found[half.hex()] = number
    return found


def shown_locked_keys(listener: Listener) -> dict[bytes, int]:
    """Those of `locked_keys` whose certificates a client can be shown."""
    locked = locked_keys(listener)
    if not listener.value("ssl_certificate"):
        return locked
    types = shown_key_types(listener)
    halves = [public_key_of(leaf) for leaf in leaves(listener) if key_type_of(leaf) in types]
    return {half: locked[half] for half in halves if half in locked}


def _opened(path: Path, block: bytes, known: tuple[bytes, ...]) -> bytes:
    """The public half of a key, which the first of the phrases that fits opens."""
    if b"ENCRYPTED" not in block:
        known = ()
    elif not known:
        raise Unreadable(f"{path} cannot be read without its passphrase")
    half = _opens(block, known)
    if half is None:
        raise Unreadable(f"{path} holds no private key that can be read")
    return half


@cache
def _opens(block: bytes, known: tuple[bytes, ...]) -> bytes | None:
    """The public half of a PEM key by the first of these phrases that opens it (() for none).

    Checking an RSA key's numbers would take 25 ms, and is for whoever signs with it.
    """
    for phrase in known or (None,):
        with suppress(ValueError, TypeError, UnsupportedAlgorithm):
            key = load_pem_private_key(
                block, phrase, unsafe_skip_rsa_key_validation=True
            ).public_key()
            return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return None


def _key_block(pem: bytes) -> bytes:
    """The private key of a PEM file that may hold certificates and parameters too."""
    found = re.search(rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?-----END \1-----", pem, re.DOTALL)
    return found[0] if found else b""
