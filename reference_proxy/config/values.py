"""Numbers, sizes and times as nginx writes them. Each raises ValueError for anything else."""

from __future__ import annotations

import re

_LARGEST = 2**63 - 1

_SIZES = {"k": 1024, "K": 1024, "m": 1024**2, "M": 1024**2}
_OFFSETS = _SIZES | {"g": 1024**3, "G": 1024**3}

# Milliseconds, in the order in which units may follow each other.
_UNITS = {
    "y": 31_536_000_000,
    "M": 2_592_000_000,
    "w": 604_800_000,
    "d": 86_400_000,
    "h": 3_600_000,
    "m": 60_000,
    "s": 1_000,
    "ms": 1,
    " ": 1_000,
}
_RANKS = {unit: rank for rank, unit in enumerate(_UNITS)}
_PART = re.compile(r"([0-9]*)(ms|[yMwdhms ]|$) *")


def number(text: str) -> int:
    """Read an unsigned decimal number that fits into 63 bits."""
    if not (text.isascii() and text.isdigit()) or int(text) > _LARGEST:
        raise ValueError(text)
    return int(text)


def size(text: str) -> int:
    """Bytes: a number, or one with `k` or `m` behind it."""
    return _scaled(text, _SIZES)


def offset(text: str) -> int:
    """Bytes of a file: a size, or a number with `g` behind it."""
    return _scaled(text, _OFFSETS)


def _scaled(text: str, units: dict[str, int]) -> int:
    scale = units.get(text[-1:], 1)
    result = number(text[:-1] if scale > 1 else text) * scale
    if result > _LARGEST:
        raise ValueError(text)
    return result


def seconds(text: str) -> float:
    """Read a time in seconds: `90`, `1m30s`, `250ms`, `"1h 30m"`.

    Units come in descending order, none twice. Years and months are refused:
    nginx counts these times in milliseconds and has none.
    """
    return _time(text, "M", 1) / 1000


def whole_seconds(text: str) -> int:
    """Read a time that nginx counts in seconds: years and months, but no milliseconds."""
    if "ms" in text:
        raise ValueError(text)
    return _time(text, "", 1000)


def _time(text: str, above: str, unit: int) -> int:
    """Sum the parts in units of `unit` milliseconds; they are of lower rank than `above`."""
    if not any(char in "0123456789" for char in text):
        raise ValueError(text)
    total, at, rank = 0, 0, _RANKS.get(above, -1)
    while at < len(text):
        part = _PART.match(text, at)
        # A blank ends a count of seconds, and a bare number may still follow: nginx's reading.
        if part is None or (part[2] and _RANKS[part[2]] <= rank):
            raise ValueError(text)
        total += number(part[1] or "0") * _UNITS[part[2] or "s"] // unit
        rank, at = _RANKS.get(part[2], rank), part.end()
    if total > _LARGEST:
        raise ValueError(text)
    return total
