"""What the files that a listener claims amount to: certificates, CA names, ciphers.

Each function raises `Unreadable` (or another `NotApplicable`) where that cannot be worked out here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from conformance.harness.tls.names import expand, group_number
from conformance.harness.tls.suites import CipherFacts, cipher_facts, legacy_ciphers
from conformance.listener import PROTOCOL_VERSIONS, Listener, Unreadable
from conformance.premises import lasting
from conformance.verdict import NotApplicable

LEGACY = ("TLSv1", "TLSv1.1", "TLSv1.2")
# Where a cipher string says this, OpenSSL has TLSv1 and TLSv1.1.
_LEVEL_0 = "@SECLEVEL=0"
# The groups of TLSv1.3, by IANA's numbers (RFC 8446, section 4.2.7).
GROUPS_OF_13 = frozenset({23, 24, 25, 29, 30, *range(256, 261)})

# Where `cryptography` calls a curve otherwise than OpenSSL does.
_CURVE_NAMES = {"secp256r1": "prime256v1", "secp192r1": "prime192v1"}

# What every build of a TLS library has. Other ciphers (ARIA, Camellia, CCM …) may be missing from
# the target's, which is no fault of it where a keyword alone (HIGH) lists them.
_EVERYWHERE = re.compile(r"_WITH_(AES_\d+_(GCM|CBC)_|CHACHA20_)")


@lasting
def chains(listener: Listener) -> tuple[tuple[bytes, ...], ...]:
    """The claimed certificate files: each as DER certificates in the file's order.

    Of several whose keys are of one type, the last alone is in use.
    """
    files = [
        tuple(c.public_bytes(Encoding.DER) for c in _certificates(path, pem))
        for path, pem in listener.contents("ssl_certificate")
    ]
    last = {key_type_of(chain[0]): chain for chain in files}
    return tuple(chain for chain in files if last[key_type_of(chain[0])] is chain)


def leaves(listener: Listener, key_type: str = "") -> list[bytes]:
    """The claimed primary certificates (of one key type) as DER."""
    found = [chain[0] for chain in chains(listener)]
    return [leaf for leaf in found if not key_type or key_type_of(leaf) == key_type]


@lasting
def key_types(listener: Listener) -> frozenset[str]:
    """The key types among the claimed certificates: RSA, ECDSA, EdDSA."""
    return frozenset(key_type_of(leaf) for leaf in leaves(listener))


def shown_key_types(listener: Listener) -> frozenset[str]:
    """Those of `key_types` that a client who takes no other can be shown."""
    types = key_types(listener)
    if "TLSv1.3" in workable_versions(listener) or not listener.knows("ssl_ciphers"):
        return types
    signers = {cipher_facts(name).authentication for name in negotiable_ciphers(listener)}
    if "ECDSA" in signers and legacy(listener) == "TLSv1.2":
        signers.add("EdDSA")
    return types & signers


def other_key_types(listener: Listener) -> list[str]:
    """The types that none of the claimed certificates has and a client could take alone."""
    modern = {"TLSv1.2", "TLSv1.3"} & set(workable_versions(listener))
    askable = ("RSA", "ECDSA", *(("EdDSA",) if modern else ()))
    return [name for name in askable if name not in key_types(listener)]


@lru_cache(maxsize=256)
def key_type_of(der: bytes) -> str:
    """RSA, ECDSA or EdDSA; "another type" for anything else."""
    try:
        key = x509.load_der_x509_certificate(der).public_key()
    except (ValueError, UnsupportedAlgorithm):
        return "another type"
    match key:
        case rsa.RSAPublicKey():
            return "RSA"
        case ec.EllipticCurvePublicKey():
            return "ECDSA"
        case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
            return "EdDSA"
    return "another type"


@lru_cache(maxsize=256)
def curve_of(pem: bytes) -> str:
    """OpenSSL's name of the curve of the first certificate's key; "" where it has none."""
    match _parsed(pem)[0].public_key():
        case ec.EllipticCurvePublicKey(curve=curve):
            return _CURVE_NAMES.get(curve.name, curve.name)
    return ""


def public_key_of(der: bytes) -> bytes:
    """The SubjectPublicKeyInfo in a certificate. Raises ValueError where there is none."""
    key = x509.load_der_x509_certificate(der).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def ca_names(listener: Listener, directive: str) -> dict[bytes, str]:
    """The subjects of the CAs in the directive's file, in its order: DER to readable name."""
    return {
        c.subject.public_bytes(): c.subject.rfc4514_string()
        for path, pem in listener.contents(directive)
        for c in _certificates(path, pem)
    }


