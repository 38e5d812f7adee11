"""The one door to `fixtures/`: data beside the packages in a checkout, inside them in a wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def fixture(name: str) -> Path:
    """The path of `fixtures/<name>`; raises FileNotFoundError naming both places looked in."""
    places = [_PACKAGE.parent / "fixtures", _PACKAGE / "_fixtures"]
    for place in places:
        if (place / name).exists():
            return place / name
    raise FileNotFoundError(f"{name} is neither in {places[0]} nor in {places[1]}")
