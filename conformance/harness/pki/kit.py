"""The kit: what a target is set up with so that the suite can judge it in full.

A directory with the certification configuration as `nginx.conf`, its complement
`defaults.conf`, the `pki/` that both refer to, and a README for whoever sets up a
third party.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509

from ..fixtures import fixture
from .authorities import now
from .people import PEOPLE, ClientAuthorities, make_crls, make_people
from .person import Person
from .servers import PHRASES, make_servers

DEFAULT_HOST = "127.0.0.1"
DEFAULT_BASE_PORT = 20000

_TEXTS = {
    "nginx.conf": "certification.conf",
    "defaults.conf": "defaults.conf",
    "README.txt": "kit-readme.txt",
}
# The keys of session tickets, and how many bytes each has (ssl_session_ticket_key).
TICKET_KEYS = {
    "ticket-current.key": 80,
    "ticket-previous.key": 80,
    "ticket-48.key": 48,
    "ticket-verify.key": 80,
}
_PUBLIC = (
    *("servers.pem", "rsa.pem", "rsa-2.pem", "rsa-chain.pem", "ecdsa.pem", "ecdsa-chain.pem"),
    *("ed25519.pem", "ed25519-chain.pem", "rsa-locked.pem", "ecdsa-locked.pem", "dhparam.pem"),
    *("clients.pem", "strangers.pem", "both.pem", "intermediates.pem"),
    *("crl-clients.pem", "crl-all.pem", "crl-intermediate.pem", "crl-empty.pem"),
    *("crl-both.pem", "crl-expired.pem", "crl-foreign.pem"),
    *(f"people/{name}.pem" for name in PEOPLE),
)
_PRIVATE = (
    *("rsa.key", "rsa-2.key", "rsa-chain.key", "ecdsa.key", "ecdsa-chain.key", "ed25519.key"),
    *("ed25519-chain.key", "rsa-locked.key", "ecdsa-locked.key", "key-inside.pem"),
    *PHRASES,
    *TICKET_KEYS,
    *(f"people/{name}.key" for name in PEOPLE),
)
_FILES = (*_TEXTS, *(f"pki/{name}" for name in (*_PUBLIC, *_PRIVATE)))
_ADDRESS = re.compile(r"127\.0\.0\.1:2(\d{4})\b")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")
_LAST_PORT = 65535
# Of the auth server, in the fixtures: 20080.
AUTH_PORT = "0080"


class KitError(Exception):
    """There is no usable kit there, or none can be written; one line that says what to do."""


@dataclass(frozen=True)
class Kit:
    """A kit on disk. `people` are in the order of `PEOPLE`; every path is absolute."""

    directory: Path
    people: tuple[Person, ...]

    @property
    def conf(self) -> Path:
        """The certification configuration."""
        return self.directory / "nginx.conf"

    @property
    def defaults(self) -> Path:
        """What `conf` says for every listener left at its default, and the other way round."""
        return self.directory / "defaults.conf"

    @property
    def server_root(self) -> Path:
        """The CA file by which a client trusts the listeners' certificates."""
        return self.file("servers.pem")

    def file(self, name: str) -> Path:
        """`pki/<name>`: a certificate, CA or CRL file by the name the configuration uses."""
        return self.directory / "pki" / name

    def person(self, name: str) -> Person:
        """The person of that name; KeyError for one that is not in `PEOPLE`."""
        for person in self.people:
            if person.name == name:
                return person
        raise KeyError(f"nobody in the kit is called {name!r}")


def write_kit(
    directory: Path,
    host: str = DEFAULT_HOST,
    base_port: int = DEFAULT_BASE_PORT,
    doubles: str = "",
) -> Kit:
    """Write a new kit whose listeners are on `host`, from `base_port` upwards.

    `doubles`: the host where the target finds waxseal's auth server ("": the same host).
    All or nothing: it grows beside its place and is then moved there. An empty
    directory and an older kit are replaced, anything else is refused (KitError).
    """
    directory = directory.resolve()
    _check_place(directory)
    texts = {
        name: _moved(fixture(source).read_text("utf-8"), host, base_port, doubles or host)
        for name, source in _TEXTS.items()
    }
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=f".{directory.name}.", dir=directory.parent
        ) as beside:
            grown = Path(beside, "kit")
            _fill(grown, texts, host)
            _put_in_place(grown, directory, Path(beside, "old"))
    except OSError as error:
        raise KitError(f"cannot write a kit to {directory}: {error.strerror}") from error
    return read_kit(directory)


