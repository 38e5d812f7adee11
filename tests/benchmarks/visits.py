"""What a client does, by name: each function is one connection from its beginning to its end."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress

from tests.benchmarks.servers import IMPLICIT, PLAIN, STARTTLS

PATIENCE = 20.0


def trusting(version: ssl.TLSVersion) -> ssl.SSLContext:
    """Return a context for this version of TLS alone, that asks no certificate to be known."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    return context


TLS12, TLS13 = (trusting(version) for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3))


def connected(host: str, port: int, source: str = "") -> socket.socket:
    """Connect, from this address if it matters."""
    return socket.create_connection((host, port), PATIENCE, (source, 0) if source else None)


def quick(sock: socket.socket) -> socket.socket:
    """Acknowledge at once: nginx's mail module waits for that before it sends more."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    return sock


def line(sock: socket.socket) -> bytes:
    """Read up to the end of a line."""
    received = b""
    while not received.endswith(b"\n"):
        data = quick(sock).recv(4096)
        if not data:
            raise EOFError(f"the server closed after {received!r}")
        received += data
    return received


def secured(sock: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
    """Shake hands."""
    return context.wrap_socket(quick(sock))


def said(sock: socket.socket, command: bytes) -> bytes:
    """Say a command and return the reply's last line; anything but OK is an error."""
    sock.sendall(command)
    reply = line(sock)
    if b" OK " not in reply:
        raise ValueError(f"{command!r} was answered with {reply!r}")
    return reply


def greeting(host: str) -> None:
    """Connect and take the greeting, without TLS."""
    with connected(host, PLAIN) as sock:
        line(sock)


def tls12(host: str) -> None:
    """Full handshake with TLS 1.2, and the greeting."""
    with secured(connected(host, IMPLICIT), TLS12) as sock:
        line(sock)


def tls13(host: str) -> None:
    """Full handshake with TLS 1.3, and the greeting."""
    with secured(connected(host, IMPLICIT), TLS13) as sock:
        line(sock)


def starttls(host: str) -> None:
    """STARTTLS, full handshake with TLS 1.3, and a command inside."""
    plain = connected(host, STARTTLS)
    line(plain)
    said(plain, b"a STARTTLS\r\n")
    with secured(plain, TLS13) as sock:
        said(sock, b"b NOOP\r\n")


def login(host: str) -> None:
    """TLS 1.3, a login through the auth server, and a command to the back end."""
    with secured(connected(host, IMPLICIT), TLS13) as sock:
        line(sock)
        said(sock, b"a LOGIN user secret\r\n")
        said(sock, b"b NOOP\r\n")


def garbage(host: str) -> None:
    """Clear text where a handshake should begin."""
    with connected(host, IMPLICIT) as sock:
        sock.sendall(b"a CAPABILITY\r\n")
        with suppress(ConnectionResetError):
            quick(sock).recv(4096)


VISITS: dict[str, Callable[[str], None]] = {
    visit.__name__: visit for visit in (greeting, tls12, tls13, starttls, login, garbage)
}
