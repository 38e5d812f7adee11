"""Hypothesis strategies for streams: valid, nearly valid and hostile, cut at random.

A stream is a list of steps and not a state machine: it can be kept as a value,
played again elsewhere and shrunk by deletion. Content and segmentation are
drawn apart. Whatever is listed first is what shrinking moves to.
"""

from __future__ import annotations

import functools

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.harness.endpoint import Protocol

from .alphabet import ALPHABETS, LINE_ENDS, Alphabet
from .stream import Step, Stream, Then

MOST_STEPS = 6
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
    steps = st.lists(_steps(_texts(words)), max_size=MOST_STEPS)
    around = st.tuples(_few(_steps(_texts(words))), _upgrade(words), _few(_steps(_texts(words))))
    skeleton = around.map(lambda parts: [*parts[0], *parts[1], *parts[2]])
    return st.one_of(skeleton, skeleton, steps).map(lambda x: Stream(protocol, tuple(x)))


def _few(step: SearchStrategy[Step]) -> SearchStrategy[list[Step]]:
    return st.lists(step, max_size=MOST_STEPS // 2)


def _upgrade(words: Alphabet) -> SearchStrategy[list[Step]]:
    """The upgrade, and in three of four what is said behind it before the handshake."""
    asked = st.builds(bytes.__add__, _weighted(words.upgrades), _line_ends())
    behind = st.lists(_steps(_texts(words)), min_size=1, max_size=MOST_BEHIND)
    alone = _steps(asked, st.just(Then.WAIT)).map(lambda step: [step])
    joined = _steps(asked, st.sampled_from([Then.GLUE, Then.GLUE, Then.CUT]))
    followed = st.builds(lambda step, tail: [step, *tail], joined, behind)
    return st.one_of(alone, followed, followed, followed)


def _texts(words: Alphabet) -> SearchStrategy[bytes]:
    said = st.one_of(
        *[st.sampled_from(words.harmless)] * 3,
        st.sampled_from(words.odd),
        st.sampled_from(words.odd),
        st.sampled_from(words.logins),
        st.sampled_from(words.upgrades),
    )
    line = st.builds(bytes.__add__, said, _line_ends())
    tail = said.filter(bool)
    answer = st.sampled_from(words.answers).map(lambda text: text + b"\r\n")
    noise = st.binary(min_size=1, max_size=12)
    return st.one_of(line, line, line, line, tail, line.map(bytes.lower), answer, noise)


def _line_ends() -> SearchStrategy[bytes]:
    return st.sampled_from((*[b"\r\n"] * (3 * len(LINE_ENDS)), *LINE_ENDS))


def _weighted(texts: tuple[bytes, ...]) -> SearchStrategy[bytes]:
    return st.sampled_from((*[texts[0]] * len(texts), *texts))


_ANY = st.sampled_from([Then.WAIT, Then.WAIT, Then.GLUE, Then.GLUE, Then.CUT])


def _steps(
    texts: SearchStrategy[bytes], then: SearchStrategy[Then] = _ANY
) -> SearchStrategy[Step]:
    places = st.sampled_from([(), (), (), *[(place,) for place in _PLACES], _PLACES[:3]])
    return st.builds(_step, texts, places, then)


def _step(text: bytes, places: tuple[int, ...], then: Then) -> Step:
    offsets = (len(text) + x if x < 0 else x * len(text) // 100 for x in places)
    cuts = sorted({offset for offset in offsets if 0 < offset < len(text)})
    return Step(text, tuple(cuts), then)
