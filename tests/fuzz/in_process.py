"""The reference's session in the place of a server: the fuzzer's own player, and no socket.

The player, the alphabet and the oracles are those of a campaign; only what lies
between player and session is made up here. TLS is its events: octets that arrive
while a handshake is awaited fail it, as they would on the wire. The auth server lets
one account in and refuses every other login at once, and no time passes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.observation import Ending
from conformance.harness.patience import Deadline, Patience
from conformance.harness.transcript import Layer, Transcript
from conformance.harness.wire import Silence
from fuzz.account import Account
from fuzz.connection import Connection, Over
from fuzz.control import survey, welcome
from fuzz.executor import _Play
from fuzz.gesture import Gesture
from fuzz.oracles import ORACLES, SEGMENTATION, Violation, comparable
from fuzz.pace import HURRIED
from fuzz.stream import Stream
from fuzz.trace import Act, Trace
from reference_proxy.config.settings import AuthHttp, ServerSettings, TlsSettings
from reference_proxy.session.core import Phase
from reference_proxy.session.events import (
    AuthAnswered,
    Authenticate,
    Connected,
    ConnectUpstream,
    Effect,
    Event,
    Received,
    Relay,
    Send,
    SendUpstream,
    TimerFired,
    TlsEstablished,
    TlsFailed,
    TlsState,
    UpstreamReceived,
)
from reference_proxy.session.make import make_session
from tests.fuzz.mail_storage import GREETING, BackEnd

_METHODS = {
    "imap": ("plain", "login", "cram-md5"),
    "pop3": ("plain", "apop", "cram-md5"),
    "smtp": ("plain", "login"),
}
_KNOWN = Account("somebody", "password")
_PLACE = (("auth-server", "127.0.0.1"), ("auth-port", "1"))
# Of who showed a digest the proxy does not know the password.
_GRANTED = (("auth-status", "OK"), *_PLACE, ("auth-pass", "password"))
_REFUSAL = (("auth-status", "Invalid login or password"), ("auth-wait", "1"))
_STATE = TlsState("TLSv1.3", "TLS_AES_256_GCM_SHA384")
# As much as one read of the driver brings.
_READ = 16384


def settings_for(protocol: Protocol, starttls: str = "on") -> ServerSettings:
    """The listener that is played with."""
    return ServerSettings(
        server_name="mx.test",
        protocol=protocol.value,
        listens=(),
        starttls=starttls,
        tls=TlsSettings(),
        auth_http=AuthHttp("127.0.0.1", 1, "/", "auth"),
        auth_methods=_METHODS[protocol],
    )


class Line:
    """What takes the place of a wire: the driver's part, without its sockets."""

    age = 0.0

    def __init__(self, protocol: Protocol, faults: frozenset[str]) -> None:
        self.transcript = Transcript()
        self.endpoint = Endpoint("in-process", 0, protocol, Way.STARTTLS)
        self.session = make_session(settings_for(protocol), False, faults)
        self.waiting = b""
        self.over = self.relayed = False
        self.behind = BackEnd(protocol)
        self.event(Connected("192.0.2.1"))

    def note(self, *_: object) -> None:
        """Nothing is recorded: the trace has it all."""

    def event(self, event: Event) -> None:
        """Tell the session, and those whom it asks."""
        if self.over:
            return
        try:
            effects = self.session.handle(event)
        except ValueError:
            # Of a failure in a session the driver makes its end.
            self.over = True
            return
        for effect in effects:
            self._carry_out(effect)
        if self.session.phase is Phase.DELAYED:
            self.event(TimerFired())
        self.over = self.over or self.session.phase is Phase.CLOSED

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Send(data):
                self.waiting += data
            case Authenticate(headers):
                self.event(AuthAnswered(_GRANTED if _admitted(dict(headers)) else _REFUSAL))
            case ConnectUpstream():
                self.event(UpstreamReceived(GREETING[self.endpoint.protocol]))
            case SendUpstream(data):
                self.event(UpstreamReceived(self.behind.hear(data)))
            case Relay(to_client, to_upstream):
                self.relayed = True
                self.waiting += to_client
                self._relay(to_upstream)

    def _relay(self, data: bytes) -> None:
        self.waiting += self.behind.hear(data)
        self.over = self.over or self.behind.over

    def send(self, data: bytes) -> None:
        """Octets in clear: the session's, or those of a handshake that they spoil."""
        if self.relayed:
            # Who has closed relays nothing any more.
            if not self.over:
                self._relay(data)
            return
        for at in range(0, len(data), _READ):
            piece = data[at : at + _READ]
            handshake = self.session.phase is Phase.HANDSHAKE
            self.event(TlsFailed("no TLS", piece) if handshake else Received(piece))

    def receive(self, _: Deadline) -> bytes:
        """What is there; b"" at the end. There is nothing to wait for."""
        data, self.waiting = self.waiting, b""
        if not data and not self.over:
            raise Silence("nothing will come")
        return data

    def finish_sending(self) -> None:
        """The driver closes then."""
        self.over = True

    abort = finish_sending

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""


