"""The PROXY protocol: who a balancer in front says the client is, and telling a back end.

Both versions are read, from one packet: as nginx does, and as the protocol's text allows, a header
that has not come as a whole is a broken one.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import struct
from dataclasses import dataclass

from reference_proxy.numeric import decimal, numeric_address

MOST = 107
"""The bytes of the longest header of version 1; of version 2 as much is looked at."""

Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network | None, ...]
"""Whom to trust; None is every local socket."""

_HIGHEST_PORT = 65535
_UNKNOWN = re.compile(rb"PROXY UNKNOWN.*?\r\n", re.DOTALL)
_KNOWN = re.compile(rb"PROXY TCP[46] ([0-9A-Fa-f:.]*) ([0-9A-Fa-f:.]*) ([0-9]+) ([0-9]+)\r\n")
_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_FIXED = struct.Struct("!12sBBH")
_VERSION = 2
_PROXY = 1
_STREAM = 1
_FAMILIES = {1: (socket.AF_INET, 4), 2: (socket.AF_INET6, 16)}


class BrokenHeader(Exception):
    """The bytes do not begin with a header; the text is for the log."""


@dataclass(frozen=True)
class Proxied:
    """What a header says: addresses as it spells them, the client's before the balancer's."""

    address: str
    port: int
    server_address: str
    server_port: int


def read_header(data: bytes) -> tuple[Proxied | None, int]:
    """Return what the header in front says, None where it says nothing, and its length.

    Raises `BrokenHeader`.
    """
    data = data[:MOST]
    if data.startswith(_SIGNATURE) and len(data) >= _FIXED.size:
        return _read_binary(data)
    if match := _UNKNOWN.match(data):
        return None, match.end()
    match = _KNOWN.match(data)
    ports = [decimal(port.decode()) for port in match.groups()[2:]] if match else []
    if match is None or any(port is None or port > _HIGHEST_PORT for port in ports):
        raise BrokenHeader(f"broken header: {data!r}")
    address, server_address = (group.decode() for group in match.groups()[:2])
    return Proxied(address, ports[0] or 0, server_address, ports[1] or 0), match.end()


def _read_binary(data: bytes) -> tuple[Proxied | None, int]:
    _, version_command, family_transport, length = _FIXED.unpack_from(data)
    if version_command >> 4 != _VERSION:
        raise BrokenHeader(f"unknown PROXY protocol version: {version_command >> 4}")
    end = _FIXED.size + length
    if len(data) < end:
        raise BrokenHeader("header is too large")
    known = _FAMILIES.get(family_transport >> 4)
    if version_command & 15 != _PROXY or family_transport & 15 != _STREAM or known is None:
        return None, end
    family, size = known
    layout = struct.Struct(f"!{size}s{size}sHH")
    if length < layout.size:
        raise BrokenHeader("header is too short")
    client, server, port, server_port = layout.unpack_from(data, _FIXED.size)
    texts = [socket.inet_ntop(family, packed) for packed in (client, server)]
    return Proxied(texts[0], port, texts[1], server_port), end


def header(address: str, port: int, server_address: str, server_port: int) -> bytes:
    """Return the header of version 1 for a back end."""
    if address.startswith("unix:"):
        return b"PROXY UNKNOWN\r\n"
    family = 6 if ":" in address else 4
    return f"PROXY TCP{family} {address} {server_address} {port} {server_port}\r\n".encode()


def real_address(trusted: Networks, address: str, proxied: Proxied | None) -> str | None:
    """Return the client's address by the header of a trusted balancer; None without one."""
    if proxied is None or not _is_among(trusted, address):
        return None
    return numeric_address(proxied.address)


def _is_among(networks: Networks, address: str) -> bool:
    if address.startswith("unix:"):
        return None in networks
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return any(ip in network for network in networks if network is not None)
