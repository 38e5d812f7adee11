"""How streams are drawn: valid, nearly valid and hostile, cut at random.

A stream is a list of steps and not a state machine: it can be kept as a value,
played again elsewhere and shrunk by deletion. Content and segmentation are
drawn apart. Each choice is one draw from a flat table; shrinking knows what is
plain (see `shrink`) and needs no help.
"""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

from conformance.harness.endpoint import Protocol, Way

from .alphabet import ALPHABETS, LINE_ENDS, NONSENSE
from .gesture import Gesture, Move
from .hello import length, telling
from .repertoire import repertoire
from .stream import Step, Stream, Then
from .walking import Pick, walked

T = TypeVar("T")

# Streams of a long campaign that are drawn from one seed.
LEG = 500

# How many steps are drawn: freely, before the upgrade, and after it.
_FREE = (0, 1, 2, 3, 4, 5, 6)
_AROUND = (0, 0, 1, 1, 2, 3)
_AROUND_PLAINLY = (0, 1, 2, 3, 4)
_BEHIND = (1, 1, 2, 3)
_NOISE = tuple(bytes([octet]) for octet in range(256))
_LONGEST_NOISE = 12
_FORMS = (
    *["upgrade"] * 12,
    *["session"] * 20,
    *["free", "torn", "hello", "plain"] * 3,
    *["login", "long"] * 2,
    "beside",
)
_TELLS = (*["alone"] * 4, *["cut up"] * 4, *["at once"] * 8, "broken off")
_TEXTS = (*["line"] * 8, *["beginning"] * 2, "answer", "noise")
# Where a text is cut, in hundredths of its length; -1 and -2 are before and inside its CRLF.
_PLACES = (-1, -2, 50, 1, 25, 75)
_CUTS: tuple[tuple[int, ...], ...] = (*[()] * 7, *((place,) for place in _PLACES), _PLACES[:3])
_CRLF, _LF, *_ = LINE_ENDS
# Most lines end as they should; the others have what a parser may trip over, even a line later.
_TRAPS = (*[b" \xff\r\n"] * 3, b' "\r\n', b" \\\r\n", b" {1}\r\n")
_ENDS = (*[_CRLF] * 40, *LINE_ENDS, *_TRAPS)
# Who looks for the upgrade's line to drop what follows may overlook it, spelled otherwise.
_UPGRADE_ENDS = (*[_CRLF] * 14, _LF, _LF, *LINE_ENDS)
# What fills a buffer, in front of what is to be kept: nginx's has 128 octets for POP3, or 4096.
_FILLERS = (*[b""] * 9, *(b"A" * size + _CRLF for size in (128, 1024, 4096)))
_LOWER = (False, False, False, False, True)
_WHOLE = (True, False)
# How hands are shaken otherwise than usual, and what is done in the middle of it all.
_HELLOS = (
    *(Move.BYTEWISE, Move.CUT, Move.FRAGMENTS, Move.STRAIGHT),
    *(Move.GARBAGE, Move.ALERT, Move.SILENCE, Move.SSLV2),
)
_BROKEN_OFF = (Move.RESET, Move.HALF_CLOSE)
_CUT_UP = (Move.BYTEWISE, Move.CUT, Move.FRAGMENTS)
_AT_CONNECT = (*[None] * 23, Move.BESIDE, *_CUT_UP, Move.CLEAR, *_BROKEN_OFF)
_SELDOM = (*[False] * 9, True)
_GESTURES = (
    *(*[None] * 36, *[Move.CLEAR] * 3, Move.CLOSE_NOTIFY, Move.HALF_CLOSE, Move.RESET),
    *(Move.BESIDE, Move.RENEGOTIATE),
)
# Rare, since each takes as long as many others: a server may have thrown the hello away.
_RARELY = (*[False] * 14, True)
# What no buffer holds, or barely; and what is patient with so many of the same.
_SIZES = (1024, 4096, 8192, 65536, 1048576)
_LONG = (b"A", b"A", b"0", b" ", b"{", b"\xff", b"\x00")
_MANY = 120
_ANY = (Then.WAIT, Then.WAIT, Then.GLUE, Then.GLUE, Then.CUT)
_WAITED = (Then.WAIT,)
_MOSTLY_WAITED = (*[Then.WAIT] * 9, Then.GLUE)
_ENDINGS = (b"*", b"!!!!")
_BEGUN = (True, True, False)


@st.composite
def streams(draw: st.DrawFn, protocol: Protocol, way: Way = Way.STARTTLS) -> Stream:
    """Streams of up to about a dozen steps, most of them with an upgrade inside if it has any."""

    def pick(among: Sequence[T]) -> T:
        choice: T = draw(_among(among))
        return choice

    return Stream(protocol, tuple(_speaker(pick, protocol, way).steps()))


