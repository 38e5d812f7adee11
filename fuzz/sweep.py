"""The sweep: every split and join around the upgrade, without chance.

Where the search draws, this enumerates. The words are few: the upgrade with every
line end, and behind it nothing, a command, a part of one, several, or the beginning
of a ClientHello. Their octets are then laid over TCP segments in every way that a
parser may trip over: all in one, cut once at every offset, cut twice around the
joins, each octet by itself; so is the real ClientHello behind them, by the gestures
that there are for it: behind the upgrade alone it is cut once at every offset, too.
The same streams come in the same order each time, the plainest first, so the first
hundred or two are a sweep of their own: all that is said, in one segment and cut
where the lines join.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, chain, combinations

from conformance.harness.endpoint import Endpoint, Protocol
from conformance.harness.patience import Patience

from .alphabet import ALPHABETS, LINE_ENDS
from .campaign import search
from .finding import Finding
from .gesture import BROKEN_HELLOS, WHOLE_HELLOS, Gesture, Move
from .hello import hellos, length
from .stream import Step, Stream, Then

_CRLF = b"\r\n"
# Offsets this far from a join, or from the end, are also cut two at a time.
_NEAR = 2
# The headers of a record and of the ClientHello in it. A part of them before our own ClientHello is
# seen to be wrong at once; with the version, too, a server would rightly wait for a longer record.
_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"

Cuts = tuple[int, ...]


@dataclass(frozen=True)
class Words:
    """What is said at a time, in texts that each are a step, and how hands are shaken then."""

    protocol: Protocol
    texts: tuple[bytes, ...]
    hello: Gesture | None = None

    @property
    def length(self) -> int:
        """How many octets it is."""
        return sum(map(len, self.texts))

    @property
    def joins(self) -> Cuts:
        """The offsets where one text ends and the next begins."""
        return tuple(accumulate(map(len, self.texts[:-1])))

    def cut(self, cuts: Cuts) -> Stream:
        """The stream that says it in segments which end at these offsets."""
        steps: list[Step | Gesture] = [self.hello] if self.hello else []
        start = 0
        for text in self.texts:
            end = start + len(text)
            inside = tuple(cut - start for cut in cuts if start < cut < end)
            then = Then.WAIT if end == self.length else Then.CUT if end in cuts else Then.GLUE
            steps.append(Step(text, inside, then))
            start = end
        return Stream(self.protocol, tuple(steps))


def streams(protocol: Protocol) -> Iterator[Stream]:
    """All streams of the sweep, each once: `count` of them.

    The order is fixed: all words in one segment, then cut at the joins, which
    makes `short` of them; then the ClientHello behind the upgrade alone, cut at every
    offset; then the words cut in every other way, one after the other.
    """
    said = list(words(protocol))
    cut = [one for one in cut_hellos(protocol) if one not in said]
    rounds = ((said, _whole), (said, _at_joins), (cut, _whole), (said, _elsewhere))
    return (one.cut(cuts) for some, ways in rounds for one in some for cuts in ways(one))


@cache
def count(protocol: Protocol) -> int:
    """How many streams the sweep has: 2,500 to 3,000, with a ClientHello of 517 octets."""
    return sum(1 for _ in streams(protocol))


@cache
def short(protocol: Protocol) -> int:
    """How many of them come first that cut no line: less than two hundred."""
    return sum(1 for one in words(protocol) for _ in ((), *_at_joins(one)))


def sweep(
    endpoint: Endpoint,
    only: int | None = None,
    seconds: float | None = None,
    *,
    listener: str = "",
    patience: Patience | None = None,
) -> list[Finding]:
    """At most one finding of each kind, the worst first, after all streams or the first `only`.

    `seconds` and what is raised are as for a campaign.
    """
    number = count(endpoint.protocol) if only is None else only
    said = streams(endpoint.protocol)
    return search(endpoint, said, number, seconds, listener=listener, patience=patience)


def words(protocol: Protocol) -> Iterator[Words]:
    """All that is said, each once, uncut."""
    in_clear = chain(_alone(protocol), _with_tails(protocol), _behind_a_command(protocol))
    return iter(dict.fromkeys(chain(in_clear, _shaking(protocol))))


def _alone(protocol: Protocol) -> Iterator[Words]:
    """The upgrade with every line end; oddly spelled, with the right one; a command without it."""
    asked, *odd = ALPHABETS[protocol].upgrades
    yield from (Words(protocol, (asked + end,)) for end in LINE_ENDS)
    command = ALPHABETS[protocol].harmless[0]
    yield from (Words(protocol, (text + _CRLF,)) for text in (*odd, command))


def _with_tails(protocol: Protocol) -> Iterator[Words]:
    """Every tail behind the upgrade as it should be; the telling ones behind every line end."""
    asked = ALPHABETS[protocol].upgrades[0]
    tails = list(_tails(protocol))
    yield from (Words(protocol, (asked + _CRLF, *tail)) for tail in tails)
    for end in LINE_ENDS[1:]:
        yield from (Words(protocol, (asked + end, *tail)) for tail in tails[:_TELLING])


# A command, the same unended, and the beginning of a ClientHello.
_TELLING = 3


def _tails(protocol: Protocol) -> Iterator[tuple[bytes, ...]]:
    """What may stand behind the upgrade, the telling ones first."""
    alphabet = ALPHABETS[protocol]
    command, other, *_ = alphabet.harmless
    line = command + _CRLF
    yield from ((line,), (command,), (_HELLO,))
    yield from ((command + end,) for end in LINE_ENDS[1:])
    yield from ((other + _CRLF,), (other[: len(other) // 2],))
    yield from ((line, other + _CRLF), (line, other), (line, _HELLO))
    yield from ((alphabet.upgrades[0] + _CRLF,), (alphabet.logins[0] + _CRLF,))
    yield from ((rest,) for rest in (_HELLO[:1], _HELLO[:5], _CRLF, b"\n", b"\r", b"\x00", b" "))


def _behind_a_command(protocol: Protocol) -> Iterator[Words]:
    """A command, the upgrade and a telling tail, said at a time."""
    alphabet = ALPHABETS[protocol]
    before, asked = alphabet.harmless[0] + _CRLF, alphabet.upgrades[0] + _CRLF
    yield Words(protocol, (before, asked))
    for tail in list(_tails(protocol))[:_TELLING]:
        yield Words(protocol, (before, asked, *tail))


def _shaking(protocol: Protocol) -> Iterator[Words]:
    """The upgrade alone and with a command behind it, and a ClientHello that is not in one piece.

    Glued to the upgrade it comes once: a server may have thrown it away, and that takes its time.
    """
    asked = ALPHABETS[protocol].upgrades[0] + _CRLF
    for hello in (x for x in hellos([length() // 2]) if x.kind in WHOLE_HELLOS | BROKEN_HELLOS):
        yield Words(protocol, (asked,), hello)
        for tail in list(_tails(protocol))[:_TELLING]:
            yield Words(protocol, (asked, *tail), hello)
    yield Words(protocol, (asked,), Gesture(Move.GLUED))


def cut_hellos(protocol: Protocol) -> Iterator[Words]:
    """The upgrade alone, and the ClientHello behind it cut at each of its offsets."""
    asked = ALPHABETS[protocol].upgrades[0] + _CRLF
    for at in range(1, length()):
        yield Words(protocol, (asked,), Gesture(Move.CUT, at=at))


def _whole(_: Words) -> Iterable[Cuts]:
    return [()]


def _at_joins(one: Words) -> Iterable[Cuts]:
    """Every choice of joins but none."""
    joins = one.joins
    return (cuts for n in range(1, len(joins) + 1) for cuts in combinations(joins, n))


def _elsewhere(one: Words) -> Iterator[Cuts]:
    """Once at every offset, twice around the joins and the end, and at all of them."""
    if one.hello:
        return
    known = {(), *_at_joins(one)}
    offsets = range(1, one.length)
    near = [x for x in offsets if any(abs(x - y) <= _NEAR for y in (*one.joins, one.length))]
    for cuts in chain(((x,) for x in offsets), combinations(near, 2), [tuple(offsets)]):
        if cuts not in known:
            known.add(cuts)
            yield cuts
