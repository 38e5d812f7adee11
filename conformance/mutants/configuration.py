"""One directive of one `server {}` changed, in the text of a configuration."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from conformance.server_blocks import each_server

_LISTEN = re.compile(r"(\n\s+listen\s+\S+?)(?: ssl)?;")


@dataclass(frozen=True)
class Change:
    """In the server block of that name, `directive` gets these values instead of its own.

    Several values are several lines, none removes it (and the block inherits).
    A `listen` keeps its address: its value is what follows that, one for all of
    them or one for each. `beside` are changes without which this one would not
    load or have no effect: the key of a certificate. `said` is what a reader is
    told instead of the values.
    """

    server: str
    directive: str
    values: tuple[str, ...]
    beside: tuple[tuple[str, tuple[str, ...]], ...] = ()
    said: str = ""

    @property
    def effect(self) -> tuple[object, ...]:
        """What two changes have in common that do the same, whatever is said of them."""
        return self.server, self.directive, self.values, self.beside

    def __str__(self) -> str:
        return f"{self.server}: {self.directive} {self.said or ' '.join(self.values) or 'removed'}"


def mutated(text: str, changes: Iterable[Change], only: Collection[str] = ()) -> str:
    """The configuration with these changes; of the server blocks `only` those named, if any are.

    Raises ValueError for a change to a block that is not there, or that changes nothing.
    """
    pending = list(changes)

    def edited(name: str, block: str) -> str:
        if only and name not in only:
            return ""
        for change in [c for c in pending if c.server == name]:
            pending.remove(change)
            before = block
            for directive, values in ((change.directive, change.values), *change.beside):
                block = _set(block, directive, values)
            if block == before:
                raise ValueError(f"{change} changes nothing")
        return block

    result = each_server(text, edited)
    if pending:
        raise ValueError(f"no such server block: {pending[0]}")
    return result


def _set(block: str, directive: str, values: tuple[str, ...]) -> str:
    if directive == "listen":
        ways = iter(values if len(values) > 1 else values * block.count("listen "))
        return _LISTEN.sub(lambda m: f"{m[1]} {next(ways)}".rstrip() + ";", block)
    without = re.sub(rf"^\s+{directive}\s.*;\n", "", block, flags=re.MULTILINE)
    lines = "".join(f"        {directive} {value};\n" for value in values)
    return without.removesuffix("    }\n") + lines + "    }\n"
