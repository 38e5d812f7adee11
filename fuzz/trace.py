"""What a stream brought, as a value: what the oracles judge."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from conformance.harness.mail.words import Reply
from conformance.harness.observation import Ending
from conformance.harness.transcript import Layer, Transcript

# Where a stream got into TLS that a listener has from the connect on.
AT_CONNECT = -1


class Upgrade(StrEnum):
    """How far a stream's way into TLS led."""

    NONE = "not accepted"
    FAILED = "accepted, but no handshake"
    DONE = "done"


@dataclass(frozen=True)
class Said:
    """One line as it was said; `position` is its step's, counted from 0, None for one of ours."""

    position: int | None
    layer: Layer
    octets: bytes


@dataclass(frozen=True)
class Act:
    """One thing the client did.

    `send` octets in one segment, `glue` a ClientHello to them, or put them `beneath` TLS;
    `hear` answers; `handshake`, whose octets name the gesture with which it began; begin
    another one inside, `renegotiate`; say `close-notify`; or `end` sending.
    `beside`: another client does its own `acts`.
    """

    kind: str
    octets: bytes = b""
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True)
class Trace:
    """What a stream brought.

    `clear` and `inside` are the replies of each layer in order, the greeting
    first in its own. `behind` came in clear behind the positive answer to the upgrade,
    which is the step at `upgraded_at`; AT_CONNECT where TLS comes first, and needs no asking.
    `beneath` are the replies inside TLS before octets were put on the connection
    beneath it, None where none were. `afterwards` came behind the end of TLS then, or
    behind a hello that no handshake could follow (see `gesture`), None where there was
    neither; what was said behind such a hello is not in `said`.
    `finished`: the goodbye was said and answered, so nothing is outstanding; `stayed`: it was
    answered before we closed, and the server had not.
    `doubtful`: at some point the answers awaited did not all come in time.
    `entering` counts what was said, and heard in each layer, before a login was said that
    may have succeeded, None where none was: what comes behind it may be a back end's.
    `welcome`, of a control: how an ordinary session of the account goes that streams may log
    in with; None where there is none, or it is not let in.
    `deliberate`, of a control: the target takes a second or more over an error.
    `beside` are the traces of other clients that came and went meanwhile.
    `renegotiated`: another handshake was begun inside TLS, and the server took part in it.
    `ending` is CLOSED where the server closed in order, OPEN where it did so only
    after we had, LOCAL where a gesture was the end. `heard` are all octets of the
    two layers. `aftermath` tells why a new session afterwards did not work; "" if
    it did or was not tried.
    """

    said: tuple[Said, ...] = ()
    acts: tuple[Act, ...] = ()
    clear: tuple[Reply, ...] = ()
    inside: tuple[Reply, ...] = ()
    upgrade: Upgrade = Upgrade.NONE
    upgraded_at: int | None = None
    behind: bytes = b""
    afterwards: bytes | None = None
    beneath: int | None = None
    heard: tuple[bytes, bytes] = (b"", b"")
    finished: bool = False
    stayed: bool = False
    doubtful: bool = False
    deliberate: bool = False
    entering: tuple[int, int, int] | None = None
    welcome: Trace | None = None
    ending: Ending = Ending.CLOSED
    aftermath: str = ""
    beside: tuple[Trace, ...] = ()
    renegotiated: bool = False
    transcript: Transcript = field(default_factory=Transcript, compare=False)
    # What oracles have worked out of it (see `once`); a trace made of this one has none of it.
    worked_out: dict[object, tuple[object, object]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def implicit(self) -> bool:
        """Whether TLS comes first at this listener, before any word."""
        return self.upgraded_at == AT_CONNECT

    @property
    def greeted(self) -> Layer:
        """The layer in which the greeting comes."""
        return Layer.TLS if self.implicit else Layer.CLEAR

    def outside(self) -> Trace:
        """What was the target's own for sure, as if the client had left before it logged in."""
        if self.entering is None:
            return self
        said, clear, inside = self.entering
        lines = self.said[:said]
        asked = self.implicit or any(x.position == self.upgraded_at for x in lines)
        return replace(
            self,
            said=lines,
            clear=self.clear[:clear],
            inside=self.inside[:inside],
            upgrade=self.upgrade if asked else Upgrade.NONE,
            upgraded_at=self.upgraded_at if asked else None,
            finished=False,
            ending=Ending.LOCAL,
        )

    def replies(self, layer: Layer) -> tuple[Reply, ...]:
        """The replies of one layer."""
        return self.inside if layer is Layer.TLS else self.clear

    def octets(self, layer: Layer) -> bytes:
        """All that the client said in one layer."""
        return b"".join(said.octets for said in self.said if said.layer is layer)
