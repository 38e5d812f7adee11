"""Report files of the kill matrix, by their suffix."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from conformance.mutants.matrix import Matrix
from conformance.mutants.report.figures import COLUMNS, Figures
from conformance.mutants.report.html import html
from conformance.mutants.report.markdown import markdown
from conformance.mutants.report.text import full_text
from conformance.report.files import check_path, write_whole

SCHEMA = "waxseal-mutants/1"


def as_json(matrix: Matrix) -> str:
    """For programs: every row, and for each requirement the mutants that it noticed."""
    figures = Figures.of(matrix.rows)
    return json.dumps(
        {
            "schema": SCHEMA,
            "target": {"launched": matrix.product, "software": matrix.software},
            "selection": matrix.selection,
            "exit_status": matrix.exit_status,
            "summary": {name: getattr(figures, name) for name in COLUMNS},
            "idle": matrix.idle,
            "mutants": [asdict(row) for row in matrix.rows],
            "requirements": {
                name: [row.name for row in rows] for name, rows in matrix.kills().items()
            },
        },
        indent=1,
    )


_WRITERS: Mapping[str, Callable[[Matrix], str]] = {
    ".json": lambda matrix: as_json(matrix) + "\n",
    ".md": markdown,
    ".html": html,
    ".txt": lambda matrix: "\n".join(full_text(matrix)) + "\n",
}


def check_report_path(path: Path) -> None:
    """Raises `ReportError` before anything is started."""
    check_path(path, _WRITERS)


def write_report(path: Path, matrix: Matrix) -> None:
    """Write the report whole or not at all."""
    write_whole(path, _WRITERS[path.suffix](matrix))
