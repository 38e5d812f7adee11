"""The form of what is answered: how many replies, with which tags, in which segments."""

from __future__ import annotations

from conformance.harness.endpoint import Protocol
from conformance.harness.mail.words import Kind, Reply
from conformance.harness.observation import Ending
from conformance.harness.transcript import Layer, escaped

from ..alphabet import GOODBYES, LOGINS
from ..replies import CONTINUATION, UNTAGGED, ended
from ..stream import TAG, UPGRADE_VERB, Stream
from ..trace import Trace, Upgrade
from .dialogue import GOODBYE, READY, too_many
from .oracle import LAYERS, TLS_RECORDS, answers_in, own_tags, plain, shapes, shown

# Octets that any server takes at once; nginx takes 128 for POP3, in all that is pipelined.
_SHORT = 100
# A line that no protocol allows, and the most that a server may have to tell, in octets: for each
# octet and each line that was said, and anyway.
_ENDLESS = 3000
_GAIN, _LIST, _GROUND = 4, 2048, 16384


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
    return any(sum(len(step.text) for step in burst.steps) > _SHORT for burst in stream.bursts)


def one_reply(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """As many replies as lines: never more, and fewer only if the server closed saying why."""
    findings = (_count(stream, trace, layer, control) for layer in LAYERS)
    return next((finding for finding in findings if finding), None)


def _count(stream: Stream, trace: Trace, layer: Layer, control: Trace) -> str | None:
    if more := too_many(stream.protocol, trace, layer):
        return more
    octets, answers = trace.octets(layer), answers_in(trace, layer)
    if trace.upgraded_at is not None and layer is Layer.CLEAR:
        return None
    lines = octets.count(b"\r\n")
    asleep = trace.ending in {Ending.TIMEOUT, Ending.OPEN} and not _deliberates(octets)
    # Who has said goodbye himself, and was answered late, is owed nothing for what he said then.
    finished = trace.finished and not (trace.doubtful and _took_leave(trace, layer))
    stuck = (finished or asleep) and not control.deliberate
    entitled = plain(stream, trace, layer) and not _pipelines_unasked(stream)
    entitled = entitled and not _spoke_on(stream, trace, layer)
    if stuck and entitled and len(answers) < lines:
        return f"{layer}: {len(answers)} replies to {lines} lines"
    return None if _long(stream) else _silent_close(trace, layer, lines, answers)


def _spoke_on(stream: Stream, trace: Trace, layer: Layer) -> bool:
    """Whether more was said before an upgrade that was asked for in the layer was answered.

    It may be dropped then, or taken for TLS, even where the answer is no (RFC 9051 6.2.1,
    RFC 3207 4, RFC 2595 4).
    """
    here = {x.position for x in trace.said if x.layer is layer}
    for burst in stream.bursts:
        steps = enumerate(burst.steps, burst.start)
        asks = [at in here and step.upgrades(stream.protocol) for at, step in steps]
        if any(asks[:-1]) or (any(asks) and trace.doubtful):
            return True
    return False


def _took_leave(trace: Trace, layer: Layer) -> bool:
    """Whether a goodbye was among what the stream itself said in the layer."""
    own = b"".join(x.octets for x in trace.said if x.layer is layer and x.position is not None)
    return any(word in own.upper() for word in GOODBYES)


def _silent_close(trace: Trace, layer: Layer, lines: int, answers: tuple[Reply, ...]) -> str | None:
    """An orderly close that answers a complete line with nothing at all."""
    last_layer = Layer.TLS if trace.upgrade is Upgrade.DONE else Layer.CLEAR
    closed = trace.ending is Ending.CLOSED and not trace.finished and layer is last_layer
    replies = trace.replies(layer)
    excused = replies[-1:] and (
        replies[-1].tag == GOODBYE or replies[-1].kind in {Kind.NEGATIVE, Kind.BYE, Kind.MALFORMED}
    )
    words = trace.octets(layer).upper()
    # Inside TLS there is no other TLS to go over to, unless the server has agreed to one.
    agreed = layer is Layer.CLEAR or any(x.tag == READY for x in answers)
    excuses = (*GOODBYES, *UPGRADE_VERB.values()) if agreed else GOODBYES
    asked_for = any(word in words for word in excuses)
    challenged = any(reply.kind is Kind.CONTINUE for reply in replies)
    if not closed or excused or asked_for or challenged or len(answers) >= lines:
        return None
    return f"{layer}: closed without a word after {shown(replies[-1:])}"


def tags(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """Every tag in a reply was sent in the same layer, as it is, and is answered once."""
    if stream.protocol is not Protocol.IMAP:
        return None
    for layer in LAYERS:
        sent, own = _sent_tags(stream, trace, layer), own_tags(stream, trace, layer)
        seen: set[str] = set()
        for reply in trace.replies(layer):
            tag = reply.tag
            if _record(stream, trace, layer, reply):
                break
            if tag in {UNTAGGED, CONTINUATION} or reply.kind is Kind.MALFORMED:
                continue
            if tag.encode("latin-1") not in sent:
                return f"{layer}: a reply with the tag {tag!r}, which was not sent there"
            if tag in seen and tag in own:
                return f"{layer}: the tag {tag!r} is answered twice"
            seen.add(tag)
    return None


class _Tags:
    """The tags that a server may have read in what was said: ours, and in odd lines any prefix."""

    def __init__(self, own: set[str], odd: bytes) -> None:
        self.own = own
        self.odd = odd

    def __contains__(self, tag: bytes) -> bool:
        if tag.decode("latin-1") in self.own:
            return True
        if b"%user" in self.odd or b"%passwordlen%" in self.odd:
            # Whose name that is, or how long his password, a stream does not tell.
            return True
        # A CR alone is part of a tag to some, and nothing at all to others.
        return bool(self.odd) and (tag in self.odd or tag in self.odd.replace(b"\r", b""))


def _sent_tags(stream: Stream, trace: Trace, layer: Layer) -> _Tags:
    clean = plain(stream, trace, layer) and not _untagged(stream, trace, layer)
    return _Tags(own_tags(stream, trace, layer), b"" if clean else trace.octets(layer))


def _untagged(stream: Stream, trace: Trace, layer: Layer) -> bool:
    """Whether a line was said there without a tag of ours: of a step, only the first has one."""
    positions = [x.position for x in trace.said if x.layer is layer and x.position is not None]
    texts = [stream.steps[position].text for position in positions]
    return any(not text.startswith(TAG + b" ") or b"\n" in text[:-1] for text in texts)


def _record(stream: Stream, trace: Trace, layer: Layer, reply: Reply) -> bool:
    """Whether it may be TLS: that is agreed to, or comes first, and our side of it never came."""
    if layer is not Layer.CLEAR or reply.lines[-1][:1] not in TLS_RECORDS:
        return False
    return trace.implicit or any(step.upgrades(stream.protocol) for step in stream.steps)


def well_formed(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """Every line is a reply of the protocol, ends in CRLF, and a list is ended."""
    for layer in LAYERS:
        replies = trace.replies(layer)
        for number, reply in enumerate(replies):
            last = number == len(replies) - 1 and not trace.finished
            listed = stream.protocol is Protocol.POP3 and not ended(reply)
            if _record(stream, trace, layer, reply):
                break
            if reply.kind is Kind.MALFORMED or (listed and not last):
                return f"{layer}: not a reply: {escaped(reply.lines[-1])[:80]}"
    return None


def comparable(stream: Stream, trace: Trace) -> bool:
    """Whether other cuts of the stream could show anything: if not, they need not be tried."""
    return not (trace.doubtful or _pipelines_unasked(stream))


def segmentation(stream: Stream, trace: Trace, other: Trace) -> str | None:
    """Other cuts of the same octets bring the same replies, as far as both lasted.

    What lies behind an accepted upgrade may be discarded or taken for TLS, by
    where it was cut: then only what came before is compared.
    """
    if not comparable(stream, trace) or other.doubtful:
        return None
    for layer in LAYERS:
        here, there = shapes(trace.replies(layer)), shapes(other.replies(layer))
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
                f"{layer}: cut, {shown(trace.replies(layer))}; whole, {shown(other.replies(layer))}"
            )
    return None


def bounded(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """A long line is refused, answered or hung up on, and nobody is told more than he asked for."""
    if trace.ending is Ending.FLOOD:
        return "answers without end"
    for layer in LAYERS:
        said = trace.octets(layer)
        longest = max(map(len, said.split(b"\n")))
        hangs = trace.ending in {Ending.TIMEOUT, Ending.OPEN} and not trace.finished
        open_ = _deliberates(said) or b"{" in said or b"+" in said
        if hangs and longest > _ENDLESS and not open_ and _last(trace, layer):
            return f"{layer}: a line of {longest} octets is neither answered nor refused"
        heard = sum(map(len, (line for reply in trace.replies(layer) for line in reply.lines)))
        if heard > _GAIN * len(said) + _LIST * said.count(b"\n") + _GROUND:
            return f"{layer}: {len(said)} octets are answered with {heard}"
    return None


def _last(trace: Trace, layer: Layer) -> bool:
    return layer is (Layer.TLS if trace.upgrade is Upgrade.DONE else Layer.CLEAR)


def _late(stream: Stream, trace: Trace) -> bool:
    """Whether the last answer may be a late one to something that was said before the goodbye."""
    if stream.protocol is not Protocol.IMAP or not trace.said:
        return trace.doubtful
    tag = trace.said[-1].octets.partition(b" ")[0].decode("latin-1")
    return (*trace.clear, *trace.inside)[-1].tag != tag


def goodbye(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """QUIT and LOGOUT are answered by a goodbye, and by the end of the connection."""
    if not trace.finished or _late(stream, trace):
        return None
    if trace.stayed:
        return "the goodbye is answered, and the connection stays open"
    last = trace.replies(Layer.TLS if trace.upgrade is Upgrade.DONE else Layer.CLEAR)
    kinds = {reply.kind for reply in last[-2:]}
    if stream.protocol is Protocol.IMAP and Kind.BYE not in kinds:
        return f"LOGOUT is answered without BYE: {shown(last[-1:])}"
    if stream.protocol is Protocol.SMTP and last[-1].tag not in {"221", "421"}:
        return f"QUIT is answered {shown(last[-1:])}"
    return None
