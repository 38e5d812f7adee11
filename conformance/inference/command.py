"""`waxseal infer`: from addresses to a configuration, files, and an exit status."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from conformance.harness.endpoint import Endpoint, Way
from conformance.harness.patience import Patience
from conformance.harness.pki.kit import TICKET_KEYS, KitError, read_kit
from conformance.harness.pki.person import Person
from conformance.harness.targets.address import Address, AddressError, parse_address
from conformance.harness.targets.recognise import PORTS, recognise
from conformance.harness.visit import several
from conformance.harness.wire import WireError
from conformance.inference.asker import LIMIT
from conformance.inference.survey import Means, Survey, survey
from conformance.inference.trust import Files
from conformance.inference.writer import as_configuration, as_json
from conformance.options import UsageError
from conformance.prepare import check_people

WRITTEN, USAGE, NO_VERDICT = 0, 4, 7
CONFIGURATION = "nginx.conf"
# Looking for what is spoken takes an address one connection or two.
_AT_ONCE = 3


@dataclass(frozen=True)
class Choice:
    """What the command line says."""

    addresses: Sequence[str]
    kit: Path | None = None
    client_certs: Mapping[str, Path] = field(default_factory=dict)
    save: Path | None = None
    json: bool = False
    wait: float = 0.0
    patience: float = 1.0
    limit: int = LIMIT


def infer(choice: Choice) -> int:
    """Print what can be seen at the addresses; returns the exit status (INTERFACE.md)."""
    try:
        addresses = [parse_address(text) for text in choice.addresses]
        means = means_of(choice)
        _check_place(choice.save)
    except (AddressError, UsageError, KitError) as error:
        print(f"waxseal infer: {error}", file=sys.stderr)
        return USAGE
    patience = Patience(factor=choice.patience)
    looked = [found for address in addresses for found in _look(address, patience)]
    for why in (x for x in looked if not isinstance(x, Endpoint)):
        _tell(f"waxseal infer: {why}")
    endpoints = list(dict.fromkeys(x for x in looked if isinstance(x, Endpoint)))
    names = stems(endpoints)
    surveys = [
        _surveyed(x, patience, means, name) for x, name in zip(endpoints, names, strict=True)
    ]
    useful = [one for one in surveys if not _barren(one)]
    if not useful:
        return NO_VERDICT
    text = as_configuration(useful)
    if choice.save:
        _save(choice.save, text, useful)
    print(json.dumps(as_json(useful), indent=1) if choice.json else text, end="\n" * choice.json)
    whole = len(useful) == len(surveys) and all(isinstance(x, Endpoint) for x in looked)
    whole = whole and not any(one.halted for one in useful)
    return WRITTEN if whole else NO_VERDICT


def _look(address: Address, patience: Patience) -> list[Endpoint | WireError]:
    """What is at an address, or why nothing is; of a bare host at the usual ports, those open."""
    if address.port is not None:
        return [_recognised(address, patience)]
    each = [Address(address.host, port) for port in PORTS]
    found = several([lambda x=x: _recognised(x, patience) for x in each], _AT_ONCE)  # type: ignore[misc]
    there = [one for one in found if isinstance(one, Endpoint)]
    if there:
        return [*there]
    ports = ", ".join(str(port) for port in PORTS)
    return [WireError(f"{address}: no mail server at any of the ports {ports}")]


def _recognised(address: Address, patience: Patience) -> Endpoint | WireError:
    try:
        return recognise(address, patience)
    except WireError as error:
        return error


def stems(endpoints: Sequence[Endpoint]) -> list[str]:
    """How the names of an endpoint's files begin: `imap-993`, with the host where it takes that."""
    short = [f"{x.protocol}-{x.port}" for x in endpoints]
    hosts = [re.sub(r"[^A-Za-z0-9.]+", "-", x.host).strip("-") for x in endpoints]
    return [
        name if short.count(name) == 1 else f"{name}-{host}"
        for name, host in zip(short, hosts, strict=True)
    ]


def _surveyed(endpoint: Endpoint, patience: Patience, means: Means, stem: str) -> Survey:
    progress = _Progress(endpoint)
    found = survey(endpoint, patience, means, progress.tell, stem)
    progress.end(found)
    return found


class _Progress:
    """On a terminal a line that changes, elsewhere one at the end."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._name = str(endpoint)
        self._live = sys.stderr.isatty()

    def tell(self, room: str, made: int) -> None:
        """How far it is."""
        if self._live:
            print(
                f"\r\x1b[K{self._name}: {made} visits, {room}", end="", file=sys.stderr, flush=True
            )

    def end(self, found: Survey) -> None:
        """That it is over, and why before its time."""
        clear = "\r\x1b[K" if self._live else ""
        why = f"; {found.halted}" if found.halted else ""
        _tell(f"{clear}{self._name}: {found.visits} visits{why}")


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _barren(one: Survey) -> bool:
    """It stopped answering before anything was learnt of it."""
    return bool(one.halted) and not one.found.files and one.endpoint.way is not Way.NONE


def means_of(choice: Choice) -> Means:
    """What is brought along. Raises `UsageError` and `KitError`."""
    check_people(choice.client_certs)
    given = tuple(Person(role, path, path) for role, path in choice.client_certs.items())
    if choice.kit is None:
        return Means(given, wait=choice.wait, limit=choice.limit)
    kit = read_kit(choice.kit)
    pki = kit.directory / "pki"
    names = sorted(path.name for path in pki.glob("*.pem"))
    keys = {str(pki / name): (pki / name).read_bytes() for name in TICKET_KEYS}
    return Means((*given, *kit.people), Files.of(pki, names), keys, choice.wait, choice.limit)


def _check_place(place: Path | None) -> None:
    """Have it before anybody is visited. Raises `UsageError`."""
    if place is None:
        return
    try:
        place.mkdir(parents=True, exist_ok=True)
        filled = any(place.iterdir())
    except OSError as error:
        raise UsageError(f"--save {place}: {error.strerror}: name a new directory") from error
    if filled:
        raise UsageError(f"--save {place}: it holds something: name a new or an empty directory")


def _save(place: Path, text: str, surveys: Sequence[Survey]) -> None:
    (place / CONFIGURATION).write_text(text)
    for name, content in _contents(surveys):
        (place / name).write_bytes(content)


def _contents(surveys: Sequence[Survey]) -> Iterator[tuple[str, bytes]]:
    """The files of which the whole content was seen."""
    for one in surveys:
        yield from ((file.name, file.content) for file in one.found.files if file.content)
