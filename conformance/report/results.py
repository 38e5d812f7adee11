"""The results model: every check of a run, and what they amount to. Writers only read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from conformance.report.evidence import Evidence
from conformance.verdict import Verdict

SCHEMA = "waxseal-report/1"
# A requirement with several judgements on one listener is as good as its worst.
SEVERITY = [
    Verdict.NOT_APPLICABLE,
    Verdict.PASS,
    Verdict.KNOWN,
    Verdict.WARN,
    Verdict.INCONCLUSIVE,
    Verdict.ERROR,
    Verdict.FAIL,
]


@dataclass(frozen=True)
class Check:
    """One requirement on one listener, with its verdict and the evidence behind it.

    `transcript` rows are `[side, layer, escaped text]`; `seconds` is wall time.
    """

    requirement: str
    directive: str
    level: str
    basis: str
    listener: str
    verdict: Verdict
    reason: str = ""
    expected: str = ""
    observed: str = ""
    transcript: tuple[tuple[str, str, str], ...] = ()
    reproduce: str = ""
    seconds: float = 0.0


def row_of(check: Check) -> dict[str, Any]:
    """A check as a row of the JSON report."""
    # Not asdict(): it copies, and there are thousands of checks with dozens of lines each.
    transcript = [list(line) for line in check.transcript]
    return {**vars(check), "verdict": check.verdict.value, "transcript": transcript}


def check_from(row: dict[str, Any]) -> Check:
    """The check that such a row was made of."""
    transcript = tuple((side, layer, text) for side, layer, text in row["transcript"])
    return Check(**{**row, "verdict": Verdict(row["verdict"]), "transcript": transcript})


@dataclass(frozen=True)
class Finding:
    """One thing the fuzzer found, shrunk."""

    oracle: str
    requirement: str
    listener: str
    stream: str
    reproducer: str


@dataclass
class Results:
    """A run. `about_suite`, `about_target`, `level` and `listeners` are the report's header.

    `level_note` says why the level is no better; `required_level` is the least
    that will do; `deselected` counts tests that the user left out;
    `left` says why the run could not begin; each of the
    `baseline_problems` is an entry of the baseline that does not hold any more,
    and of `baseline_unjudged` one of which this part of the suite says nothing;
    `against` has what the same tests said of a twin.
    """

    about_suite: dict[str, Any] = field(default_factory=dict)
    about_target: dict[str, Any] = field(default_factory=dict)
    level: str = "L1"
    level_note: str = ""
    required_level: str = ""
    listeners: list[dict[str, Any]] = field(default_factory=list)
    deselected: int = 0
    interrupted: bool = False
    left: str = ""
    baseline_problems: list[str] = field(default_factory=list)
    against: Results | None = None
    baseline_unjudged: list[str] = field(default_factory=list)
    evidence: Evidence = field(default_factory=Evidence)
    _checks: dict[tuple[str, str], Check] = field(default_factory=dict)
    # In the order of the report; empty while that has to be made anew.
    _sorted: list[Check] = field(default_factory=list)
    _findings: dict[tuple[str, str], Finding] = field(default_factory=dict)

    def add(self, check: Check) -> None:
        """Add a check; of two on the same requirement and listener the worse one stays."""
        key = (check.requirement, check.listener)
        before = self._checks.get(key)
        if before is None or SEVERITY.index(check.verdict) > SEVERITY.index(before.verdict):
            self._checks[key] = check
            self._sorted = []

    def has(self, requirement: str, listener: str) -> bool:
        """The requirement has a verdict on that listener."""
        return (requirement, listener) in self._checks

    def find(self, finding: Finding) -> None:
        """Add a finding; of two of an oracle on a listener the smaller one stays."""
        key = (finding.listener, finding.oracle)
        before = self._findings.get(key)
        if before is None or len(finding.stream) < len(before.stream):
            self._findings[key] = finding

    def merge(self, portable: dict[str, Any]) -> None:
        """Add what another process brought; `portable` is its `portable()`."""
        for name in (
            "about_suite",
            "about_target",
            "level",
            "level_note",
            "listeners",
            "deselected",
        ):
            setattr(self, name, portable[name])
        self.evidence.merge(portable["evidence"])
        for row in portable["checks"]:
            self.add(check_from(row))
        for row in portable["findings"]:
            self.find(Finding(**row))
        if portable["against"] is not None:
            self.against = self.against or Results()
            self.against.merge(portable["against"])

    def portable(self) -> dict[str, Any]:
        """Everything that `merge` needs, in types that any transport carries."""
        return {
            "about_suite": self.about_suite,
            "about_target": self.about_target,
            "level": self.level,
            "level_note": self.level_note,
            "listeners": self.listeners,
            "deselected": self.deselected,
            "checks": [row_of(check) for check in self.checks],
            "findings": [asdict(finding) for finding in self.findings],
            "against": None if self.against is None else self.against.portable(),
            "evidence": self.evidence.sections,
        }

    @property
    def findings(self) -> list[Finding]:
        """The findings, by listener, then oracle."""
        return [self._findings[key] for key in sorted(self._findings)]

    @property
    def unexcused(self) -> list[Finding]:
        """The findings of which no baseline knows, and that break more than a SHOULD."""
        lesser = self.having(Verdict.KNOWN, Verdict.WARN)
        excused = {(check.requirement, check.listener) for check in lesser}
        return [f for f in self.findings if (f.requirement, f.listener) not in excused]

    @property
    def checks(self) -> list[Check]:
        """All checks, by requirement, then listener."""
        if len(self._sorted) != len(self._checks):
            self._sorted = [self._checks[key] for key in sorted(self._checks)]
        return self._sorted

    def having(self, *verdicts: Verdict) -> list[Check]:
        """The checks with one of these verdicts."""
        return [check for check in self.checks if check.verdict in verdicts]

    def count(self, checks: Iterable[Check] | None = None) -> Counter[Verdict]:
        """How many checks have each verdict."""
        return Counter(check.verdict for check in (self.checks if checks is None else checks))

    def exit_status(self, *, pedantic: bool = False) -> int:
        """INTERFACE's exit status: 0 conformant, 1 not, 3 our own error, 7 no verdict."""
        count = self.count()
        if count[Verdict.FAIL] or self.unexcused or self.baseline_problems:
            return 1
        if pedantic and count[Verdict.WARN]:
            return 1
        if count[Verdict.ERROR]:
            return 3
        return 7 if self.open_because() else 0

    def open_because(self) -> str:
        """Why there is no verdict where nothing is wrong; "" when there is one."""
        count = self.count()
        if self.interrupted:
            return "the run was interrupted"
        if count[Verdict.INCONCLUSIVE]:
            return f"{count[Verdict.INCONCLUSIVE]} checks stayed inconclusive"
        if not count[Verdict.PASS] + count[Verdict.KNOWN]:
            return "no requirement was applicable"
        if self.level < self.required_level:
            return f"evidence of level {self.required_level} was required, this is {self.level}"
        unsettled = (Verdict.INCONCLUSIVE, Verdict.ERROR)
        if self.against and (unclear := self.against.having(*unsettled)):
            return f"{len(unclear)} checks of the other target stayed open: no comparison"
        return ""

    def why(self, exit_status: int) -> str:
        """Why a run that ends with this status has no verdict; "" where it has one."""
        if exit_status in (0, 1) and not self.interrupted:
            return ""
        if self.left:
            return self.left
        count = self.count()[Verdict.ERROR]
        errors = f"{count} checks ended in an error of waxseal's" if count else ""
        return errors or self.open_because() or "the run did not come to its end"

    def verdict(self, *, pedantic: bool = False) -> str:
        """The run's verdict in a word."""
        status = self.exit_status(pedantic=pedantic)
        return {0: "conformant", 1: "not-conformant"}.get(status, "no-verdict")

    def summary(self) -> dict[str, int]:
        """The counts of the report."""
        count = self.count()
        return {
            "requirements": len({check.requirement for check in self.checks}),
            "checks": len(self._checks),
            **{verdict.value: count[verdict] for verdict in Verdict},
            "deselected": self.deselected,
        }

    def ended(self, exit_status: int, *, pedantic: bool = False) -> str:
        """The verdict of a run that ends with this status; one that did not end has none."""
        judged = exit_status in (0, 1) and not self.interrupted
        return self.verdict(pedantic=pedantic) if judged else "no-verdict"

    def as_dict(self, *, exit_status: int, pedantic: bool = False) -> dict[str, Any]:
        """The JSON report (`waxseal-report/1`) of a run that ends with this status.

        All of it but the evidence, which is JSON already (`write_report`).
        """
        return {
            "schema": SCHEMA,
            "suite": self.about_suite,
            "target": self.about_target,
            "level": self.level,
            "level_note": self.level_note,
            "verdict": self.ended(exit_status, pedantic=pedantic),
            "why": self.why(exit_status),
            "interrupted": self.interrupted,
            "exit_status": exit_status,
            "summary": self.summary(),
            "listeners": self.listeners,
            "checks": [row_of(check) for check in self.checks],
            "findings": [asdict(finding) for finding in self.findings],
            "baseline_problems": self.baseline_problems,
            "baseline_unjudged": self.baseline_unjudged,
        }
