"""Whether anything on the page or in an RFC is left out: each clause, and what covers it.

One file per source in `coverage/`. A clause of the page is its own sentence; one
of an RFC is told in our words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from conformance.requirements.reading import CatalogueError, read_toml, texts

_HERE = Path(__file__).parent / "coverage"


class Kind(StrEnum):
    """Why a clause has no requirement.

    unobservable: nothing that a client, an auth server or a back end sees shows
    it; out_of_scope: it binds somebody else, or is no promise; open: it has none yet.
    """

    UNOBSERVABLE = "unobservable"
    OUT_OF_SCOPE = "out_of_scope"
    OPEN = "open"


@dataclass(frozen=True)
class Clause:
    """A clause of a source: covered `by` requirements, or by none, of that `kind`, for a reason."""

    section: str
    text: str
    by: tuple[str, ...] = ()
    kind: Kind | None = None
    why_not: str = ""


@dataclass(frozen=True)
class Source:
    """A text that requires something; `name` is its file's (`page`, `rfc3207`)."""

    name: str
    title: str
    clauses: tuple[Clause, ...]


@cache
def sources() -> dict[str, Source]:
    """Every source by name, the page first. Raises `CatalogueError`."""
    paths = sorted(_HERE.glob("*.toml"), key=lambda p: (p.stem != "page", _number(p.stem), p.stem))
    return {path.stem: _source(path) for path in paths}


def _number(name: str) -> int:
    return int(re.sub(r"\D", "", name) or 0)


def _source(path: Path) -> Source:
    data = read_toml(path)
    clauses = []
    try:
        title = texts({"title": data.get("title")}, ("title",))["title"]
    except ValueError as error:
        raise CatalogueError(f"coverage/{path.name}: {error}") from error
    for number, entry in enumerate(data.get("clause", ()), 1):
        try:
            clauses.append(_clause(dict(entry)))
        except (ValueError, TypeError) as error:
            raise CatalogueError(f"coverage/{path.name}: clause {number}: {error}") from error
    return Source(path.stem, title, tuple(clauses))


def _clause(entry: dict[str, Any]) -> Clause:
    by = tuple(entry.pop("by", ()))
    if not by:
        words = texts(entry, ("section", "text", "kind", "why_not"))
        return Clause(words["section"], words["text"], (), Kind(words["kind"]), words["why_not"])
    words = texts(entry, ("section", "text"))
    return Clause(words["section"], words["text"], by)


def sentences(text: str) -> list[tuple[str, str]]:
    """The page in pieces: (directive or "introduction", sentence), each with its blanks made one.

    Blank lines separate blocks. The head of a directive is three pieces, its
    syntax, default and contexts; an example of configuration is one; of prose,
    each sentence.
    """
    section, result = "introduction", []
    for block in _blocks(text):
        if found := re.match(r"Syntax:\s+(\w+)", block):
            section = found[1]
        result += [(section, " ".join(piece.split())) for piece in _pieces(block)]
    return result


def _blocks(text: str) -> list[str]:
    """Paragraphs; what is indented goes on with an example that has blank lines in it."""
    blocks: list[str] = []
    for block in filter(str.strip, re.split(r"\n[^\S\n]*\n", text)):
        if blocks and block[0].isspace() and "{" in blocks[-1]:
            blocks[-1] += f"\n{block}"
        else:
            blocks.append(block)
    return blocks


def _pieces(block: str) -> list[str]:
    if block.startswith("Syntax:"):
        return re.split(r"\n(?=Default:|Context:)", block.strip())
    if "{" in block:
        return [block]
    return re.split(r"(?<=[.;])\s+(?=[A-Z])|(?<=[.;])\n|\n(?=[a-z]+\n)", block.strip())
