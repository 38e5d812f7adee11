"""What an oracle is, and how all of them look at a trace."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar, TypeVarTuple, cast

from conformance.harness.mail.words import Kind, Reply
from conformance.harness.transcript import Layer, escaped

from ..replies import completes_nothing
from ..stream import TAG, Stream
from ..trace import Trace

LAYERS = (Layer.CLEAR, Layer.TLS)
# How a record of TLS begins: change of cipher, alert, handshake, application data.
TLS_RECORDS = frozenset({b"\x14", b"\x15", b"\x16", b"\x17"})
# One line under any reading of RFC 3501, 1939 or 5321: no literal, quote or control character.
_PLAIN = rb"[!#-z|~][ !#-z|~]*\r\n"
PLAIN_LINES = re.compile(rb"(?:%s)*" % _PLAIN)


class Severity(StrEnum):
    """How bad a violation is."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"


@dataclass(frozen=True)
class Violation:
    """What an oracle saw: one sentence of evidence, with the server's octets escaped."""

    oracle: Oracle
    evidence: str


Judge = Callable[[Stream, Trace, Trace], str | None]


@dataclass(frozen=True)
class Oracle:
    """A named judgement; `requirement` is its id in the catalogue, `clause` where it comes from.

    `everywhere`: it judges what comes behind a login, too, where a back end may be who speaks.
    """

    name: str
    requirement: str
    severity: Severity
    clause: str
    judge: Judge
    everywhere: bool = False

    def __call__(self, stream: Stream, trace: Trace, other: Trace) -> Violation | None:
        """The violation that the trace shows, or None."""
        evidence = self.judge(stream, trace, other)
        return None if evidence is None else Violation(self, evidence)


Found = TypeVar("Found")
Which = TypeVarTuple("Which")


def once(
    find: Callable[[Stream, Trace, *Which], Found],
) -> Callable[[Stream, Trace, *Which], Found]:
    """The same function, which works once for each trace: a score of oracles ask for the same."""

    @functools.wraps(find)
    def known(stream: Stream, trace: Trace, *which: *Which) -> Found:
        key = (find, *which)
        before = trace.worked_out.get(key)
        if before is None or before[0] is not stream:
            before = trace.worked_out[key] = stream, find(stream, trace, *which)
        return cast("Found", before[1])

    return known


def shape(reply: Reply) -> tuple[str, ...]:
    """What of a reply does not depend on texts: its kind, tag or code, and whether it has lines."""
    return (reply.kind, reply.tag, "many" if len(reply.lines) > 1 else "one")


def shapes(replies: tuple[Reply, ...]) -> list[tuple[str, ...]]:
    """The shape of each."""
    return [shape(reply) for reply in replies]


def shown(replies: tuple[Reply, ...]) -> str:
    """Their last lines, escaped and short."""
    return " | ".join(escaped(reply.lines[-1])[:60] for reply in replies) or "nothing"


def plain(stream: Stream, trace: Trace, layer: Layer, last: int | None = None) -> bool:
    """Whether all that was said in the layer, up to a step, is plain lines outside a challenge."""
    said = b"".join(
        x.octets
        for x in trace.said
        if x.layer is layer and (last is None or (x.position or 0) <= last)
    )
    challenged = any(reply.kind is Kind.CONTINUE for reply in trace.replies(layer))
    return not challenged and PLAIN_LINES.fullmatch(said) is not None


def answers_in(trace: Trace, layer: Layer) -> tuple[Reply, ...]:
    """The replies that complete something, without the greeting."""
    replies = trace.replies(layer)[1 if layer is trace.greeted else 0 :]
    return tuple(reply for reply in replies if not completes_nothing(reply))


def own_tags(stream: Stream, trace: Trace, layer: Layer) -> set[str]:
    """The tags that we gave to lines said in the layer (IMAP)."""
    return {
        said.octets.split(b" ")[0].decode("latin-1")
        for said in trace.said
        if said.layer is layer
        and (said.position is None or stream.steps[said.position].text.startswith(TAG + b" "))
    }


def behind_records(octets: bytes) -> bytes:
    """What is left behind whole or unfinished TLS records.

    Reproducers have it as it stands, so it names nothing of ours and fits any Python.
    """
    while octets[:1] in (b"\x14", b"\x15", b"\x16", b"\x17"):
        octets = octets[5 + int.from_bytes(octets[3:5], "big") :]
    return octets
