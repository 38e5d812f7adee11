"""Which of the claimed listeners an address stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from conformance.harness.endpoint import Endpoint, Way
from conformance.harness.targets.address import Address
from conformance.harness.targets.names import addresses_of
from conformance.listener import Listener
from conformance.options import UsageError

Resolve = Callable[[str], Sequence[str]]


@dataclass(frozen=True)
class Claimed:
    """The listeners that a file claims, those of one `server_name` where one was asked for."""

    source: str
    listeners: tuple[Listener, ...]
    server: str = ""

    @classmethod
    def of(cls, source: str, listeners: Sequence[Listener], server: str) -> Claimed:
        """Those that `--claims-server` leaves. Raises `UsageError`."""
        chosen = tuple(x for x in listeners if server in ("", x.name, x.value("server_name")))
        if not chosen:
            names = ", ".join(dict.fromkeys(map(_name, listeners)))
            raise UsageError(
                f"--claims-server {server}: {source} has no such server_name, but {names}"
            )
        return cls(source, chosen, server)

    def at(self, address: Address, resolve: Resolve = addresses_of) -> list[Listener]:
        """The listeners that an address stands for, moved to it; a bare host stands for all.

        Several servers may listen on one port: the one whose address the host is, or has.
        Raises `UsageError` where none fits, or several do.
        """
        if address.port is None:
            return [x.at(_moved(x.endpoint, address)) for x in self.listeners]
        on_port = [x for x in self.listeners if x.endpoint.port == address.port]
        chosen = on_port or self._elsewhere(address)
        if len(chosen) > 1:
            chosen = self._on_host(address, chosen, resolve)
        return [x.at(_moved(x.endpoint, address)) for x in chosen]

    def _elsewhere(self, address: Address) -> list[Listener]:
        """The port is another one, as behind a NAT: whom `--claims-server` and the scheme name."""
        fitting = [x for x in self.listeners if not address.protocol or _agrees(x, address)]
        if self.server and len(fitting) == 1:
            return fitting
        ports = ", ".join(str(p) for p in dict.fromkeys(x.endpoint.port for x in self.listeners))
        who = f"the server {self.server}" if self.server else "no server"
        remedy = "say which by a scheme" if self.server else "name one with --claims-server"
        not_there = " does not listen" if self.server else " listens"
        raise UsageError(
            f"--target {address}: {who} in {self.source}{not_there} on port {address.port} "
            f"(they listen on {ports}); {remedy}"
        )

    def _on_host(self, address: Address, found: list[Listener], resolve: Resolve) -> list[Listener]:
        same = [x for x in found if x.endpoint.host == address.host]
        if not same:
            known = resolve(address.host)
            same = [x for x in found if x.endpoint.host in known]
        if len(same) == 1:
            return same
        names = ", ".join(f"{_name(x)} on {x.endpoint.address}" for x in same or found)
        raise UsageError(
            f"--target {address}: several servers in {self.source} listen on port {address.port} "
            f"({names}): name one with --claims-server"
        )


def told_apart(listeners: Iterable[Listener]) -> list[Listener]:
    """Each endpoint once; where there are several hosts, `host/name` are the listeners' names."""
    places: dict[tuple[str, int], Listener] = {}
    for listener in listeners:
        places.setdefault((listener.endpoint.host, listener.endpoint.port), listener)
    once = list(places.values())
    if len({x.name for x in once}) == len(once):
        return once
    return [replace(x, name=f"{x.endpoint.host}/{x.name}") for x in once]


def _name(listener: Listener) -> str:
    return listener.value("server_name") or listener.name


def _agrees(listener: Listener, address: Address) -> bool:
    """The scheme says what the claims say; without an s it is any way that begins in clear."""
    endpoint = listener.endpoint
    implicit = (endpoint.way is Way.IMPLICIT) is (address.way is Way.IMPLICIT)
    return endpoint.protocol is address.protocol and implicit


def _moved(endpoint: Endpoint, address: Address) -> Endpoint:
    if address.protocol is not None and not _agrees(Listener("", endpoint), address):
        scheme = str(endpoint).partition("://")[0]
        raise UsageError(f"--target {address}: the claims for that port say {scheme}")
    return replace(endpoint, host=address.host, port=address.port or endpoint.port)