def _admitted(asked: dict[str, str]) -> bool:
    """Whether the auth server lets in who has shown that: by name alone where it is no password."""
    asked = {name.lower(): value for name, value in asked.items()}
    shown = asked.get("auth-method") != "plain" or asked.get("auth-pass") == _KNOWN.password
    return asked.get("auth-user") == _KNOWN.user and shown


class Inside:
    """What takes the place of a TLS channel: the session's plaintext as it is."""

    def __init__(self, line: Line) -> None:
        self.send, self.receive, self.close = line.send, line.receive, line.finish_sending

    def undeciphered(self) -> bytes:
        """Nothing is deciphered."""
        return b""


class Talk(Connection):
    """A connection to a session in this process."""

    wire: Line  # type: ignore[assignment]

    def another(self) -> Connection:
        """Another session, in this process too."""
        line = Line(self.protocol, self.wire.session.faults)
        return Talk(line, self.patience)  # type: ignore[arg-type]

    def pause(self) -> None:
        """Each segment is read for itself, at once."""

    def first_words(self) -> bytes:
        """Something that begins as a ClientHello."""
        self._begun = True  # type: ignore[assignment]
        return b"\x16\x03\x01\x02\x00"

    def secure(self, hello: Gesture | None, deadline: Deadline, come: bytes = b"") -> None:
        """The handshake is done, unless something stood in front of it or it came too early."""
        self.acts.append(Act("handshake"))
        if self._begun or self.wire.session.phase is not Phase.HANDSHAKE:
            clear = self.wire.waiting or not self.wire.over
            raise Over(Ending.TIMEOUT if self._begun else Ending.GARBAGE if clear else Ending.RESET)
        self._channel = Inside(self.wire)  # type: ignore[assignment]
        self.wire.event(TlsEstablished(_STATE))

    def renegotiate(self, deadline: Deadline) -> None:
        """There is no TLS that could be."""

    def put_beneath(self, octets: bytes) -> None:
        """Octets beneath TLS end it, or are those of a handshake."""
        self.acts.append(Act("send", octets))
        if self.layer is Layer.CLEAR:
            self.wire.send(octets)
        else:
            self.wire.event(TlsFailed("no TLS", octets))


@dataclass
class Play:
    """Plays streams with sessions that have these faults, and judges them as a campaign does."""

    protocol: Protocol
    faults: frozenset[str] = frozenset()
    said: int = 0
    control: Trace = field(init=False)

    def __post_init__(self) -> None:
        control = self.trace(survey(self.protocol))
        entered = self.trace(welcome(self.protocol))
        self.control = replace(control, welcome=entered)

    def trace(self, stream: Stream) -> Trace:
        """What a stream brings."""
        self.said += 1
        talk = Talk(Line(self.protocol, self.faults), Patience(), _KNOWN)  # type: ignore[arg-type]
        return _Play(stream, talk, HURRIED).trace()

    def violations(self, stream: Stream) -> list[Violation]:
        """What is wrong with it, the worst first."""
        trace = self.trace(stream)
        outside = trace.outside()
        told = (x(stream, trace if x.everywhere else outside, self.control) for x in ORACLES)
        seen = [x for x in told if x]
        whole = stream.whole()
        if seen or whole == stream or not comparable(stream, trace):
            return seen
        cut = SEGMENTATION(stream, outside, self.trace(whole).outside())
        return [cut] if cut else []
