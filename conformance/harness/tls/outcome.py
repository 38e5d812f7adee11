"""How a handshake ends, in the words all three clients share, and how it is noted."""

from __future__ import annotations

import functools
from typing import Protocol

from cryptography import x509

from ..observation import Alert, Ending, TlsFacts
from ..patience import Deadline
from ..transcript import Layer, Side
from ..wire import ConnectionReset, Flood, Silence, Unreachable, Wire, WireError

_ENDINGS: dict[type[WireError], Ending] = {
    Silence: Ending.TIMEOUT,
    ConnectionReset: Ending.RESET,
    Flood: Ending.FLOOD,
    Unreachable: Ending.UNREACHABLE,
}


class HandshakeFailed(Exception):
    """No TLS came about: how it ended, the peer's alert if any, and what was seen until then.

    `note` is the reason in our library's words, or an escaped excerpt of what came instead.
    """

    def __init__(
        self,
        ending: Ending,
        alert: Alert | None = None,
        note: str = "",
        facts: TlsFacts | None = None,
    ) -> None:
        self.ending = ending
        self.alert = alert
        self.note = note
        self.facts = facts or TlsFacts()
        super().__init__(f"{ending}: {alert.name if alert else note}")


class Channel(Protocol):
    """An established TLS connection, whichever client made it. Nothing is recorded by it."""

    wire: Wire
    clean_close: bool

    def send(self, data: bytes) -> None:
        """Encrypt and send all of `data`."""

    def receive(self, deadline: Deadline) -> bytes:
        """At least one decrypted byte, or b"" at the end; `clean_close` tells how that came."""

    def close(self) -> None:
        """Send close_notify if that is still possible. Leaves the wire open."""


class Unofferable(ValueError):
    """This client cannot make that offer; the message says what in it. `hello` can."""


class AlertReceived(WireError):
    """The peer ended an established TLS connection with a fatal alert."""

    def __init__(self, alert: Alert) -> None:
        self.alert = alert
        super().__init__(f"alert {alert.code} {alert.name}")


class Garbled(WireError):
    """What the peer sent inside an established TLS connection is not TLS, or does not decrypt."""


def ending_of(error: WireError) -> Ending:
    """The ending that an error of the wire means."""
    match error:
        case AlertReceived():
            return Ending.ALERT
        case Garbled():
            return Ending.GARBAGE
        case _:
            return _ENDINGS[type(error)]


def note_offer(wire: Wire, text: str) -> None:
    """Record what the client says in its hello."""
    wire.note(Side.CLIENT, Layer.HANDSHAKE, f"ClientHello {text}".encode("latin-1", "replace"))


def note_facts(wire: Wire, facts: TlsFacts) -> None:
    """Record what the server chose: `TLSv1.2 AES128-SHA, leaf CN=mail`."""
    parts = [f"{facts.version} {facts.cipher}"]
    parts += [f"group {facts.group}"] if facts.group else []
    parts += ["resumed"] if facts.resumed else []
    parts += [f"leaf {leaf_name(facts.chain[0])}"] if facts.chain else []
    wire.note(Side.SERVER, Layer.HANDSHAKE, ", ".join(parts).encode("latin-1", "replace"))


def note_alert(wire: Wire, alert: Alert) -> None:
    """Record the peer's alert: `alert 70 protocol_version`."""
    wire.note(Side.SERVER, Layer.HANDSHAKE, f"alert {alert.code} {alert.name}".encode())


def note_ending(wire: Wire, ending: Ending, alert: Alert | None, note: str) -> None:
    """Record how TLS came to nothing, or to its end: by that alert, else by `ending`."""
    if alert:
        note_alert(wire, alert)
    else:
        text = f"{ending}: {note}" if note else str(ending)
        wire.note(Side.SERVER, Layer.HANDSHAKE, text.encode("latin-1", "replace"))


@functools.lru_cache(maxsize=256)
def leaf_name(der: bytes) -> str:
    """The subject of a certificate as RFC 4514 writes it, or `unreadable`."""
    try:
        return x509.load_der_x509_certificate(der).subject.rfc4514_string() or "without a subject"
    except ValueError:
        return "unreadable"
