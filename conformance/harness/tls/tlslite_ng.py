"""tlslite-ng without a socket: it says exactly the offer, and what the server asked for is kept."""

from __future__ import annotations

import errno
import functools
import os
import warnings
from collections.abc import Iterator
from typing import Any

from ..observation import Offer
from ..pki.person import Person
from .flight import Extension
from .names import group_number, signature_number
from .outcome import Unofferable
from .pipe import Pipe
from .records import vector
from .suites import suite_name, suite_number
from .versions import MODERN, SSLV2, TLSV1_3, VERSIONS, has_gap, in_order

with warnings.catch_warnings():
    # On Python 3.11 it imports asyncore, which we do not use.
    warnings.filterwarnings("ignore", "The asyncore module", DeprecationWarning)
    from tlslite import mathtls
    from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey
    from tlslite.errors import (
        TLSAbruptCloseError,
        TLSClosedConnectionError,
        TLSError,
        TLSRemoteAlert,
    )
    from tlslite.extensions import TLSExtension
    from tlslite.handshakesettings import ALL_CIPHER_NAMES, ALL_MAC_NAMES
    from tlslite.messages import CertificateRequest, ClientHello, Finished

__all__ = [
    "Arrived",
    "Connection",
    "TLSAbruptCloseError",
    "TLSClosedConnectionError",
    "TLSError",
    "TLSRemoteAlert",
    "mathtls",
]

_RENEGOTIATION = 0x00FF
_TLS13 = 0x13
# tlslite's names of the groups that it can do in every version, the usual first.
_GROUPS = {
    29: "x25519",
    23: "secp256r1",
    30: "x448",
    24: "secp384r1",
    25: "secp521r1",
    256: "ffdhe2048",
    257: "ffdhe3072",
    258: "ffdhe4096",
    259: "ffdhe6144",
    260: "ffdhe8192",
}


