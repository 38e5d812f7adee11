r"""A stream: all that one client says on one connection, as a value.

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
octets are written `\r \n \t \\ \xNN`. A line that starts with `;` is a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from conformance.harness.endpoint import Protocol

TAG = b"#"
UPGRADE_VERB = {
    Protocol.IMAP: b"STARTTLS",
    Protocol.POP3: b"STLS",
    Protocol.SMTP: b"STARTTLS",
}
_NAMED = {b"\r": r"\r", b"\n": r"\n", b"\t": r"\t", b"\\": r"\\"}
_OCTETS = {written: octet for octet, written in _NAMED.items()}
_RESERVED = b"|&;"
_TOKEN = re.compile(r"\\x[0-9a-f]{2}|\\[rnt\\]|[ -\[\]-~]")


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

    def upgrades(self, protocol: Protocol) -> bool:
        """Whether its first line asks for TLS, tagged by position where there are tags."""
        line, end, _ = self.text.partition(b"\n")
        if protocol is Protocol.IMAP:
            if not line.startswith(TAG):
                return False
            line = line.removeprefix(TAG)
        return end == b"\n" and line.upper().split()[:1] == [UPGRADE_VERB[protocol]]

    def __str__(self) -> str:
        return "|".join(_written(piece) for piece in self.pieces) + self.then


@dataclass(frozen=True)
class Stream:
    """What one client says, in order. `str` and `parse` are each other's inverse."""

    protocol: Protocol
    steps: tuple[Step, ...] = ()

    def __str__(self) -> str:
        return "\n".join([self.protocol, *map(str, self.steps)]) + "\n"

    def __len__(self) -> int:
        return len(self.steps)

    def whole(self) -> Stream:
        """The same said with no cut but where an answer is awaited."""
        glued = {Then.CUT: Then.GLUE}
        steps = (replace(s, cuts=(), then=glued.get(s.then, s.then)) for s in self.steps)
        return replace(self, steps=tuple(steps))

    def without(self, position: int) -> Stream:
        """The same without one step."""
        return replace(self, steps=self.steps[:position] + self.steps[position + 1 :])

    def with_step(self, position: int, step: Step) -> Stream:
        """The same with another step in that place."""
        return replace(self, steps=(*self.steps[:position], step, *self.steps[position + 1 :]))

    @property
    def pipelines(self) -> bool:
        """Whether more than one line is said at a time."""
        return any(
            b"\n" in b"".join(step.text for step in burst).removesuffix(b"\n")
            for _, burst in self.bursts()
        )

    def bursts(self) -> Iterator[tuple[int, tuple[Step, ...]]]:
        """The parts said without awaiting answers: position of the first, and the steps."""
        start = 0
        for position, step in enumerate(self.steps):
            if step.then is Then.WAIT or position == len(self.steps) - 1:
                yield start, self.steps[start : position + 1]
                start = position + 1


def parse(text: str) -> Stream:
    """The stream that is written so. Raises ValueError naming the line that is not one."""
    lines = [x for x in text.splitlines() if x.strip() and not x.startswith(";")]
    if not lines or lines[0] not in set(Protocol):
        raise ValueError("a stream starts with the name of its protocol")
    return Stream(Protocol(lines[0]), tuple(_step(line) for line in lines[1:]))


def _written(octets: bytes) -> str:
    return "".join(_sign(octets, at) for at in range(len(octets)))


def _sign(octets: bytes, at: int) -> str:
    octet = octets[at : at + 1]
    if octet in _NAMED:
        return _NAMED[octet]
    # A blank at either end would not survive an editor.
    blank_at_an_end = octet == b" " and at in {0, len(octets) - 1}
    if octet in _RESERVED or blank_at_an_end or not 0x20 <= octet[0] < 0x7F:
        return f"\\x{octet[0]:02x}"
    return octet.decode("ascii")


def _step(line: str) -> Step:
    then = Then(line[-1]) if line[-1] in "|&" else Then.WAIT
    pieces = [_octets(piece) for piece in line.removesuffix(then).split("|")]
    ends = [sum(map(len, pieces[:n])) for n in range(1, len(pieces))]
    try:
        return Step(b"".join(pieces), tuple(ends), then)
    except ValueError as error:
        raise ValueError(f"{line!r}: {error}") from error


def _octets(piece: str) -> bytes:
    tokens = _TOKEN.findall(piece)
    if "".join(tokens) != piece or "&" in tokens:
        raise ValueError(f"{piece!r} is not written as a stream is")
    return b"".join(_octet(token) for token in tokens)


def _octet(token: str) -> bytes:
    if token in _OCTETS:
        return _OCTETS[token]
    return bytes.fromhex(token[2:]) if token.startswith("\\x") else token.encode("ascii")
