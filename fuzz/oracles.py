"""What must hold of every stream at every listener, as pure functions.

An oracle gets the stream, its trace and one other trace: the control, which is
what the upgrade alone brought at the same listener, or, for `segmentation`, the
same words cut differently. It answers with the violation it sees, or None. Each
abstains where a correct server has a choice: to discard what came behind an
upgrade, to refuse it, or to take it for TLS; to close after too many errors or
too long a line; to take a line for the data of a literal or a challenge.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from conformance.harness.endpoint import Protocol
from conformance.harness.mail.words import Kind, Reply
from conformance.harness.observation import Ending
from conformance.harness.transcript import Layer, escaped

from .alphabet import ALPHABETS, GOODBYES, LOGINS
from .replies import CONTINUATION, UNTAGGED, completes_nothing, ended
from .stream import TAG, UPGRADE_VERB, Stream
from .trace import Trace, Upgrade

_LAYERS = (Layer.CLEAR, Layer.TLS)
# One line under any reading of RFC 3501, 1939 or 5321: no literal, quote or control character.
_PLAIN_LINES = re.compile(rb"(?:[!#-z|~][ !#-z|~]*\r\n)*")
_LINE_END = re.compile(rb"\r\n|\r|\n")
# Octets that any server takes at once; nginx takes 128 for POP3, in all that is pipelined.
_SHORT = 100
_TLS_RECORDS = frozenset({20, 21, 22, 23})


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
    """A named judgement; `requirement` is its id in the catalogue, `clause` where it comes from."""

    name: str
    requirement: str
    severity: Severity
    clause: str
    judge: Judge

    def __call__(self, stream: Stream, trace: Trace, other: Trace) -> Violation | None:
        """The violation that the trace shows, or None."""
        evidence = self.judge(stream, trace, other)
        return None if evidence is None else Violation(self, evidence)


def shape(reply: Reply) -> tuple[str, ...]:
    """What of a reply does not depend on texts: its kind, tag or code, and whether it has lines."""
    return (reply.kind, reply.tag, "many" if len(reply.lines) > 1 else "one")


def _shapes(replies: tuple[Reply, ...]) -> list[tuple[str, ...]]:
    return [shape(reply) for reply in replies]


def _shown(replies: tuple[Reply, ...]) -> str:
    return " | ".join(escaped(reply.lines[-1])[:60] for reply in replies) or "nothing"


def _plaintext_survives(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """Inside TLS the first words are answered as after the upgrade alone, and nothing else is.

    A server that refuses what it heard, by one negative reply and a close, or by
    a close alone, is right too.
    """
    if trace.upgrade is not Upgrade.DONE or control.upgrade is not Upgrade.DONE:
        return None
    first = len(ALPHABETS[stream.protocol].opening)
    opening, expected = trace.inside[:first], control.inside[:first]
    if (
        not trace.finished
        and len(trace.inside) < first
        and _shapes(opening) == _shapes(expected[: len(opening)])
    ):
        return None
    refused = len(trace.inside) == 1 and trace.inside[0].kind in {Kind.NEGATIVE, Kind.BYE}
    # A refusal by tag answers that command: it was read as one.
    refused = refused and trace.inside[0].tag not in _own_tags(stream, trace, Layer.CLEAR)
    if refused and trace.ending in {Ending.CLOSED, Ending.RESET}:
        return None
    if _shapes(opening) == _shapes(expected):
        return None
    return f"inside TLS, first heard: {_shown(opening)}; expected: {_shown(expected)}"


def _clear_after_upgrade(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """Behind the positive reply the server sends TLS records or nothing.

    Without tags, only the first line's reply is beyond doubt: a reply too many
    to an earlier line would pass for the upgrade's.
    """
    if trace.upgraded_at is None or not _plain(stream, trace, Layer.CLEAR, trace.upgraded_at):
        return None
    if stream.protocol is not Protocol.IMAP and trace.upgraded_at > 0:
        return None
    if trace.behind and trace.behind[0] not in _TLS_RECORDS:
        return f"in clear behind the accepted upgrade: {escaped(trace.behind[:60])}"
    if trace.upgrade is Upgrade.FAILED and trace.ending is Ending.GARBAGE:
        return "the answer to our ClientHello is not TLS"
    return None


def _plain(stream: Stream, trace: Trace, layer: Layer, last: int | None = None) -> bool:
    """Whether all that was said in the layer, up to a step, is plain lines outside a challenge."""
    said = b"".join(
        x.octets
        for x in trace.said
        if x.layer is layer and (last is None or (x.position or 0) <= last)
    )
    challenged = any(reply.kind is Kind.CONTINUE for reply in trace.replies(layer))
    return not challenged and _PLAIN_LINES.fullmatch(said) is not None


def _pipelines_unasked(stream: Stream) -> bool:
    """POP3 and SMTP servers need only take several commands at a time if they advertise that."""
    return stream.pipelines and stream.protocol is not Protocol.IMAP


def _deliberates(octets: bytes) -> bool:
    """Whether the server may take its time over what was said: failed logins are often delayed."""
    return any(word in octets.upper() for word in LOGINS)


def _long(stream: Stream) -> bool:
    """Whether a buffer may be too small for something that is said at a time.

    The refusal of a line that is too long may be lost: closing over what was
    not read is a reset, and that takes back what is still to be sent.
    """
    return any(sum(len(step.text) for step in burst.steps) > _SHORT for burst in stream.bursts())


def _answers(trace: Trace, layer: Layer) -> tuple[Reply, ...]:
    replies = trace.replies(layer)[1 if layer is Layer.CLEAR else 0 :]
    return tuple(reply for reply in replies if not completes_nothing(reply))


def _one_reply(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """As many replies as lines: never more, and fewer only if the server closed saying why."""
    findings = (_count(stream, trace, layer) for layer in _LAYERS)
    return next((finding for finding in findings if finding), None)


def _count(stream: Stream, trace: Trace, layer: Layer) -> str | None:
    octets, answers = trace.octets(layer), _answers(trace, layer)
    negative = not answers or answers[-1].kind is not Kind.POSITIVE
    # A line without an end may be refused for its length, and a server may say why it closes.
    most = len(_LINE_END.findall(octets)) + (not octets.endswith((b"\r", b"\n")))
    most += negative and not trace.finished
    if len(answers) > most:
        return f"{layer}: {len(answers)} replies to {most} lines, last {_shown(answers[-1:])}"
    if trace.upgraded_at is not None and layer is Layer.CLEAR:
        return None
    lines = octets.count(b"\r\n")
    asleep = trace.ending in {Ending.TIMEOUT, Ending.OPEN} and not _deliberates(octets)
    stuck = trace.finished or asleep
    entitled = _plain(stream, trace, layer) and not _pipelines_unasked(stream)
    if stuck and entitled and len(answers) < lines:
        return f"{layer}: {len(answers)} replies to {lines} lines"
    return None if _long(stream) else _silent_close(trace, layer, lines, answers)


def _silent_close(trace: Trace, layer: Layer, lines: int, answers: tuple[Reply, ...]) -> str | None:
    """An orderly close that answers a complete line with nothing at all."""
    last_layer = Layer.TLS if trace.upgrade is Upgrade.DONE else Layer.CLEAR
    closed = trace.ending is Ending.CLOSED and not trace.finished and layer is last_layer
    replies = trace.replies(layer)
    excused = replies[-1:] and replies[-1].kind in {Kind.NEGATIVE, Kind.BYE, Kind.MALFORMED}
    words = trace.octets(layer).upper()
    asked_for = any(word in words for word in (*GOODBYES, *UPGRADE_VERB.values()))
    challenged = any(reply.kind is Kind.CONTINUE for reply in replies)
    if not closed or excused or asked_for or challenged or len(answers) >= lines:
        return None
    return f"{layer}: closed without a word after {_shown(replies[-1:])}"


def _tags(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """Every tag in a reply was sent in the same layer, as it is, and is answered once."""
    if stream.protocol is not Protocol.IMAP:
        return None
    for layer in _LAYERS:
        sent, own = _sent_tags(stream, trace, layer), _own_tags(stream, trace, layer)
        seen: set[str] = set()
        for reply in trace.replies(layer):
            tag = reply.tag
            if tag in {UNTAGGED, CONTINUATION} or reply.kind is Kind.MALFORMED:
                continue
            if tag.encode("latin-1") not in sent:
                return f"{layer}: a reply with the tag {tag!r}, which was not sent there"
            if tag in seen and tag in own:
                return f"{layer}: the tag {tag!r} is answered twice"
            seen.add(tag)
    return None


def _own_tags(stream: Stream, trace: Trace, layer: Layer) -> set[str]:
    return {
        said.octets.split(b" ")[0].decode("latin-1")
        for said in trace.said
        if said.layer is layer
        and (said.position is None or stream.steps[said.position].text.startswith(TAG + b" "))
    }


class _Tags:
    """The tags that a server may have read in what was said: ours, and in odd lines any prefix."""

    def __init__(self, own: set[str], odd: bytes) -> None:
        self.own = own
        self.odd = odd

    def __contains__(self, tag: bytes) -> bool:
        return tag.decode("latin-1") in self.own or (bool(self.odd) and tag in self.odd)


def _sent_tags(stream: Stream, trace: Trace, layer: Layer) -> _Tags:
    clean = _plain(stream, trace, layer) and not _untagged(stream, trace, layer)
    return _Tags(_own_tags(stream, trace, layer), b"" if clean else trace.octets(layer))


def _untagged(stream: Stream, trace: Trace, layer: Layer) -> bool:
    positions = [x.position for x in trace.said if x.layer is layer and x.position is not None]
    return any(not stream.steps[p].text.startswith(TAG + b" ") for p in positions)


def _well_formed(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """Every line is a reply of the protocol, ends in CRLF, and a list is ended."""
    for layer in _LAYERS:
        replies = trace.replies(layer)
        for number, reply in enumerate(replies):
            last = number == len(replies) - 1 and not trace.finished
            listed = stream.protocol is Protocol.POP3 and not ended(reply)
            if reply.kind is Kind.MALFORMED or (listed and not last):
                return f"{layer}: not a reply: {escaped(reply.lines[-1])[:80]}"
    return None


def _alive(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """A new session works after the stream, through the upgrade."""
    return trace.aftermath or None


def comparable(stream: Stream, trace: Trace) -> bool:
    """Whether other cuts of the stream could show anything: if not, they need not be tried."""
    return not (trace.doubtful or _pipelines_unasked(stream))


def _segmentation(stream: Stream, trace: Trace, other: Trace) -> str | None:
    """Other cuts of the same octets bring the same replies, as far as both lasted.

    What lies behind an accepted upgrade may be discarded or taken for TLS, by
    where it was cut: then only what came before is compared.
    """
    if not comparable(stream, trace) or other.doubtful:
        return None
    for layer in _LAYERS:
        here, there = _shapes(trace.replies(layer)), _shapes(other.replies(layer))
        if layer is Layer.TLS and Upgrade.FAILED in {trace.upgrade, other.upgrade}:
            return None
        # The last reply before an early close may itself be about the segment's length.
        common = min(
            len(here) if trace.finished else len(here) - 1,
            len(there) if other.finished else len(there) - 1,
        )
        both = trace.finished and other.finished
        if here[: max(common, 0)] != there[: max(common, 0)] or (both and len(here) != len(there)):
            return (
                f"{layer}: cut, {_shown(trace.replies(layer))}; "
                f"whole, {_shown(other.replies(layer))}"
            )
    return None


ALIVE = Oracle("still_alive", "stream.still_alive", Severity.HIGH, "availability", _alive)


def _oracles() -> Iterator[Oracle]:
    yield Oracle(
        "no_plaintext_survives_upgrade",
        "stream.plaintext_survives",
        Severity.CRITICAL,
        "RFC 9051 6.2.1, RFC 3207 4.2, RFC 2595 4",
        _plaintext_survives,
    )
    yield Oracle(
        "no_clear_after_upgrade",
        "stream.clear_after_upgrade",
        Severity.CRITICAL,
        "RFC 9051 6.2.1, RFC 3207 4, RFC 2595 4",
        _clear_after_upgrade,
    )
    yield ALIVE
    yield Oracle(
        "one_reply_per_command",
        "stream.one_reply_per_command",
        Severity.MEDIUM,
        "RFC 9051 2.2.2, RFC 1939 3, RFC 5321 4.2",
        _one_reply,
    )
    yield Oracle(
        "tag_fidelity", "stream.tag_fidelity", Severity.MEDIUM, "RFC 9051 2.2.1, 2.2.2", _tags
    )
    yield Oracle(
        "replies_are_well_formed",
        "stream.replies_are_well_formed",
        Severity.MEDIUM,
        "RFC 9051 9, RFC 1939 3, RFC 5321 4.2",
        _well_formed,
    )


ORACLES = tuple(_oracles())
SEGMENTATION = Oracle(
    "segmentation_is_invisible",
    "stream.segmentation",
    Severity.MEDIUM,
    "RFC 9293 3.9.1: TCP has no message boundaries",
    _segmentation,
)

# What a campaign without a find has proved as far as it went.
REQUIREMENTS = tuple(oracle.requirement for oracle in (*ORACLES, SEGMENTATION))