class Arrived:
    """The socket that tlslite sees: sends at once, receives what has been added and never waits."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._bytes = bytearray()
        self._ended = False

    def add(self, data: bytes) -> None:
        """What the wire brought; b"" for its end."""
        self._bytes += data
        self._ended = not data

    def recv(self, size: int) -> bytes:
        """Up to `size` bytes; `BlockingIOError` when the wire must bring more first."""
        if not self._bytes and not self._ended:
            raise BlockingIOError(errno.EWOULDBLOCK, "nothing has arrived")
        data = bytes(self._bytes[:size])
        del self._bytes[:size]
        return data

    def rest(self) -> bytes:
        """Forget, and return, what has been added and was not received."""
        data = bytes(self._bytes)
        self._bytes.clear()
        return data

    def send(self, data: bytes) -> int:
        """Send all of `data`."""
        self._pipe.send(bytes(data))
        return len(data)

    def sendall(self, data: bytes) -> None:
        """Send all of `data`."""
        self._pipe.send(bytes(data))

    def close(self) -> None:
        """Nothing: the wire belongs to the visit."""


class Connection(TLSConnection):  # type: ignore[misc]  # tlslite has no types
    """tlslite's connection, which says exactly the offer and keeps the server's requests.

    `_getMsg` and `_sendMsg` are private to tlslite: the reason for `<0.9`.
    """

    def __init__(self, arrived: Arrived, offer: Offer, host: str) -> None:
        super().__init__(arrived)
        self.requests: list[Any] = []
        self._offer = offer
        self._host = host
        self._suites = [suite_number(name) for name in offer.suites]
        self._ciphers = [suite_number(name) for name in offer.ciphers]
        self._signatures = [signature_number(name) for name in offer.signatures]
        self._hello: Any = None
        self._verify_data = b""

    def shaking_hands(self) -> Iterator[int]:
        """The handshake: yields whenever it needs more bytes. Raises `Unofferable`."""
        person = self._offer.person
        chain, key = _credentials(person) if person else (None, None)
        names = [bytearray(name.encode("latin-1")) for name in self._offer.alpn]
        steps: Iterator[int] = self.handshakeClientCert(
            chain,
            key,
            session=self._offer.session.handle if self._offer.session else None,
            settings=_settings(self._offer),
            serverName=self._host or None,
            alpn=names or None,
            async_=True,
        )
        return steps

    def asking_again(self) -> Iterator[int]:
        """Send another ClientHello inside the session, as RFC 5746 (3.5) wants it, and a NOOP.

        With this client's `verify_data` the server cannot take it for an attacker's.
        """
        first, again = self._hello, ClientHello()
        proof = TLSExtension(extType=Extension.RENEGOTIATION)
        proof.create(Extension.RENEGOTIATION, bytearray(vector(1, self._verify_data)))
        suites = [number for number in first.cipher_suites if number != _RENEGOTIATION]
        others = [one for one in first.extensions if one.extType != Extension.RENEGOTIATION]
        random = bytearray(os.urandom(32))
        again.create(first.client_version, random, bytearray(), suites, extensions=[*others, proof])
        yield from super()._sendMsg(again)
        yield from self.writeAsync(b"w0 NOOP\r\n")

    def _getMsg(self, *expected: Any) -> Iterator[Any]:
        for result in super()._getMsg(*expected):
            if isinstance(result, CertificateRequest):
                self.requests.append(result)
            yield result

    def _sendMsg(self, message: Any, *how: Any, **more: Any) -> Iterator[Any]:
        # What proves a session is reckoned over the hello as tlslite made it.
        if isinstance(message, ClientHello) and not self._offer.session:
            self._narrow(message)
            self._hello = message
        if isinstance(message, Finished):
            self._verify_data = bytes(message.verify_data)
        yield from super()._sendMsg(message, *how, **more)

    def _narrow(self, hello: Any) -> None:
        able = hello.cipher_suites
        if missing := set(self._suites + self._ciphers) - set(able):
            raise Unofferable(f"cipher {suite_name(min(missing))}")
        modern = self._suites or [number for number in able if number >> 8 == _TLS13]
        classic = self._ciphers or [number for number in able if number >> 8 != _TLS13]
        signal = [_RENEGOTIATION] if self._ciphers else []
        hello.cipher_suites = modern + classic + signal
        schemes = hello.getExtension(Extension.SIGNATURES)
        if self._signatures and schemes:
            schemes.sigalgs = [divmod(number, 256) for number in self._signatures]


def _settings(offer: Offer) -> Any:
    versions = in_order(offer.versions or MODERN)
    if SSLV2 in versions:
        raise Unofferable("version SSLv2")
    if has_gap(versions) and TLSV1_3 not in versions:
        raise Unofferable("versions with a gap")
    settings = HandshakeSettings()
    pairs = [divmod(VERSIONS[name], 256) for name in versions]
    settings.minVersion, settings.maxVersion = pairs[0], pairs[-1]
    settings.versions = pairs[::-1]
    settings.cipherNames, settings.macNames = ALL_CIPHER_NAMES, ALL_MAC_NAMES
    # It would compress its certificate for whoever asks for one; OpenSSL rejects that.
    settings.certificate_compression_send = settings.certificate_compression_receive = []
    _choose_groups(settings, offer.groups)
    return settings.validate()


def _choose_groups(settings: Any, groups: tuple[str, ...]) -> None:
    numbers = [group_number(name) for name in groups] or list(_GROUPS)
    names = [_GROUPS.get(number) for number in numbers]
    if None in names:
        raise Unofferable(f"group {groups[names.index(None)]}")
    settings.eccCurves = [name for name, n in zip(names, numbers, strict=True) if n < 256]
    settings.dhGroups = [name for name, n in zip(names, numbers, strict=True) if n >= 256]
    settings.keyShares = names[:1]


@functools.lru_cache(maxsize=128)
def _credentials(person: Person) -> tuple[Any, Any]:
    chain = X509CertChain()
    chain.parsePemList(person.certificate.read_text())
    return chain, parsePEMKey(person.key.read_text(), private=True)
