"""From where a visitor comes to a target on this machine."""

from __future__ import annotations

import sys

_SERVER, _CLIENT = "127.0.0.1", "127.0.0.2"


def visitor_address(host: str) -> tuple[str, int] | None:
    """The address to connect from, None for the usual one.

    Who comes from the target's own address is taken for a local user by some: dovecot lets him
    log in without TLS. On Linux all of 127.0.0.0/8 is this machine, so visitors to 127.0.0.1
    come from its neighbour; to any other they come from 127.0.0.1 anyway.
    """
    local = sys.platform.startswith("linux") and host in (_SERVER, "localhost")
    return (_CLIENT, 0) if local else None
