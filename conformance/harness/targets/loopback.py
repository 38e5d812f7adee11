"""A loopback address of one's own, so that runs beside each other do not meet."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from collections.abc import Iterable

from .product import LaunchError

ATTEMPTS = 50


def free_loopback(ports: Iterable[int]) -> str:
    """A loopback host on which all these ports are free.

    On Linux 127.0.0.0/8 is all loopback: one of its addresses, chosen by pid and
    chance, tried by binding. Elsewhere only 127.0.0.1 is there: that, untried.
    Raises LaunchError when 50 addresses were all taken.
    """
    if not sys.platform.startswith("linux"):
        return "127.0.0.1"
    wanted = tuple(ports)
    for _ in range(ATTEMPTS):
        # Not from `random`: who seeds that alike in two places would be given one address twice.
        octets = (1 + os.getpid() % 254, secrets.randbelow(256), 1 + secrets.randbelow(254))
        host = "127.{}.{}.{}".format(*octets)
        if all(_is_free(host, port) for port in wanted):
            return host
    raise LaunchError(f"no loopback address with ports {min(wanted)} to {max(wanted)} free")


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True
