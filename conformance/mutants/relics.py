"""Servers that today's OpenSSL cannot be: one canned answer to every ClientHello.

What no fault and no directive can bring back (SSLv2, export ciphers, TLS
compression …) is shown to be noticed by a server that says nothing but the
ServerHello in question.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from conformance.mutants.relics_of_keys import DHE_AGAIN, PADDING_ORACLE, told_apart

_READ = 65536
_SECONDS = 10.0
_RENEGOTIATION = b"\xff\x01\x00\x01\x00"  # an empty renegotiation_info (RFC 5746 3.2)


@dataclass(frozen=True)
class Relic:
    """A canned answer, and the requirements that a listener which gives it must fail.

    `listener` is the one whose claims it is held against; `then` answers what comes next.
    """

    name: str
    answer: bytes
    kills: tuple[str, ...]
    listener: str = "imap-implicit"
    then: Callable[[bytes], bytes] | None = None

    def __str__(self) -> str:
        return self.name


def _server_hello(
    version: int = 0x0303,
    cipher: int = 0xC02F,
    compression: int = 0,
    extensions: bytes = _RENEGOTIATION,
    done: bool = True,
) -> bytes:
    """The records of a ServerHello and a ServerHelloDone (RFC 5246 7.4), or without the latter."""
    tail = len(extensions).to_bytes(2) + extensions if extensions else b""
    body = version.to_bytes(2) + bytes(33) + cipher.to_bytes(2) + bytes([compression]) + tail
    messages = ((2, body), *(((14, b""),) if done else ()))
    return b"".join(_record(version, kind, content) for kind, content in messages)


def _record(version: int, kind: int, body: bytes) -> bytes:
    message = bytes([kind]) + len(body).to_bytes(3) + body
    return b"\x16" + version.to_bytes(2) + len(message).to_bytes(2) + message


def _sslv2_hello() -> bytes:
    """SSLv2's SERVER-HELLO with DES-CBC3-MD5, an empty certificate and a connection id."""
    message = (
        b"\x04\x00\x01\x00\x02"
        + b"\x00\x00"
        + b"\x00\x03"
        + b"\x00\x10"
        + b"\x07\x00\xc0"
        + bytes(16)
    )
    return (0x8000 | len(message)).to_bytes(2) + message


# RFC 5077 section 3.2, and RFC 5246 section 7.1.
_TICKET_PROMISED = b"\x00\x23\x00\x00"
_CHANGE_CIPHER_SPEC = b"\x14\x03\x03\x00\x01\x01"

RELICS = (
    Relic("SSLv2", _sslv2_hello(), ("security.sslv2_refused", "ssl_protocols.SSLv2_unlisted")),
    Relic(
        "SSLv3",
        _server_hello(0x0300, 0x002F),
        ("security.sslv3_refused", "ssl_protocols.SSLv3_unlisted"),
    ),
    Relic("RC4-SHA", _server_hello(cipher=0x0005), ("security.rc4_refused",)),
    Relic("DES-CBC3-SHA", _server_hello(cipher=0x000A), ("security.des_refused",)),
    Relic(
        "EXP-RC4-MD5",
        _server_hello(cipher=0x0003),
        ("security.export_refused", "security.rc4_refused"),
    ),
    Relic("NULL-SHA", _server_hello(cipher=0x0002), ("security.null_refused",)),
    Relic("IDEA-CBC-SHA", _server_hello(cipher=0x0007), ("security.idea_rc2_refused",)),
    Relic(
        "no sign of a downgrade, no extended master secret",
        _server_hello(),
        ("security.downgrade_told", "security.extended_master_secret"),
    ),
    Relic("the same DHE key for all", DHE_AGAIN, ("ssl_dhparam.ephemeral",), "imap-dhe-only"),
    Relic("ROBOT", PADDING_ORACLE, ("security.padding_oracle",), "imap-old-ciphers", told_apart),
    Relic("compression", _server_hello(compression=1), ("security.no_compression",)),
    Relic(
        "unsafe renegotiation", _server_hello(extensions=b""), ("security.secure_renegotiation",)
    ),
    Relic(
        "tickets for everybody",
        _server_hello(extensions=_RENEGOTIATION + _TICKET_PROMISED),
        ("ssl_session_tickets.not_asked_not_sent",),
    ),
    Relic(
        "resumes with everybody",
        _server_hello(done=False) + _CHANGE_CIPHER_SPEC,
        ("ssl_session_cache.made_up_unknown", "ssl_session_tickets.made_up_not_taken"),
    ),
)
"""Every canned answer, each with what it must break on a listener that claims today's TLS."""


@contextmanager
def serving(relic: Relic) -> Iterator[tuple[str, int]]:
    """A server that gives its answers to whoever says anything; its host and port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, relic), name="relic", daemon=True)
        thread.start()
        try:
            yield server.getsockname()
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(_SECONDS)


def _serve(server: socket.socket, relic: Relic) -> None:
    while True:
        try:
            client, _ = server.accept()
        except OSError:  # shut down: nobody is to come any more
            return
        with client:
            client.settimeout(_SECONDS)
            _answer(client, relic)


def _answer(client: socket.socket, relic: Relic) -> None:
    try:
        if client.recv(_READ):
            client.sendall(relic.answer)
            if relic.then and (said := client.recv(_READ)):
                client.sendall(relic.then(said))
    except OSError:
        return  # whoever it was did not stay for the answer
