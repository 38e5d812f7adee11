"""Smaller and plainer streams: the fewest steps, then the simplest text, then the fewest cuts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from .alphabet import ALPHABETS
from .gesture import LAST_CUT, Gesture, Move
from .hello import telling
from .stream import Step, Stream, Then
from .trace import Trace

# Octets of a text left out one at a time, at the most.
_MOST_PLACES = 32

Fails = Callable[[Stream], bool]


def size(stream: Stream) -> tuple[int, int, int, str]:
    """The order of preference: steps, octets and how odd they are, cuts, and then the alphabet."""
    plain = _plain_lines(stream)
    said = [step.octets if isinstance(step, Gesture) else step.text for step in stream.steps]
    texts = [plain.index(text) if text in plain else 2 + _oddity(text) for text in said]
    cuts = sum(
        2 * len(step.cuts) + [Then.WAIT, Then.GLUE, Then.CUT].index(step.then)
        for step in stream.steps
        if isinstance(step, Step)
    )
    cuts += sum(_cuts(step) for step in stream.steps if isinstance(step, Gesture))
    return len(stream), sum(texts), cuts, str(stream)


def _cuts(gesture: Gesture) -> int:
    """How odd a ClientHello's cuts are: one is plainer than many, an early one than a late one."""
    return LAST_CUT + 1 if gesture.kind is Move.BYTEWISE else gesture.at


def _oddity(text: bytes) -> int:
    """The text's length; what is not printable counts tenfold, as does a missing CRLF."""
    line = text.removesuffix(b"\r\n")
    odd = sum(not 0x20 <= octet < 0x7F for octet in line) + (line == text)
    return len(line) + 9 * odd


def smallest(
    stream: Stream, fails: Fails, tries: int, seconds: float = float("inf")
) -> tuple[Stream, str]:
    """A stream that still fails and of which no single simplification does; and a note.

    The note is "", or says that the search stopped early: after so many tries,
    or at a target so slow that the seconds were over first.
    """
    tried: set[Stream] = set()
    until = time.monotonic() + seconds
    while True:
        simpler = None
        for candidate in simplifications(stream):
            if candidate in tried:
                continue
            if len(tried) == tries or time.monotonic() >= until:
                return stream, f"not the smallest: making it smaller ended after {len(tried)} tries"
            tried.add(candidate)
            if fails(candidate):
                simpler = candidate
                break
        if simpler is None:
            return stream, ""
        stream = simpler


def trimmed(stream: Stream, trace: Trace) -> Stream:
    """Without what was not said any more, because all was over: that cannot be why."""
    last = max((x.position for x in trace.said if x.position is not None), default=-1)
    steps = stream.steps
    end = last + 1
    while end < len(steps) and isinstance(steps[end], Gesture):
        end += 1
    return replace(stream, steps=steps[:end]) if last >= 0 else stream


def simplifications(stream: Stream) -> Iterator[Stream]:
    """Streams that differ from `stream` in one place and come before it, best first."""
    places = range(len(stream))
    # Of a long stream most can go, and halves of it are soon tried.
    sizes = [max(1, len(stream) >> bits) for bits in range(1, len(stream).bit_length() + 1)]
    fewer = [stream.without(at, many) for many in sizes for at in range(0, len(stream), many)]
    # One or two steps that stand together are mostly enough, and soon tried: leaving out one
    # step after the other costs a try, with its waits, for each of them.
    together = [stream.steps[at : at + many] for many in (1, 2) for at in places]
    candidates = [*(replace(stream, steps=steps) for steps in together), *fewer]
    for change in (_plainer_text, _fewer_cuts):
        for place in places:
            step = stream.steps[place]
            steps = change(stream, step) if isinstance(step, Step) else _plainer(stream, step)
            candidates += [stream.with_step(place, simpler) for simpler in steps]
    return (candidate for candidate in candidates if size(candidate)[:3] < size(stream)[:3])


def _plain_lines(stream: Stream) -> list[bytes]:
    words = ALPHABETS[stream.protocol]
    return [text + b"\r\n" for text in (*words.harmless[:1], *words.upgrades[:1])]


def _plainer_text(stream: Stream, step: Step) -> Iterator[Step]:
    plain = _plain_lines(stream)
    if step.text not in plain:
        ended = step.text.rstrip(b"\r\n") + b"\r\n"
        for text in (*plain, ended, *_shorter(step.text)):
            if text:
                yield replace(step, text=text, cuts=tuple(x for x in step.cuts if x < len(text)))


def _plainer(stream: Stream, gesture: Gesture) -> Iterator[Gesture]:
    if gesture.octets:
        yield from (replace(gesture, octets=text) for text in _plain_lines(stream))
    if gesture.kind is Move.BYTEWISE:
        yield from (Gesture(Move.CUT, at=at) for at in telling())
    yield from (replace(gesture, at=at) for at in _nearer(gesture.at))


def _nearer(at: int) -> Iterator[int]:
    """Smaller offsets: the first of all, then half of it, then by ever smaller steps."""
    if at > 1:
        yield 1
        yield from (at - (at >> bits) for bits in range(1, at.bit_length()))


def _shorter(text: bytes) -> Iterator[bytes]:
    """Without its last or first half; then without one octet, here or there."""
    half = len(text) // 2
    yield from (text[:half], text[half:])
    for at in range(0, len(text), max(1, len(text) // _MOST_PLACES)):
        yield text[:at] + text[at + 1 :]


def _fewer_cuts(stream: Stream, step: Step) -> Iterator[Step]:
    if step.cuts:
        yield replace(step, cuts=())
    for cut in step.cuts if len(step.cuts) > 1 else ():
        yield replace(step, cuts=tuple(x for x in step.cuts if x != cut))
    for then in (Then.WAIT, Then.GLUE):
        yield replace(step, then=then)
