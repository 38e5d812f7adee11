"""What a reader is told of a requirement besides its reading; kept out of every run's start-up.

The prose is in `pages/`, one file per file of the catalogue, and read only by
`waxseal explain` and by reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from conformance.requirements.reading import CatalogueError, read_toml, texts

_HERE = Path(__file__).parent / "pages"
_TEXTS = ("tested", "arises", "matters", "loses")


class Product(StrEnum):
    """Who is told how to put it right."""

    NGINX = "nginx"
    DOVECOT = "Dovecot"
    HAPROXY = "HAProxy"
    STUNNEL = "stunnel"
    PERDITION = "Perdition"


@dataclass(frozen=True)
class Page:
    """A requirement's page.

    `tested`: what the suite does, and what counts as evidence. `arises`: the
    claims under which it is tested. `matters`: why it is required. `loses`: what
    an attacker wins or a user loses where it is broken. `fix`: how to put it
    right in each product, or that it cannot be.
    """

    tested: str
    arises: str
    matters: str
    loses: str
    fix: Mapping[Product, str]


def page(identifier: str) -> Page | None:
    """The page of a requirement, None where it has none. Raises `CatalogueError`."""
    return _read(_HERE / f"{identifier.partition('.')[0]}.toml").get(identifier)


def pages() -> dict[str, Page]:
    """Every page by the id of its requirement. Raises `CatalogueError`."""
    return {name: p for path in sorted(_HERE.glob("*.toml")) for name, p in _read(path).items()}


@cache
def _read(path: Path) -> dict[str, Page]:
    """The pages of one file; `arises` and `fix` at its top are their defaults."""
    if not path.exists():
        return {}
    data = read_toml(path)
    arises, fix = data.pop("arises", ""), data.pop("fix", {})
    result = {}
    for name, entry in data.items():
        try:
            if name.partition(".")[0] != path.stem:
                raise ValueError(f"it belongs in {name.partition('.')[0]}.toml")
            result[name] = _page({"arises": arises, **entry}, fix)
        except (ValueError, TypeError) as error:
            raise CatalogueError(f"pages/{path.name}: {name}: {error}") from error
    return result


def _page(entry: dict[str, Any], shared: Mapping[str, str]) -> Page:
    words = texts({**shared, **entry.pop("fix", {})}, tuple(product.value for product in Product))
    fix = {product: words[product.value] for product in Product}
    return Page(**texts(entry, _TEXTS), fix=MappingProxyType(fix))
