"""Addresses as nginx writes them, in `listen` and in `auth_http`.

A `unix:` path is a host of its own, with port 0. AddressError carries nginx's
word for what is wrong.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass

from reference_proxy.config import values

_OCTET = re.compile("[0-9]*")
_PORTS = range(1, 65536)


class AddressError(ValueError):
    """Not an address; `str()` is nginx's phrase, such as `invalid port`."""


@dataclass(frozen=True)
class Address:
    """A numeric address; `host` is "" for every IPv4 address."""

    host: str
    port: int

    def __str__(self) -> str:
        if self.host.startswith("unix:"):
            return self.host
        host = f"[{self.host}]" if ":" in self.host else self.host or "0.0.0.0"
        return f"{host}:{self.port}"


@dataclass(frozen=True)
class Url:
    """`auth_http`'s value: where to connect, the host as written, and the path with its query."""

    address: Address
    host: str
    path: str


def listen_addresses(text: str) -> tuple[Address, ...]:
    """Read `993`, `*:993`, `127.0.0.1:993-995`, `[::1]:993`, `name:993` or `unix:PATH`."""
    if _is_unix(text):
        return (Address("unix:" + _unix_path(text[5:]), 0),)
    host, port, tail = _split(text)
    if tail:
        raise AddressError("invalid host")
    if port is None and all(map(_is_number, text.split("-", 1))):
        host, port = "*", text
    first, last = _port_range(port)
    hosts = ("",) if host == "*" else _hosts(host)
    return tuple(Address(h, p) for h in hosts for p in range(first, last + 1))


def url(text: str, default_port: int) -> Url:
    """`host[:port][/path]`, with or without a path; a `unix:` path ends at a colon."""
    if _is_unix(text):
        path, _, tail = text[5:].partition(":")
        return Url(Address("unix:" + _unix_path(path), 0), "localhost", tail or "/")
    host, port, tail = _split(text)
    number = default_port if port is None else _port(port)
    address = Address(_hosts(host)[0], number)
    return Url(address, f"[{host}]" if ":" in host else host, tail or "/")


def servers(text: str, default_port: int) -> tuple[Address, ...]:
    """`host[:port]` or `unix:PATH`: every address of a server that is to be connected to."""
    if _is_unix(text):
        return (Address("unix:" + _unix_path(text[5:]), 0),)
    host, port, tail = _split(text)
    if tail:
        raise AddressError("invalid host")
    number = default_port if port is None else _port(port)
    return tuple(Address(one, number) for one in _hosts(host))


def _is_unix(text: str) -> bool:
    return text[:5].lower() == "unix:"


def _unix_path(path: str) -> str:
    if not path:
        raise AddressError("no path in the unix domain socket")
    if len(path) > 107:
        raise AddressError("too long path in the unix domain socket")
    return path


def _split(text: str) -> tuple[str, str | None, str]:
    """Host without brackets, port as written (None: none), and the tail from `/` or `?` on."""
    start = text.find("]") if text.startswith("[") else 0
    if start < 0:
        raise AddressError("invalid host")
    # Behind an IPv6 address nginx knows no query without a path.
    marks = "/" if start else "/?"
    end = min((at for mark in marks if (at := text.find(mark, start)) >= 0), default=len(text))
    if not start:
        host, colon, port = text[:end].partition(":")
        return host, port if colon else None, text[end:]
    between = text[start + 1 : end]
    if between[:1] not in ("", ":"):
        raise AddressError("invalid host")
    host = text[1:start]
    if host and (":" not in host or numeric(host) is None):
        raise AddressError("invalid IPv6 address")
    return host, between[1:] if between else None, text[end:]


def _is_number(text: str) -> bool:
    """Whether nginx may take this for a port; with more digits it is the name of a host."""
    try:
        values.number(text)
    except ValueError:
        return False
    return True


def _port(text: str) -> int:
    if not _is_number(text) or int(text) not in _PORTS:
        raise AddressError("invalid port")
    return int(text)


def _port_range(text: str | None) -> tuple[int, int]:
    if text is None:
        return 0, 0  # the kernel chooses; nginx accepts it
    low, dash, high = text.partition("-")
    first = _port(low)
    last = _port(high) if dash else first
    if last < first:
        raise AddressError("invalid port range")
    return first, last


def numeric(host: str) -> str | None:
    """Return the IPv4 or IPv6 address in its usual spelling; None if it is neither."""
    octets = host.split(".")
    # Leading zeros mean nothing to nginx, nor does an octet without a digit.
    if len(octets) == 4 and all(_OCTET.fullmatch(octet) for octet in octets):
        parts = [int(octet or "0") for octet in octets]
        return ".".join(map(str, parts)) if max(parts) < 256 else None
    try:
        return socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, host))
    except (OSError, UnicodeError):
        return None


def resolved(host: str) -> tuple[str, ...]:
    """Return the numeric addresses of a host, in the system's order; AddressError if none."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    except (OSError, UnicodeError) as error:
        raise AddressError("host not found") from error
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def _hosts(host: str) -> tuple[str, ...]:
    if not host:
        raise AddressError("no host")
    address = numeric(host)
    found = resolved(host) if address is None else (address,)
    return tuple("" if one == "0.0.0.0" else one for one in found)
