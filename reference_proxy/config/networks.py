"""The slots that take networks and name servers: who is believed, and who is asked."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network

from reference_proxy.config import values
from reference_proxy.config.addresses import Address, AddressError, numeric, resolved, servers
from reference_proxy.config.settings import Resolver
from reference_proxy.config.slots import Use

UNIX = "unix:"
_DNS_PORT = 53


def networks(use: Use) -> None:
    """Collect networks: CIDR or a single address, the addresses of a name, or UNIX for all local.

    Each is a network or the word UNIX. Address bits behind the mask are cut off with a warning.
    """
    word = use.arguments[0]
    found = (UNIX,) if word == UNIX else _networks(use, word)
    use.scope.values[use.name] = (*use.scope.values.get(use.name, ()), *found)


def _networks(use: Use, word: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        if (network := _cidr(use, word)) is not None:
            return (network,)
        return tuple(ip_network(address.partition("%")[0]) for address in resolved(word))
    except AddressError as error:
        raise use.refuse(f'{error} in {use.name} "{word}"') from None


def _cidr(use: Use, word: str) -> IPv4Network | IPv6Network | None:
    text, slash, mask = word.partition("/")
    address = numeric(text)
    if address is None:
        return None
    try:
        network = ip_network((address, values.number(mask)) if slash else address, strict=False)
    except ValueError:
        return None
    if str(network.network_address) != address and slash:
        use.caution(f"low address bits of {word} are meaningless")
    return network


def resolver(use: Use) -> None:
    """Store the name servers, a Resolver; None for `off`."""
    if use.name in use.scope.values:
        raise use.is_wrong("is duplicate")
    use.scope.values[use.name] = None if use.arguments[0] == "off" else _resolver(use)


def _resolver(use: Use) -> Resolver:
    found: list[Address] = []
    valid, ipv6 = None, True
    for word in use.arguments:
        value = word.partition("=")[2]
        try:
            if word.startswith("valid="):
                valid = values.whole_seconds(value)
            elif word.startswith("ipv6="):
                ipv6 = {"on": True, "off": False}[value]
            else:
                found += servers(word, _DNS_PORT)
        except AddressError as error:
            raise use.refuse(f'{error} in resolver "{word}"') from None
        except (ValueError, KeyError):
            raise use.refuse(f"invalid parameter: {word}") from None
    if not found:
        raise use.refuse("no name servers defined")
    return Resolver(tuple((address.host, address.port) for address in found), valid, ipv6)
