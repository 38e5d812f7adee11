"""Plays a stream against a listener, and keeps what happened.

The end of a stream is found without waiting for quiet: after the last step comes
a command that no server may leave unanswered, then the protocol's goodbye, and
the server's close ends the trace. Only where our words are not answered, because
a literal or a challenge swallowed them, does a short grace pass and our own
half-close end it instead.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import dropwhile, takewhile

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.mail.words import Kind, Reply
from conformance.harness.observation import Ending
from conformance.harness.patience import Deadline, Patience
from conformance.harness.transcript import Layer, Side, Transcript
from conformance.harness.wire import Silence, Wire

from .account import NOBODY, Account, secret, uncut
from .alphabet import ALPHABETS
from .connection import Connection, Over
from .control import survey
from .gesture import Gesture, Move
from .hello import BROKEN
from .pace import MOST_APART, PATIENT, UNHURRIED, Pace
from .replies import Heard, completes_nothing
from .stream import TAG, Burst, Stream, Then
from .trace import AT_CONNECT, Act, Said, Trace, Upgrade

_OURS = b"w"


def run(
    stream: Stream,
    endpoint: Endpoint,
    patience: Patience,
    pace: Pace = UNHURRIED,
    account: Account = NOBODY,
) -> Trace:
    """The trace of `stream` at `endpoint`; raises Unreachable when nobody listens there."""
    transcript = Transcript()
    with Wire(endpoint, patience, transcript) as wire:
        trace = _Play(stream, Connection(wire, patience, account), pace).trace()
        wire.abort()
    return replace(trace, transcript=transcript)


def tag_of(position: int) -> bytes:
    """The IMAP tag that `#` stands for in the step at `position`."""
    return b"t%d" % (position + 1)


class _Play:
    """One stream on one connection, from the greeting to the goodbye."""

    def __init__(self, stream: Stream, connection: Connection, pace: Pace) -> None:
        self.stream = stream
        self.protocol = stream.protocol
        self.words = ALPHABETS[stream.protocol]
        self.connection = connection
        self.said: list[Said] = []
        self.kept = Trace()
        self.greeted_after = 0.0
        self.pace = pace
        # Lines of this layer that nobody answers: later ones must not wait for their share.
        self.unanswered = 0
        self.heard_before_goodbye: int | None = None
        self.hello: Gesture | None = None
        self.straight = False
        connection.renegotiates = stream.makes({Move.RENEGOTIATE})
        # Where the clear octets end that belong to a dialogue, once no handshake can follow.
        self.lost_at: int | None = None

    def trace(self) -> Trace:
        """Play it all and tell."""
        ending = Ending.CLOSED
        try:
            for burst in self._begin():
                self._burst(burst)
            self._goodbye()
        except Over as over:
            ending = over.ending
        except Silence:
            ending = Ending.TIMEOUT
        return self._told(ending)

    def _begin(self) -> Iterable[Burst]:
        """Come to the greeting, and return what is said behind it.

        Where TLS comes first, the gestures before any word are made before the handshake.
        """
        bursts: Sequence[Burst] = self.stream.bursts
        if self.connection.wire.endpoint.way is Way.IMPLICIT:
            self._secure_at_once(list(takewhile(_says_nothing, bursts)))
            bursts = list(dropwhile(_says_nothing, bursts))
        if self.lost_at is None:
            self._greeting()
        return bursts

    def _secure_at_once(self, before: list[Burst]) -> None:
        self.kept = replace(self.kept, upgrade=Upgrade.FAILED, upgraded_at=AT_CONNECT)
        self.connection.apart = self.pace.apart
        for burst in before:
            if burst.gesture and burst.gesture.kind is Move.CLEAR:
                octets = self._spelled(burst.gesture.octets, tag_of(burst.start))
                self.said.append(Said(None, Layer.CLEAR, octets))
                self.connection.send([octets])
            else:
                self._make(burst)
        # There is no line to glue it to.
        self.hello = None if self._glued() else self.hello
        self._shake_hands(0, hasty=bool(self.said))

    def _told(self, ending: Ending) -> Trace:
        if self.lost_at is not None:
            afterwards = self.connection.part_at(self.lost_at)
            self.kept = replace(self.kept, afterwards=afterwards)
        clear, inside = (self.connection.octets[x] for x in (Layer.CLEAR, Layer.TLS))
        if self.kept.ending is Ending.OPEN and ending is Ending.CLOSED:
            ending = Ending.OPEN
        return replace(
            self.kept,
            said=tuple(self.said),
            acts=tuple(self.connection.acts),
            clear=self.connection.heard_in(Layer.CLEAR).replies,
            inside=self.connection.heard_in(Layer.TLS).replies,
            heard=(clear, inside),
            ending=ending,
            finished=self._answered_goodbye(),
        )

    def _greeting(self) -> None:
        deadline = self.connection.patience.deadline()
        while not self.connection.heard().replies:
            self.connection.receive(deadline)
        self.connection.mark_heard()
        self.greeted_after = self.connection.wire.age
        self.connection.apart = min(MOST_APART, max(self.pace.apart, self.greeted_after))
        for text in self.words.introduction:
            self._say(text)

    def _burst(self, burst: Burst) -> None:
        """Say some steps segment by segment, then hear the answers or go into TLS."""
        segments = uncut(list(self._segments(burst)))
        if self.lost_at is not None:
            self.connection.pause()
            self.connection.send(segments)
            self._make(burst)
            return
        self._mark_entering(burst)
        asked: list[tuple[int, int]] = []
        for position, step in enumerate(burst.steps, burst.start):
            # Behind an unterminated line, the upgrade is but the end of that line.
            starts_a_line = not self.said or self.said[-1].octets.endswith(b"\n")
            clear = self.connection.layer is Layer.CLEAR
            if clear and starts_a_line and step.upgrades(self.protocol):
                asked.append((position, self._lines() - self.unanswered))
            octets = self._spelled(step.text, tag_of(position))
            self.said.append(Said(position, self.connection.layer, octets))
        hello = b""
        if asked and self._glued():
            hello = self.connection.first_words()
            segments[-1] += hello
        self.connection.send(segments)
        self._make(burst)
        accepted = self._await(asked)
        if accepted is not None:
            self._into_tls(*accepted)
        elif hello:
            # What became of it nobody knows: perhaps lines, perhaps the data of something.
            self.said.append(Said(None, self.connection.layer, hello))
            self.kept = replace(self.kept, doubtful=True)

    def _mark_entering(self, burst: Burst) -> None:
        """Remember how far all is the target's own: what comes behind a login may not be."""
        known = self.kept.entering is not None or self.connection.account is NOBODY
        if known or not any(secret(step.text) for step in burst.steps):
            return
        clear, inside = (self.connection.heard_in(x).replies for x in (Layer.CLEAR, Layer.TLS))
        self.kept = replace(self.kept, entering=(len(self.said), len(clear), len(inside)))

    def _make(self, burst: Burst) -> None:
        """Make the gesture that ends the burst, as far as it makes sense here; some are the end."""
        if burst.gesture is None:
            return
        inside = self.connection.layer is Layer.TLS
        match burst.gesture.kind:
            case Move.STRAIGHT:
                self.straight = True
            case move if move.hello:
                self.hello = burst.gesture
            case Move.RESET:
                self.connection.wire.abort()
                raise Over(Ending.LOCAL)
            case Move.BESIDE:
                self._beside()
            case Move.HALF_CLOSE:
                self.connection.hear_out()
            case Move.CLOSE_NOTIFY if inside:
                self.connection.end_tls()
                self.connection.hear_out(self._short())
            case Move.RENEGOTIATE if inside:
                granted = self.connection.renegotiate(self._short())
                if granted is not None:
                    self.kept = replace(self.kept, renegotiated=granted)
                    raise Over(Ending.LOCAL)
            case Move.CLEAR if inside:
                tag = tag_of(burst.start + len(burst.steps))
                self._put_beneath(self._spelled(burst.gesture.octets, tag))

    def _beside(self) -> None:
        """Have another client come and go: whether it is served must not depend on any haste."""
        asked = survey(self.protocol, self.connection.wire.endpoint.way is Way.IMPLICIT)
        other = self.connection.another()
        with other.wire:
            trace = _Play(asked, other, PATIENT).trace()
            other.wire.abort()
        told = f"another client: upgrade {trace.upgrade}, {'' if trace.finished else 'not '}served"
        self.connection.wire.note(Side.CLIENT, Layer.HANDSHAKE, told.encode())
        self.connection.acts.append(Act("beside", acts=trace.acts))
        self.kept = replace(self.kept, beside=(*self.kept.beside, trace))

    def _put_beneath(self, octets: bytes) -> None:
        """Say octets beneath TLS, and hear in both layers what comes of it."""
        self.kept = replace(self.kept, beneath=len(self.connection.heard().replies))
        self.connection.put_beneath(octets)
        try:
            self.connection.hear_out(self._short())
        except Over:
            rest = self.connection.heard_beneath(self._short())
            self.kept = replace(self.kept, afterwards=rest)
            raise

    def _segments(self, burst: Burst) -> Iterator[bytes]:
        held = b""
        for position, step in enumerate(burst.steps, burst.start):
            first, *others = step.pieces
            held += self._spelled(first, tag_of(position))
            for piece in others:
                yield held
                held = piece
            if step.then is not Then.GLUE:
                yield held
                held = b""
        if held:
            yield held

    def _spelled(self, text: bytes, tag: bytes) -> bytes:
        if self.protocol is not Protocol.IMAP or not text.startswith(TAG):
            return text
        return tag + text.removeprefix(TAG)

    def _lines(self) -> int:
        """How many lines said in this layer want a reply: all but those of `{n+}` literals."""
        octets = b"".join(x.octets for x in self.said if x.layer is self.connection.layer)
        unasked = octets.count(b"+}\r\n") if self.protocol is Protocol.IMAP else 0
        return octets.count(b"\n") - unasked

    def _answers(self, heard: Heard) -> list[tuple[Reply, int]]:
        """The replies of this layer that complete something, with their end offsets."""
        pairs = list(zip(heard.replies, heard.ends, strict=True))
        if self.connection.layer is self.kept.greeted:
            pairs = pairs[1:]
        return [pair for pair in pairs if not completes_nothing(pair[0])]

    def _await(self, asked: list[tuple[int, int]]) -> tuple[int, int] | None:
        """Hear until every line is answered, or an upgrade is accepted: its position and end."""
        wanted = self._lines() - self.unanswered
        deadline: Deadline | None = None
        while True:
            answers = self._answers(self.connection.heard())
            for position, index in asked:
                end = self._accepted(answers, position, index)
                if end is not None:
                    return position, end
            missing = wanted - len(answers)
            if missing <= 0:
                break
            deadline = deadline or self._short()
            try:
                self.connection.receive(deadline)
            except Silence:
                self.unanswered += missing
                self.kept = replace(self.kept, doubtful=True)
                break
        self.connection.mark_heard()
        return None

    def _accepted(self, answers: list[tuple[Reply, int]], position: int, index: int) -> int | None:
        """Where the positive answer to the upgrade ends: by its tag, or the layer's at `index`."""
        tag = tag_of(position).decode()
        if self.protocol is Protocol.IMAP:
            answer = next((x for x in answers if x[0].tag == tag), None)
        else:
            answer = next(iter(answers[index : index + 1]), None)
        return answer[1] if answer and answer[0].kind is Kind.POSITIVE else None

    def _into_tls(self, position: int, end: int) -> None:
        """Shake hands, if the hello allows it, and say the first words inside.

        They show whether anything else is answered there.
        """
        self.connection.mark_heard()
        behind = self.connection.part_at(end)
        self.kept = replace(self.kept, upgrade=Upgrade.FAILED, upgraded_at=position, behind=behind)
        glued = self._glued()
        self._shake_hands(end, behind if glued else b"", hasty=glued)
        if self.lost_at is None:
            self.unanswered = 0
            for text in () if self.straight else self.words.opening:
                self._say(text)

    def _glued(self) -> bool:
        """Whether the next ClientHello goes with the upgrade's own line."""
        return self.hello is not None and self.hello.kind is Move.GLUED

    def _shake_hands(self, end: int, come: bytes = b"", *, hasty: bool) -> None:
        """As the hello has it: with one that nothing can follow, all is lost behind `end`.

        `hasty`: what stands before the ClientHello, or its own place, may be why it is not
        answered; it may have been dropped, or taken for something else, and nobody waits for ever.
        """
        if self.hello and self.hello.kind in BROKEN:
            self.lost_at = end
            self.connection.put_beneath(BROKEN[self.hello.kind])
            return
        try:
            deadline = self._short(dropped=True) if hasty else self.connection.patience.deadline()
            self.connection.secure(self.hello, deadline, come)
        except Over:
            self.kept = replace(self.kept, doubtful=hasty or self.kept.doubtful)
            raise
        self.kept = replace(self.kept, upgrade=Upgrade.DONE)

    def _say(self, text: bytes) -> bool:
        """A line of our own, answered before anything else is said; whether it was."""
        number = sum(said.position is None for said in self.said) + 1
        tag = b"%s%d " % (_OURS, number) if self.protocol is Protocol.IMAP else b""
        octets = tag + text + b"\r\n"
        self.said.append(Said(None, self.connection.layer, octets))
        self.connection.send([octets])
        unanswered = self.unanswered
        self._await([])
        return self.unanswered == unanswered

    def _goodbye(self) -> None:
        """End the session, by our half-close if the server does not take the goodbye for one."""
        if self.lost_at is not None:
            self.connection.pause()
            self.connection.send([self.words.closing[0] + b"\r\n"])
            self.connection.hear_out(self._short())
        *markers, goodbye = self.words.closing
        swallowed = False
        for text in markers:
            swallowed = not self._say(text)
        if not swallowed:
            self.heard_before_goodbye = len(self.connection.heard().replies)
            self._say(goodbye)
            with contextlib.suppress(Silence):
                self.connection.drain(self._short())
        self.kept = replace(self.kept, ending=Ending.OPEN, stayed=self._answered_goodbye())
        self.connection.wire.finish_sending()
        self.connection.drain(self.connection.patience.deadline())

    def _answered_goodbye(self) -> bool:
        if self.heard_before_goodbye is None:
            return False
        last = self.connection.heard().replies[self.heard_before_goodbye :][-1:]
        return any(reply.kind in {Kind.POSITIVE, Kind.BYE} for reply in last)

    def _short(self, *, dropped: bool = False) -> Deadline:
        """Until when silence is no answer; `dropped`: what was said was perhaps never read."""
        # Who let us wait for so long once will do so again.
        pace = UNHURRIED if self.pace is PATIENT and self.kept.doubtful else self.pace
        hurried = pace.grace < UNHURRIED.grace
        if hurried and not (dropped or self._something_is_open()):
            pace = UNHURRIED
        patience = self.connection.patience
        seconds = max(pace.grace, pace.multiple * self.greeted_after)
        return Deadline.after(min(patience.answer, seconds) * patience.factor)

    def _something_is_open(self) -> bool:
        """Whether a literal or a challenge in this layer may take our words for its data."""
        layer = self.connection.layer
        if any(b"}" in x.octets for x in self.said if x.layer is layer):
            return True
        return any(x.kind is Kind.CONTINUE for x in self.connection.heard().replies)


def _says_nothing(burst: Burst) -> bool:
    return not burst.steps
