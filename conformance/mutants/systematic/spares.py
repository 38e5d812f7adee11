"""Certificates for mutants alone: chains cut or too long, expired, short, renewed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from conformance.harness.pki.authorities import (
    SERVER,
    Authority,
    Identity,
    PrivateKey,
    Span,
    now,
    subject,
)
from conformance.mutants.systematic.block import Block
from conformance.mutants.systematic.files import SERVERS, SPARES

_SMALL, _ORDINARY = 1024, 2048


def write_spares(blocks: Iterable[Block]) -> None:
    """Write them into `pki/mutants/`, for every certificate that one of the blocks has."""
    blocks = list(blocks)
    pairs = {pair.stem: pair for block in blocks if block.sealed for pair in block.pairs()}
    directory = blocks[0].files.directory
    place = directory / "pki" / SPARES
    place.mkdir(exist_ok=True)
    maker = _Maker(place, (directory / SERVERS).read_bytes())
    maker.of_kinds(sorted({pair.kind for pair in pairs.values()}))
    for stem, pair in pairs.items():
        maker.of_pair(stem, pair.kind, (directory / pair.certificate).read_bytes())


class _Maker:
    """Writes into one place; what it signs, an authority signs that nobody knows."""

    def __init__(self, place: Path, root: bytes) -> None:
        self._place = place
        self._root = root
        self._authority = Authority.named("servers")

    def of_kinds(self, kinds: Iterable[str]) -> None:
        """What needs the key's type alone."""
        for kind in kinds:
            self._write(f"expired-{kind}", self._issue("expired", _key(kind), Span.before(now())))
        small = rsa.generate_private_key(65537, _SMALL)
        self._write("short-RSA", self._issue("short", small, Span.around(now())))

    def of_pair(self, stem: str, kind: str, content: bytes) -> None:
        """The leaf alone; the chain with the root behind it; the same name with another key."""
        chain = x509.load_pem_x509_certificates(content)
        leaf, *_ = texts = [c.public_bytes(Encoding.PEM) for c in chain]
        (self._place / f"cut-{stem}.pem").write_bytes(leaf)
        (self._place / f"long-{stem}.pem").write_bytes(b"".join(texts) + self._root)
        renewed = self._authority.issue(
            chain[0].subject, Span.around(now()), key=_key(kind), purpose=SERVER
        )
        self._write(f"rekeyed-{stem}", renewed)

    def _issue(self, name: str, key: PrivateKey, span: Span) -> Identity:
        return self._authority.issue(subject(name), span, key=key, purpose=SERVER)

    def _write(self, name: str, identity: Identity) -> None:
        (self._place / f"{name}.pem").write_bytes(identity.chain_pem)
        (self._place / f"{name}.key").write_bytes(identity.key_pem)


def _key(kind: str) -> PrivateKey:
    match kind:
        case "RSA":
            return rsa.generate_private_key(65537, _ORDINARY)
        case "EdDSA":
            return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP256R1())
