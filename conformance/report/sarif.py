"""The report as SARIF 2.1.0, which code hosts show beside the code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from conformance.report.escaping import for_markdown, printable
from conformance.report.report import Report, by_requirement
from conformance.report.results import Check, Finding
from conformance.requirements.catalogue import Level, Requirement, catalogue
from conformance.requirements.pages import page
from conformance.verdict import Verdict

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_PAGES = "conformance/requirements/pages"
_LEVELS = {Verdict.FAIL: "error", Verdict.WARN: "warning", Verdict.KNOWN: "note"}
_UNSETTLED = (Verdict.INCONCLUSIVE, Verdict.ERROR)


def sarif(report: Report) -> str:
    """A rule for each requirement that was judged; a result for each deviation and finding.

    What the baseline knows is a suppressed result; what stayed open, or was our
    error, is a notification of the invocation.
    """
    identifiers = sorted({c.requirement for c in report.checks} | _found(report))
    numbers = {identifier: n for n, identifier in enumerate(identifiers)}
    results = [
        *(_deviation(c, numbers) for c in report.having(*_LEVELS)),
        *(_finding(f, report.verdict_of(f), numbers) for f in report.findings),
    ]
    run = {
        "tool": {
            "driver": {
                "name": "waxseal",
                "version": str(report.suite.get("version", "0")),
                "rules": [_rule(identifier, report) for identifier in identifiers],
            }
        },
        "automationDetails": {"id": printable(f"waxseal/{report.title}/")},
        "invocations": [_invocation(report)],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _found(report: Report) -> set[str]:
    return {finding.requirement for finding in report.findings}


def _rule(identifier: str, report: Report) -> dict[str, Any]:
    requirement = catalogue().get(identifier)
    if requirement is None:
        return {"id": printable(identifier), "shortDescription": {"text": printable(identifier)}}
    level = "error" if requirement.level is Level.MUST else "warning"
    tags = ("security", "mail", requirement.directive, requirement.level.value)
    return {
        "id": requirement.id,
        "shortDescription": {"text": requirement.reading},
        "fullDescription": {"text": _why(requirement)},
        "help": {
            "text": _help(requirement, str),
            "markdown": _help(requirement, for_markdown),
        },
        "defaultConfiguration": {"level": level},
        "properties": {
            "directive": requirement.directive,
            "basis": requirement.basis.value,
            "source": requirement.source,
            "tags": list(dict.fromkeys(tags)),
        },
    }


def _why(requirement: Requirement) -> str:
    told = page(requirement.id)
    return told.matters if told else requirement.reading


def _help(requirement: Requirement, escape: Any) -> str:
    told = page(requirement.id)
    parts = [requirement.reading]
    if requirement.quote:
        parts.append(f"“{requirement.quote}” ({requirement.source})")
    if told:
        parts += [told.tested, told.matters, told.loses]
        parts += [f"{product}: {remedy}" for product, remedy in told.fix.items()]
    return "\n\n".join(escape(part) for part in parts)


def _deviation(check: Check, numbers: dict[str, int]) -> dict[str, Any]:
    told = f"on {check.listener}: expected {check.expected}; observed {check.observed}"
    if check.reason:
        told += f" ({check.reason})"
    result = {
        **_result(check.requirement, check.listener, told, numbers),
        "level": _LEVELS[check.verdict],
        "properties": {
            "directive": check.directive,
            "reproduce": printable(check.reproduce),
            "transcript": [printable(" ".join(line)) for line in check.transcript],
        },
    }
    if check.verdict is Verdict.KNOWN:
        reason = printable(check.reason)
        result["suppressions"] = [{"kind": "external", "justification": reason}]
    return result


def _finding(finding: Finding, verdict: Verdict, numbers: dict[str, int]) -> dict[str, Any]:
    told = f"on {finding.listener}, found by fuzzing ({finding.oracle})"
    return {
        **_result(finding.requirement, finding.listener, told, numbers, finding.oracle),
        "level": _LEVELS.get(verdict, "error"),
        "properties": {
            "stream": list(map(printable, finding.stream.splitlines())),
            "reproduce": printable(finding.reproducer),
        },
    }


def _result(
    requirement: str, listener: str, told: str, numbers: dict[str, int], *more: str
) -> dict[str, Any]:
    mark = hashlib.sha256("\0".join([requirement, listener, *more]).encode("utf-8", "replace"))
    return {
        "ruleId": printable(requirement),
        "ruleIndex": numbers[requirement],
        "message": {"text": printable(f"{requirement} {told}")},
        "locations": [_location(requirement, listener)],
        "partialFingerprints": {"requirementAndListener/v1": mark.hexdigest()},
    }


def _location(requirement: str, listener: str) -> dict[str, Any]:
    """The requirement's page, which tells how to mend it; and the listener, in words."""
    file = f"{requirement.partition('.')[0]}.toml"
    physical: dict[str, Any] = {"artifactLocation": {"uri": f"{_PAGES}/{file}"}}
    line = _lines_of(file).get(requirement, 1) if requirement in catalogue() else 0
    if not line:
        physical = {"artifactLocation": {"uri": _PAGES}}
    else:
        physical["region"] = {"startLine": line}
    return {
        "physicalLocation": physical,
        "logicalLocations": [{"name": printable(listener), "kind": "resource"}],
    }


@cache
def _lines_of(file: str) -> dict[str, int]:
    """Where each requirement's page begins in that file of pages."""
    path = Path(__file__).parents[1] / "requirements" / "pages" / file
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    return dict(_heads(lines))


def _heads(lines: Iterable[str]) -> Iterator[tuple[str, int]]:
    for number, line in enumerate(lines, 1):
        if line.startswith('["') and '"]' in line:
            yield line[2:].partition('"]')[0], number


def _invocation(report: Report) -> dict[str, Any]:
    notes = [
        {"level": "error", "message": {"text": printable(text)}}
        for text in [*report.baseline_problems, *filter(None, [report.why])]
    ]
    for identifier, checks in by_requirement(report.having(*_UNSETTLED)).items():
        first = checks[0]
        told = first.reason or f"expected {first.expected}; observed {first.observed}"
        where = f"{first.listener} and {len(checks) - 1} more" if checks[1:] else first.listener
        text = f"{first.verdict.value}: {identifier} on {where}: {told}"
        notes.append({"level": "warning", "message": {"text": printable(text)}})
    return {
        "executionSuccessful": report.exit_status in (0, 1),
        "exitCode": report.exit_status,
        "toolExecutionNotifications": notes,
    }
