"""What a scoreboard keeps of a product's report, and what was confirmed by hand."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

WRONG = ("fail", "inconclusive", "error")
# A listener stands in such a reason, which is the same reason whoever it is.
_SOMEBODY = re.compile(r"^\S+(?=, (which|of the same kind))|(?<=judged once, with )\S+")


class BoardError(Exception):
    """A report or the list of confirmations is not what it should be. One line."""


@dataclass(frozen=True)
class Confirmed:
    """A finding that somebody looked at by hand: the clause that it breaks, and what he saw."""

    clause: str
    seen: str


@dataclass(frozen=True)
class Trouble:
    """One requirement with one verdict on some of a product's listeners."""

    requirement: str
    level: str
    verdict: str
    listeners: tuple[str, ...]
    observed: str


@dataclass(frozen=True)
class Entry:
    """A product on the board.

    `skipped` is why it was not judged here; then there is nothing else. `cells` counts the
    verdicts of each directive, `declined` the listeners by the adapter's reason, `inapplicable`
    the checks by directive and reason.
    """

    name: str
    software: str = ""
    verdict: str = ""
    skipped: str = ""
    listeners: int = 0
    cells: Mapping[str, Counter[str]] = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()
    declined: Counter[str] = field(default_factory=Counter)
    instead: Counter[str] = field(default_factory=Counter)
    inapplicable: Mapping[str, Counter[str]] = field(default_factory=dict)

    @property
    def sums(self) -> Counter[str]:
        """How many checks have each verdict."""
        return sum(self.cells.values(), Counter())


def entry_of(name: str, report: Mapping[str, Any]) -> Entry:
    """The entry that a JSON report makes. Raises `BoardError`."""
    try:
        listeners = report["listeners"]
        return Entry(
            name,
            report["target"]["software"],
            report["verdict"],
            listeners=len(listeners),
            cells=_cells(report["checks"]),
            troubles=tuple(_troubles(report["checks"])),
            declined=Counter(x["declined"] for x in listeners if "declined" in x),
            instead=Counter(
                f"{directive} {' '.join(values) or 'unset'}"
                for x in listeners
                for directive, values in x.get("instead", {}).items()
            ),
            inapplicable=_inapplicable(report["checks"]),
        )
    except (KeyError, TypeError) as error:
        raise BoardError(f"the report on {name} is none of waxseal's: {error!r}") from error


def _cells(checks: Sequence[Mapping[str, Any]]) -> dict[str, Counter[str]]:
    cells: dict[str, Counter[str]] = {}
    for check in checks:
        cells.setdefault(check["directive"], Counter())[check["verdict"]] += 1
    return cells


def _troubles(checks: Sequence[Mapping[str, Any]]) -> list[Trouble]:
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for check in checks:
        if check["verdict"] in (*WRONG, "warn"):
            found.setdefault((check["verdict"], check["requirement"]), []).append(check)
    return [
        Trouble(
            requirement,
            alike[0]["level"],
            verdict,
            tuple(check["listener"] for check in alike),
            alike[0]["observed"] or alike[0]["reason"],
        )
        for (verdict, requirement), alike in sorted(found.items())
    ]


def _inapplicable(checks: Sequence[Mapping[str, Any]]) -> dict[str, Counter[str]]:
    """By directive; what an adapter declined is told once, with the listeners."""
    found: dict[str, Counter[str]] = {}
    for check in checks:
        if check["verdict"] == "not_applicable":
            reason = _SOMEBODY.sub("another listener", check["reason"])
            found.setdefault(check["directive"], Counter())[reason] += 1
    return found


def read_confirmed(path: Path) -> dict[tuple[str, str], Confirmed]:
    """By product and requirement. Raises `BoardError`."""
    try:
        entries = tomllib.loads(path.read_text("utf-8"))["confirmed"]
        return {
            (entry["product"], entry["requirement"]): Confirmed(entry["clause"], entry["seen"])
            for entry in entries
        }
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise BoardError(f"{path}: {error}") from error