def read_kit(directory: Path) -> Kit:
    """The kit in that directory; KitError names what is missing, or the day it expired."""
    directory = directory.resolve()
    for name in _FILES:
        if not (directory / name).is_file():
            raise KitError(
                f"{directory} is not a kit: {name} is missing; write one with: "
                f"waxseal kit {directory}"
            )
    people = tuple(_person(directory / "pki" / "people", name) for name in PEOPLE)
    kit = Kit(directory, people)
    _check_age(kit)
    return kit


def _person(directory: Path, name: str) -> Person:
    return Person(name, directory / f"{name}.pem", directory / f"{name}.key")


def _check_age(kit: Kit) -> None:
    """Once its certificates have expired, a kit would make a good target look bad."""
    client = x509.load_pem_x509_certificate(kit.person("client").certificate.read_bytes())
    if client.not_valid_after_utc < now():
        raise KitError(
            f"the kit in {kit.directory} expired on {client.not_valid_after_utc:%Y-%m-%d}; "
            f"write a new one with: waxseal kit {kit.directory}"
        )


def _check_place(directory: Path) -> None:
    """Refuse whatever holds a file that a kit does not have."""
    if not directory.exists():
        return
    if not directory.is_dir():
        raise KitError(f"{directory} is not a directory")
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory).as_posix()
        if name not in _FILES and name not in ("pki", "pki/people"):
            raise KitError(
                f"{directory} is neither empty nor a kit: it holds {name}; "
                "choose a directory that does not exist"
            )


def _moved(text: str, host: str, base_port: int, doubles: str) -> str:
    """The text with every 127.0.0.1:2xxxx on that host, xxxx above the base port.

    The auth server is where the doubles are.
    """
    hosts = {AUTH_PORT: _shown(doubles)}
    shown = _shown(host)

    def address(match: re.Match[str]) -> str:
        port = base_port + int(match[1])
        if not 0 < port <= _LAST_PORT:
            raise KitError(f"base port {base_port} leaves no port for every listener")
        return f"{hosts.get(match[1], shown)}:{port}"

    return _ADDRESS.sub(address, text)


def _shown(host: str) -> str:
    """The host as it stands before a port: an IPv6 address in brackets."""
    try:
        return f"[{host}]" if ip_address(host).version == 6 else host
    except ValueError:
        if _NAME.fullmatch(host):
            return host
        raise KitError(f"{host!r} is neither a host name nor an address") from None


def _fill(directory: Path, texts: Mapping[str, str], host: str) -> None:
    """Make the files of a kit in a directory that does not exist yet."""
    moment = now()
    authorities = ClientAuthorities.new()
    people = make_people(authorities, moment)
    public, private = make_servers(tuple(dict.fromkeys((host, "localhost"))), moment)
    public |= authorities.files() | make_crls(authorities, people, moment)
    public |= {f"people/{name}.pem": people[name].chain_pem for name in PEOPLE}
    private |= {f"people/{name}.key": people[name].key_pem for name in PEOPLE}
    private |= {name: os.urandom(size) for name, size in TICKET_KEYS.items()}
    (directory / "pki" / "people").mkdir(parents=True)
    for name, text in texts.items():
        _write(directory / name, text.encode(), 0o644)
    for name in _PUBLIC:
        _write(directory / "pki" / name, public[name], 0o644)
    for name in _PRIVATE:
        _write(directory / "pki" / name, private[name], 0o600)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write a new file that nobody but those whom `mode` names could ever open."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)


def _put_in_place(grown: Path, directory: Path, aside: Path) -> None:
    """Move the new kit to its place, and what was there aside until that has worked."""
    if not directory.exists():
        grown.rename(directory)
        return
    directory.rename(aside)
    try:
        grown.rename(directory)
    except OSError:
        aside.rename(directory)
        raise
