"""The files beside a configuration, by what they are: what a directive could name instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from conformance.claimed import key_type_of, public_key_of

_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"
_ENCRYPTED = re.compile(rb"BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED")
# Written for mutants alone: no other directive is to be set to one of these by chance.
SPARES = "mutants"
# Who vouches for the servers; nobody has a client certificate of it.
SERVERS = "pki/servers.pem"


@dataclass(frozen=True)
class Pair:
    """A certificate file and its key's, as a configuration names them; facts of the leaf."""

    certificate: str
    key: str
    kind: str
    public: bytes
    length: int

    @property
    def stem(self) -> str:
        """The certificate file's name without its ending."""
        return Path(self.certificate).stem


@dataclass(frozen=True)
class Files:
    """Everything in `directory/pki`; names are relative to `directory`, in alphabetical order."""

    directory: Path

    @cached_property
    def _contents(self) -> dict[str, bytes]:
        pki = self.directory / "pki"
        paths = sorted(path for path in pki.iterdir() if path.is_file())
        return {self.shown(str(path)): path.read_bytes() for path in paths}

    def shown(self, path: str) -> str:
        """The path as the configuration says it: relative, where the file is one of ours."""
        return path.removeprefix(f"{self.directory}/")

    @cached_property
    def crls(self) -> tuple[str, ...]:
        """The files of CRLs."""
        return self._with(b"BEGIN X509 CRL")

    @cached_property
    def dh_parameters(self) -> tuple[str, ...]:
        """The files of Diffie-Hellman parameters."""
        return self._with(b"BEGIN DH PARAMETERS")

    @cached_property
    def authorities(self) -> tuple[str, ...]:
        """The files of authorities' certificates alone, but for the servers' root."""
        return tuple(
            name
            for name, content in self._contents.items()
            if name != SERVERS
            and _CERTIFICATE in content
            and b"PRIVATE KEY" not in content
            and all(map(_is_authority, x509.load_pem_x509_certificates(content)))
        )

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """Those of `authorities` that vouch for themselves: the others lead nowhere alone."""
        return tuple(
            name
            for name in self.authorities
            if all(
                c.issuer == c.subject for c in x509.load_pem_x509_certificates(self._contents[name])
            )
        )

    @cached_property
    def ticket_keys(self) -> tuple[str, ...]:
        """The files that are of the size of a ticket key, and nothing else."""
        sizes = (48, 80)
        return tuple(n for n, content in self._contents.items() if len(content) in sizes)

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """The servers' certificates whose key can be read without a pass-phrase."""
        return tuple(self._pairs())

    def _pairs(self) -> Iterator[Pair]:
        for name, content in self._contents.items():
            if _CERTIFICATE not in content or name in (*self.authorities, SERVERS):
                continue
            key = name if b"PRIVATE KEY" in content else name.removesuffix(".pem") + ".key"
            if key in self._contents and not _ENCRYPTED.search(self._contents[key]):
                yield self.pair(name, key)

    def pair(self, certificate: str, key: str) -> Pair:
        """The facts of a pair that a configuration names."""
        chain = x509.load_pem_x509_certificates((self.directory / certificate).read_bytes())
        leaf = chain[0].public_bytes(Encoding.DER)
        return Pair(certificate, key, key_type_of(leaf), public_key_of(leaf), len(chain))

    def _with(self, mark: bytes) -> tuple[str, ...]:
        return tuple(name for name, content in self._contents.items() if mark in content)


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False
