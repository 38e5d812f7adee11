"""A stored report, read again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from conformance.report.comparison_json import from_dict
from conformance.report.files import ReportError
from conformance.report.report import Report, check_of, place_of
from conformance.report.results import SCHEMA, Finding

_REMEDY = "give a file that --report FILE.json has written"
# Larger than any report of ours by far.
_LARGEST = 2 * 1024**3
_FINDING_FIELDS = frozenset(f.name for f in fields(Finding))


def parse(data: Any) -> Report:
    """The report that a JSON document holds; fields that are not known are passed over.

    Raises ValueError where it is no report, in words that name the field.
    """
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        found = data.get("schema") if isinstance(data, dict) else None
        raise ValueError(f"the schema is not {SCHEMA!r} but {found!r}")
    try:
        checks = [check_of(row) for row in data["checks"]]
        findings = [_finding(row) for row in data.get("findings", ())]
        return Report(
            suite=dict(data["suite"]),
            target=dict(data["target"]),
            level=str(data["level"]),
            verdict=str(data["verdict"]),
            exit_status=int(data["exit_status"]),
            listeners=tuple(map(place_of, data["listeners"])),
            checks=tuple(sorted(checks, key=lambda c: (c.requirement, c.listener))),
            findings=tuple(findings),
            level_note=str(data.get("level_note", "")),
            why=str(data.get("why", "")),
            interrupted=bool(data.get("interrupted")),
            deselected=int(data.get("summary", {}).get("deselected", 0)),
            baseline_problems=tuple(map(str, data.get("baseline_problems", ()))),
            baseline_unjudged=tuple(map(str, data.get("baseline_unjudged", ()))),
            against=from_dict(data["against"]) if data.get("against") else None,
        )
    except KeyError as error:
        raise ValueError(f"the field {error} is missing") from error
    except (TypeError, AttributeError) as error:
        raise ValueError(f"a field is malformed: {error}") from error


def _finding(row: Mapping[str, Any]) -> Finding:
    return Finding(**{name: str(value) for name, value in row.items() if name in _FINDING_FIELDS})


def read_report(path: Path) -> Report:
    """A stored report. Raises `ReportError`."""
    return parsed(path, read_json(path))


def parsed(path: Path, data: Any) -> Report:
    """The report that was read from the file. Raises `ReportError`."""
    try:
        return parse(data)
    except ValueError as error:
        raise ReportError(f"{path}: {error}; {_REMEDY}") from error


def read_json(path: Path) -> Any:
    """The JSON that a file holds. Raises `ReportError`."""
    try:
        if path.stat().st_size > _LARGEST:
            raise ReportError(f"{path}: this is too large for a report")
        return json.loads(path.read_bytes())
    except OSError as error:
        raise ReportError(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ReportError(f"{path}: this is no JSON; {_REMEDY}") from error
