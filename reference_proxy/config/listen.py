"""The slot of `listen`: an address, and parameters of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from reference_proxy.config import values
from reference_proxy.config.addresses import AddressError, listen_addresses
from reference_proxy.config.errors import Place
from reference_proxy.config.settings import Listen, SocketOptions
from reference_proxy.config.slots import Use

_PORTS = {110: "pop3", 995: "pop3", 143: "imap", 993: "imap", 25: "smtp", 465: "smtp", 587: "smtp"}


@dataclass(frozen=True)
class _Parameters:
    ssl: bool
    proxy_protocol: bool
    options: SocketOptions


def listen(use: Use) -> None:
    """Store the addresses, each a Listen with its place, and what protocol the port suggests."""
    address, *words = use.arguments
    try:
        addresses = listen_addresses(address)
    except AddressError as error:
        raise use.refuse(f'{error} in "{address}" of the "listen" directive') from None
    if (protocol := _PORTS.get(addresses[0].port)) is not None:
        use.scope.values.setdefault("protocol", protocol)
    parameters = _Parameters(ssl=False, proxy_protocol=False, options=SocketOptions())
    for word in words:
        parameters = _parameter(use, parameters, word)
    if parameters.ssl:
        use.scope.tls = use.place
    new = tuple(
        (
            Listen(
                a.host,
                a.port,
                parameters.ssl,
                str(a),
                parameters.proxy_protocol,
                parameters.options,
            ),
            use.place,
        )
        for a in addresses
    )
    use.scope.values["listen"] = (*use.scope.values.get("listen", ()), *_unique(use, new))


def _unique(use: Use, new: tuple[tuple[Listen, Place], ...]) -> tuple[tuple[Listen, Place], ...]:
    servers = use.scope.parent.servers if use.scope.parent else []
    taken = {
        (old.host, old.port)
        for server in servers
        for old, _ in server.values.get("listen", ())
        if old.port or old.host.startswith("unix:")
    }
    for entry, _ in new:
        if (entry.host, entry.port) in taken:
            raise use.refuse(f'duplicate "{entry.text}" address and port pair')
    return new


def _parameter(use: Use, so_far: _Parameters, word: str) -> _Parameters:
    name, equals, value = word.partition("=")
    options = so_far.options
    match name + equals:
        case "ssl":
            return replace(so_far, ssl=True)
        case "bind":
            return so_far
        case "backlog=":
            options = replace(options, backlog=_amount(use, values.number, name, value))
        case "rcvbuf=":
            options = replace(options, rcvbuf=_amount(use, values.size, name, value))
        case "sndbuf=":
            options = replace(options, sndbuf=_amount(use, values.size, name, value))
        case "ipv6only=" if value in ("on", "off"):
            options = replace(options, ipv6only=value == "on")
        case "ipv6only=" if value.startswith("o"):
            raise use.refuse(f'invalid ipv6only flags "{value}"')
        case "so_keepalive=":
            options = replace(options, keepalive=_keepalive(use, value))
        case "proxy_protocol":
            return replace(so_far, proxy_protocol=True)
        case _:
            raise use.refuse(f'the invalid "{word}" parameter')
    return replace(so_far, options=options)


def _amount(use: Use, convert: Callable[[str], int], name: str, value: str) -> int:
    try:
        amount = convert(value)
    except ValueError:
        amount = 0
    if not amount and (name == "backlog" or value.strip("0")):
        raise use.refuse(f'invalid {name} "{name}={value}"')
    return amount


def _keepalive(use: Use, value: str) -> bool | tuple[int, int, int]:
    if value in ("on", "off"):
        return value == "on"
    complaint = use.refuse(f'invalid so_keepalive value: "{value}"')
    parts = value.split(":")
    if len(parts) != 3 or not any(parts):
        raise complaint
    try:
        idle, interval = (int(values.seconds(part or "0")) for part in parts[:2])
        return idle, interval, values.number(parts[2] or "0")
    except ValueError:
        raise complaint from None
