"""Surveys as an nginx configuration, each line behind its evidence; and as JSON."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from conformance.harness.transcript import escaped
from conformance.inference.finding import Finding, Surety
from conformance.inference.survey import Survey

SCHEMA = "waxseal-inferred/1"
_WIDTH = 96
_PLAIN = re.compile(r"[A-Za-z0-9_./:=@!+*,<>\[\]-]+")
_HEAD = """\
# What waxseal saw from outside, as nginx would be told it. Behind "seen:" is the evidence of
# the line below it; "default" is what nginx has where nothing is said; of "one of" nothing seen
# tells which, and the line is one that does the same; "unknown" does not show, and is not said.
events {
}

mail {
    # It is behind the proxy and cannot be seen, but nginx wants one.
    auth_http 127.0.0.1:9000/auth;
"""


def as_configuration(surveys: Sequence[Survey]) -> str:
    """A whole configuration: `nginx -t` takes it where the files that it names are there."""
    blocks = "".join("\n" + "\n".join(_server(survey)) + "\n" for survey in surveys)
    return f"{_HEAD}{blocks}}}\n"


def as_json(surveys: Sequence[Survey]) -> dict[str, Any]:
    """The same for programs; `directives` has a list for each, since some stand more than once."""
    return {"schema": SCHEMA, "listeners": [_listener(survey) for survey in surveys]}


def _server(survey: Survey) -> Iterator[str]:
    yield f"    # {survey.endpoint}: {survey.visits} visits"
    if survey.halted:
        yield from _comment(f"NOT ALL OF IT: {survey.halted}", "    ")
    yield "    server {"
    findings = survey.found.findings
    for finding in findings:
        if finding.surety is not Surety.UNKNOWN:
            yield from _said(finding)
            yield ""
    for file in survey.found.files:
        yield from _comment(f"file {file.name}: {file.holds}")
    for remark in survey.found.remarks:
        yield from _comment(f"remark: {remark}")
    yield ""
    for why, names in _unknown(findings).items():
        yield from _comment(f"unknown: {', '.join(names)}: {why}")
    yield "    }"


def _unknown(findings: Sequence[Finding]) -> dict[str, list[str]]:
    """The directives of which nothing can be said, with what they may be, by the reason."""
    by_reason: dict[str, list[str]] = {}
    for finding in findings:
        if finding.surety is Surety.UNKNOWN:
            candidates = f" ({' or '.join(finding.candidates)}?)" if finding.candidates else ""
            by_reason.setdefault(finding.evidence, []).append(finding.directive + candidates)
    return by_reason


def _said(finding: Finding) -> Iterator[str]:
    seen = f"seen: {finding.evidence}"
    if finding.candidates:
        seen = f"one of: {', '.join(finding.candidates)}; {seen}"
    if finding.is_default:
        seen = f"default; {seen}"
    if finding.values:
        yield from _comment(seen)
        yield f"        {finding.directive} {' '.join(map(quoted, finding.values))};"
    else:
        yield from _comment(f"{finding.directive} is not set; {seen}")


def _comment(text: str, indent: str = "        ") -> Iterator[str]:
    """On as many lines as it takes; whatever a target said in it is printable by now."""
    safe = text if text.isascii() and text.isprintable() else escaped(text.encode("utf-8"))
    yield from textwrap.wrap(
        safe, _WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}#   ",
        break_on_hyphens=False,
    )  # fmt: skip


def quoted(word: str) -> str:
    """A word as nginx reads it: in quotes where it is not all letters, digits and the like."""
    if _PLAIN.fullmatch(word):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _listener(survey: Survey) -> dict[str, Any]:
    endpoint = survey.endpoint
    directives: dict[str, list[dict[str, Any]]] = {}
    for finding in survey.found.findings:
        directives.setdefault(finding.directive, []).append(_finding(finding))
    return {
        "address": endpoint.address,
        "protocol": str(endpoint.protocol),
        "tls": str(endpoint.way),
        "visits": survey.visits,
        "halted": survey.halted,
        "directives": directives,
        "files": [
            {"name": file.name, "holds": file.holds, "content": file.content.decode()}
            for file in survey.found.files
        ],
        "remarks": list(survey.found.remarks),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "surety": str(finding.surety),
        "values": list(finding.values),
        "default": finding.is_default,
        "candidates": list(finding.candidates),
        "evidence": finding.evidence,
    }
