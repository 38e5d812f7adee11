"""What many runs come to: a table, what deviates where, one exit status, one report."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from conformance.fleet.running import Ended
from conformance.harness.transcript import escaped
from conformance.verdict import Verdict

# The first that any run ended with is the status of all.
WORST_FIRST = (2, 1, 3, 4, 7)
_WORDS = {
    0: "conformant",
    1: "NOT CONFORMANT",
    2: "interrupted",
    3: "error (ours)",
    4: "usage",
    7: "no verdict",
}
_COLUMNS = (("pass", "pass"), ("warn", "warn"), ("fail", "FAIL"), ("inconclusive", "open"))
_DEVIATIONS = ("fail", "error", "inconclusive")
NAMED = 6
_LONGEST = 60


def status_of(ended: Sequence[Ended], *, interrupted: bool = False) -> int:
    """The worst exit status of all, in the order of `WORST_FIRST`; any other is our error."""
    found = {x.status if x.status in _WORDS else 3 for x in ended} | ({2} if interrupted else set())
    return next((status for status in WORST_FIRST if status in found), 0)


def word(status: int) -> str:
    """What an exit status says."""
    return _WORDS.get(status, _WORDS[3])


def summary(ended: Sequence[Ended], left: int) -> Iterator[str]:
    """The lines of the summary: a row for each target, then what deviates on which of them.

    `left`: targets that an interrupt has left unjudged.
    """
    width = max(len("target"), *(len(_shown(x.member.label)) for x in ended)) if ended else 6
    titles = "".join(f"{title:>6}" for _, title in _COLUMNS)
    yield f"{'target':<{width}}  {'verdict':<14} level{titles}"
    deviating: dict[str, list[str]] = {}
    for x in ended:
        report = read(x)
        counts = report["summary"] if report else {}
        cells = "".join(f"{counts.get(name) or '·':>6}" for name, _ in _COLUMNS)
        level = report["level"] if report else ""
        yield f"{_shown(x.member.label):<{width}}  {word(x.status):<14} {level:<5}{cells}".rstrip()
        for check in report["checks"] if report else ():
            if check["verdict"] in _DEVIATIONS:
                key = f"{_TITLES[check['verdict']]}  {check['requirement']}"
                deviating.setdefault(key, []).append(x.member.label)
    yield ""
    for key, labels in sorted(deviating.items()):
        yield f"{key}  on {_several(list(dict.fromkeys(labels)))}"
    for x in ended:
        if read(x) is None:
            yield f"{_shown(x.member.label)}: {_last_line(x.said)}"
    if left:
        yield f"{left} targets were not judged: the run was interrupted"
    counted = {status: sum(x.status == status for x in ended) for status in _WORDS}
    parts = [f"{number} {word(status)}" for status, number in counted.items() if number]
    yield f"{len(ended)} targets: {', '.join(parts) or 'none judged'}"


_TITLES = {"fail": "NOT CONFORMANT", "error": "ERROR (ours)", "inconclusive": "INCONCLUSIVE"}


def read(ended: Ended) -> dict[str, Any] | None:
    """A run's report; None where it wrote none, or one that only says why nobody was judged."""
    if not ended.report.exists():
        return None
    report: dict[str, Any] = json.loads(ended.report.read_text("utf-8"))
    return report if report["checks"] else None


def merged(ended: Sequence[Ended], status: int) -> dict[str, Any]:
    """One report (`waxseal-report/1`) over all targets; `targets` has a row for each of them.

    Listeners of the same name are told apart by their hosts.
    """
    reports = [(x, report) for x in ended if (report := read(x))]
    names = Counter(x["name"] for _, report in reports for x in report["listeners"])
    common = {name for name, number in names.items() if number > 1}
    checks: list[dict[str, Any]] = []
    findings: list[dict[str, Any]] = []
    listeners, problems = [], []
    for x, report in reports:
        own = {n: f"{_host(x)}/{n}" for n in common}
        listeners += [{**r, "name": own.get(r["name"], r["name"])} for r in report["listeners"]]
        for rows, whole in ((report["checks"], checks), (report["findings"], findings)):
            whole += [{**r, "listener": own.get(r["listener"], r["listener"])} for r in rows]
        problems += [f"{x.member.label}: {problem}" for problem in report["baseline_problems"]]
    first = reports[0][1] if reports else {}
    return {
        "schema": first.get("schema", "waxseal-report/1"),
        "suite": first.get("suite", {}),
        "target": {
            "address": ", ".join(x.member.label for x in ended),
            "launched": None,
            "software": "",
        },
        "level": min((report["level"] for _, report in reports), default="L1"),
        "level_note": "the lowest of all targets",
        "verdict": {0: "conformant", 1: "not-conformant"}.get(status, "no-verdict"),
        "interrupted": status == WORST_FIRST[0],
        "exit_status": status,
        "summary": _sums([report["summary"] for _, report in reports], checks),
        "targets": [_row(x, read(x)) for x in ended],
        "listeners": listeners,
        "checks": checks,
        "findings": findings,
        "baseline_problems": problems,
    }


def _sums(summaries: Sequence[dict[str, int]], checks: Sequence[dict[str, Any]]) -> dict[str, int]:
    names = ("checks", *(verdict.value for verdict in Verdict), "deselected")
    sums = {name: sum(summary.get(name, 0) for summary in summaries) for name in names}
    return {"requirements": len({check["requirement"] for check in checks}), **sums}


def _row(ended: Ended, report: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "address": ended.member.label,
        "verdict": report["verdict"] if report else "no-verdict",
        "exit_status": ended.status,
        "level": report["level"] if report else "",
        "reason": "" if report else _last_line(ended.said),
        "seconds": round(ended.seconds, 3),
    }


def _host(ended: Ended) -> str:
    return ended.member.addresses[0].rpartition("://")[2].rpartition(":")[0].strip("[]")


def _shown(label: str) -> str:
    return label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…"


def _several(labels: Sequence[str]) -> str:
    rest = len(labels) - NAMED
    named = ", ".join(map(_shown, labels[:NAMED]))
    return f"{len(labels)} targets: {named}{f' and {rest} more' if rest > 0 else ''}"


def _last_line(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    return escaped(lines[-1].encode("utf-8")) if lines else "it said nothing"
