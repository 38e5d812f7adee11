"""Known deviations: what a stream that somebody wrote down explains, and nothing beside it.

A failing stream may look like one that is known and fail for another reason. So it counts
as known only where three things are seen at that very listener: the known stream shows the
same, its steps stand in the stream that failed, and that one shows nothing wrong any more
without the oddest of them. What is left otherwise is judged as any other stream is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from .judge import Judge
from .kinds import explains, without_oddest
from .oracles import ALIVE, Oracle
from .pace import CERTAIN
from .stream import Stream, parse


@dataclass(frozen=True)
class Excuse:
    """A known deviation: what breaks the requirement at the listeners of a glob, and `reason`."""

    requirement: str
    listeners: str
    stream: Stream
    reason: str


def excuse(requirement: str, listeners: str, text: str, reason: str) -> Excuse:
    """The excuse with the stream that is written so. Raises ValueError in one line."""
    stream = parse(text)
    if not stream.steps:
        raise ValueError("a stream that says nothing explains everything")
    return Excuse(requirement, listeners, stream, reason)


Met = Callable[[Excuse, Oracle, Stream], None]


class Excuses:
    """The excuses that hold at one listener; `met` is told of each stream that one explains.

    What ends the target is never excused: nothing could be tried behind it.
    """

    def __init__(
        self,
        judge: Judge,
        listener: str,
        excuses: Iterable[Excuse],
        met: Met = lambda *_: None,
    ) -> None:
        self._judge = judge
        self._met = met
        self._here = [
            x
            for x in excuses
            if x.stream.protocol is judge.endpoint.protocol and fnmatchcase(listener, x.listeners)
        ]
        self._shown: dict[tuple[Excuse, Oracle], bool] = {}

    def left(self, oracle: Oracle, stream: Stream) -> tuple[Oracle, Stream] | None:
        """What no excuse explains of a stream that the oracle failed; None where all is known."""
        for known in self._here if oracle is not ALIVE else ():
            if known.requirement != oracle.requirement or not explains(known.stream, stream):
                continue
            if not self._shows(known, oracle):
                continue
            bare = without_oddest(stream, known.stream)
            worst = self._judge.worst(bare, CERTAIN)
            if worst is not None:
                return self.left(worst, bare)
            self._met(known, oracle, stream)
            return None
        return oracle, stream

    def _shows(self, known: Excuse, oracle: Oracle) -> bool:
        """Whether the known stream itself shows that here; it is said once."""
        key = known, oracle
        if key not in self._shown:
            self._shown[key] = self._judge.shows(oracle, known.stream)
        return self._shown[key]
