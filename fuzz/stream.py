r"""A stream: all that one client says and does on one connection, as a value.

A stream does not say in which layer its lines travel. They go in clear until an
upgrade among them has been accepted and the handshake is done, inside TLS from
then on. So every list of steps is a stream, and deleting a step never makes
nonsense of the others.

The readable form is one step a line, after one line that names the protocol:

    imap
    # STARTTLS\r\n&
    # NO|OP\r\n

`#` at the start of an IMAP line stands for the tag of its position; without it
the line is said as it is. `|` is where a segment ends, `&` at the end of a line
glues the next one to it, and a line that ends with neither is answered before
more is said; where an upgrade was accepted, the handshake comes then. Other
octets are written `\r \n \t \\ \xNN`, and many of the same with their number,
`A\{4096}`. A line that starts with `!` is a gesture (see `gesture`); what is glued
to it is not answered before it is made. A line that starts with `;` is a comment.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

from conformance.harness.endpoint import Protocol

from .gesture import SIGN, Gesture, Move, gesture
from .writing import octets, written

TAG = b"#"
UPGRADE_VERB = {
    Protocol.IMAP: b"STARTTLS",
    Protocol.POP3: b"STLS",
    Protocol.SMTP: b"STARTTLS",
}


class Then(StrEnum):
    """What follows a step, by the sign that ends its line."""

    WAIT = ""
    CUT = "|"
    GLUE = "&"


@dataclass(frozen=True)
class Step:
    """One line of a command, with its line end if it has one, and how it is cut into segments.

    `cuts` are ascending offsets inside `text`, neither 0 nor its end.
    Raises ValueError for other offsets and for an empty text.
    """

    text: bytes
    cuts: tuple[int, ...] = ()
    then: Then = Then.WAIT

    def __post_init__(self) -> None:
        inside = range(1, len(self.text))
        if not self.text:
            raise ValueError("a step says at least one octet")
        if list(self.cuts) != sorted({cut for cut in self.cuts if cut in inside}):
            raise ValueError(f"cuts {self.cuts} are not ascending offsets inside {self.text!r}")

    @property
    def pieces(self) -> list[bytes]:
        """The text, cut."""
        edges = [0, *self.cuts, len(self.text)]
        return [self.text[a:b] for a, b in pairwise(edges)]

    @property
    def cut(self) -> bool:
        """Whether it comes in more segments than its answers ask for."""
        return bool(self.cuts) or self.then is Then.CUT

    def whole(self) -> Step:
        """The same said with no cut."""
        return Step(self.text, (), Then.GLUE if self.then is Then.CUT else self.then)

    def upgrades(self, protocol: Protocol) -> bool:
        """Whether its first line asks for TLS, tagged by position where there are tags."""
        line, end, _ = self.text.partition(b"\n")
        if protocol is Protocol.IMAP:
            if not line.startswith(TAG):
                return False
            line = line.removeprefix(TAG)
        return end == b"\n" and line.upper().split()[:1] == [UPGRADE_VERB[protocol]]

    def __str__(self) -> str:
        return "|".join(written(piece) for piece in self.pieces) + self.then


@dataclass(frozen=True)
class Burst:
    """What is said without awaiting answers, and the gesture that ends it, if one does.

    `start` is the position of its first step in the stream.
    """

    start: int
    steps: tuple[Step, ...]
    gesture: Gesture | None = None


@dataclass(frozen=True)
class Stream:
    """What one client says and does, in order. `str` and `parse` are each other's inverse."""

    protocol: Protocol
    steps: tuple[Step | Gesture, ...] = ()

    def __str__(self) -> str:
        return "\n".join([self.protocol, *map(str, self.steps)]) + "\n"

    def __len__(self) -> int:
        return len(self.steps)

    def whole(self) -> Stream:
        """The same said with no cut but where an answer is awaited."""
        if not any(isinstance(step, Step) and step.cut for step in self.steps):
            return self
        return replace(
            self, steps=tuple(x.whole() if isinstance(x, Step) else x for x in self.steps)
        )

    def makes(self, kinds: Container[Move]) -> bool:
        """Whether a gesture of these kinds is among its steps."""
        return any(isinstance(step, Gesture) and step.kind in kinds for step in self.steps)

    def without(self, position: int) -> Stream:
        """The same without one step."""
        return replace(self, steps=self.steps[:position] + self.steps[position + 1 :])

    def with_step(self, position: int, step: Step | Gesture) -> Stream:
        """The same with another step in that place."""
        return replace(self, steps=(*self.steps[:position], step, *self.steps[position + 1 :]))

    @cached_property
    def pipelines(self) -> bool:
        """Whether more than one line is said at a time."""
        return any(
            b"\n" in b"".join(step.text for step in burst.steps).removesuffix(b"\n")
            for burst in self.bursts
        )

    @cached_property
    def bursts(self) -> tuple[Burst, ...]:
        """The parts said without awaiting answers."""
        return tuple(self._bursts())

    def _bursts(self) -> Iterator[Burst]:
        start, steps = 0, list[Step]()
        for position, step in enumerate(self.steps):
            if isinstance(step, Gesture):
                yield Burst(start, tuple(steps), step)
                start, steps = position + 1, []
                continue
            steps.append(step)
            if step.then is Then.WAIT:
                yield Burst(start, tuple(steps))
                start, steps = position + 1, []
        if steps:
            yield Burst(start, tuple(steps))


def parse(text: str) -> Stream:
    """The stream that is written so. Raises ValueError naming the line that is not one."""
    lines = [x for x in text.splitlines() if x.strip() and not x.startswith(";")]
    if not lines or lines[0] not in set(Protocol):
        raise ValueError("a stream starts with the name of its protocol")
    return Stream(Protocol(lines[0]), tuple(_step(line) for line in lines[1:]))


def _step(line: str) -> Step | Gesture:
    if line.startswith(SIGN):
        return gesture(line)
    then = Then(line[-1]) if line[-1] in "|&" else Then.WAIT
    pieces = [octets(piece) for piece in line.removesuffix(then).split("|")]
    ends = [sum(map(len, pieces[:n])) for n in range(1, len(pieces))]
    try:
        return Step(b"".join(pieces), tuple(ends), then)
    except ValueError as error:
        raise ValueError(f"{line!r}: {error}") from error
