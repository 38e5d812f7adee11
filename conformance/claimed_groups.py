"""What is claimed of the key exchange: the group of DHE, and the groups of everything else.

Each function raises `NotApplicable` (or `Unreadable`) where that cannot be worked out here.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conformance.claimed import (
    GROUPS_OF_13,
    LEGACY,
    claimed_ciphers,
    curve_of,
    key_types,
    legacy,
    negotiable_ciphers,
    workable_versions,
)
from conformance.harness.tls.names import group_name, group_number
from conformance.harness.tls.suites import CipherFacts, cipher_facts
from conformance.listener import Listener, Unreadable
from conformance.premises import premises
from conformance.verdict import NotApplicable

# The groups that a client may name to be sure that it names one that the server has.
CURVES = ("X25519", "prime256v1", "secp384r1", "X448", "secp521r1")
# Curves of less than 224 bits, by IANA's numbers: sect163k1 to sect193r2, secp160k1 to secp192r1.
SMALL_CURVES = (*(f"0x{number:04X}" for number in (1, 2, 3, 4, 5, 15, 16, 17, 18)), "prime192v1")
# OpenSSL's number of the first group that is no curve (RFC 7919).
_FIRST_FINITE_FIELD = 256
_PARAMETERS = re.compile(rb"-----BEGIN DH PARAMETERS-----(.*?)-----END DH", re.DOTALL)


@dataclass(frozen=True)
class DhGroup:
    """A group of finite-field Diffie-Hellman."""

    prime: int
    generator: int


def dh_group(listener: Listener) -> DhGroup:
    """The group in the file of `ssl_dhparam`."""
    (path, pem), *_ = listener.contents("ssl_dhparam")
    group = _group(pem)
    if group is None:
        raise Unreadable(f"{path} holds no DH parameters that can be read")
    return group


@cache
def _group(pem: bytes) -> DhGroup | None:
    """DHParameter ::= SEQUENCE { prime INTEGER, base INTEGER, … } (PKCS #3), in DER."""
    found = _PARAMETERS.search(pem)
    try:
        outer = _Der(base64.b64decode(found[1], validate=False) if found else b"")
        inner = _Der(outer.content(0x30))
        return DhGroup(*(int.from_bytes(inner.content(0x02)) for _ in range(2)))
    except ValueError:
        return None


class _Der:
    """Reads what DER has in a row; ValueError where there is something else."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def content(self, tag: int) -> bytes:
        """The content of the next element, which has this tag."""
        if self._data[:1] != bytes((tag,)) or len(self._data) < 2:
            raise ValueError(f"no element {tag:#x}")
        length, start = self._data[1], 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(self._data[2:start])
        content, self._data = self._data[start : start + length], self._data[start + length :]
        if len(content) < length:
            raise ValueError("cut short")
        return content


def groups(listener: Listener) -> tuple[str, ...]:
    """The groups that `ssl_ecdh_curve` lists, in OpenSSL's names; () for `auto`."""
    value = listener.value("ssl_ecdh_curve")
    if value in ("", "auto"):
        return ()
    try:
        return tuple(group_name(group_number(name)) for name in value.split(":"))
    except ValueError as error:
        raise NotApplicable(f"ssl_ecdh_curve: {error}") from error


def groups_of_13(listener: Listener) -> tuple[str, ...]:
    """Those of `groups` that TLSv1.3 has."""
    return tuple(name for name in groups(listener) if group_number(name) in GROUPS_OF_13)


def curves(listener: Listener) -> tuple[str, ...]:
    """Those of `groups` that are curves, which alone TLS up to 1.2 has."""
    return tuple(name for name in groups(listener) if group_number(name) < _FIRST_FINITE_FIELD)


def why_barred(
    listener: Listener, certificate: Path, versions: Collection[str], offered: Collection[str]
) -> str:
    """Why a client cannot show this certificate (PEM) in the best of these versions.

    Up to TLSv1.2 the curve of an ECDSA certificate has to be one of the server's
    groups, and of those that the client has `offered` if it chose them itself (RFC 8422,
    section 5.1): OpenSSL ends the handshake, whatever the certificate is worth. ""
    where it can be shown, or nobody asks for it.
    """
    limits = [names for names in (groups(listener), offered) if names]
    spoken = [v for v in workable_versions(listener) if v in versions]
    if not listener.verifies or not limits or not spoken or spoken[-1] not in LEGACY:
        return ""
    curve = curve_of(premises().read(certificate))
    if not curve or all(curve in names for names in limits):
        return ""
    return f"up to TLSv1.2 there is no room for a client's certificate on {curve} in the groups"


def unlisted(names: tuple[str, ...], listed: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the names that are not listed."""
    return tuple(name for name in names if name not in listed)


def dhe_ciphers(listener: Listener) -> tuple[str, ...]:
    """The ciphers with ephemeral Diffie-Hellman that the claims let a client have."""
    return _with_exchange(negotiable_ciphers(listener), "DHE")


def idle_dhe_ciphers(listener: Listener) -> tuple[str, ...]:
    """The listed ciphers that would be negotiable if there were an `ssl_dhparam`."""
    if not legacy(listener):
        return ()
    listed = _with_exchange(claimed_ciphers(listener), "DHE")
    return tuple(c for c in listed if cipher_facts(c).authentication in key_types(listener))


def ecdhe_ciphers(listener: Listener) -> tuple[str, ...]:
    """The ciphers with ECDHE whose certificate puts no curve of its own into play.

    Up to TLSv1.2 a client that does not name the curve of an ECDSA certificate
    cannot be shown it (RFC 8422, section 5.1), so such ciphers say nothing of the exchange.
    """
    tied = {"ECDSA"} if "ECDSA" in key_types(listener) else set[str]()
    able = _with_exchange(negotiable_ciphers(listener), "ECDHE")
    return tuple(c for c in able if cipher_facts(c).authentication not in tied)


def key_transport_ciphers(listener: Listener) -> tuple[str, ...]:
    """The ciphers under which the client encrypts the secret to the certificate's RSA key."""
    return _with_exchange(negotiable_ciphers(listener), "RSA")


def _with_exchange(ciphers: tuple[str, ...], exchange: str) -> tuple[str, ...]:
    def facts(name: str) -> CipherFacts | None:
        try:
            return cipher_facts(name)
        except ValueError:
            return None

    return tuple(c for c in ciphers if (known := facts(c)) and known.key_exchange == exchange)
