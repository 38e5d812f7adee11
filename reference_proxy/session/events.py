"""The alphabet of a session: what happens to it, and what it wants done.

A session never touches a socket. The driver turns what happens into events,
hands each to `session.handle`, and carries out the effects in order.
"""

from __future__ import annotations

from dataclasses import dataclass

from reference_proxy.proxy_protocol import Proxied


@dataclass(frozen=True)
class PeerCertificate:
    """The client's certificate as the `Auth-SSL-*` headers show it."""

    subject: str
    issuer: str
    serial: str
    fingerprint: str
    pem: str


@dataclass(frozen=True)
class TlsState:
    """A completed handshake.

    `verify_error` is OpenSSL's verify result (0: none) and `verify_text` its
    words; `peer` is None when no certificate was presented.
    """

    protocol: str
    cipher: str
    peer: PeerCertificate | None = None
    verify_error: int = 0
    verify_text: str = ""


# --- what happens to a session -------------------------------------------------


@dataclass(frozen=True)
class Connected:
    """The client is there (and on an implicit-TLS listener the handshake is still to come).

    An address of a local socket is `unix:`. Ports and the server's address are there where
    `proxy_protocol` is on. `proxied` is what the client's own PROXY header said, if any.
    """

    client_address: str
    client_port: int = 0
    server_address: str = ""
    server_port: int = 0
    proxied: Proxied | None = None


@dataclass(frozen=True)
class Received:
    """Bytes from the client, decrypted where TLS is up."""

    data: bytes


@dataclass(frozen=True)
class TlsEstablished:
    """The handshake that `StartTls` (or an implicit-TLS listener) began is complete."""

    state: TlsState


@dataclass(frozen=True)
class TlsFailed:
    """The handshake, or TLS later on, failed; `unread` are the bytes it failed on."""

    reason: str
    unread: bytes = b""


@dataclass(frozen=True)
class AuthAnswered:
    """The auth server answered; header names are lower case."""

    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class AuthFailed:
    """The auth server could not be asked, or answered nonsense."""

    reason: str


@dataclass(frozen=True)
class UpstreamReceived:
    """Bytes from the back end, before the relay is handed over."""

    data: bytes


@dataclass(frozen=True)
class UpstreamFailed:
    """The back end could not be reached, or went away during the login."""

    reason: str


@dataclass(frozen=True)
class TimerFired:
    """The timer of the last `StartTimer` ran out."""


Event = (
    Connected
    | Received
    | TlsEstablished
    | TlsFailed
    | AuthAnswered
    | AuthFailed
    | UpstreamReceived
    | UpstreamFailed
    | TimerFired
)


# --- what a session wants done --------------------------------------------------


@dataclass(frozen=True)
class Send:
    """Send these bytes to the client, in the layer that is up."""

    data: bytes


@dataclass(frozen=True)
class StartTls:
    """Start the handshake. Clear bytes that the session had not used are gone before this."""


@dataclass(frozen=True)
class Authenticate:
    """Ask the auth server: the headers behind the request line, in nginx's order."""

    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ConnectUpstream:
    """Connect to the back end and send `header`; its bytes come back as `UpstreamReceived`."""

    host: str
    port: int
    header: bytes = b""


@dataclass(frozen=True)
class SendUpstream:
    """Send these bytes to the back end."""

    data: bytes


@dataclass(frozen=True)
class Relay:
    """From here on bytes pass through unread; the leftovers are sent first, each to its side."""

    to_client: bytes
    to_upstream: bytes


@dataclass(frozen=True)
class StartTimer:
    """Replace the session's timer: `TimerFired` after so many seconds.

    `Authenticate` and `Relay` end it; they have time limits of their own.
    """

    seconds: float


@dataclass(frozen=True)
class Log:
    """A line for the error log at nginx's level (`info`, `error` …)."""

    level: str
    text: str


@dataclass(frozen=True)
class Close:
    """Flush, then end the connection (under TLS with close_notify unless `quiet`)."""

    quiet: bool = False


Effect = (
    Send
    | StartTls
    | Authenticate
    | ConnectUpstream
    | SendUpstream
    | Relay
    | StartTimer
    | Log
    | Close
)
