"""Complete handshakes that show every message: tlslite-ng over a recorded wire.

For what the standard library hides or cannot say: the authorities a TLS 1.3
server asks for, a choice of TLS 1.3 suites, of groups and of signatures, SSLv3
with RC4. A hundred times slower than `client`, so only where that is needed.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..observation import Ending, Offer, Session, TlsFacts
from ..patience import Deadline
from ..transcript import escaped
from ..wire import Wire, WireError
from .flight import Extension, Flight
from .names import alert
from .outcome import (
    AlertReceived,
    Garbled,
    HandshakeFailed,
    Unofferable,
    ending_of,
    note_ending,
    note_facts,
    note_offer,
)
from .pipe import Pipe
from .provoke import reaction
from .records import NotTls, Reader
from .suites import suite_name
from .tlslite_ng import (
    Arrived,
    Connection,
    TLSAbruptCloseError,
    TLSClosedConnectionError,
    TLSError,
    TLSRemoteAlert,
)
from .versions import TLSV1_3, version_name

# Of a ticket, in seconds; RFC 8446 section 4.6.1 lets nobody keep one longer.
_FOREVER = 604_800


class DetailedChannel:
    """TLS by tlslite-ng over `wire`; used as `SecureChannel` is."""

    def __init__(self, wire: Wire, offer: Offer, host: str = "") -> None:
        self.wire = wire
        self.offer = offer
        self.clean_close = False
        self._pipe = Pipe(wire)
        self._arrived = Arrived(self._pipe)
        self._tls = Connection(self._arrived, offer, host)
        self._flight = Flight()
        self._reading: Iterator[Any] | None = None
        self._broken: WireError | None = None
        self._begun = self._made = 0.0

    @property
    def session(self) -> Session | None:
        """What to resume with later, and in TLS 1.3 even when its time is over.

        There it only arrives with the first `receive`.
        """
        kept = self._tls.session
        if kept is None:
            return None
        for ticket in kept.tickets or ():
            ticket.ticket_lifetime = _FOREVER  # tlslite would not come back with it
        usable = bool(kept.sessionID or kept.tickets or kept.tls_1_0_tickets)
        return Session(handle=kept, begun=self._begun, made=self._made, usable=usable)

    def handshake(self, deadline: Deadline) -> TlsFacts:
        """Complete the handshake and tell all it showed; raises `HandshakeFailed` or `Unofferable`.

        Both kinds of CertificateRequest are read, TLS 1.3's too.
        """
        note_offer(self.wire, self.offer)
        self._begun = time.monotonic()
        try:
            self._shake_hands(deadline)
        except HandshakeFailed as failure:
            note_ending(self.wire, failure.ending, failure.alert, failure.note)
            raise
        self._made = time.monotonic()
        facts = self._facts()
        note_facts(self.wire, facts)
        return facts

    def send(self, data: bytes) -> None:
        """Encrypt and send all of `data`; raises `Silence` when the peer takes nothing.

        That the peer has hung up, or that TLS is broken, is for `receive` to tell:
        the peer may have said why.
        """
        with contextlib.suppress(TLSClosedConnectionError):
            self._tls.write(data)

    def receive(self, deadline: Deadline) -> bytes:
        """At least one decrypted byte, or b"" at the end.

        Raises `AlertReceived`, `Garbled`, `Silence`, `ConnectionReset` or `Flood`.
        """
        if self._broken:
            raise self._broken
        try:
            return self._receive(deadline)
        except TLSAbruptCloseError:
            return b""
        except WireError:
            raise
        except Exception as error:  # bytes of a hostile peer may raise anything in a library
            self._broken = self._broken_off(error)
            raise self._broken from error

    def renegotiate(self, deadline: Deadline) -> tuple[str, ...]:
        """Ask for another handshake inside this one, and say NOOP: what comes in answer.

        The session is of no use afterwards. See `Observation.reaction`.
        """
        for _ in self._tls.asking_again():
            pass
        return reaction(self._pipe, deadline)

    def close(self) -> None:
        """Send close_notify if that is still possible. Leaves the wire open."""
        with contextlib.suppress(TLSError, WireError):
            self._tls.close()

    def _broken_off(self, error: Exception) -> WireError:
        found = alert(error.description) if isinstance(error, TLSRemoteAlert) else None
        note_ending(self.wire, Ending.GARBAGE, found, _reason(error))
        return AlertReceived(found) if found else Garbled(_reason(error))

    def _receive(self, deadline: Deadline) -> bytes:
        # A read that ran into the deadline goes on where it was: tlslite would close it.
        self._reading = self._reading or self._tls.readAsync(None, 1)
        begun = False
        for result in self._reading:
            if isinstance(result, bytes):
                self._reading = None
                self.clean_close = not result
                return result
            data = self._pipe.receive(deadline, begun)
            # tlslite takes a strange first byte for an SSLv2 record and waits for its end.
            self._flight.feed(data)
            self._arrived.add(data)
            begun = True
        raise AssertionError("tlslite's read ended without a result")

    def _shake_hands(self, deadline: Deadline) -> None:
        steps = self._tls.shaking_hands()
        try:
            for _ in steps:
                data = self._pipe.receive(deadline, begun=self._flight.size > 0)
                self._flight.feed(data)
                self._arrived.add(data)
        except Unofferable:
            raise
        except Exception as error:  # bytes of a hostile peer may raise anything in a library
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> HandshakeFailed:
        facts = self._flight.facts
        if self._flight.fatal:
            return HandshakeFailed(Ending.ALERT, self._flight.fatal, str(error), facts)
        match error:
            case WireError():
                return HandshakeFailed(ending_of(error), note=str(error), facts=facts)
            case NotTls():
                return HandshakeFailed(Ending.GARBAGE, note=str(error), facts=facts)
            case TLSRemoteAlert(description=0):
                return HandshakeFailed(Ending.CLOSED, note="close_notify", facts=facts)
            case TLSRemoteAlert(level=2):
                return HandshakeFailed(Ending.ALERT, alert(error.description), facts=facts)
            case TLSAbruptCloseError():
                return HandshakeFailed(Ending.CLOSED, note=self._flight.warned, facts=facts)
        return HandshakeFailed(Ending.LOCAL, note=_reason(error), facts=facts)

    def _facts(self) -> TlsFacts:
        major, minor = self._tls.version
        session = self._tls.session
        facts = replace(
            self._flight.facts,
            version=version_name(major << 8 | minor),
            cipher=suite_name(session.cipherSuite),
            resumed=self._tls.resumed,
            alpn=session.appProto.decode("latin-1") if session.appProto else "",
        )
        if facts.version != TLSV1_3:
            return facts
        chain = session.serverCertChain
        return replace(
            facts,
            chain=tuple(bytes(x.writeBytes()) for x in chain.x509List) if chain else (),
            request_seen=self._tls.requests != [],
            ca_names=_authorities(self._tls.requests[0]) if self._tls.requests else None,
        )


def detailed_handshake(
    wire: Wire, offer: Offer, deadline: Deadline, host: str = ""
) -> tuple[TlsFacts, DetailedChannel]:
    """Complete a handshake and tell all it showed; raises `HandshakeFailed` or `Unofferable`."""
    channel = DetailedChannel(wire, offer, host)
    return channel.handshake(deadline), channel


def _authorities(request: Any) -> tuple[bytes, ...]:
    # RFC 8446 section 4.2.4; without the extension any authority will do.
    extension = request.getExtension(Extension.AUTHORITIES)
    return Reader(bytes(extension.extData)).vectors(2, 2) if extension else ()


def _reason(error: Exception) -> str:
    return escaped(f"{type(error).__name__}: {error}".encode("latin-1", "replace"))
