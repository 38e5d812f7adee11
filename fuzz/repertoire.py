"""The repertoire: everything that can be drawn, once, alone, where it can stand.

Chance says the same plain things again and again, and comes to a certain word in a certain
place late. So each word, spelling, line end, answer, gesture and length of the alphabet
has a stream of its own here, in clear and inside TLS, with no more around it than it needs;
what takes several of them together is left to chance. Some three hundred streams.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from conformance.harness.endpoint import Protocol, Way

from .alphabet import ALPHABETS, LINE_ENDS, NONSENSE
from .gesture import Gesture, Move
from .hello import hellos, telling
from .session import WORDS, Does, Word, ordinary
from .stream import Step, Stream, Then

_CRLF = b"\r\n"
# A buffer's worth, and what none holds.
_SIZES = (4096, 65536)
_OF_WHAT = (b"A", b"0", b" ", b"{", b"\xff", b"\x00")
_MANY = 120

Steps = tuple[Step | Gesture, ...]


def repertoire(protocol: Protocol, way: Way = Way.STARTTLS) -> list[Stream]:
    """All streams of it for such a listener, each once; the ordinary session is the first."""
    speaks = _Repertoire(protocol, way is Way.IMPLICIT)
    return list(dict.fromkeys(Stream(protocol, steps) for steps in speaks.streams()))


class _Repertoire:
    """What is said, by what it tries. `asked` is the way into TLS, if one has to ask."""

    def __init__(self, protocol: Protocol, implicit: bool) -> None:
        self.protocol = protocol
        self.words = words = ALPHABETS[protocol]
        self.implicit = implicit
        self.asked: Steps = () if implicit else (Step(words.upgrades[0] + _CRLF),)
        self.plain = Step(words.harmless[0] + _CRLF)

    def streams(self) -> Iterator[Steps]:
        """All of them."""
        yield self.asked
        yield from chain(
            self._words(),
            self._upgrades(),
            self._exchanges(),
            self._sessions(),
            self._hellos(),
            self._gestures(),
            self._lengths(),
            self._cuts(),
            self._neighbours(),
        )

    def _around(self, *steps: Step | Gesture) -> Iterator[Steps]:
        """The steps in clear, and inside TLS; the latter alone where nothing is said in clear."""
        yield (*self.asked, *steps)
        if not self.implicit:
            yield (*steps, *self.asked)

    def _words(self) -> Iterator[Steps]:
        """Each word on either side at once, as it is and in small letters."""
        words = self.words
        for text in (words.unknown, *words.harmless, *words.logins, *words.odd):
            for spelled in dict.fromkeys((text, text.lower())):
                said = Step(spelled + _CRLF)
                yield (said, *self.asked, said)

    def _upgrades(self) -> Iterator[Steps]:
        """Each spelling and each line end of the upgrade, alone and with a command behind it."""
        words = self.words
        first, *others = words.upgrades
        for text in (*(first + end for end in LINE_ENDS), *(x + _CRLF for x in others)):
            yield (Step(text),)
            yield (Step(text, then=Then.GLUE), self.plain)
            # Inside TLS, where it is to be refused.
            yield (*self.asked, Step(text))
        asked = Step(first + _CRLF, then=Then.GLUE)
        for tail in (*words.harmless, *words.logins, *words.odd):
            for end in (_CRLF, b""):
                yield (asked, Step(tail + end or b" "))
        yield (Step(first + _CRLF, then=Then.CUT), self.plain)

    def _exchanges(self) -> Iterator[Steps]:
        """Each login that asks for answers with each of them; each torn one."""
        for first in self.words.exchanges:
            for answer in self.words.answers:
                yield from self._around(Step(first + _CRLF), Step(answer + _CRLF))
        for first, second in self.words.torn:
            begun, ended = Step(first + _CRLF), Step(second + _CRLF)
            for straight in ((), (Gesture(Move.STRAIGHT),)):
                yield (begun, *straight, *self.asked, ended)
                yield (*straight, *self.asked, ended)

    def _sessions(self) -> Iterator[Steps]:
        """Each way to log in, inside, in clear, and inside behind one that was given up in clear.

        Behind it comes what an ordinary session does, the upgrade, and the end.
        """
        words = WORDS[self.protocol]
        later = [x for x in ordinary(self.protocol) if x.does in {Does.NOTHING, Does.OPEN}]
        later += [x for x in words if x.does in {Does.UPGRADE, Does.MAILBOX}]
        later += [x for x in words if x.does is Does.LEAVE]
        for way in self._ways_in():
            said = self._lines(*way, *later)
            yield from self._around(*said)
            *begun, last = self._lines(*way)
            rest = self._lines(*later[:2])
            yield (*self.asked, *begun, replace(last, then=Then.GLUE), *rest)
            if not self.implicit:
                yield (*self._given_up(way), *self.asked, *said)

    def _ways_in(self) -> Iterator[tuple[Word, ...]]:
        words = WORDS[self.protocol]
        halves = tuple(x for x in words if x.does in {Does.NAME, Does.PASSWORD})
        yield from filter(None, [halves])
        for word in words:
            if word.does is Does.LOGIN:
                yield (word,)
            elif word.does is Does.ASK:
                yield (word, *(Word(text, Does.ANSWER) for text in word.answers))

    def _given_up(self, way: tuple[Word, ...]) -> Steps:
        """The beginning of a login, and the end of an exchange if one was begun."""
        asked = way[0].does is Does.ASK and way[0].by
        return self._lines(*way[:1], *([Word(b"*", Does.CANCEL)] if asked else []))

    def _lines(self, *words: Word) -> tuple[Step, ...]:
        tagged = self.protocol is Protocol.IMAP
        untagged = {Does.ANSWER, Does.CANCEL}
        tags = (b"# " if tagged and word.does not in untagged else b"" for word in words)
        return tuple(Step(tag + x.text + _CRLF) for tag, x in zip(tags, words, strict=True))

    def _hellos(self) -> Iterator[Steps]:
        """Each way to begin a handshake, and a command behind it."""
        for hello in hellos(telling()):
            yield (hello, *self.asked, self.plain)

    def _gestures(self) -> Iterator[Steps]:
        """Each other gesture, in clear, in the place of a handshake, and inside."""
        for move in (Move.HALF_CLOSE, Move.RESET, Move.CLOSE_NOTIFY):
            yield from self._around(Gesture(move))
            yield from self._around(self.plain, Gesture(move))
            if not self.implicit:
                yield (Step(self.words.upgrades[0] + _CRLF, then=Then.GLUE), Gesture(move))
        for said in ((), (self.plain,)):
            yield (*self.asked, *said, Gesture(Move.RENEGOTIATE))
        for text in (self.words.harmless[0], *self.words.logins, self.words.upgrades[0]):
            yield (*self.asked, Gesture(Move.CLOSE_NOTIFY), Step(text + _CRLF))
        for octets in (self.plain.text, self.words.unknown + _CRLF, b"\x00" * 5):
            yield from self._around(Gesture(Move.CLEAR, octets))

    def _lengths(self) -> Iterator[Steps]:
        """Lines that are long, with and without an end, and lines that are many."""
        texts = [prefix + b"A" * size for prefix in self.words.prefixes for size in _SIZES]
        texts += [octet * _SIZES[-1] for octet in _OF_WHAT]
        for text in texts:
            yield from self._around(Step(text + _CRLF))
        yield from self._around(Step(b"A" * _SIZES[-1]))
        for line in (*NONSENSE, self.words.harmless[0]):
            yield from self._around(Step((line + _CRLF) * _MANY))

    def _cuts(self) -> Iterator[Steps]:
        """Two commands at a time, and one cut at its end, before that, and everywhere."""
        one, other = (text + _CRLF for text in self.words.harmless[:2])
        for then in (Then.GLUE, Then.CUT):
            yield from self._around(Step(one, then=then), Step(other))
        for cuts in ((len(one) - 1,), (len(one) - 2,), tuple(range(1, len(one)))):
            yield from self._around(Step(one, cuts), Step(other))

    def _neighbours(self) -> Iterator[Steps]:
        """Another client in the middle of a line, of an exchange and of a handshake."""
        beside = Gesture(Move.BESIDE)
        yield (beside, *self.asked)
        for text in (*self.words.harmless[:1], *self.words.logins):
            line = text + _CRLF
            middle = len(line) // 2
            yield from self._around(Step(line[:middle], then=Then.CUT), beside, Step(line[middle:]))
        for first in self.words.exchanges:
            answer = Step(self.words.answers[0] + _CRLF)
            yield from self._around(Step(first + _CRLF), beside, answer)
        if not self.implicit:
            yield (Step(self.words.upgrades[0] + _CRLF, then=Then.GLUE), beside)
