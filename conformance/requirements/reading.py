"""Reading the TOML files of the catalogue: what is malformed is named by file and entry."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class CatalogueError(Exception):
    """A file of the catalogue is malformed; names the file and the entry."""


def read_toml(path: Path) -> dict[str, Any]:
    """The contents of one file. Raises `CatalogueError`."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise CatalogueError(f"{path.name}: {error}") from error


def texts(entry: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    """Exactly these keys, each a text that is not empty. Raises ValueError naming those amiss."""
    if unknown := entry.keys() - set(names):
        raise ValueError(f"unknown keys {', '.join(sorted(unknown))}")
    for name in names:
        value = entry.get(name)
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"{name} is missing")
    return {name: entry[name] for name in names}
