"""What is known of nginx's mail proxy, clause by clause, and what of it is tested.

`python -m tests.reference_proxy.clauses` prints the table and the totals of its sections.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tests.reference_proxy import conversations, history
from tests.reference_proxy.config import clauses as configuration
from tests.reference_proxy.named import found
from tests.reference_proxy.tls import clauses as tls

SECTIONS = {
    "CFG": "1 configuration",
    "W": "2 TLS on a wire",
    "ST": "3 commands and STARTTLS",
    "AH": "4 auth_http",
    "HIST": "5 historic",
    "DIFF": "6 differences",
}
# The beginning of a reason that is none.
NOT_YET = "not tested yet"
TESTED, UNTESTABLE = "tested", "not testable"
STATES = (TESTED, UNTESTABLE, NOT_YET)


@dataclass(frozen=True)
class Entry:
    """A clause: the rows that are named for it, or why there are none."""

    id: str
    rows: tuple[str, ...]
    reason: str = ""

    @property
    def section(self) -> str:
        return SECTIONS[self.id.partition("-")[0]]

    @property
    def state(self) -> str:
        """TESTED, UNTESTABLE or NOT_YET."""
        if self.rows:
            return TESTED
        return NOT_YET if self.reason.startswith(NOT_YET) else UNTESTABLE


def named() -> Iterator[Entry]:
    """All clauses, each with the words for its rows; one may come in several parts."""
    for clause in configuration.CLAUSES:
        rows = tuple(f"config.{row}" for row in clause.rows)
        yield Entry(f"CFG-{clause.id}", rows, clause.unseen)
    for clause in (*tls.CLAUSES, *history.CLAUSES):
        yield Entry(clause.id, clause.rows, clause.unseen)
    said = conversations.covered()
    for name in conversations.CLAUSES | said.keys():
        reason = conversations.UNTESTED.get(name, "" if name in said else NOT_YET)
        yield Entry(name, tuple(said.get(name, ())), reason)


@functools.cache
def entries() -> list[Entry]:
    """All clauses, each once, with their rows in full."""
    rows: dict[str, dict[str, None]] = {}
    reasons: dict[str, str] = {}
    for entry in named():
        words = rows.setdefault(entry.id, {})
        words.update(dict.fromkeys(name for word in entry.rows for name in found(word)))
        reasons[entry.id] = entry.reason or reasons.get(entry.id, "")
    order = list(SECTIONS)
    ids = sorted(rows, key=lambda name: (order.index(name.partition("-")[0]), name))
    return [Entry(name, tuple(rows[name]), "" if rows[name] else reasons[name]) for name in ids]


def table() -> str:
    """A line for each clause; behind them one for each section, and one for all, with totals."""
    sections = {name: [e for e in entries() if e.section == name] for name in SECTIONS.values()}
    totals = [_totals(*item) for item in (*sections.items(), ("all", entries()))]
    return "\n".join([*map(_line, entries()), "", *totals]) + "\n"


def _totals(title: str, some: list[Entry]) -> str:
    counts = Counter(entry.state for entry in some)
    return f"{title:24} " + ", ".join(f"{counts[state]} {state}" for state in STATES)


def _line(entry: Entry) -> str:
    if not entry.rows:
        return f"{entry.id:14} {entry.reason}"
    number = "1 row" if len(entry.rows) == 1 else f"{len(entry.rows)} rows"
    first = ", ".join(entry.rows[:2]) + (", ..." if len(entry.rows) > 2 else "")
    return f"{entry.id:14} tested by {number}: {first}"


if __name__ == "__main__":
    print(table(), end="")
