"""The slot of `listen`: an address, and parameters of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from reference_proxy.config import values
from reference_proxy.config.addresses import Address, AddressError, listen_addresses
from reference_proxy.config.settings import Listen, SocketOptions
from reference_proxy.config.slots import Use

_PORTS = {110: "pop3", 995: "pop3", 143: "imap", 993: "imap", 25: "smtp", 465: "smtp", 587: "smtp"}


@dataclass(frozen=True)
class _Parameters:
    options: SocketOptions
    ssl: bool = False
    proxy_protocol: bool = False


def listen(use: Use) -> None:
    """Store the addresses, each a Listen with its place, and what protocol the port suggests."""
    address, *words = use.arguments
    try:
        addresses = listen_addresses(address)
    except AddressError as error:
        raise use.refuse(f'{error} in "{address}" of the "listen" directive') from None
    if (protocol := _PORTS.get(addresses[0].port)) is not None:
        use.scope.values.setdefault("protocol", protocol)
    parameters = _Parameters(SocketOptions())
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
                parameters.options,
                parameters.proxy_protocol,
            ),
            use.place,
        )
        for a in addresses
    )
    _check_unique(use, addresses)
    use.scope.values["listen"] = (*use.scope.values.get("listen", ()), *new)


def _check_unique(use: Use, addresses: tuple[Address, ...]) -> None:
    servers = use.scope.parent.servers if use.scope.parent else []
    taken = {
        (old.host, old.port) for server in servers for old, _ in server.values.get("listen", ())
    }
    for address in addresses:
        if (address.host, address.port) in taken:
            raise use.refuse(f'duplicate "{address}" address and port pair')


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
        amount = None
    if amount is None or (name == "backlog" and not amount):
        raise use.refuse(f'invalid {name} "{name}={value}"')
    return amount


def _keepalive(use: Use, value: str) -> bool | tuple[int, int, int]:
    if value in ("on", "off"):
        return value == "on"
    idle, interval, count = (*value.split(":", 2), "", "")[:3]
    try:
        times = values.whole_seconds(idle or "0"), values.whole_seconds(interval or "0")
        found = (*times, values.number(count or "0"))
    except ValueError:
        found = (0, 0, 0)
    if not any(found):
        raise use.refuse(f'invalid so_keepalive value: "{value}"')
    return found