def intermediates(listener: Listener, directive: str) -> list[str]:
    """The readable names of those CAs in the directive's files that another has issued."""
    return [
        c.subject.rfc4514_string()
        for path, pem in listener.contents(directive)
        for c in _certificates(path, pem)
        if c.subject != c.issuer
    ]


def authorities(listener: Listener, directive: str) -> bytes:
    """The certificates of the directive's files as one PEM text; b"" where it names none."""
    return b"".join(
        c.public_bytes(Encoding.PEM)
        for path, pem in listener.contents(directive)
        for c in _certificates(path, pem)
    )


def _certificates(path: Path, pem: bytes) -> Sequence[x509.Certificate]:
    try:
        return _parsed(pem)
    except ValueError as error:
        raise Unreadable(f"{path} holds no certificates that can be read") from error


@lru_cache(maxsize=256)
def _parsed(pem: bytes) -> Sequence[x509.Certificate]:
    return tuple(x509.load_pem_x509_certificates(pem))


@lasting
def workable_versions(listener: Listener) -> tuple[str, ...]:
    """The claimed versions that can be had, lowest first.

    Today's OpenSSL has TLSv1 and TLSv1.1 at level 0 only; up to TLSv1.2 a listed
    cipher has to go with a certificate, and TLSv1.3 needs one of its groups. What
    is not claimed, or cannot be read here, stands in nobody's way.
    """
    if not _starts(listener):
        return ()
    return tuple(v for v in listener.versions if _works(listener, v))


def _starts(listener: Listener) -> bool:
    """Whether OpenSSL begins a handshake at all.

    Of versions with a gap it looks at those below the gap alone, and wants a
    cipher for the highest of them, whatever the client offers.
    """
    places = [PROTOCOL_VERSIONS.index(v) for v in listener.versions]
    gap = next((n for n, place in enumerate(places) if place != places[0] + n), None)
    if gap is None or not listener.knows("ssl_ciphers"):
        return True
    below = listener.versions[gap - 1]
    try:
        listed = [facts for name in claimed_ciphers(listener) if (facts := _facts(name))]
    except NotApplicable:
        return True
    return any(facts.minimum != "TLSv1.2" or below == "TLSv1.2" for facts in listed)


def _works(listener: Listener, version: str) -> bool:
    if version == "TLSv1.3":
        return _has_group_of_13(listener.value("ssl_ecdh_curve"))
    if version not in LEGACY:
        return False
    if version != "TLSv1.2" and _LEVEL_0 not in listener.value("ssl_ciphers"):
        return False
    if not (listener.knows("ssl_ciphers") and listener.value("ssl_certificate")):
        return True
    try:
        return bool(_fitting(listener, version))
    except NotApplicable:
        return True


def _has_group_of_13(curves: str) -> bool:
    try:
        numbers = {group_number(name) for name in curves.split(":")}
    except ValueError:  # `auto`, nothing claimed, or what only the target's library knows
        return True
    return bool(numbers & GROUPS_OF_13)


def legacy(listener: Listener) -> str:
    """The highest workable version whose ciphers `ssl_ciphers` governs; "" where there is none."""
    return next((v for v in reversed(workable_versions(listener)) if v in LEGACY), "")


@lasting
def claimed_ciphers(listener: Listener) -> tuple[str, ...]:
    """The ciphers that `ssl_ciphers` certainly lists, preferred first.

    Those that this machine's libssl reads out of the string, and those named in
    it that this libssl lacks.
    """
    text = listener.value("ssl_ciphers")
    foreign = tuple(c for c in _named(text) if c not in _known_here())
    try:
        return (*expand(text), *foreign)
    except ValueError as error:
        if foreign:
            return foreign
        raise NotApplicable(f"ssl_ciphers: {error}") from error


