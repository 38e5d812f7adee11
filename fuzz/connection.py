"""A connection that is in clear until it is secured, and remembers what it did and heard."""

from __future__ import annotations

import contextlib
import select
from typing import TYPE_CHECKING

from conformance.harness.observation import Ending, Offer
from conformance.harness.patience import Deadline, Patience
from conformance.harness.tls.outcome import HandshakeFailed, ending_of
from conformance.harness.transcript import Layer, Side, Transcript
from conformance.harness.wire import ConnectionReset, Silence, Wire, WireError

from .account import NOBODY, Account
from .gesture import SIGN, Gesture
from .hello import OddChannel
from .replies import NOTHING, Heard, split
from .trace import Act

if TYPE_CHECKING:
    from .renegotiating import RenegotiatingChannel

# More than any answer to a client that is not logged in; parsed again at each arrival, so small.
HEARD_LIMIT = 256 * 1024
# Octets from which on a secret is told from other words.
_TELLING = 4


class Over(Exception):
    """Nothing more can be said or heard: how it ended."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending)
        self.ending = ending


class Connection:
    """Says and hears octets in the layer reached; raises `Over` at the end and `Silence`.

    `apart` are the seconds between two segments, for the server to read the
    first: fewer when it speaks. `renegotiates`: TLS is to be of a version and a library that
    can. `account` is whom tokens in what is said stand for;
    what is remembered, noted and shown has the tokens.
    """

    apart = 0.0
    renegotiates = False

    def __init__(self, wire: Wire, patience: Patience, account: Account = NOBODY) -> None:
        self.wire = wire
        self.patience = patience
        self.account = account
        self.protocol = wire.endpoint.protocol
        self.octets = {Layer.CLEAR: b"", Layer.TLS: b""}
        self.acts: list[Act] = []
        self._channel: OddChannel | RenegotiatingChannel | None = None
        self._begun: OddChannel | None = None
        self._glued = b""
        # What was said of secrets, with the tokens that stand for them.
        self._said: dict[bytes, bytes] = {}
        self._split: dict[Layer, tuple[bytes, Heard]] = {}

    @property
    def layer(self) -> Layer:
        """Where the next octet travels."""
        return Layer.TLS if self._channel else Layer.CLEAR

    def another(self) -> Connection:
        """A connection of somebody else's to the same listener."""
        return Connection(Wire(self.wire.endpoint, self.patience, Transcript()), self.patience)

    def heard(self) -> Heard:
        """The replies of the present layer so far."""
        return self.heard_in(self.layer)

    def heard_in(self, layer: Layer) -> Heard:
        """The replies of one layer so far."""
        octets = self.octets[layer]
        before, known = self._split.get(layer, (b"", NOTHING))
        if before is not octets:
            if not octets.startswith(before):
                known = NOTHING
            known = split(self.protocol, octets, known)
            self._split[layer] = octets, known
        return known

    def mark_heard(self) -> None:
        """Remember that here the answers were awaited."""
        if not self.acts or self.acts[-1].kind != "hear":
            self.acts.append(Act("hear"))

    def send(self, segments: list[bytes]) -> None:
        """Say octets, each element in a segment of its own."""
        for number, segment in enumerate(segments):
            if number:
                self.pause()
            self.acts.append(self._act(segment))
            self.wire.note(Side.CLIENT, self.layer, segment)
            octets = self._spelled(segment)
            try:
                (self._channel or self.wire).send(octets)
            except Silence:
                raise
            except WireError:
                # What the server said before it closed may still be there to be read.
                self.drain(self.patience.deadline())

    def _spelled(self, text: bytes) -> bytes:
        """The text with the account's secrets in it, which are remembered."""
        if b"%" not in text:
            return text
        # In the order in which they came: a stamp in clear holds inside TLS, too.
        heard = self.octets[Layer.CLEAR] + self.octets[Layer.TLS]
        self._said |= self.account.secrets(text, heard)
        self.wire.transcript.secrets |= self._said.keys()
        return self.account.spelled(text, heard)

    def _masked(self, heard: bytes) -> bytes:
        """What was heard, with tokens for what the server repeats of secrets.

        Too short a secret may be part of any word: there only the transcript is kept clear of it.
        """
        for value, token in self._said.items():
            if len(value) >= _TELLING:
                heard = heard.replace(value, token)
        return heard

    def _act(self, segment: bytes) -> Act:
        """A ClientHello of ours cannot be said twice: who repeats it makes one of his own."""
        if self._glued and segment.endswith(self._glued):
            return Act("glue", segment.removesuffix(self._glued))
        return Act("send", segment)

    def pause(self) -> None:
        """Leave the server the time to read what was said, or until it speaks."""
        select.select([self.wire], [], [], self.apart)

    def receive(self, deadline: Deadline) -> None:
        """Hear at least one more octet."""
        if not deadline.left():
            raise Silence("not answered in time")
        try:
            data = (self._channel or self.wire).receive(deadline)
        except Silence:
            raise
        except WireError as error:
            raise Over(ending_of(error)) from error
        if not data:
            raise Over(Ending.CLOSED)
        self.wire.note(Side.SERVER, self.layer, data)
        self.octets[self.layer] = self._masked(self.octets[self.layer] + data)
        if len(self.octets[self.layer]) > HEARD_LIMIT:
            raise Over(Ending.FLOOD)

    def drain(self, deadline: Deadline) -> None:
        """Hear to the end, which it raises as `Over`."""
        while True:
            self.receive(deadline)

    def hear_out(self, first: Deadline | None = None) -> None:
        """Hear to the end, which is ours: by our half-close, after a while if one is given.

        Raises `Over` with LOCAL, unless what was heard is no protocol or has no end.
        """
        self.mark_heard()
        try:
            if first:
                with contextlib.suppress(Silence):
                    self.drain(first)
            self.acts.append(Act("end"))
            self.wire.finish_sending()
            self.drain(self.patience.deadline())
        except Over as over:
            telling = over.ending in {Ending.GARBAGE, Ending.FLOOD}
            raise Over(over.ending if telling else Ending.LOCAL) from over

    def part_at(self, offset: int) -> bytes:
        """Forget, and return, what was heard in the present layer behind `offset`."""
        octets = self.octets[self.layer]
        self.octets[self.layer] = octets[:offset]
        return octets[offset:]

    def first_words(self) -> bytes:
        """The ClientHello of the next `secure`, for who says it himself."""
        self._begun = OddChannel(self.wire, Offer())
        self._glued = self._begun.first_words()
        return self._glued

    def secure(self, hello: Gesture | None, deadline: Deadline, come: bytes = b"") -> None:
        """Shake hands, beginning as the gesture says; from here on all is said inside TLS.

        `come` has come already where the ClientHello was said before.
        """
        named = str(hello or "").removeprefix(SIGN)
        self.acts.append(Act("handshake", named.encode()))
        channel = self._channel_for(hello, come)
        self._begun = None
        try:
            channel.handshake(deadline)
        except HandshakeFailed as failure:
            raise Over(failure.ending) from failure
        self._channel = channel

    def _channel_for(self, hello: Gesture | None, come: bytes) -> OddChannel | RenegotiatingChannel:
        if self.renegotiates and not (self._begun or hello):
            # What it stands on takes a tenth of a second to import, and few streams need it.
            from .renegotiating import RenegotiatingChannel

            return RenegotiatingChannel(self.wire)
        channel = self._begun or OddChannel(self.wire, Offer(), hello, self.apart)
        if come:
            channel.take(come)
        return channel

    def renegotiate(self, deadline: Deadline) -> bool | None:
        """Begin another handshake inside TLS: whether the server takes part. All is over then.

        None where nothing is done, since the ClientHello was an odd one.
        """
        if self._channel is None or isinstance(self._channel, OddChannel):
            return None
        self.acts.append(Act("renegotiate"))
        self.wire.note(Side.CLIENT, Layer.HANDSHAKE, b"another ClientHello, inside TLS")
        granted = self._channel.granted(deadline)
        answer = b"a handshake" if granted else b"no handshake"
        self.wire.note(Side.SERVER, Layer.HANDSHAKE, answer)
        return granted

    def end_tls(self) -> None:
        """Say close_notify."""
        if self._channel:
            self.acts.append(Act("close-notify"))
            self._channel.close()

    def heard_beneath(self, deadline: Deadline) -> bytes:
        """What comes behind the end of TLS, as it is, up to the end of all."""
        rest = self._channel.undeciphered() if self._channel else b""
        with contextlib.suppress(WireError):
            while len(rest) < HEARD_LIMIT and (data := self.wire.receive(deadline)):
                rest += data
        self.wire.note(Side.SERVER, Layer.CLEAR, rest)
        return rest

    def put_beneath(self, octets: bytes) -> None:
        """Say octets in clear, whatever layer was reached."""
        self.acts.append(Act("beneath" if self._channel else "send", octets))
        self.wire.note(Side.CLIENT, Layer.CLEAR, octets)
        with contextlib.suppress(ConnectionReset):
            self.wire.send(self._spelled(octets))
