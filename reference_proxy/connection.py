"""One client's connection: sockets and timers for a session that knows neither."""

from __future__ import annotations

import os
import socket
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from reference_proxy.auth_client import Question
from reference_proxy.auth_http import Headers
from reference_proxy.backend import Backend
from reference_proxy.channel import Channel
from reference_proxy.config.errors import failed
from reference_proxy.config.settings import Listen, ServerSettings
from reference_proxy.cut_hello import refuse_cut_hello
from reference_proxy.error_log import ErrorLog
from reference_proxy.loop import Loop, Timer
from reference_proxy.proxy_protocol import BrokenHeader, Proxied, read_header
from reference_proxy.session.base import Session
from reference_proxy.session.core import Effects
from reference_proxy.session.events import (
    AuthAnswered,
    Authenticate,
    AuthFailed,
    Close,
    Connected,
    ConnectUpstream,
    Effect,
    Event,
    Log,
    Received,
    Relay,
    Send,
    SendUpstream,
    StartTimer,
    StartTls,
    TimerFired,
    TlsEstablished,
    TlsFailed,
    UpstreamFailed,
    UpstreamReceived,
)
from reference_proxy.session.make import make_session
from reference_proxy.stream import Stream
from reference_proxy.tls.context import TlsContext
from reference_proxy.tls.engine import TlsFailure

# The types of a ClientHello's record and of the last kind of record (RFC 8446 5.1).
_HELLO, _LAST_RECORD_TYPE = b"\x16", 0x17
_TIRED_AFTER = 200
_FATAL = 2  # nginx starts no other worker after this exit status


@dataclass(frozen=True)
class Door:
    """What a client that comes through a listening socket meets."""

    listen: Listen
    settings: ServerSettings
    context: TlsContext | None


class House(Protocol):
    """What all connections of a process share."""

    loop: Loop
    log: ErrorLog
    faults: frozenset[str]

    def gone(self, connection: Connection) -> None:
        """The connection's socket is closed."""


