"""One client's connection: sockets and timers for a session that knows neither."""

from __future__ import annotations

import asyncio
import os
import traceback
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, cast

from reference_proxy.auth_client import ask
from reference_proxy.auth_http import Headers
from reference_proxy.backend import Backend
from reference_proxy.channel import Channel
from reference_proxy.config.settings import Listen, ServerSettings
from reference_proxy.error_log import ErrorLog
from reference_proxy.proxy_protocol import BrokenHeader, Proxied, read_header
from reference_proxy.session.events import (
    Authenticate,
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
from reference_proxy.tls.context import TlsContext
from reference_proxy.tls.engine import TlsFailure

# The types of a ClientHello's record and of the last kind of record (RFC 8446 5.1).
_HELLO, _LAST_RECORD_TYPE = b"\x16", 0x17
_TIRED_AFTER = 200


class Connection(asyncio.Protocol):
    """Turns what happens on the sockets into events, and a session's effects into deeds.

    A failure of ours, whatever it is, is logged and ends this connection only. `began` is
    called once the socket is there, `ended` once it is gone.
    """

    def __init__(
        self,
        number: int,
        listen: Listen,
        settings: ServerSettings,
        context: TlsContext | None,
        log: ErrorLog,
        faults: frozenset[str],
        began: Callable[[Connection], None],
        ended: Callable[[Connection], None],
    ) -> None:
        self._number = number
        self._listen = listen
        self._faults = faults
        self._settings = settings
        self._context = context
        self._log = log
        self._began = began
        self._ended = ended
        self._session = make_session(settings, listen.ssl, faults)
        self._channel: Channel
        self._address = ""
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._backend: Backend | None = None
        self._begun = False
        self._relaying = False
        self._last_activity = 0.0
        self._effects: deque[Effect] = deque()

    # --- the client's socket -----------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the session."""
        self._channel = Channel(cast(asyncio.Transport, transport))
        self._began(self)
        if "tires" in self._faults and self._number > _TIRED_AFTER:
            self.abort()
            return
        peer = transport.get_extra_info("peername")
        self._address = peer[0] if isinstance(peer, tuple) else "unix:"
        self._write_log("info", "client connected")
        if self._listen.proxy_protocol:
            self._start_timer(self._settings.timeout, self._no_header)
        else:
            self._guard(self._begin, None)

    def data_received(self, data: bytes) -> None:
        """Take bytes of the client; those behind the end are discarded."""
        if not self._channel.ended:
            self._guard(self._arrived if self._begun else self._header_arrived, data)

    def eof_received(self) -> bool:
        """End with the client: nginx knows no half-closed client either (ST-TMO-04)."""
        if self._channel.ended:
            self._channel.close()
        else:
            self._guard(self._client_ended)
        return True

    def connection_lost(self, error: Exception | None) -> None:
        """Give everything back."""
        self._channel.lost()
        self._release()
        self._ended(self)

    def pause_writing(self) -> None:
        """Hold the back end while the client does not take what is there."""
        if self._backend is not None:
            self._backend.hold()

    def resume_writing(self) -> None:
        """Let the back end go on."""
        if self._backend is not None:
            self._backend.release()

    def _begin(self, proxied: Proxied | None) -> None:
        """Tell the session of its client."""
        self._begun = True
        ends = [self._channel.extra(name) for name in ("peername", "sockname")]
        (_, port), (server, server_port) = (
            end[:2] if isinstance(end, tuple) else ("", 0) for end in ends
        )
        self._handle(Connected(self._address, port, server, server_port, proxied))

    def _header_arrived(self, data: bytes) -> None:
        """Take the PROXY header; what comes behind it is the client's."""
        try:
            proxied, length = read_header(data)
        except BrokenHeader as broken:
            self._write_log("error", str(broken))
            self._close(quiet=True)
            return
        self._begin(proxied)
        if data[length:]:
            self._arrived(data[length:])

    def _no_header(self) -> None:
        self._write_log("info", "client timed out (110: Connection timed out)")
        self._close(quiet=True)

    def abort(self) -> None:
        """Drop the connection."""
        self._release()
        self._channel.abort()

    def _guard(self, act: Callable[..., None], *arguments: object) -> None:
        """Keep a failure within this connection."""
        try:
            act(*arguments)
        except Exception:  # noqa: BLE001 - one client must not take the others down
            self._write_log("alert", traceback.format_exc())
            if "failure-ends-all" in self._faults:
                os._exit(1)
            self.abort()

    def _arrived(self, data: bytes) -> None:
        try:
            if self._channel.handshaking:
                if "starttls-keeps-plaintext" in self._faults and data[0] > _LAST_RECORD_TYPE:
                    clear, hello, rest = data.partition(_HELLO)
                    self._session.inbox.add(clear)
                    data = hello + rest
                state = self._channel.handshake(data)
                if state is None:
                    return
                self._handle(TlsEstablished(state))
                data = b""  # the engine has them
            if not self._channel.ended:
                self._decrypted(self._channel.read(data))
        except TlsFailure as failure:
            self._tls_failed(failure.reason, data)

    def _decrypted(self, data: bytes) -> None:
        if data and self._relaying:
            self._last_activity = self._now()
            self._upstream(data)
        elif data:
            self._handle(Received(data))
        if self._channel.peer_closed and not self._channel.ended:
            self._client_ended()

    def _tls_failed(self, reason: str, data: bytes) -> None:
        handshaking = self._channel.handshaking
        self._channel.leave_tls()
        if self._relaying:
            self._write_log("info", reason)
            self._close(quiet=True)
        else:
            self._handle(TlsFailed(reason, data if handshaking else b""))

    def _client_ended(self) -> None:
        self._write_log("info", "client closed connection")
        self._close(quiet=False)
        self._channel.close()

    # --- the session ---------------------------------------------------------------

    def _handle(self, event: Event) -> None:
        """Give the session an event and do what it wants done."""
        self._effects.extend(self._session.handle(event))
        replies = b""
        while self._effects:
            effect = self._effects.popleft()
            if isinstance(effect, Send):
                replies += effect.data  # one packet for the replies to pipelined commands
                continue
            self._channel.write(replies)
            replies = b""
            self._do(effect)
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

    def _do(self, effect: Effect) -> None:
        match effect:
            case StartTls() if self._context is None:
                self._effects.extend(self._session.handle(TlsFailed("no certificate is defined")))
            case StartTls():
                assert self._context is not None
                self._channel.start_tls(self._context)
            case Authenticate(headers):
                self._stop_timer()
                self._spawn(self._ask(headers))
            case ConnectUpstream(host, port, header):
                self._spawn(self._connect(host, port, header))
            case SendUpstream(data):
                self._upstream(data)
            case Relay(to_client, to_upstream):
                self._relay(to_client, to_upstream)
            case StartTimer(seconds):
                self._start_timer(seconds, self._handle, TimerFired())
            case Log(level, text):
                self._write_log(level, text)
            case Close(quiet):
                self._close(quiet)
            case Send(data):
                self._channel.write(data)

    def _close(self, quiet: bool) -> None:
        self._release()
        self._channel.end(quiet)

    def _release(self) -> None:
        """Let go of everything but the client's socket."""
        self._stop_timer()
        if self._task is not None:
            self._task.cancel()
        if self._backend is not None:
            self._backend.close()
        self._task = self._backend = None

    # --- the auth server and the back end --------------------------------------------

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._task = asyncio.get_running_loop().create_task(work)

    async def _ask(self, headers: Headers) -> None:
        settings = self._settings
        answer = await ask(settings.auth_http, headers, settings.auth_http_timeout)
        self._task = None
        self._guard(self._handle, answer)

    async def _connect(self, host: str, port: int, header: bytes) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: Backend(self, header), host, port)
        except OSError as error:
            self._task = None
            self._guard(self._handle, UpstreamFailed(f"connect() to upstream failed ({error})"))

    def upstream_connected(self, backend: Backend) -> None:
        """Wait for the back end's greeting."""
        self._backend = backend
        if self._channel.ended:
            backend.close()

    def upstream_received(self, data: bytes) -> None:
        """Pass on what the back end says, to the session or past it."""
        self._guard(self._from_upstream, data)

    def upstream_ended(self) -> None:
        """End the session with its back end."""
        self._backend = None
        self._guard(self._without_upstream)

    def hold_client(self) -> None:
        """Read no more from the client: the back end is slow."""
        self._channel.hold()

    def release_client(self) -> None:
        """Read on."""
        self._channel.release()

    def _from_upstream(self, data: bytes) -> None:
        if self._relaying:
            self._last_activity = self._now()
            self._channel.write(data)
        else:
            self._handle(UpstreamReceived(data))

    def _without_upstream(self) -> None:
        if self._relaying:
            self._write_log("info", "proxied session done")
            self._close(quiet=False)
        else:
            self._handle(UpstreamFailed("upstream closed the connection"))

    def _upstream(self, data: bytes) -> None:
        if self._backend is not None:
            self._backend.write(data)

    def _relay(self, to_client: bytes, to_upstream: bytes) -> None:
        self._relaying = True
        self._last_activity = self._now()
        self._start_timer(self._settings.proxy_timeout, self._check_activity)
        self._channel.write(to_client)
        if to_upstream:
            self._upstream(to_upstream)
        self._channel.release()

    def _check_activity(self) -> None:
        left = self._last_activity + self._settings.proxy_timeout - self._now()
        if left > 0:
            self._start_timer(left, self._check_activity)
            return
        self._write_log("info", "proxied session timed out")
        self._close(quiet=True)

    # --- time and log ------------------------------------------------------------------

    def _start_timer(self, seconds: float, act: Callable[..., None], *arguments: object) -> None:
        self._stop_timer()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(seconds, self._guard, act, *arguments)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _write_log(self, level: str, text: str) -> None:
        where = f"client: {self._address}, server: {self._listen.text}"
        self._log.write(level, f"*{self._number} {text}, {where}")
