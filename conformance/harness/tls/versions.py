"""Protocol versions: nginx's names, their numbers on the wire, and their order."""

from __future__ import annotations

from collections.abc import Iterable

SSLV2, SSLV3, TLSV1, TLSV1_1, TLSV1_2, TLSV1_3 = (
    "SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3",
)  # fmt: skip

# Lowest to highest, as the `ssl_protocols` directive names them.
VERSIONS = {
    SSLV2: 0x0002,
    SSLV3: 0x0300,
    TLSV1: 0x0301,
    TLSV1_1: 0x0302,
    TLSV1_2: 0x0303,
    TLSV1_3: 0x0304,
}
MODERN = (TLSV1_2, TLSV1_3)
_NAMES = {number: name for name, number in VERSIONS.items()}
_ORDER = tuple(VERSIONS)


def version_name(number: int) -> str:
    """nginx's name of a version number, or the number in hexadecimal (`0x0305`)."""
    return _NAMES.get(number, f"0x{number:04X}")


def in_order(versions: Iterable[str]) -> tuple[str, ...]:
    """The versions lowest to highest, each once; `ValueError` for one that nginx does not name."""
    wanted = set(versions)
    if strange := wanted - VERSIONS.keys():
        raise ValueError(f"no TLS version is called {sorted(strange)[0]!r}")
    return tuple(name for name in _ORDER if name in wanted)


def has_gap(versions: Iterable[str]) -> bool:
    """Whether a version between the lowest and the highest is missing."""
    ranks = [_ORDER.index(name) for name in in_order(versions)]
    return bool(ranks) and ranks[-1] - ranks[0] + 1 != len(ranks)
