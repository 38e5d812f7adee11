"""Report files, by their suffix."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from conformance.report.evidence import Evidence

SUFFIXES = (".json",)


class ReportError(Exception):
    """The report cannot be written there. One line that names the file and the remedy."""


def check_report_path(path: Path) -> None:
    """Raises `ReportError` before the run when the report could not be written after it."""
    if path.suffix not in SUFFIXES:
        raise ReportError(f"--report {path}: the suffix must be one of {', '.join(SUFFIXES)}")
    if not path.absolute().parent.is_dir():
        raise ReportError(f"--report {path}: there is no directory {path.absolute().parent}")


def as_json(report: dict[str, Any]) -> str:
    """The report as JSON. The `Evidence` in it is JSON already, and comes last."""
    rest = {key: value for key, value in report.items() if not isinstance(value, Evidence)}
    text = json.dumps(rest, indent=1, ensure_ascii=True)
    kept = [value for value in report.values() if isinstance(value, Evidence) and value]
    if not kept:
        return text
    lines = "\n".join(kept[0].lines())
    return text.removesuffix("\n}") + f',\n "evidence": {lines}\n}}'


def write_report(path: Path, report: dict[str, Any]) -> None:
    """Write the report whole or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_text(as_json(report) + "\n")
    partial.replace(path)
