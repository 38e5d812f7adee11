"""What a host's name stands for."""

from __future__ import annotations

import ipaddress
import socket


def addresses_of(host: str) -> tuple[str, ...]:
    """The addresses of a host, of both families, in the resolver's order; () where it knows none.

    An address stands for itself.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        return ()
    return tuple(dict.fromkeys(str(place[0]) for *_, place in found))


def is_loopback(host: str) -> bool:
    """The address cannot leave this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
