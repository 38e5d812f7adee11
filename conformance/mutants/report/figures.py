"""The figures that every form of the report shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.mutants.matrix import Fate, Matrix, Row

COLUMNS = ("mutants", "killed", "survivors", "unobservable", "refused")


@dataclass(frozen=True)
class Figures:
    """How many mutants of a directive (or of all) there are, and what became of them."""

    mutants: int
    killed: int
    survivors: int
    unobservable: int
    refused: int

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Figures:
        """Count; a fault that the wrong requirement noticed is a survivor."""
        fates = [row.fate for row in rows]
        return cls(
            len(fates),
            fates.count(Fate.KILLED),
            fates.count(Fate.SURVIVED) + fates.count(Fate.UNCLAIMED),
            fates.count(Fate.UNOBSERVABLE),
            fates.count(Fate.REFUSED),
        )

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of `COLUMNS`; nothing is a dot."""
        return tuple(str(getattr(self, name) or "·") for name in COLUMNS)


def summary(matrix: Matrix) -> str:
    """The sum in one sentence."""
    figures = Figures.of(matrix.rows)
    could = figures.killed + figures.survivors
    share = f"{100 * figures.killed / could:.1f} %" if could else "none"
    text = (
        f"{figures.killed} of {could} observable mutants were noticed ({share}), "
        f"{figures.unobservable} nobody outside could notice"
    )
    if figures.refused:
        text += f", {figures.refused} did not load"
    if not matrix.selection:
        text += f"; {len(matrix.idle)} of {len(matrix.directives)} requirements noticed nothing"
    return text


def title(matrix: Matrix) -> str:
    """What was tried."""
    software = f" ({matrix.software})" if matrix.software else ""
    selection = f", {matrix.selection}" if matrix.selection else ""
    return f"Kill matrix of {matrix.product}{software}{selection}"


def unobservable_reasons(matrix: Matrix) -> dict[str, list[Row]]:
    """The mutants that nobody could notice, by the reason, the commonest first."""
    found: dict[str, list[Row]] = {}
    for row in matrix.of_fate(Fate.UNOBSERVABLE):
        found.setdefault(row.reason, []).append(row)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def why(row: Row) -> str:
    """What is to be said of a row that is not simply killed."""
    match row.fate:
        case Fate.UNCLAIMED if row.reason:
            return row.reason
        case Fate.UNCLAIMED:
            return f"no requirement of {', '.join(row.clauses)} noticed it"
        case _:
            return row.reason
