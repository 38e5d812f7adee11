"""Sessions without sockets: `talk` plays the driver, the auth server and the clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reference_proxy.config.settings import AuthHttp, ServerSettings, TlsSettings
from reference_proxy.session.core import Phase
from reference_proxy.session.events import (
    AuthAnswered,
    Authenticate,
    Close,
    Connected,
    Effect,
    Event,
    Received,
    Relay,
    Send,
    TimerFired,
    TlsEstablished,
    TlsState,
)
from reference_proxy.session.make import make_session

METHODS = {"imap": ("plain",), "pop3": ("plain",), "smtp": ("plain", "login")}
TLS = TlsState("TLSv1.3", "TLS_AES_256_GCM_SHA384")
REFUSE = (("auth-status", "no"), ("auth-wait", "1"))


def settings_for(protocol: str, **changes: Any) -> ServerSettings:
    values: dict[str, Any] = {
        "server_name": "mx.test",
        "protocol": protocol,
        "listens": (),
        "starttls": "on",
        "tls": TlsSettings(verify_client=changes.pop("verify", "off")),
        "auth_http": AuthHttp("127.0.0.1", 1, "/", "auth"),
        "auth_methods": METHODS[protocol],
    }
    return ServerSettings(**{**values, **changes})


class Talk:
    """A session and everything that it wanted done."""

    def __init__(self, protocol: str, *faults: str, implicit: bool = False, **changes: Any) -> None:
        client = changes.pop("client", Connected("192.0.2.1"))
        settings = settings_for(protocol, **changes)
        self.session = make_session(settings, implicit, frozenset(faults))
        self.effects: list[Effect] = []
        self.event(client)

    def event(self, event: Event) -> bytes:
        """Hand over an event; return what was sent to the client for it."""
        effects = self.session.handle(event)
        self.effects += effects
        return b"".join(effect.data for effect in effects if isinstance(effect, Send))

    def say(self, *pieces: bytes) -> bytes:
        """Send pieces, each a read of its own; bytes of a handshake are not the session's."""
        replies = b""
        for piece in pieces:
            if self.session.phase is not Phase.HANDSHAKE:
                replies += self.event(Received(piece))
        return replies

    def upgrade(self, state: TlsState = TLS) -> bytes:
        return self.event(TlsEstablished(state))

    def say_through(self, *pieces: bytes) -> bytes:
        """As `say`, with an auth server that refuses every login and lets the client go on."""
        replies = b""
        for piece in pieces:
            replies += self.say(piece)
            while self.session.phase in (Phase.ASKING, Phase.DELAYED):
                asking = self.session.phase is Phase.ASKING
                replies += self.event(AuthAnswered(REFUSE) if asking else TimerFired())
        return replies

    def asked(self) -> dict[str, str]:
        """Return the headers of the last question to the auth server."""
        return dict(self.last(Authenticate).headers)

    def last(self, kind: type[Any]) -> Any:
        return next(effect for effect in reversed(self.effects) if isinstance(effect, kind))

    @property
    def closed(self) -> bool:
        return any(isinstance(effect, Close) for effect in self.effects)

    @property
    def relayed(self) -> bool:
        return any(isinstance(effect, Relay) for effect in self.effects)


@pytest.fixture(scope="session")
def talk() -> Callable[..., Talk]:
    return Talk
