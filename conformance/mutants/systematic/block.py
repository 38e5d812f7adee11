"""A server block of the configuration: what it says, what it inherits, and how to change it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from conformance.claims import read_claims
from conformance.configuration import load
from conformance.harness.endpoint import Way
from conformance.listener import Listener
from conformance.mutants.configuration import Change
from conformance.mutants.systematic.files import Files, Pair


@dataclass(frozen=True)
class Block:
    """One `server {}`: its listeners' claims, and which directives it (or `mail {}`) says."""

    name: str
    listeners: tuple[Listener, ...]
    own: frozenset[str]
    inherited: frozenset[str]
    files: Files

    @property
    def first(self) -> Listener:
        """The listener that stands for all where they differ in the address alone."""
        return self.listeners[0]

    @property
    def sealed(self) -> bool:
        """Some port of it has TLS, from the first byte or by STARTTLS."""
        return any(x.way is not Way.NONE for x in self.listeners)

    @property
    def verifies(self) -> bool:
        """It asks for client certificates."""
        return self.sealed and self.first.verifies

    def values(self, directive: str) -> tuple[str, ...]:
        """What the directive amounts to here; names of files as the configuration says them."""
        return tuple(map(self.files.shown, self.first.values(directive)))

    def value(self, directive: str) -> str:
        """Its only (or first) value, "" where it is unset."""
        return next(iter(self.values(directive)), "")

    def pairs(self) -> list[Pair]:
        """Its certificates with their keys, in its order."""
        names = zip(self.values("ssl_certificate"), self.values("ssl_certificate_key"), strict=True)
        return [self.files.pair(certificate, key) for certificate, key in names]

    def change(
        self, directive: str, *values: str, said: str = "", **beside: tuple[str, ...]
    ) -> Change:
        """The directive set to these values here, each on a line of its own."""
        return Change(self.name, directive, values, tuple(beside.items()), said)


# From a block to changes of one directive in it.
Maker = Callable[[Block], Iterator[Change]]


def blocks_of(conf: Path) -> list[Block]:
    """The server blocks of a configuration, in its order. Raises `ClaimsError`."""
    [mail] = [directive for directive in load(conf) if directive.name == "mail"]
    inherited = frozenset(d.name for d in mail.block if d.name != "server")
    listeners: dict[str, list[Listener]] = {}
    for listener in read_claims(conf):
        listeners.setdefault(listener.where, []).append(listener)
    files = Files(conf.absolute().parent)
    return [
        Block(
            found[0].value("server_name"),
            tuple(found),
            frozenset(d.name for d in server.block),
            inherited,
            files,
        )
        for server in mail.block
        if server.name == "server" and (found := listeners.get(server.where))
    ]
