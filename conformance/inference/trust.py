"""`ssl_trusted_certificate`, `ssl_verify_depth`, `ssl_crl`: by whom of a kit's people gets in.

Every combination of the kit's files and of depths says of each person whether he
gets in. Those that say of everybody what was seen are left, and the simplest of
them is written. What all of them have in common is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path

from cryptography import x509

from conformance.cast import cast
from conformance.expectations.outcome import is_accepted
from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.observation import Observation
from conformance.harness.pki.person import Person
from conformance.harness.pki.standing import Standing
from conformance.inference.finding import Finding, Found, known, one_of, unknown
from conformance.inference.verification import turned_away
from conformance.listener import Listener

_CA, _TRUSTED, _CRL = "ssl_client_certificate", "ssl_trusted_certificate", "ssl_crl"
_DEPTH = "ssl_verify_depth"
NAMES = (_TRUSTED, _DEPTH, _CRL)
_CERTIFICATE, _REVOKED = b"BEGIN CERTIFICATE", b"BEGIN X509 CRL"
# The longest chain of a kit has four intermediates; what lets five pass lets any pass.
DEPTHS = ("1", "0", "2", "3", "4", "5")
_PLACE = Endpoint("localhost", 1, Protocol.IMAP, Way.IMPLICIT)


@dataclass(frozen=True)
class Files:
    """The files of a kit that may be an authority's: CA files and CRLs, by path."""

    authorities: Mapping[str, bytes]
    crls: Mapping[str, bytes]

    @classmethod
    def of(cls, directory: Path, names: Sequence[str]) -> Files:
        """Those of the names in the directory that hold certificates, or CRLs."""
        held = {str(directory / name): (directory / name).read_bytes() for name in names}
        return cls(
            {path: pem for path, pem in held.items() if _are_authorities(pem)},
            {path: pem for path, pem in held.items() if _REVOKED in pem},
        )


@dataclass(frozen=True)
class Judging:
    """One combination: by which files, and to what depth, people are judged."""

    trusted: str
    depth: str
    crl: str

    @property
    def values(self) -> Mapping[str, str]:
        """By directive; "" for what is not set."""
        return {_TRUSTED: self.trusted, _DEPTH: self.depth, _CRL: self.crl}


def findings(
    mode: str, authority: str | None, people: Mapping[Person, Observation], files: Files | None
) -> Found:
    """What is known of the three; `authority` is the kit's CA file, "" for none, None: unknown."""
    if mode == "off":
        why = "no client certificate is asked for, so nobody's is judged"
        return Found(tuple(unknown(name, why) for name in NAMES))
    if files is None or authority is None or mode == "":
        return Found(tuple(_without_kit(name, people) for name in NAMES))
    fitting = consistent(mode, authority, people, files)
    if not fitting:
        why = "no combination of the kit's files lets in those who were let in"
        return Found(tuple(unknown(name, why) for name in NAMES))
    return Found(tuple(_read(name, fitting, people) for name in NAMES))


def consistent(
    mode: str, authority: str, people: Mapping[Person, Observation], files: Files
) -> list[Judging]:
    """The combinations that say of everybody what was seen, the simplest first."""
    clear = {p: is_accepted(o) for p, o in people.items() if is_accepted(o) or turned_away(o)}
    trusted, crls = ("", *files.authorities), ("", *files.crls)
    every = (Judging(t, d, c) for t, c, d in product(trusted, crls, DEPTHS))
    return [one for one in every if _says(one, mode, authority, clear)]


def _are_authorities(pem: bytes) -> bool:
    try:
        found = x509.load_pem_x509_certificates(pem)
        kinds = [one.extensions.get_extension_for_class(x509.BasicConstraints) for one in found]
    except (ValueError, x509.ExtensionNotFound):
        return False
    return all(kind.value.ca for kind in kinds)


# The same few combinations come back for every listener.
@lru_cache(maxsize=65536)
def part_of(person: Person, one: Judging, authority: str) -> Standing | None:
    """What the person is to who judges so; None where that cannot be worked out."""
    values = {_CA: authority, **one.values}
    claims = {name: (value,) if value else () for name, value in values.items()}
    listener = Listener("", _PLACE, {**claims, "ssl_verify_client": ("on",)})
    return next(iter(cast(listener, (person,), {}).people), None)


def _says(one: Judging, mode: str, authority: str, seen: Mapping[Person, bool]) -> bool:
    """Most combinations are contradicted by one of the first people."""
    return all(
        (part := part_of(who, one, authority)) is not None
        and gets_in(part, mode, one.crl) in (None, was_in)
        for who, was_in in seen.items()
    )


def gets_in(part: Standing, mode: str, crl: str) -> bool | None:
    """Whether somebody of that standing is served in that mode; None: it cannot be said.

    nginx goes by the last error that OpenSSL met. Where a chain is cut at the depth, that is
    the missing root, which optional_no_ca forgives; with a CRL, it is that the last issuer
    has none there.
    """
    if mode != "optional_no_ca":
        return part is Standing.TRUSTED
    if part is Standing.MIXED:
        return None
    return part.tolerated_by_optional_no_ca and not (part is Standing.TOO_DEEP and crl)


def _read(name: str, fitting: list[Judging], people: Mapping[Person, Observation]) -> Finding:
    values = list(dict.fromkeys(one.values[name] for one in fitting))
    simplest = fitting[0].values[name]
    served = [who.name for who, visit in people.items() if is_accepted(visit)]
    evidence = f"served of the kit's people: {', '.join(served) or 'nobody'}"
    others = [value for value in values if value != simplest]
    if not others:
        return known(name, (simplest,) if simplest else (), evidence)
    candidates = tuple(Path(value).name or "not set" for value in values)
    return one_of(name, (simplest,) if simplest else (), candidates, evidence)


def _without_kit(name: str, people: Mapping[Person, Observation]) -> Finding:
    served = [who for who, visit in people.items() if is_accepted(visit)]
    if name == _DEPTH and served:
        lengths = [who.certificate.read_bytes().count(_CERTIFICATE) - 1 for who in served]
        return unknown(
            name, f"a chain with {max(lengths)} intermediates is taken", f">= {max(lengths)}"
        )
    if name == _CRL:
        refused = [who.name for who, visit in people.items() if turned_away(visit)]
        if served and "revoked" in refused:
            return unknown(
                name, "it is set: the revoked client is refused, and a trusted one is not"
            )
        return unknown(
            name, "it needs a revoked certificate: --kit DIR or --client-cert revoked=PEM"
        )
    return unknown(name, "it needs certificates of those authorities: --kit DIR")
