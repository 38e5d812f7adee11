"""TLS for the bulk of the visits: the standard library over a recorded wire.

The library never judges the server: any certificate, any version from TLS 1.0,
any suite that libssl still has, is taken and reported.
"""

from __future__ import annotations

import contextlib
import functools
import ssl
import threading
import time
import warnings
from dataclasses import replace
from typing import Any

from ..capture import present
from ..observation import Alert, Ending, Offer, Session, TlsFacts
from ..patience import Deadline
from ..wire import Wire, WireError
from .flight import Flight
from .names import alert_of_reason
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
from .records import NotTls
from .tickets import brought
from .versions import MODERN, SSLV2, SSLV3, TLSV1_3, has_gap, in_order

_CHUNK = 65536
_VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}
# SSL_OP_LEGACY_SERVER_CONNECT; the ssl module names it from Python 3.12 on.
_LEGACY_SERVER_CONNECT = 0x4
_building = threading.Lock()


class SecureChannel:
    """TLS over `wire`, as a client with `offer`; `host` is the server name to ask for, if any.

    Like the wire's, its `send` and `receive` record nothing; only the handshake
    and alerts leave notes in the transcript. The offer's session is resumed if
    the server will. Raises `Unofferable` for an offer that the standard library
    cannot make (see `obstacle`).
    """

    def __init__(self, wire: Wire, offer: Offer, host: str = "") -> None:
        self.wire = wire
        self.offer = offer
        self.clean_close = False
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        past, relevant = offer.session, _relevant(offer)
        # OpenSSL would resume with the context of another offer; Python does not let it.
        self._context = (past.context if past else None) or _telling(relevant)
        self._tls = self._context.wrap_bio(
            self._incoming,
            self._outgoing,
            server_hostname=host or None,
            session=past.handle if past else None,
        )
        self._brought = b""
        self._begun = self._made = 0.0
        self._flight = Flight()
        self._pipe = Pipe(wire)
        self._broken: WireError | None = None

    @property
    def session(self) -> Session | None:
        """What to resume with later. In TLS 1.3 it only arrives with the first `receive`."""
        kept = self._tls.session
        if kept is None:
            return None
        return Session(
            handle=kept,
            begun=self._begun,
            made=self._made,
            lifetime=kept.ticket_lifetime_hint if kept.has_ticket else None,
            usable=bool(kept.id) or kept.has_ticket,
            context=self._context,
        )

    @property
    def resumed(self) -> bool:
        """Whether the handshake resumed the session given."""
        return bool(self._tls.session_reused)

    def handshake(self, deadline: Deadline) -> TlsFacts:
        """Complete the handshake and tell what it showed; raises `HandshakeFailed`.

        A TLS 1.3 server may still refuse the client's certificate afterwards:
        `receive` then raises `AlertReceived`.
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
        if self._broken is None:
            self._tls.write(data)
            self._flush()

    def receive(self, deadline: Deadline) -> bytes:
        """At least one decrypted byte, or b"" at the end.

        `clean_close` then tells a close_notify from a bare end of the
        connection. Raises `AlertReceived`, `Garbled`, `Silence`,
        `ConnectionReset` or `Flood`.
        """
        if self._broken:
            raise self._broken
        begun = False
        while True:
            try:
                data = self._tls.read(_CHUNK)
                self.clean_close = not data
                return data
            except ssl.SSLWantReadError:
                self._flush()
                data = self._pipe.receive(deadline, begun)
                if not data:
                    return b""
                self._incoming.write(data)
                begun = True
            except ssl.SSLError as error:
                self._broken = self._broken_off(error)
                raise self._broken from error

    def close(self) -> None:
        """Send close_notify if that is still possible. Leaves the wire open."""
        # unwrap() wants the peer's close_notify too, which nobody waits for.
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()
        self._say_why()

    def _shake_hands(self, deadline: Deadline) -> None:
        while True:
            try:
                self._tls.do_handshake()
                return self._flush()
            except ssl.SSLWantReadError:
                self._take_in(deadline)
            except ssl.SSLZeroReturnError as error:
                raise self._failure(Ending.CLOSED, None, "close_notify") from error
            except ssl.SSLError as error:
                self._say_why()
                alert = self._flight.fatal or alert_of_reason(error.reason)
                raise self._failure(Ending.LOCAL, alert, _reason(error)) from error
            except WireError as error:
                raise self._failure(ending_of(error), None, str(error)) from error

    def _take_in(self, deadline: Deadline) -> None:
        try:
            self._flush()
            data = self._pipe.receive(deadline, begun=self._flight.size > 0)
            self._flight.feed(data)
        except WireError as error:
            raise self._failure(ending_of(error), self._flight.fatal, str(error)) from error
        except NotTls as error:
            raise self._failure(Ending.GARBAGE, self._flight.fatal, str(error)) from error
        if not data:
            raise self._failure(Ending.CLOSED, self._flight.fatal, self._flight.warned)
        self._incoming.write(data)

    def _say_why(self) -> None:
        # An alert or close_notify of our own: that the peer does not take it changes nothing.
        with contextlib.suppress(WireError):
            self._flush()

    def _flush(self) -> None:
        if self._outgoing.pending:
            data = self._outgoing.read()
            if self.offer.session and not self._brought:
                self._brought = brought(data)
            self._pipe.send(data)

    def _failure(self, ending: Ending, alert: Alert | None, note: str) -> HandshakeFailed:
        return HandshakeFailed(
            Ending.ALERT if alert else ending, alert, note, facts=self._flight.facts
        )

    def _broken_off(self, error: ssl.SSLError) -> WireError:
        alert = alert_of_reason(error.reason)
        note_ending(self.wire, Ending.GARBAGE, alert, _reason(error))
        return AlertReceived(alert) if alert else Garbled(_reason(error))

    def _facts(self) -> TlsFacts:
        return replace(
            self._flight.facts,
            chain=_chain(self._tls) or self._flight.chain,
            resumed=self.resumed,
            alpn=self._tls.selected_alpn_protocol() or "",
            brought=self._brought,
        )


@functools.lru_cache(maxsize=1024)
def obstacle(offer: Offer) -> str:
    """What in the offer the standard library cannot say, or "" if it can say it all.

    `hello` can say everything; `detailed_handshake` completes some of it.
    """
    versions = in_order(offer.versions or MODERN)
    if old := {SSLV2, SSLV3} & set(versions):
        return f"version {sorted(old)[0]}"
    if has_gap(versions):
        return "versions with a gap"
    if offer.suites and TLSV1_3 in versions:
        return "a choice of TLS 1.3 suites"
    if offer.signatures:
        return "a choice of signature schemes"
    if offer.groups:
        return "a choice of groups"
    unknown = [name for name in offer.ciphers if name not in _libssl_ciphers()]
    return f"cipher {unknown[0]}" if unknown else ""


def _relevant(offer: Offer) -> Offer:
    if reason := obstacle(offer):
        raise Unofferable(reason)
    return Offer(
        versions=in_order(offer.versions or MODERN),
        ciphers=offer.ciphers,
        alpn=offer.alpn,
        person=offer.person,
        tickets=offer.tickets,
    )


def _bound(context: ssl.SSLContext, lowest: str, highest: str) -> None:
    """Set the range of versions, without a word about those that Python deprecates.

    Most ranges begin at the lowest that libssl has, which can be said without
    naming it: changing the warning filters is process-wide, so it is kept rare.
    """
    if highest in MODERN and lowest != "TLSv1.1":
        unnamed = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.minimum_version = unnamed if lowest == "TLSv1" else _VERSIONS[lowest]
        context.maximum_version = _VERSIONS[highest]
        return
    with _building, warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"ssl\.TLSVersion\.TLSv1", DeprecationWarning)
        context.minimum_version = _VERSIONS[lowest]
        context.maximum_version = _VERSIONS[highest]


def _telling(offer: Offer) -> ssl.SSLContext:
    """The offer's context; where the connection is captured, one of its own that tells its keys."""
    capture = present()
    if capture is None:
        return _context(offer)
    context = _context.__wrapped__(offer)
    capture.log_keys(context)
    return context


