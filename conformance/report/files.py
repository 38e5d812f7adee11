"""Report files: whether they can be written, and writing them whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


class ReportError(Exception):
    """A report cannot be written or read. One line that names the file and the remedy."""


def check_path(path: Path, suffixes: Iterable[str]) -> None:
    """Raises `ReportError` before the work is done when its report could not be written after."""
    if path.suffix not in suffixes:
        raise ReportError(f"--report {path}: the suffix must be one of {', '.join(suffixes)}")
    if not path.absolute().parent.is_dir():
        raise ReportError(f"--report {path}: there is no directory {path.absolute().parent}")
    if path.is_dir():
        raise ReportError(f"--report {path}: that is a directory")


def write_whole(path: Path, text: str) -> None:
    """Write the file whole or not at all, in UTF-8. Raises `ReportError`."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_text(text, "utf-8")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise ReportError(f"--report {path}: {error.strerror}") from error
