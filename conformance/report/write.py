"""Report files, by their suffix."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from conformance.report.badge import badge
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


def write_report(path: Path, data: Mapping[str, Any], report: Report) -> None:
    """Write the JSON report `data`, or what another writer makes of the same `report`.

    Raises `ReportError`.
    """
    write_whole(path, as_json(data) if path.suffix == ".json" else _WRITERS[path.suffix](report))


def as_json(report: Mapping[str, Any]) -> str:
    """The report in ASCII, with a line for each check: two reports can be compared by line."""
    return "{\n" + ",\n".join(f"{_dumped(k)}: {_value(v)}" for k, v in report.items()) + "\n}\n"


def _value(value: Any) -> str:
    if not isinstance(value, list) or not value:
        return _dumped(value)
    return "[\n" + ",\n".join(map(_dumped, value)) + "\n]"


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True)
