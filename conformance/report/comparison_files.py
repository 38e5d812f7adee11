"""Files of a comparison, by their suffix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from conformance.report.comparison import Comparison
from conformance.report.comparison_json import as_dict
from conformance.report.comparison_markdown import comparison_markdown
from conformance.report.files import check_path, write_whole
from conformance.report.html.comparison import comparison_html
from conformance.report.write import as_json

_WRITERS: Mapping[str, Callable[[Comparison], str]] = {
    ".json": lambda comparison: as_json(as_dict(comparison)),
    ".md": comparison_markdown,
    ".html": comparison_html,
}


def check_comparison_path(path: Path) -> None:
    """Raises `ReportError` before anything is started."""
    check_path(path, _WRITERS)


def write_comparison(path: Path, comparison: Comparison) -> None:
    """Write it whole or not at all. Raises `ReportError`."""
    write_whole(path, _WRITERS[path.suffix](comparison))
