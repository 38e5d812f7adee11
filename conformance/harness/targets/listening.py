"""Which process listens where, so that a stranger on the port is not taken for the target.

Linux tells through /proc. Elsewhere nothing is known, and None is the answer.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import sys
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

_PROC = Path("/proc")
_LISTENING = "0A"


def listeners_of(pid: int) -> frozenset[tuple[str, int]] | None:
    """(host, port) of every TCP listener that `pid` or a descendant holds; None: cannot be told."""
    if not (_PROC / "net/tcp").exists():
        return None
    mine = {inode for process in family(pid) for inode in _sockets(process)}
    if not mine:
        return frozenset()
    # Long where many connections have just ended: not to be read in vain.
    table = _table("tcp") + _table("tcp6")
    return frozenset(place for inode, place in table if inode in mine)


def is_covered(host: str, port: int, places: Iterable[tuple[str, int]]) -> bool:
    """True when one of the listeners takes connections to that address, itself or as a wildcard."""
    wanted = {(name, port) for name in (*_numeric(host), "0.0.0.0", "::")}
    return not wanted.isdisjoint(places)


def family(pid: int) -> list[int]:
    """`pid` and its descendants that still live."""
    found = [pid]
    for process in found:
        try:
            children = (_PROC / f"{process}/task/{process}/children").read_text()
        except OSError:  # it has ended meanwhile
            continue
        found += [int(child) for child in children.split()]
    return found


def _sockets(pid: int) -> set[str]:
    """Inodes of the sockets that a process has open."""
    inodes = set()
    try:
        for descriptor in (_PROC / f"{pid}/fd").iterdir():
            found = re.fullmatch(r"socket:\[(\d+)\]", str(descriptor.readlink()))
            if found:
                inodes.add(found[1])
    except OSError:  # it has ended meanwhile, or closed the descriptor
        pass
    return inodes


def _table(name: str) -> list[tuple[str, tuple[str, int]]]:
    """(inode, (host, port)) of each listening socket in /proc/net."""
    try:
        lines = (_PROC / "net" / name).read_text().splitlines()[1:]
    except OSError:  # no IPv6 on this machine
        return []
    rows = (line.split() for line in lines)
    return [(row[9], _place(row[1])) for row in rows if row[3] == _LISTENING]


def _place(field: str) -> tuple[str, int]:
    """`0100007F:1F90` as ("127.0.0.1", 8080): words of four bytes in the machine's order."""
    address, port = field.split(":")
    words = (bytes.fromhex(address[i : i + 8]) for i in range(0, len(address), 8))
    ordered = (word[::-1] if sys.byteorder == "little" else word for word in words)
    return str(ipaddress.ip_address(b"".join(ordered))), int(port, 16)


@lru_cache(maxsize=64)
def _numeric(host: str) -> frozenset[str]:
    infos = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return frozenset(str(info[4][0]) for info in infos)
