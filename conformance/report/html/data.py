"""What the page's script shows: every check, in a form in which no text stands twice.

A whole run has tens of thousands of checks, most of which are not applicable for
one of a few reasons, and transcripts that are the same line by line.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, Generic, TypeVar

from conformance.report.escaping import printable
from conformance.report.report import Report, by_requirement
from conformance.report.results import SEVERITY, Check
from conformance.requirements.catalogue import catalogue
from conformance.requirements.pages import page
from conformance.verdict import Verdict

# The worst first: a verdict is its position here. The page's script knows no other order.
VERDICTS = list(reversed(SEVERITY))
# Transcripts of what passed are kept until their lines have so many characters. Those of what
# deviated are kept whatever their size.
PASSING_LIMIT = 1_500_000
# Stands for the listener's name in a command that repeats a check there.
_HERE = "\0"
_K = TypeVar("_K", bound=Hashable)


class _Table(Generic[_K]):
    """Values, each once, by their position."""

    def __init__(self) -> None:
        self.values: list[_K] = []
        self._places: dict[_K, int] = {}

    def __contains__(self, value: _K) -> bool:
        return value in self._places

    def put(self, value: _K) -> int:
        """The value's position."""
        place = self._places.setdefault(value, len(self.values))
        if place == len(self.values):
            self.values.append(value)
        return place


class Packing:
    """A report in tables: `texts`, `lines` of transcripts (side, layer, text), `transcripts`."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._texts, self._listeners = _Table[str](), _Table[str]()
        self._lines = _Table[tuple[int, int, int]]()
        self._transcripts = _Table[tuple[int, ...]]()
        self._of_passing = 0

    def packed(self) -> dict[str, Any]:
        """In types that JSON has; page.js tells what is what."""
        for place in self._report.listeners:
            self._listeners.put(printable(place.name))
        groups = by_requirement(self._report.checks)
        requirements = [self._requirement(name, checks) for name, checks in groups.items()]
        return {
            "verdicts": [verdict.value for verdict in VERDICTS],
            "requirements": requirements,
            "listeners": self._listeners.values,
            "texts": self._texts.values,
            "lines": self._lines.values,
            "transcripts": self._transcripts.values,
        }

    def _requirement(self, name: str, checks: list[Check]) -> dict[str, Any]:
        reasons: dict[int, list[int]] = {}
        rows = []
        for check in checks:
            listener = self._listeners.put(printable(check.listener))
            if check.verdict is Verdict.NOT_APPLICABLE and not check.transcript:
                reasons.setdefault(self._text(check.reason), []).append(listener)
            else:
                rows.append(self._row(check, listener))
        first = checks[0]
        deviates = any(c.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE) for c in checks)
        return {
            "id": printable(name),
            "directive": printable(first.directive),
            "level": printable(first.level),
            "basis": printable(first.basis),
            **_told(name, in_full=deviates),
            "rows": rows,
            "absent": [[reason, listeners] for reason, listeners in reasons.items()],
        }

    def _row(self, check: Check, listener: int) -> list[int]:
        """Verdict, listener, reason, expected, observed, reproduce, transcript (-1: left out)."""
        said = (check.reason, check.expected, check.observed)
        return [
            VERDICTS.index(check.verdict),
            listener,
            *map(self._text, said),
            self._texts.put(_without_place(check)),
            self._transcript(check),
        ]

    def _transcript(self, check: Check) -> int:
        if check.verdict is Verdict.PASS:
            if self._of_passing > PASSING_LIMIT:
                return -1
            self._of_passing += sum(
                self._is_new(text) * len(text) for _, _, text in check.transcript
            )
        texts = ((self._text(a), self._text(b), self._text(c)) for a, b, c in check.transcript)
        return self._transcripts.put(tuple(map(self._lines.put, texts)))

    def _is_new(self, text: str) -> bool:
        return printable(text) not in self._texts

    def _text(self, text: str) -> int:
        return self._texts.put(printable(text))


def _without_place(check: Check) -> str:
    """The command that repeats it, without the listener's name: then many are one text."""
    command, name = printable(check.reproduce), printable(check.listener)
    return _HERE.join(command.rsplit(name, 1)) if name else command


def _told(name: str, *, in_full: bool) -> dict[str, Any]:
    """What the catalogue says of it; in full where a reader has something to put right."""
    requirement = catalogue().get(name)
    if requirement is None:
        return {"reading": "", "quote": "", "source": "", "more": []}
    return {
        "reading": requirement.reading,
        "quote": requirement.quote,
        "source": requirement.source,
        "more": list(_more(name)) if in_full else [],
    }


def _more(name: str) -> Iterable[tuple[str, str]]:
    told = page(name)
    if told is not None:
        yield ("what is tested", told.tested)
        yield ("why it matters", told.matters)
        yield ("what is lost", told.loses)
        yield from ((f"fix in {product}", remedy) for product, remedy in told.fix.items())
