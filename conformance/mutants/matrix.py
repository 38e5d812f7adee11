"""The kill matrix: what was wrong, and which requirements noticed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What it is that was wrong."""

    CONFIGURATION = "configuration"
    FAULT = "fault"
    RELIC = "relic"


class Fate(StrEnum):
    """What became of a mutant.

    `unclaimed`: a fault was noticed, but by no requirement of the directive that it
    breaks, or by none of those that are named for it. `refused`: the product would
    not start on it, so there was nobody to judge.
    """

    KILLED = "killed"
    SURVIVED = "survived"
    UNCLAIMED = "unclaimed"
    UNOBSERVABLE = "unobservable"
    REFUSED = "refused"


@dataclass(frozen=True)
class Row:
    """One mutant. `clauses`: the directives (or rfc, security) that it breaks.

    `expected` says what is claimed, or what the fault is; `named` are requirements
    that have to notice; `reason` is why nobody could notice, or why it did not load.
    """

    name: str
    kind: Kind
    product: str
    clauses: tuple[str, ...]
    expected: str
    fate: Fate
    killers: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    reason: str = ""


@dataclass
class Matrix:
    """The rows so far. `directives` has each requirement's directive.

    `selection` says how a part was chosen; of idle requirements it says nothing then.
    """

    product: str
    software: str
    directives: Mapping[str, str]
    selection: str = ""
    rows: list[Row] = field(default_factory=list)

    def of_fate(self, *fates: Fate) -> list[Row]:
        """The rows that ended so."""
        return [row for row in self.rows if row.fate in fates]

    @property
    def survivors(self) -> list[Row]:
        """What must not be: unnoticed, or noticed by nobody who should."""
        return self.of_fate(Fate.SURVIVED, Fate.UNCLAIMED)

    @property
    def idle(self) -> list[str]:
        """The requirements that noticed nothing; none where only a selection ran."""
        if self.selection:
            return []
        busy = {name for row in self.rows for name in row.killers}
        return [name for name in self.directives if name not in busy]

    @property
    def exit_status(self) -> int:
        """0: all that could be noticed was, and every requirement noticed something; else 1."""
        return 1 if self.survivors or self.idle or self.of_fate(Fate.REFUSED) else 0

    def kills(self) -> dict[str, list[Row]]:
        """For each requirement the rows that it killed."""
        found: dict[str, list[Row]] = {name: [] for name in self.directives}
        for row in self.rows:
            for name in row.killers:
                found.setdefault(name, []).append(row)
        return found

    def by_clause(self) -> dict[str, list[Row]]:
        """The rows by the first directive that they break, in alphabetical order."""
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            found.setdefault(row.clauses[0], []).append(row)
        return dict(sorted(found.items()))


def fate_of(
    killers: Collection[str],
    clauses: Iterable[str],
    named: Iterable[str],
    directives: Mapping[str, str],
) -> Fate:
    """Of a fault: killed by all that are named for it, and by one of a directive that it breaks."""
    if not killers:
        return Fate.SURVIVED
    rightly = {directives.get(name) for name in killers} & set(clauses)
    return Fate.KILLED if rightly and set(named) <= set(killers) else Fate.UNCLAIMED
