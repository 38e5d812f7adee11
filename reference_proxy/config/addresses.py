"""Addresses as nginx writes them, in `listen` and in `auth_http`.

A `unix:` path is a host of its own, with port 0. AddressError carries nginx's
word for what is wrong.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass

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
    if port is None and _is_port(host.partition("-")[0]):
        host, port = "*", host
    first, last = _port_range(port)
    hosts = ("",) if host == "*" else resolved(host)
    return tuple(Address(h, p) for h in hosts for p in range(first, last + 1))


def url(text: str, default_port: int) -> Url:
    """`host[:port][/path]`, with or without a path; a `unix:` path ends at a colon."""
    if _is_unix(text):
        path, _, tail = text[5:].partition(":")
        return Url(Address("unix:" + _unix_path(path), 0), "localhost", tail or "/")
    host, port, tail = _split(text)
    number = default_port if port is None else _port(port)
    address = Address(resolved(host)[0], number)
    return Url(address, f"[{host}]" if ":" in host else host, tail or "/")


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
    ends = [at for at in (text.find("/", start), text.find("?", start)) if at >= 0]
    end = min(ends, default=len(text))
    if not start:
        host, colon, port = text[:end].partition(":")
        return host, port if colon else None, text[end:]
    between = text[start + 1 : end]
    if between[:1] not in ("", ":"):
        raise AddressError("invalid host")
    host = text[1:start]
    if host and not _is_numeric(host, socket.AF_INET6):
        raise AddressError("invalid IPv6 address")
    return host, between[1:] if between else None, text[end:]


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _port(text: str) -> int:
    if not _is_port(text) or int(text) not in _PORTS:
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


def _is_numeric(host: str, family: socket.AddressFamily) -> bool:
    try:
        socket.inet_pton(family, host)
    except (OSError, UnicodeError):
        return False
    return True


def resolved(host: str) -> tuple[str, ...]:
    """The numeric addresses of a host, IPv4 before IPv6."""
    if not host:
        raise AddressError("no host")
    if ":" in host or _is_numeric(host, socket.AF_INET):
        return ("" if host == "0.0.0.0" else host,)
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressError("host not found") from error
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
