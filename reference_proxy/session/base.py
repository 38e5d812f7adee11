"""A session as the driver sees it: every event has its answer here."""

from __future__ import annotations

from dataclasses import replace

from reference_proxy.proxy_protocol import real_address
from reference_proxy.session.core import LISTENING, Effects, Phase
from reference_proxy.session.events import (
    AuthAnswered,
    AuthFailed,
    Connected,
    Event,
    Log,
    Received,
    Send,
    StartTimer,
    StartTls,
    TimerFired,
    TlsEstablished,
    TlsFailed,
    UpstreamFailed,
    UpstreamReceived,
)
from reference_proxy.session.login import LoggingIn


class Session(LoggingIn):
    """One client's connection, from `Connected` to `Relay` or `Close`."""

    @property
    def listening(self) -> bool:
        """Whether the session wants to read from the client."""
        return self.phase in LISTENING or self.phase is Phase.SILENT

    def handle(self, event: Event) -> Effects:
        """Take an event; return what to do, in order. Nothing happens after the end."""
        if self.phase is Phase.CLOSED:
            return []
        match event:
            case Received(data):
                return self.received(data)
            case Connected():
                return self._connected(event)
            case TlsEstablished(state):
                return self.established(state)
            case TlsFailed(reason, unread):
                return self.tls_failed(reason, unread)
            case AuthAnswered(headers):
                return self.auth_answered(headers)
            case AuthFailed(reason) | UpstreamFailed(reason):
                return self.fail(reason)
            case UpstreamReceived(data):
                return self.upstream_received(data)
            case TimerFired():
                return self._timer_fired()

    def _connected(self, client: Connected) -> Effects:
        real = real_address(self.settings.real_ip_from, client.client_address, client.proxied)
        if real is not None and client.proxied is not None:
            client = replace(client, client_address=real, client_port=client.proxied.port)
        self.client = client
        timer = StartTimer(self.settings.timeout)
        if not self.implicit_tls:
            return [timer, *self.greet()]
        self.phase = Phase.HANDSHAKE
        return [timer, StartTls()]

    def _timer_fired(self) -> Effects:
        match self.phase:
            case Phase.SILENT:
                self.phase = Phase.COMMANDS
                return [StartTimer(self.settings.timeout), Send(self.greeting())]
            case Phase.DELAYED:
                return self.delay_over()
            case Phase.UPSTREAM:
                return self.fail("upstream timed out (110: Connection timed out)")
            case _:
                timed_out = Log("info", "client timed out (110: Connection timed out)")
                return self.end([timed_out], quiet=True)
