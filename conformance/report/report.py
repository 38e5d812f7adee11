"""One run as a value: what its JSON report tells, and what every other writer reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from conformance.report.results import SEVERITY, Check, Finding
from conformance.verdict import Verdict

if TYPE_CHECKING:
    from conformance.report.comparison import Comparison

_CHECK_FIELDS = frozenset(f.name for f in fields(Check))


@dataclass(frozen=True)
class Place:
    """A listener of the report: where it is, and what it claims."""

    name: str
    address: str
    protocol: str
    tls: str
    claims: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Report:
    """One run. `why` tells why there is no verdict, `against` is how it
    differs from that of a twin, or None.

    `checks` are ordered by requirement, then listener.
    """

    suite: Mapping[str, Any]
    target: Mapping[str, Any]
    level: str
    verdict: str
    exit_status: int
    listeners: tuple[Place, ...]
    checks: tuple[Check, ...]
    findings: tuple[Finding, ...] = ()
    level_note: str = ""
    why: str = ""
    interrupted: bool = False
    deselected: int = 0
    baseline_problems: tuple[str, ...] = ()
    baseline_unjudged: tuple[str, ...] = ()
    against: Comparison | None = None

    @property
    def title(self) -> str:
        """The target in a few words: its address or the product, and the software."""
        return target_title(self.target)

    @property
    def summary(self) -> dict[str, int]:
        """The counts of the report."""
        count = self.count()
        return {
            "requirements": len({check.requirement for check in self.checks}),
            "checks": len(self.checks),
            **{verdict.value: count[verdict] for verdict in Verdict},
            "deselected": self.deselected,
        }

    @property
    def partial(self) -> bool:
        """This is not the whole suite."""
        return self.interrupted or self.deselected > 0

    def having(self, *verdicts: Verdict) -> list[Check]:
        """The checks with one of these verdicts."""
        return [check for check in self.checks if check.verdict in verdicts]

    def verdict_of(self, finding: Finding) -> Verdict:
        """What its requirement came to on that listener; FAIL where nobody judged it."""
        at = finding.requirement, finding.listener
        there = (c.verdict for c in self.checks if (c.requirement, c.listener) == at)
        return next(there, Verdict.FAIL)

    def count(self, checks: Iterable[Check] | None = None) -> Counter[Verdict]:
        """How many checks have each verdict."""
        return Counter(check.verdict for check in (self.checks if checks is None else checks))

    def by_directive(self) -> dict[str, list[Check]]:
        """The checks of each directive, in alphabetical order."""
        found: dict[str, list[Check]] = {}
        for check in self.checks:
            found.setdefault(check.directive, []).append(check)
        return dict(sorted(found.items()))


def place_of(row: Mapping[str, Any]) -> Place:
    """A listener from a row of a JSON report. Raises KeyError, TypeError or ValueError."""
    return Place(
        name=str(row["name"]),
        address=str(row["address"]),
        protocol=str(row["protocol"]),
        tls=str(row["tls"]),
        claims=dict(row["claims"]),
    )


def target_title(target: Mapping[str, Any]) -> str:
    """What a report's `target` is called."""
    name = target.get("launched") or target.get("address") or "target"
    return f"{name} ({target['software']})" if target.get("software") else str(name)


def by_requirement(checks: Iterable[Check]) -> dict[str, list[Check]]:
    """The checks of each requirement, in the order that they have."""
    found: dict[str, list[Check]] = {}
    for check in checks:
        found.setdefault(check.requirement, []).append(check)
    return found


def worst(checks: Iterable[Check]) -> Verdict:
    """The verdict that stands for several checks."""
    return max((check.verdict for check in checks), key=SEVERITY.index)


def check_of(row: Mapping[str, Any]) -> Check:
    """A check from a row of a JSON report; fields that are not known are passed over.

    Raises KeyError, TypeError or ValueError.
    """
    known = {name: value for name, value in row.items() if name in _CHECK_FIELDS}
    lines = tuple((str(a), str(b), str(c)) for a, b, c in row.get("transcript", ()))
    texts = {name: str(known[name]) for name in ("requirement", "directive", "listener")}
    return Check(**{**known, **texts, "verdict": Verdict(row["verdict"]), "transcript": lines})
