r"""Octets as printable text, and back: `\r \n \t \\ \xNN`, and `A\{4096}` for many of the same."""

from __future__ import annotations

import re
from itertools import groupby

_NAMED = {b"\r": r"\r", b"\n": r"\n", b"\t": r"\t", b"\\": r"\\"}
_OCTETS = {written: octet for octet, written in _NAMED.items()}
# What has a meaning in a stream's lines, or at the start of one.
_RESERVED = b"|&;!"
_TOKEN = re.compile(r"(\\x[0-9a-f]{2}|\\[rnt\\]|[ -%'-\[\]-~])(?:\\\{([1-9][0-9]{0,7})\})?")
# Shorter runs of one octet are written out.
_RUN = 40
# The longest run that is read: streams are kept in memory as they are said.
LONGEST_RUN = 16 * 1024 * 1024


def written(octets: bytes) -> str:
    """The text for them; without a blank at either end, which would not survive an editor."""
    runs = [(bytes([octet]), sum(1 for _ in run)) for octet, run in groupby(octets)]
    ends = {0, len(runs) - 1}
    return "".join(
        _run(octet, count, bare=octet != b" " or at not in ends)
        for at, (octet, count) in enumerate(runs)
    )


def octets(text: str) -> bytes:
    """The octets that are written so. Raises ValueError for what is not."""
    result, at = b"", 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None or int(token[2] or 1) > LONGEST_RUN:
            raise ValueError(f"{text[:80]!r} is not written as a stream is")
        result += _octet(token[1]) * int(token[2] or 1)
        at = token.end()
    return result


def _run(octet: bytes, count: int, bare: bool) -> str:
    sign = _sign(octet, bare)
    return sign * count if count < _RUN else f"{sign}\\{{{count}}}"


def _sign(octet: bytes, bare: bool) -> str:
    if octet in _NAMED:
        return _NAMED[octet]
    if bare and octet not in _RESERVED and 0x20 <= octet[0] < 0x7F:
        return octet.decode("ascii")
    return f"\\x{octet[0]:02x}"


def _octet(token: str) -> bytes:
    if token in _OCTETS:
        return _OCTETS[token]
    return bytes.fromhex(token[2:]) if token.startswith("\\x") else token.encode("ascii")
