"""Numbers and addresses in text, with nginx's idea of which are any."""

from __future__ import annotations

import socket

_OCTETS = 4
_HIGHEST_OCTET = 255
_HIGHEST_NUMBER = 2**63 - 1
_BROADCAST = "255.255.255.255"


def decimal(text: str) -> int | None:
    """Read an unsigned decimal number; None for anything else, and beyond 63 bits."""
    if not text.isascii() or not text.isdigit():
        return None
    digits = text.lstrip("0")
    if len(digits) > len(str(_HIGHEST_NUMBER)):
        return None
    number = int(digits or "0")
    return number if number <= _HIGHEST_NUMBER else None


def numeric_address(text: str) -> str | None:
    """Return the address in its usual form; None where it is no numeric one.

    As in nginx an octet of an IPv4 address may have leading zeros, or no digits at all, and
    255.255.255.255 is none.
    """
    octets = text.split(".")
    if len(octets) == _OCTETS:
        numbers = [decimal(octet or "0") for octet in octets]
        if all(number is not None and number <= _HIGHEST_OCTET for number in numbers):
            address = ".".join(map(str, numbers))
            return None if address == _BROADCAST else address
    try:
        return socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, text))
    except (OSError, ValueError):
        return None