@functools.lru_cache(maxsize=256)
def _context(offer: Offer) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.options |= _LEGACY_SERVER_CONNECT
    if not offer.tickets:
        context.options |= ssl.OP_NO_TICKET
    # First the level, then what it would forbid: versions, ciphers, small client keys.
    context.set_ciphers(":".join(offer.ciphers or ("DEFAULT",)) + ":@SECLEVEL=0")
    _bound(context, *(offer.versions[end] for end in (0, -1)))
    if offer.alpn:
        context.set_alpn_protocols(list(offer.alpn))
    if offer.person:
        context.load_cert_chain(offer.person.certificate, offer.person.key)
    return context


@functools.cache
def _libssl_ciphers() -> frozenset[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    return frozenset(
        cipher["name"] for cipher in context.get_ciphers() if cipher["protocol"] != TLSV1_3
    )


def _chain(tls: ssl.SSLObject) -> tuple[bytes, ...]:
    # Public from Python 3.13 on; 3.10 to 3.12 have it one layer below.
    public: Any = getattr(tls, "get_unverified_chain", None)
    if public is not None:
        return tuple(public() or ())
    hidden: Any = getattr(getattr(tls, "_sslobj", None), "get_unverified_chain", None)
    if hidden is not None:
        pems = [certificate.public_bytes() for certificate in hidden() or ()]
        return tuple(ssl.PEM_cert_to_DER_cert(pem) for pem in pems)
    return ()


def _reason(error: ssl.SSLError) -> str:
    return error.reason or str(error)