def drawn(protocol: Protocol, seed: int, way: Way = Way.STARTTLS, leg: int = 0) -> Iterator[Stream]:
    """Distinct streams without end; the same for the same seed, whatever becomes of them.

    (The offsets at which a ClientHello is cut depend on how long the library makes it.)

    Every other one is of the repertoire, in an order of the seed's, as long as that lasts;
    an ordinary session is the first. A later leg goes on in the repertoire where the one
    before it has left off after `LEG` streams, and draws others. The rest are of `streams`,
    each picked by a generator of its own: Hypothesis takes thirty times as long over a draw,
    for the shrinking that is done here otherwise.
    """
    known: set[Stream] = set()
    first, *others = repertoire(protocol, way)
    random.Random(f"{seed} repertoire").shuffle(others)
    said = iter((first, *others)[leg * LEG // 2 :])
    for number in itertools.count():
        pick = random.Random(f"{seed + (leg << 32)} {number}").choice
        stream = Stream(protocol, tuple(_speaker(pick, protocol, way).steps()))
        for each in (*itertools.islice(said, 1), stream):
            if each not in known:
                known.add(each)
                yield each


@functools.lru_cache(maxsize=256)
def _among(choices: Sequence[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from(choices)


@functools.cache
def _offsets() -> tuple[int, ...]:
    """Where a ClientHello is cut: anywhere, and as often where it tells most."""
    anywhere = range(1, length())
    return (*telling() * (len(anywhere) // len(telling())), *anywhere)


def _speaker(pick: Pick, protocol: Protocol, way: Way) -> _Speaker:
    speaks = _SpeakerInside if way is Way.IMPLICIT else _Speaker
    return speaks(pick, protocol)


class _Speaker:
    """Speaks one protocol, by what is picked."""

    inside = False

    def __init__(self, pick: Pick, protocol: Protocol) -> None:
        self.pick = pick
        self.protocol = protocol
        self.words = words = ALPHABETS[protocol]
        self.kinds = (*[words.harmless] * 4, *[words.odd] * 2, words.logins, words.upgrades)

    def steps(self) -> list[Step | Gesture]:
        """One stream's; an unterminated line before the upgrade is for the free ones."""
        match self.pick(_FORMS):
            case "free":
                return [*self._anything(_FREE), *self._gesture()]
            case "torn":
                return self._torn()
            case "long":
                return self._long()
            case "plain":
                return self._plain()
            case "login":
                return self._login()
            case "session":
                return [*self._hello(), *self._session(), *self._gesture()]
            case "beside":
                return self._interrupted()
            case "hello":
                return [self._shaken(self.pick(_HELLOS)), *self._asked(), *self._after()]
        before = [self._step(self._line()) for _ in range(self.pick(_AROUND))]
        return [*before, *self._hello(), *self._upgrade(), *self._after()]

    def _asked(self) -> list[Step]:
        """The upgrade, as it should be asked for."""
        return [self._step(self.words.upgrades[0] + _CRLF, _WAITED)]

    def _after(self) -> list[Step | Gesture]:
        return [*self._anything(_AROUND), *self._gesture()]

    def _hello(self) -> list[Gesture]:
        return [self._shaken(self.pick(_HELLOS))] if self.pick(_SELDOM) else []

    def _shaken(self, move: Move) -> Gesture:
        return Gesture(move, at=self.pick(_offsets()) if move is Move.CUT else 0)

    def _gesture(self) -> list[Step | Gesture]:
        match self.pick(_GESTURES):
            case None:
                return []
            case Move.CLEAR:
                return [Gesture(Move.CLEAR, self._line())]
            case Move.CLOSE_NOTIFY:
                return [Gesture(Move.CLOSE_NOTIFY), *self._anything(_AROUND)]
            case move:
                return [Gesture(move)]

    def _torn(self) -> list[Step | Gesture]:
        """An exchange with the upgrade in its middle, whose second half must mean nothing then."""
        first, second = (self._step(x + _CRLF, _WAITED) for x in self.pick(self.words.torn))
        asked = self._asked()
        odd = Move.GLUED if self.pick(_RARELY) else self.pick((Move.STRAIGHT, None))
        begun = [first] if self.pick(_BEGUN) else []
        return [*begun, *([Gesture(odd)] if odd else []), *asked, second, *self._after()]

    def _interrupted(self) -> list[Step | Gesture]:
        """Lines and parts of lines on either side, and another client in their midst."""
        steps = [*self._anything(_AROUND), *self._asked(), *self._anything(_AROUND)]
        at = self.pick(range(len(steps) + 1))
        return [*steps[:at], Gesture(Move.BESIDE), *steps[at:]]

    def _session(self) -> list[Step | Gesture]:
        """A walk through a session; now and then something else is said, or not waited for."""
        steps = list[Step | Gesture]()
        thens = self.pick((_WAITED, _MOSTLY_WAITED))
        for text in walked(self.pick, self.protocol, self.inside):
            if self.pick(_RARELY):
                steps.append(self._step(self._line(), _WAITED))
            cut_up = self.pick(_SELDOM)
            steps.append(self._step(text, thens) if cut_up else Step(text, then=thens[0]))
        return steps

    def _login(self) -> list[Step | Gesture]:
        """A login that asks for answers, answered well or badly, on either side of the upgrade."""
        asked = self._asked()
        said = [self.pick(self.words.exchanges)]
        answers = (*self.words.answers, *_ENDINGS * 3)
        said += [self.pick(answers) for _ in range(self.pick(_BEHIND))]
        steps = [self._step(x + _CRLF, _WAITED) for x in said]
        before = self.pick(_WHOLE)
        return [*steps, *asked, *self._after()] if before else [*asked, *steps, *self._after()]

    def _plain(self) -> list[Step | Gesture]:
        """Lines without a trap, one at a time, on either side of the upgrade and of a second."""
        words = (*self.words.harmless * 3, *self.words.logins, *(self.words.unknown,) * 3)
        offers = (self.words.survey[:1], ())
        lines = [
            *self.pick(offers),
            *(self.pick(words) for _ in range(self.pick(_AROUND_PLAINLY))),
            self.words.upgrades[0],
            *self.pick(offers),
            *(self.pick(words) for _ in range(self.pick(_AROUND_PLAINLY))),
            *self.pick((self.words.upgrades[:2], ())),
        ]
        lower = self.pick(_WHOLE)
        lines = [line.lower() if lower else line for line in lines]
        return [Step(line + _CRLF, then=self.pick(_MOSTLY_WAITED)) for line in lines]

    def _long(self) -> list[Step | Gesture]:
        """A line that is too long, or lines that are too many, on either side of the upgrade."""
        if self.pick(_WHOLE):
            ends = (_CRLF, b"")
            said = self.pick(self.words.prefixes) + self.pick(_LONG) * self.pick(_SIZES)
            said += self.pick(ends)
        else:
            said = (self.pick((*NONSENSE * 2, *self.words.harmless)) + _CRLF) * _MANY
        before = self.pick(_WHOLE)
        asked = self._asked()
        return [Step(said), *asked] if before else [*asked, Step(said)]

    def _upgrade(self) -> list[Step | Gesture]:
        """The upgrade, and mostly what is said behind it before the handshake."""
        words = self.words.upgrades
        asked = self.pick((words[0],) * len(words) + words) + self.pick(_UPGRADE_ENDS)
        match self.pick(_TELLS):
            case "alone":
                return [self._step(asked, (Then.WAIT,))]
            case "cut up":
                return [self._step(asked, (Then.GLUE, Then.CUT)), *self._anything(_BEHIND)]
            case "broken off":
                return [self._step(asked, (Then.GLUE,)), Gesture(self.pick(_BROKEN_OFF))]
            case _:
                # What is to be kept must come with the upgrade: much of it in that very segment.
                told = self._line() if self.pick(_WHOLE) else self._beginning()
                told = self.pick(_FILLERS) + told
                return [self._step(asked, (Then.GLUE,)), Step(told)]

    def _anything(self, counts: tuple[int, ...]) -> list[Step]:
        return [self._step(self._text()) for _ in range(self.pick(counts))]

    def _step(self, text: bytes, thens: tuple[Then, ...] = _ANY) -> Step:
        places = self.pick(_CUTS)
        offsets = (len(text) + x if x < 0 else x * len(text) // 100 for x in places)
        cuts = sorted({offset for offset in offsets if 0 < offset < len(text)})
        return Step(text, tuple(cuts), self.pick(thens) if len(thens) > 1 else thens[0])

    def _text(self) -> bytes:
        """A line, the beginning of one, the answer to a challenge, or noise."""
        match self.pick(_TEXTS):
            case "line":
                return self._line()
            case "beginning":
                return self._beginning()
            case "answer":
                return self.pick(self.words.answers) + _CRLF
            case _:
                length = self.pick(range(1, _LONGEST_NOISE + 1))
                return b"".join(self.pick(_NOISE) for _ in range(length))

    def _line(self) -> bytes:
        line = self._word() + self.pick(_ENDS)
        return line.lower() if self.pick(_LOWER) else line

    def _beginning(self) -> bytes:
        return self._word() or b" "

    def _word(self) -> bytes:
        return self.pick(self.pick(self.kinds))


class _SpeakerInside(_Speaker):
    """Speaks it where TLS comes first: the upgrade is but one more thing to be refused."""

    inside = True

    def steps(self) -> list[Step | Gesture]:
        """One stream's; what is done before the handshake stands in front."""
        steps = super().steps()
        first = self.pick(_AT_CONNECT)
        if first is None:
            return steps
        if first is Move.CLEAR:
            return [Gesture(first, self._line()), *steps]
        return [self._shaken(first), *steps]

    def _asked(self) -> list[Step]:
        return super()._asked() if self.pick(_SELDOM) else []
