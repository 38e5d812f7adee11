"""What servers can do to a client that wants TLS: each begins where a ClientHello is due."""

from __future__ import annotations

import socket
import ssl
import struct
import tempfile
import warnings
import zlib
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.hostile.servers import EVIL, Behaviour, silent

with warnings.catch_warnings():
    # It imports asyncore, which goes away.
    warnings.simplefilter("ignore", DeprecationWarning)
    from tlslite.api import TLSConnection, X509CertChain, parsePEMKey
    from tlslite.constants import ContentType

TLS12 = b"\x03\x03"
# Bytes of a distinguished name that is empty.
EMPTY_NAME = b"\x30\x00"
WARNING_NO_RENEGOTIATION = b"\x01\x64"


def record(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + TLS12 + struct.pack("!H", len(body)) + body


def message(kind: int, body: bytes, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return bytes([kind]) + size.to_bytes(3, "big") + body


def server_hello() -> bytes:
    """TLSv1.2 and ECDHE-ECDSA-AES128-GCM-SHA256, with nothing more."""
    return message(2, TLS12 + b"\x11" * 32 + b"\x00" + b"\xc0\x2b" + b"\x00")


# --- who speaks no TLS ---


def garbage(peer: socket.socket) -> None:
    peer.recv(65536)
    peer.sendall(EVIL * 100)


def stalls(peer: socket.socket) -> None:
    """The first five bytes of a record, and no more."""
    peer.recv(65536)
    peer.sendall(b"\x16\x03\x03\x40\x00")
    silent(peer)


def clear_flood(peer: socket.socket) -> None:
    while True:
        peer.sendall((b"* OK " + EVIL + b"\r\n") * 1024)


# --- who speaks it without end ---


def alert_storm(peer: socket.socket) -> None:
    peer.recv(65536)
    while True:
        peer.sendall(record(21, WARNING_NO_RENEGOTIATION) * 1000)


def unknown_alert(peer: socket.socket) -> None:
    peer.recv(65536)
    peer.sendall(record(21, b"\x02\xee"))


def empty_records(peer: socket.socket) -> None:
    peer.recv(65536)
    while True:
        peer.sendall(record(22, b"") * 1000)


def endless_certificate(peer: socket.socket) -> None:
    """Sixteen megabytes of a certificate, as the header says, and then more."""
    peer.recv(65536)
    peer.sendall(record(22, server_hello()) + record(22, message(11, b"", 0xFFFFFF)))
    while True:
        peer.sendall(record(22, b"\x30" * 16384))


def endless_hello_requests(peer: socket.socket) -> None:
    peer.recv(65536)
    while True:
        peer.sendall(record(22, message(0, b"") * 1000))


def crumbs(peer: socket.socket) -> None:
    """A ServerHello in records of one byte, over and over."""
    peer.recv(65536)
    crumbled = b"".join(record(22, bytes([octet])) for octet in server_hello())
    while True:
        peer.sendall(crumbled)


# --- who speaks it well, and brings something ---


@cache
def pair(name: str = "x.test") -> tuple[Path, str, str]:
    """A file with a certificate of that name and its key, and each of them as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(1))
        .not_valid_after(now + timedelta(1))
        .sign(key, SHA256())
    )
    pem = certificate.public_bytes(Encoding.PEM)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with tempfile.NamedTemporaryFile(suffix=".pem", delete=False) as file:
        file.write(pem + locked)
    return Path(file.name), pem.decode(), locked.decode()


def inside(after: Behaviour, name: str = "x.test") -> Behaviour:
    """A right handshake, and `after` inside."""

    def behave(peer: socket.socket) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair(name)[0])
        with context.wrap_socket(peer, server_side=True) as secured:
            after(secured)

    return behave


# A certificate made out to a terminal and a browser.
EVIL_NAME = "\x1b[31m\x1b]0;x\x07\x9b\u202e<x-evil onload=1>"


class _Compressed:
    """A CompressedCertificate (RFC 8879), unasked for: 16 MB of zeros."""

    contentType = ContentType.handshake

    def write(self) -> bytearray:
        bomb = zlib.compress(bytes((1 << 24) - 1))
        body = b"\x00\x01" + b"\xff\xff\xff" + len(bomb).to_bytes(3, "big") + bomb
        return bytearray(message(25, body))


class _Bombing(TLSConnection):  # type: ignore[misc]
    def _create_cert_msg(self, *_: Any) -> _Compressed:
        return _Compressed()


def _handshake(kind: type[TLSConnection], peer: socket.socket, **fields: Any) -> None:
    _, certificate, key = pair()
    chain = X509CertChain()
    chain.parsePemList(certificate)
    kind(peer).handshakeServer(certChain=chain, privateKey=parsePEMKey(key, private=True), **fields)


def compressed_bomb(peer: socket.socket) -> None:
    _handshake(_Bombing, peer)


def ten_thousand_authorities(peer: socket.socket) -> None:
    """As many as a CertificateRequest holds: 65,535 bytes of them."""
    names = [bytearray(EMPTY_NAME)] * 10_000
    _handshake(TLSConnection, peer, reqCert=True, reqCAs=names)
