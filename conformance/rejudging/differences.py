"""What a report says otherwise than its evidence does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from conformance.evidence.keeping import requirements
from conformance.rejudging.again import remade
from conformance.rejudging.stored import Report
from conformance.report.results import SEVERITY, Check, Finding, Results
from conformance.requirements.catalogue import digest
from conformance.verdict import Verdict

UNJUDGED = "the run ended before it was judged"
_COMPARED = ("verdict", "reason", "expected", "observed", "transcript", "level", "basis",
             "directive")  # fmt: skip


@dataclass
class Differences:
    """`equal` counts the checks that are as before. The rest are sentences, by what they are."""

    equal: int = 0
    edited: list[str] = field(default_factory=list)
    catalogue: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    # Could not be made again: because nothing ever was judged, or although something was.
    excused: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)

    @property
    def status(self) -> int:
        """The exit status."""
        if self.edited or self.catalogue or self.differing or self.lacking:
            return 1
        return 0 if self.equal else 7


def differences(report: Report) -> Differences:
    """Make everything again and compare. Raises `NoReport`."""
    found = Differences(edited=list(report.edited()), catalogue=list(_of_catalogue(report)))
    made = dict(remade(report).checks)
    final = []
    for check in report.checks:
        again = _nearest(check, made.pop((check.requirement, check.listener), ()))
        final.append(_compared(check, again, found))
    for rest in made.values():
        worst = _worst(rest)[0]
        if worst.verdict is not Verdict.NOT_APPLICABLE or report.run["whole"]:
            found.differing.append(f"{_name(worst)}: {worst.verdict}, and the report has no check")
    found.differing += _of_header(report, final)
    return found


def _worst(checks: Sequence[Check]) -> list[Check]:
    """Those with the verdict that counts."""
    rank = max(SEVERITY.index(check.verdict) for check in checks)
    return [check for check in checks if SEVERITY.index(check.verdict) == rank]


def _nearest(check: Check, checks: Sequence[Check]) -> Check | None:
    """What it became, in the same words if any has them."""
    if not checks:
        return None
    worst = _worst(checks)
    return next((x for x in worst if not _otherwise(check, x)), worst[0])


def _compared(check: Check, again: Check | None, found: Differences) -> Check:
    """The check that counts now; what is to be said of it goes to what was found."""
    if again is None and check.verdict is Verdict.INCONCLUSIVE and check.reason == UNJUDGED:
        found.excused.append(f"{_name(check)}: {UNJUDGED}")
    elif check.verdict is Verdict.ERROR and (again is None or again.verdict is Verdict.ERROR):
        found.excused.append(f"{_name(check)}: it was an error of waxseal's: {check.reason}")
    elif again is None:
        found.differing.append(f"{_name(check)}: {check.verdict}, and there is no evidence of it")
    elif again.verdict is Verdict.ERROR:
        found.lacking.append(f"{_name(check)}: {check.verdict} before: {again.reason}")
    elif otherwise := _otherwise(check, again):
        found.differing.append(f"{_name(check)}: {otherwise}")
        return again
    else:
        found.equal += 1
    return check


def _otherwise(check: Check, again: Check) -> str:
    """How they differ, the verdict before all; "" where they do not."""
    if check.verdict is not again.verdict:
        why = again.reason or f"expected {again.expected}; observed {again.observed}"
        return f"{check.verdict} in the report, {again.verdict} from its evidence: {why}"
    for name in _COMPARED:
        before, now = getattr(check, name), getattr(again, name)
        if name == "transcript" and before != now:
            rows = enumerate(zip([*before, *[()] * 99], [*now, *[()] * 99], strict=False), 1)
            number = next(n for n, (one, other) in rows if one != other)
            return f"the transcript was edited: line {number} is not what the visits have"
        if before != now:
            return f"{name} is {before!r} in the report, {now!r} from its evidence"
    return ""


def _of_catalogue(report: Report) -> Iterator[str]:
    """What the catalogue has otherwise than when the report was written."""
    before = report.header["suite"].get("catalogue")
    then = {name: list(row) for name, row in report.evidence["catalogue"].items()}
    now = {name: json.loads(text) for name, text in requirements().items()}
    if before == digest() and then == now:
        return
    yield f"another catalogue: {before or 'none'} in the report, {digest()} here"
    for name in sorted(then.keys() - now.keys()):
        yield f"{name} is no requirement any more"
    for name in sorted(now.keys() - then.keys()):
        yield f"{name} is a new requirement"
    for name in sorted(then.keys() & now.keys()):
        for what, old, new in zip(("level", "basis"), then[name], now[name], strict=False):
            if old != new:
                yield f"{name}: its {what} was {old} and is {new}"
        if then[name][2:] != now[name][2:]:
            yield f"{name}: its words are others"


def _of_header(report: Report, checks: Sequence[Check]) -> Iterator[str]:
    """The counts and the verdict of the whole."""
    header, run = report.header, report.run
    results = Results(level=header.get("level", ""), required_level=run["required_level"])
    results.deselected = header["summary"].get("deselected", 0)
    results.interrupted = bool(header.get("interrupted"))
    results.baseline_problems = list(header.get("baseline_problems", ()))
    for check in checks:
        results.add(check)
    for row in header["findings"]:
        results.find(Finding(**{name: row[name] for name in Finding.__dataclass_fields__}))
    if header["summary"] != results.summary():
        yield f"the summary is {header['summary']}, the checks amount to {results.summary()}"
    listeners = [
        {"name": x["name"], "claims": x["claims"]}
        for world in report.worlds.values() for x in world["listeners"]
    ]  # fmt: skip
    for row in header["listeners"]:
        if {"name": row["name"], "claims": row.get("claims")} not in listeners:
            yield f"the claims of {row['name']} are not those that were judged"
    verdict = results.verdict(pedantic=run["pedantic"])
    if header.get("exit_status") in (0, 1) and header.get("verdict") != verdict:
        yield f"the verdict is {header.get('verdict')}, from the evidence it is {verdict}"


def _name(check: Check) -> str:
    return f"{check.requirement} on {check.listener}"