def listed_ciphers(listener: Listener) -> tuple[str, ...]:
    """Every cipher that `ssl_ciphers` may list, preferred first.

    Beyond `claimed_ciphers`, where the string has keywords, all that this
    machine's libssl lacks: the target's may have them under those keywords.
    """
    claimed = claimed_ciphers(listener)
    if not _keywords(listener.value("ssl_ciphers")):
        return claimed
    lacking = (c for c in legacy_ciphers() if c not in _known_here() and c not in claimed)
    return (*claimed, *lacking)


@lasting
def negotiable_ciphers(listener: Listener) -> tuple[str, ...]:
    """The listed ciphers that the highest legacy version can end in, preferred first.

    The certificates must be able to sign (or decrypt) for them, and ephemeral
    Diffie-Hellman needs `ssl_dhparam`. A cipher that not every TLS library has
    counts only where the string names it.
    """
    version = legacy(listener)
    return _fitting(listener, version) if version else ()


def _fitting(listener: Listener, version: str) -> tuple[str, ...]:
    """The listed ciphers that this version can end in, preferred first."""
    named = _named(listener.value("ssl_ciphers"))
    listed = [c for c in claimed_ciphers(listener) if c in _known_here()]
    return tuple(
        facts.name
        for facts in going_with(listener, version, listed)
        if facts.name in named or _EVERYWHERE.search(facts.iana)
    )


def none_fits(listener: Listener) -> bool:
    """No cipher that may be listed goes with the certificates in a claimed version."""
    listed = listed_ciphers(listener)
    return bool(listener.versions) and not any(
        version not in LEGACY or any(going_with(listener, version, listed))
        for version in listener.versions
    )


def going_with(
    listener: Listener, version: str, names: Sequence[str], others: Collection[str] = ()
) -> Iterator[CipherFacts]:
    """Those of the ciphers that go with the version, the certificates' keys, and the groups.

    `others` are ways to authenticate beside the keys'.
    """
    types = key_types(listener) | set(others)
    # Ed25519 and Ed448 sign for the ECDSA ciphers, from TLSv1.2 on.
    signers = types | ({"ECDSA"} if "EdDSA" in types and version == "TLSv1.2" else set())
    exchanges = {"ECDHE", "RSA"} | ({"DHE"} if listener.value("ssl_dhparam") else set())
    for facts in filter(None, map(_facts, names)):
        early = facts.minimum == "TLSv1.2" and version != "TLSv1.2"
        if not early and facts.authentication in signers and facts.key_exchange in exchanges:
            yield facts


def _facts(name: str) -> CipherFacts | None:
    """None for a cipher that only some libssl has heard of (GOST)."""
    try:
        return cipher_facts(name)
    except ValueError:
        return None


@cache
def _known_here() -> frozenset[str]:
    """Every cipher up to TLSv1.2 that this machine's libssl has, the weakest too."""
    return frozenset(expand("ALL:COMPLEMENTOFALL:@SECLEVEL=0"))


def _words(cipher_string: str) -> list[str]:
    return [word for word in re.split(r"[:, ;]+", cipher_string) if word]


def _keywords(cipher_string: str) -> bool:
    """Whether some word of the string stands for a class of ciphers."""
    return any(word[0] not in "!-+@" and _facts(word) is None for word in _words(cipher_string))


@lru_cache(maxsize=256)
def _named(cipher_string: str) -> tuple[str, ...]:
    """The ciphers that the string calls by name, and that no word of it excludes again."""
    words = _words(cipher_string)
    excluded = {word[1:] for word in words if word[0] in "!-"}
    facts = (_facts(word) for word in words if word[0] not in "!-+@")
    return tuple(f.name for f in facts if f is not None and not excluded & _labels(f))


def _labels(facts: CipherFacts) -> set[str]:
    """The names and the parts of names by which a word can mean a cipher."""
    parts = {*facts.iana.split("_"), *facts.name.split("-")}
    return {facts.name, facts.iana, *parts, *({"EXP"} if "EXPORT" in parts else ())}