class Connection:
    """Turns what happens on the sockets into events, and a session's effects into deeds.

    A failure of ours, whatever it is, is logged and ends this connection only.
    """

    __slots__ = (
        "_address",
        "_backend",
        "_begun",
        "_channel",
        "_door",
        "_house",
        "_last_activity",
        "_number",
        "_question",
        "_relaying",
        "_session",
        "_timer",
    )

    def __init__(
        self, house: House, door: Door, number: int, client: socket.SocketType, address: str
    ) -> None:
        """Take over a client's socket; `address` is its numeric address, or `unix:`."""
        self._house = house
        self._door = door
        self._number = number
        self._address = address
        self._channel = Channel(house.loop, Stream(house.loop, client, self))
        self._session: Session = make_session(door.settings, door.listen.ssl, house.faults)
        self._timer: Timer | None = None
        self._question: Question | None = None
        self._backend: Backend | None = None
        self._begun = False
        self._relaying = False
        self._last_activity = 0.0

    def begin(self) -> None:
        """Begin the dialogue."""
        if "tires" in self._house.faults and self._number > _TIRED_AFTER:
            self.abort()
            return
        self._write_log("info", "client connected")
        if self._door.listen.proxy_protocol:
            self._start_timer(self._door.settings.timeout, self._no_header)
        else:
            self._guard(self._meet, None)

    def abort(self) -> None:
        """Drop the connection."""
        self._release()
        self._channel.abort()

    # --- the client's stream -------------------------------------------------------

    def received(self, data: bytes) -> None:
        """Take bytes of the client; those behind the end are discarded."""
        if not self._channel.ended:
            self._guard(self._arrived if self._begun else self._header_arrived, data)

    def ended(self) -> None:
        """End with the client: nginx knows no half-closed client either (ST-TMO-04)."""
        if self._channel.ended:
            self._channel.close()
        else:
            self._guard(self._client_ended)

    def lost(self, error: OSError | None) -> None:
        """Give everything back."""
        if error and self._channel.handshaking and "reset-ends-all" in self._house.faults:
            os._exit(_FATAL)
        self._channel.lost()
        self._release()
        self._house.gone(self)

    def clogged(self) -> None:
        """Hold the back end while the client does not take what is there."""
        if self._backend is not None:
            self._backend.hold()

    def flowing(self) -> None:
        """Let the back end go on."""
        if self._backend is not None:
            self._backend.release()

    def _meet(self, proxied: Proxied | None) -> None:
        """Tell the session of its client."""
        self._begun = True
        client = Connected(self._address, proxied=proxied)
        if self._door.settings.proxy_protocol:  # only a PROXY header tells a back end of ports
            (_, port), (server, server_port) = self._channel.ends()
            client = replace(
                client, client_port=port, server_address=server, server_port=server_port
            )
        self._handle(client)

    def _header_arrived(self, data: bytes) -> None:
        """Take the PROXY header; what comes behind it is the client's."""
        try:
            proxied, length = read_header(data)
        except BrokenHeader as broken:
            self._write_log("error", str(broken))
            self._close(quiet=True)
            return
        self._meet(proxied)
        if data[length:]:
            self._arrived(data[length:])

    def _no_header(self) -> None:
        self._write_log("info", "client timed out (110: Connection timed out)")
        self._close(quiet=True)

    def _guard(self, act: Callable[..., None], *arguments: object) -> None:
        """Keep a failure within this connection."""
        try:
            act(*arguments)
        except Exception:  # noqa: BLE001 - one client must not take the others down
            self._write_log("alert", traceback.format_exc())
            if "failure-ends-all" in self._house.faults:
                os._exit(_FATAL)
            self.abort()

    def _arrived(self, data: bytes) -> None:
        try:
            if self._channel.handshaking:
                if "starttls-keeps-plaintext" in self._house.faults and data[0] > _LAST_RECORD_TYPE:
                    clear, hello, rest = data.partition(_HELLO)
                    self._session.inbox.add(clear)
                    data = hello + rest
                refuse_cut_hello(data, self._house.faults)
                if (state := self._channel.handshake(data)) is None:
                    return
                self._handle(TlsEstablished(state))
                data = b""  # the engine has them
            if not self._channel.ended:
                self._decrypted(self._channel.read(data))
        except TlsFailure as failure:
            self._tls_failed(failure.reason, data)

    def _decrypted(self, data: bytes) -> None:
        if data and self._relaying:
            self._last_activity = self._house.loop.now
            self._upstream(data)
        elif data:
            self._handle(Received(data))
        if self._channel.peer_closed and not self._channel.ended:
            self._client_ended()

    def _tls_failed(self, reason: str, data: bytes) -> None:
        self._channel.leave_tls()
        if self._relaying:
            self._write_log("info", reason)
            self._close(quiet=True)
        else:
            self._handle(TlsFailed(reason, data))

    def _client_ended(self) -> None:
        self._write_log("info", "client closed connection")
        self._release()
        self._channel.close()

    # --- the session ---------------------------------------------------------------

    def _handle(self, event: Event) -> None:
        """Give the session an event and do what it wants done."""
        effects = self._session.handle(event)
        replies = b""
        for effect in effects:
            if isinstance(effect, Send):
                replies += effect.data  # one packet for the replies to pipelined commands
                continue
            self._channel.write(replies)
            replies = b""
            effects += self._do(effect)
        self._channel.write(replies)
        self._balance()

    def _balance(self) -> None:
        """Read from the client only what somebody wants (AH-RSP-14)."""
        if self._channel.ended or self._relaying:
            return
        if self._session.listening or self._channel.handshaking:
            self._channel.release()
        else:
            self._channel.hold()

    def _do(self, effect: Effect) -> Effects:
        """Do it, and return what the session wants done about a failure that is known at once."""
        match effect:
            case StartTls() if self._door.context is None:
                return self._session.handle(TlsFailed("no certificate is defined"))
            case StartTls():
                assert self._door.context is not None
                self._channel.start_tls(self._door.context)
            case Authenticate(headers):
                self._stop_timer()
                self._ask(headers)
            case ConnectUpstream(host, port, header):
                return self._connect(host, port, header)
            case SendUpstream(data):
                self._upstream(data)
            case Relay(to_client, to_upstream):
                self._relay(to_client, to_upstream)
            case StartTimer(seconds):
                self._start_timer(seconds, self._time_over)
            case Log(level, text):
                self._write_log(level, text)
            case Close(quiet):
                self._close(quiet)
            case Send(data):
                self._channel.write(data)
        return []

    def _close(self, quiet: bool) -> None:
        self._release()
        self._channel.end(quiet)

    def _release(self) -> None:
        """Let go of everything but the client's socket; what is not carried out now never is."""
        self._stop_timer()
        if self._question is not None:
            self._question.cancel()
        if self._backend is not None:
            self._backend.close()
        self._question = self._backend = None
        self._session.inbox.drop()

    # --- the auth server and the back end --------------------------------------------
    def _ask(self, headers: Headers) -> None:
        settings = self._door.settings
        self._question = Question(
            self._house.loop,
            settings.auth_http,
            headers,
            settings.auth_http_timeout,
            self._answered,
        )

    def _answered(self, answer: AuthAnswered | AuthFailed) -> None:
        self._question = None
        self._guard(self._handle, answer)

    def _connect(self, host: str, port: int, header: bytes) -> Effects:
        try:
            self._backend = Backend(self._house.loop, host, port, self)
            self._backend.write(header)
        except OSError as error:
            return self._session.handle(UpstreamFailed(failed("connect() to upstream", error)))
        return []

    def upstream_received(self, data: bytes) -> None:
        """Pass on what the back end says, to the session or past it."""
        self._guard(self._from_upstream, data)

    def upstream_ended(self, error: OSError | None) -> None:
        """End the session with its back end."""
        self._backend = None
        self._guard(self._without_upstream, error)

    def hold_client(self) -> None:
        """Read no more from the client: the back end is slow."""
        self._channel.hold()

    def release_client(self) -> None:
        """Read on."""
        self._channel.release()

    def _from_upstream(self, data: bytes) -> None:
        if self._relaying:
            self._last_activity = self._house.loop.now
            self._channel.write(data)
        else:
            self._handle(UpstreamReceived(data))

    def _without_upstream(self, error: OSError | None) -> None:
        if self._relaying:
            self._write_log("info", "proxied session done")
            self._close(quiet=False)
            return
        reason = "upstream closed the connection"
        if error is not None:
            reason = failed("connection to upstream", error)
        self._handle(UpstreamFailed(reason))

    def _upstream(self, data: bytes) -> None:
        if self._backend is not None:
            self._backend.write(data)

    def _relay(self, to_client: bytes, to_upstream: bytes) -> None:
        self._relaying = True
        self._last_activity = self._house.loop.now
        self._start_timer(self._door.settings.proxy_timeout, self._check_activity)
        self._channel.write(to_client)
        if to_upstream:
            self._upstream(to_upstream)
        self._channel.release()

    def _check_activity(self) -> None:
        left = self._last_activity + self._door.settings.proxy_timeout - self._house.loop.now
        if left > 0:
            self._start_timer(left, self._check_activity)
        else:
            self._write_log("info", "proxied session timed out")
            self._close(quiet=True)

    # --- time and log ------------------------------------------------------------------

    def _time_over(self) -> None:
        self._guard(self._handle, TimerFired())

    def _start_timer(self, seconds: float, act: Callable[[], None]) -> None:
        self._stop_timer()
        self._timer = self._house.loop.after(seconds, act)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _write_log(self, level: str, text: str) -> None:
        if self._house.log.takes(level):
            where = f"client: {self._address}, server: {self._door.listen.text}"
            self._house.log.write(level, f"*{self._number} {text}, {where}")
