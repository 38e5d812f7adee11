"""Report files, by their suffix."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from conformance.report.badge import badge
from conformance.report.evidence import Evidence
from conformance.report.files import check_path, write_whole
from conformance.report.html.page import html
from conformance.report.markdown import markdown
from conformance.report.report import Report
from conformance.report.sarif import sarif

_WRITERS: Mapping[str, Callable[[Report], str]] = {
    ".html": html,
    ".md": markdown,
    ".sarif": sarif,
    ".svg": badge,
}
SUFFIXES = (".json", *_WRITERS)


def check_report_path(path: Path) -> None:
    """Raises `ReportError` before the run when the report could not be written after it."""
    check_path(path, SUFFIXES)


def write_report(
    path: Path, data: Mapping[str, Any], report: Report, evidence: Evidence | None = None
) -> None:
    """Write the JSON report `data`, or what another writer makes of the same `report`.

    Raises `ReportError`.
    """
    is_json = path.suffix == ".json"
    write_whole(path, as_json(data, evidence) if is_json else _WRITERS[path.suffix](report))


def as_json(report: Mapping[str, Any], evidence: Evidence | None = None) -> str:
    """The report in ASCII, with a line for each check: two reports can be compared by line.

    The evidence, which is JSON already, comes last.
    """
    parts = [f"{_dumped(name)}: {_value(value)}" for name, value in report.items()]
    if evidence:
        parts.append('"evidence": ' + "\n".join(evidence.lines()))
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _value(value: Any) -> str:
    if not isinstance(value, list) or not value:
        return _dumped(value)
    return "[\n" + ",\n".join(map(_dumped, value)) + "\n]"


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True)
