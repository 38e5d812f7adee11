"""Whom a run over many targets judges: the addresses given, or the lines of a file."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from conformance.harness.targets.address import Address, AddressError, parse_address
from conformance.harness.targets.names import addresses_of, is_loopback
from conformance.options import UsageError

# What a line may say beside the address, and whether it names a file.
_BESIDE = {
    "--claims": True,
    "--claims-server": False,
    "--claim": False,
    "--kit": True,
    "--client-cert": False,
    "--login": False,
    "--baseline": True,
    "--patience": False,
}


@dataclass(frozen=True)
class Member:
    """One of many: its addresses, all on one host, and the options that are its own.

    `name` is part of file names, and nobody else's. Two members with a key in common
    are never judged at the same time.
    """

    name: str
    addresses: tuple[str, ...]
    options: tuple[str, ...] = ()
    keys: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        """What it is called in tables."""
        return ", ".join(self.addresses)

    @property
    def words(self) -> list[str]:
        """Its part of a command line."""
        return [*(w for address in self.addresses for w in ("--target", address)), *self.options]


def by_host(targets: Sequence[str], kit: Path | None) -> list[Member]:
    """A member for each host. Raises `UsageError`."""
    hosts: dict[str, list[str]] = {}
    for text in targets:
        try:
            hosts.setdefault(parse_address(text).host, []).append(text)
        except AddressError as error:
            raise UsageError(f"--target: {error}") from error
    members = [
        Member(host, tuple(dict.fromkeys(texts)), (), _keys(parse_address(texts[0]), kit))
        for host, texts in hosts.items()
    ]
    return _named(members)


def from_file(path: Path, kit: Path | None) -> list[Member]:
    """A member for each line. Raises `UsageError`, which names file and line."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"--targets {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"--targets {path}: this is not UTF-8") from error
    members = dict.fromkeys(_lines(text, path, kit))
    if not members:
        raise UsageError(f"--targets {path}: there is no address in it: write one on each line")
    return _named(members)


def _lines(text: str, path: Path, kit: Path | None) -> Iterator[Member]:
    for number, line in enumerate(text.splitlines(), 1):
        try:
            words = shlex.split(line, comments=True)
            if words:
                yield _line(words, path.absolute().parent, kit)
        except (ValueError, UsageError) as error:
            raise UsageError(f"{path}:{number}: {error}") from error


def _line(words: list[str], base: Path, kit: Path | None) -> Member:
    first, *rest = words
    address = parse_address(first)
    given = vars(_parser().parse_args(rest))
    options: list[str] = []
    for name, is_file in _BESIDE.items():
        for value in given[name]:
            options += [name, str(base / value) if is_file else value]
    own_kit = [base / value for value in given["--kit"]]
    return Member(first, (first,), tuple(options), _keys(address, *own_kit or [kit]))


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; beside the address a line takes {', '.join(_BESIDE)}")


def _parser() -> _Parser:
    parser = _Parser(add_help=False, allow_abbrev=False)
    for name in _BESIDE:
        parser.add_argument(name, dest=name, action="append", default=[])
    return parser


def _keys(address: Address, kit: Path | None) -> frozenset[str]:
    """What two runs must not share: a host that is not ours, and the addresses of a kit's doubles.

    One connection after the other is polite; that of a run is.
    """
    keys = {f"kit {kit.absolute()}"} if kit else set()
    if not is_loopback(address.host):
        keys |= {f"host {found}" for found in addresses_of(address.host) or (address.host,)}
    return frozenset(keys)


def _named(members: Iterable[Member]) -> list[Member]:
    """With names that are good for files, and each its own."""
    taken: dict[str, Member] = {}
    for member in members:
        name = re.sub(r"[^A-Za-z0-9.]+", "-", member.name).strip("-.")
        numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
        own = next(n for n in (name, *numbered) if n not in taken)
        taken[own] = Member(own, member.addresses, member.options, member.keys)
    return list(taken.values())
