"""Hypothesis strategies for streams: valid, nearly valid and hostile, cut at random.

A stream is a list of steps and not a state machine: it can be kept as a value,
played again elsewhere and shrunk by deletion. Content and segmentation are
drawn apart. Whatever is listed first is what shrinking moves to.
"""

from __future__ import annotations

import functools
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.harness.endpoint import Protocol

from .alphabet import ALPHABETS, LINE_ENDS, Alphabet
from .stream import Step, Stream, Then

T = TypeVar("T")

MOST_STEPS = 6
MOST_AROUND = 3
MOST_BEHIND = 3
# Where a text is cut, in hundredths of its length; -1 and -2 are before and inside its CRLF.
_PLACES = (-1, -2, 50, 1, 25, 75)


@st.composite
def streams(draw: st.DrawFn, protocol: Protocol) -> Stream:
    """Streams of up to about a dozen steps, most of them with an upgrade inside."""
    return draw(_streams(protocol))


@functools.cache
def _streams(protocol: Protocol) -> SearchStrategy[Stream]:
    words = ALPHABETS[protocol]
    anything = _steps(_texts(words))
    # An unterminated line before the upgrade would swallow it: that is for the free lists.
    before = st.lists(_steps(_lines(words)), max_size=MOST_AROUND)
    after = st.lists(anything, max_size=MOST_AROUND)
    skeleton = st.tuples(before, _upgrade(words), after).map(lambda x: [*x[0], *x[1], *x[2]])
    free = st.lists(anything, max_size=MOST_STEPS)
    return _mixed((4, skeleton), (1, free)).map(lambda steps: Stream(protocol, tuple(steps)))


def _mixed(*parts: tuple[int, SearchStrategy[T]]) -> SearchStrategy[T]:
    """One of the strategies, by their weights; `one_of` would count a repeated one only once."""
    weighted = [strategy for weight, strategy in parts for _ in range(weight)]
    return st.sampled_from(weighted).flatmap(lambda strategy: strategy)


def _upgrade(words: Alphabet) -> SearchStrategy[list[Step]]:
    """The upgrade, and in three of four what is said behind it before the handshake."""
    asked = st.builds(bytes.__add__, _first_half_the_time(words.upgrades), _line_ends())
    alone = _steps(asked, st.just(Then.WAIT)).map(lambda step: [step])
    cut = _steps(asked, st.sampled_from([Then.GLUE, Then.CUT]))
    glued = _steps(asked, st.just(Then.GLUE))
    lines = st.lists(_steps(_texts(words)), min_size=1, max_size=MOST_BEHIND)
    # What is to be kept must come with the upgrade: much of it in that very segment.
    told = st.builds(Step, _mixed((2, _lines(words)), (1, _beginnings(words))))
    cut_up = st.builds(lambda step, behind: [step, *behind], cut, lines)
    at_once = st.builds(lambda step, behind: [step, behind], glued, told)
    return _mixed((1, alone), (1, cut_up), (2, at_once))


def _texts(words: Alphabet) -> SearchStrategy[bytes]:
    """Lines, beginnings of lines, answers to challenges, noise."""
    answer = st.sampled_from(words.answers).map(lambda text: text + b"\r\n")
    noise = st.binary(min_size=1, max_size=12)
    return _mixed((8, _lines(words)), (2, _beginnings(words)), (1, answer), (1, noise))


def _beginnings(words: Alphabet) -> SearchStrategy[bytes]:
    return _said(words).filter(bool)


def _lines(words: Alphabet) -> SearchStrategy[bytes]:
    line = st.builds(bytes.__add__, _said(words), _line_ends())
    return _mixed((4, line), (1, line.map(bytes.lower)))


def _said(words: Alphabet) -> SearchStrategy[bytes]:
    return _mixed(
        (4, st.sampled_from(words.harmless)),
        (2, st.sampled_from(words.odd)),
        (1, st.sampled_from(words.logins)),
        (1, st.sampled_from(words.upgrades)),
    )


def _line_ends() -> SearchStrategy[bytes]:
    return st.sampled_from((*[LINE_ENDS[0]] * (5 * len(LINE_ENDS)), *LINE_ENDS))


def _first_half_the_time(texts: tuple[bytes, ...]) -> SearchStrategy[bytes]:
    return st.sampled_from((*[texts[0]] * len(texts), *texts))


_ANY = st.sampled_from([Then.WAIT, Then.WAIT, Then.GLUE, Then.GLUE, Then.CUT])


def _steps(texts: SearchStrategy[bytes], then: SearchStrategy[Then] = _ANY) -> SearchStrategy[Step]:
    places = st.sampled_from([(), (), (), *[(place,) for place in _PLACES], _PLACES[:3]])
    return st.builds(_step, texts, places, then)


def _step(text: bytes, places: tuple[int, ...], then: Then) -> Step:
    offsets = (len(text) + x if x < 0 else x * len(text) // 100 for x in places)
    cuts = sorted({offset for offset in offsets if 0 < offset < len(text)})
    return Step(text, tuple(cuts), then)
