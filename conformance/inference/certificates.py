"""`ssl_certificate`: what is shown to clients that take one type of key, each type in its turn."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from cryptography import x509

from conformance.claimed import key_type_of
from conformance.expectations.outcome import is_refused
from conformance.harness.observation import Observation
from conformance.harness.tls.suites import cipher_facts
from conformance.harness.tls.versions import TLSV1_2, TLSV1_3
from conformance.harness.transcript import escaped
from conformance.inference.asker import Asker
from conformance.inference.finding import File, Finding, Found, Surety, known, unknown
from conformance.inference.protocols import CURVES, offered
from conformance.looks import SIGNATURES

_SIGNERS = {"RSA": "RSA", "ECDSA": "ECDSA", "EdDSA": "ECDSA"}


@dataclass(frozen=True)
class Shown:
    """The visit of a client that takes this type of key alone."""

    key_type: str
    version: str
    observation: Observation

    @property
    def chain(self) -> tuple[bytes, ...]:
        """DER certificates, the leaf first; () where none was shown."""
        return self.observation.tls.chain if self.observation.tls else ()


def look(ask: Asker, version: str, spoken: tuple[str, ...]) -> tuple[Shown, ...]:
    """Three visits in the highest version up to TLSv1.2, three in TLSv1.3."""
    found = []
    for key_type, signatures in SIGNATURES.items():
        if version and (key_type != "EdDSA" or version == TLSV1_2):
            signer = _SIGNERS[key_type]
            ciphers = tuple(c for c in offered() if cipher_facts(c).authentication == signer)
            schemes = signatures if version == TLSV1_2 else ()
            offer = {"versions": (version,), "ciphers": ciphers, "groups": CURVES}
            seen = ask(**offer, signatures=schemes, hello_only=True)
            found.append(Shown(key_type, version, seen))
        if TLSV1_3 in spoken:
            seen = ask(versions=(TLSV1_3,), signatures=signatures, request_details=True)
            found.append(Shown(key_type, TLSV1_3, seen))
    return tuple(found)


def signers(shown: tuple[Shown, ...]) -> frozenset[str]:
    """Which ciphers up to TLSv1.2 the certificates sign for: those of RSA, of ECDSA (RFC 8422)."""
    types = {key_type_of(one.chain[0]) for one in shown if one.chain}
    return frozenset(_SIGNERS[name] for name in types if name in _SIGNERS)


def findings(shown: tuple[Shown, ...], stem: str) -> Found:
    """A certificate file for each chain that was seen; of a key the public half is known."""
    chains: dict[tuple[bytes, ...], list[Shown]] = {}
    for one in shown:
        if one.chain:
            chains.setdefault(one.chain, []).append(one)
    if not chains:
        return Found((unknown("ssl_certificate", "no certificate was shown"),))
    names = _names([chain[0] for chain in chains], stem)
    findings, files = [list[Finding]() for _ in range(2)], []
    for (chain, seen), name in zip(chains.items(), names, strict=True):
        where = ", ".join(dict.fromkeys(one.version for one in seen))
        evidence = f"{_described(chain)}, shown in {where} to whoever takes {seen[0].key_type}"
        findings[0].append(known("ssl_certificate", (f"{name}.pem",), evidence))
        key = "its public half, in the certificate; the key itself is the server's secret"
        findings[1].append(Finding("ssl_certificate_key", Surety.ONE_OF, (f"{name}.key",), key))
        pem = "".join(ssl.DER_cert_to_PEM_cert(der) for der in chain).encode()
        files.append(File(f"{name}.pem", "the chain as it was sent", pem))
        files.append(File(f"{name}.key", "the server's key, which cannot be seen"))
    return Found((*findings[0], *findings[1]), tuple(files), _open(shown))


def _open(shown: tuple[Shown, ...]) -> tuple[str, ...]:
    """The visits that showed no certificate, without being refused."""
    missing = [x for x in shown if not x.chain and not is_refused(x.observation)]
    return tuple(
        f"there may be another ssl_certificate: no clear answer about {x.key_type} in {x.version}"
        for x in missing
    )


def _names(leaves: list[bytes], stem: str) -> list[str]:
    names: list[str] = []
    for leaf in leaves:
        name = f"{stem}-{key_type_of(leaf).lower().replace(' ', '-')}"
        same = sum(one == name or one.startswith(f"{name}-") for one in names)
        names.append(f"{name}-{same + 1}" if same else name)
    return names


def _described(chain: tuple[bytes, ...]) -> str:
    """`CN=mail.example.org, RSA, and 1 more`; for a comment, so escaped."""
    try:
        subject = x509.load_der_x509_certificate(chain[0]).subject.rfc4514_string()
    except ValueError:
        return f"a certificate that cannot be read, and {len(chain) - 1} more"
    more = f", and {len(chain) - 1} more behind it" if len(chain) > 1 else ""
    shown = escaped(subject.encode("utf-8"))[:120]
    return f"{shown or 'without a subject'}, {key_type_of(chain[0])}{more}"
