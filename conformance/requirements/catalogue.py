"""The catalogue: every requirement, read from the TOML files beside this module."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from conformance.requirements.reading import CatalogueError, read_toml

_HERE = Path(__file__).parent


class Level(StrEnum):
    """How strongly it is required: a broken MUST fails, a broken SHOULD warns."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Subject(StrEnum):
    """What is judged: each listener, or the target as a whole, once."""

    LISTENER = "listener"
    TARGET = "target"


class Basis(StrEnum):
    """Why it is required.

    stated: the page says so; implied: it follows from the page; rfc; security:
    anything else lets an attacker in; observed: nginx does so and the page is
    silent, which is never a MUST.
    """

    STATED = "stated"
    IMPLIED = "implied"
    RFC = "rfc"
    SECURITY = "security"
    OBSERVED = "observed"


@dataclass(frozen=True)
class Requirement:
    """One testable sentence (`reading`, ours) and the words (`quote`, theirs) behind it.

    `directive` is the directive's name, or `rfc` / `security` where none governs.
    """

    id: str
    directive: str
    level: Level
    basis: Basis
    source: str
    quote: str
    reading: str
    subject: Subject = Subject.LISTENER


@cache
def catalogue() -> dict[str, Requirement]:
    """Every requirement by id, in the order of files and entries. Raises `CatalogueError`."""
    entries: dict[str, Requirement] = {}
    for path in sorted(_HERE.glob("*.toml")):
        for requirement in _read(path):
            if requirement.id in entries:
                raise CatalogueError(f"{path.name}: {requirement.id} is in the catalogue twice")
            entries[requirement.id] = requirement
    return entries


def digest() -> str:
    """sha256 over the catalogue files: equal digests mean equal requirements."""
    total = hashlib.sha256()
    for path in sorted(_HERE.glob("*.toml")):
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def _read(path: Path) -> list[Requirement]:
    """The entries of one file; what stands at its top is their default."""
    data = read_toml(path)
    shared = {key: value for key, value in data.items() if isinstance(value, str)}
    result = []
    for name, entry in data.items():
        if isinstance(entry, str):
            continue
        try:
            result.append(_requirement(name, {"quote": "", **shared, **entry}))
        except (KeyError, ValueError, TypeError) as error:
            raise CatalogueError(f"{path.name}: {name}: {error!r}") from error
    return result


def _requirement(name: str, entry: dict[str, Any]) -> Requirement:
    for key, value in entry.items():
        if not isinstance(value, str):
            raise ValueError(f"{key} is no text")
    requirement = Requirement(
        id=name,
        directive=entry.pop("directive"),
        level=Level(entry.pop("level")),
        basis=Basis(entry.pop("basis")),
        source=entry.pop("source"),
        quote=entry.pop("quote"),
        reading=entry.pop("reading"),
        subject=Subject(entry.pop("subject", Subject.LISTENER)),
    )
    if entry:
        raise ValueError(f"unknown keys {', '.join(entry)}")
    if not requirement.reading:
        raise ValueError("the reading is empty")
    if requirement.basis is Basis.OBSERVED and requirement.level is Level.MUST:
        raise ValueError("what is only observed of nginx is never a MUST")
    return requirement
