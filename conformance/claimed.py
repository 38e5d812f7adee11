"""What the files that a listener claims amount to: certificates, keys, CA names, negotiable ciphers."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from conformance.harness.tls.names import expand
from conformance.harness.tls.suites import cipher_facts
from conformance.listener import Listener
from conformance.verdict import NotApplicable

LEGACY = ("TLSv1", "TLSv1.1", "TLSv1.2")


def chains(listener: Listener) -> list[tuple[bytes, ...]]:
    """The claimed certificate files: each as DER certificates in the file's order."""
    return [
        tuple(c.public_bytes(Encoding.DER) for c in _certificates(path.read_bytes()))
        for path in listener.files("ssl_certificate")
    ]


def leaves(listener: Listener, key_type: str = "") -> list[bytes]:
    """The claimed primary certificates (of one key type) as DER."""
    return [chain[0] for chain in chains(listener) if not key_type or key_type_of(chain[0]) == key_type]


def key_types(listener: Listener) -> set[str]:
    """The key types among the claimed certificates: RSA, ECDSA, EdDSA."""
    return {key_type_of(leaf) for leaf in leaves(listener)}


def key_type_of(der: bytes) -> str:
    """RSA, ECDSA or EdDSA; the class's name for anything else."""
    key = x509.load_der_x509_certificate(der).public_key()
    match key:
        case rsa.RSAPublicKey():
            return "RSA"
        case ec.EllipticCurvePublicKey():
            return "ECDSA"
        case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
            return "EdDSA"
    return type(key).__name__


def public_keys(listener: Listener) -> list[bytes]:
    """The public halves (SubjectPublicKeyInfo) of the claimed keys; NotApplicable for one that cannot be read."""
    result = []
    for value in listener.values("ssl_certificate_key"):
        if value.startswith(("engine:", "store:", "data:")):
            raise NotApplicable(f"the key is not in a file: {value.partition(':')[0]}:…")
    for path in listener.files("ssl_certificate_key"):
        try:
            key = load_pem_private_key(_first_key(path.read_bytes()), None)
        except (TypeError, ValueError) as error:
            raise NotApplicable(f"{path} cannot be read without its passphrase") from error
        result.append(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    return result


def _first_key(pem: bytes) -> bytes:
    """The private key block of a PEM file that may hold certificates too."""
    start = pem.index(b"-----BEGIN ", max(pem.find(b"PRIVATE KEY") - 40, 0)) if b"PRIVATE KEY" in pem else 0
    return pem[start:]


def public_key_of(der: bytes) -> bytes:
    """The SubjectPublicKeyInfo in a certificate."""
    key = x509.load_der_x509_certificate(der).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def ca_names(listener: Listener, directive: str) -> dict[bytes, str]:
    """The subjects of the CAs in the directive's file: DER name to readable name, in the file's order."""
    return {
        c.subject.public_bytes(): c.subject.rfc4514_string() for c in _certificates(listener.read(directive))
    }


def _certificates(pem: bytes) -> Sequence[x509.Certificate]:
    return x509.load_pem_x509_certificates(pem.replace(b"TRUSTED CERTIFICATE", b"CERTIFICATE"))


def workable_versions(listener: Listener) -> tuple[str, ...]:
    """The claimed versions that can work: today's OpenSSL has TLSv1 and TLSv1.1 at security level 0 only."""
    old_too = "@SECLEVEL=0" in listener.value("ssl_ciphers")
    return tuple(v for v in listener.versions if v in ("TLSv1.2", "TLSv1.3") or (old_too and v in LEGACY))


def legacy(listener: Listener) -> str:
    """The highest workable version whose ciphers `ssl_ciphers` governs; "" where there is none."""
    return next((v for v in reversed(workable_versions(listener)) if v in LEGACY), "")


def listed_ciphers(listener: Listener) -> tuple[str, ...]:
    """The ciphers of `ssl_ciphers`, preferred first, as this machine's libssl reads the string."""
    try:
        return expand(listener.value("ssl_ciphers"))
    except ValueError as error:
        raise NotApplicable(f"ssl_ciphers: {error}") from error


def negotiable_ciphers(listener: Listener) -> tuple[str, ...]:
    """The listed ciphers that a handshake in the highest legacy version can end in, preferred first.

    The certificates must be able to sign (or decrypt) for them, and ephemeral
    Diffie-Hellman needs `ssl_dhparam`.
    """
    version, types = legacy(listener), key_types(listener)
    signers = {t if t != "EdDSA" else "ECDSA" for t in types if t != "EdDSA" or version == "TLSv1.2"}
    exchanges = {"ECDHE", "RSA"} | ({"DHE"} if listener.value("ssl_dhparam") else set())
    result = []
    for name in listed_ciphers(listener):
        facts = cipher_facts(name)
        in_time = facts.minimum != "TLSv1.2" or version == "TLSv1.2"
        if version and in_time and facts.authentication in signers and facts.key_exchange in exchanges:
            result.append(name)
    return tuple(result)
