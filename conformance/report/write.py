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


def as_json(report: dict[str, Any], evidence: Evidence | None = None) -> str:
    """The report as JSON; the evidence, which is JSON already, comes last."""
    text = json.dumps(report, indent=1, ensure_ascii=True)
    if not evidence:
        return text
    lines = "\n".join(evidence.lines())
    return text.removesuffix("\n}") + f',\n "evidence": {lines}\n}}'


def write_report(path: Path, report: dict[str, Any], evidence: Evidence | None = None) -> None:
    """Write the report whole or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_text(as_json(report, evidence) + "\n")
    partial.replace(path)
