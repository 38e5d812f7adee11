"""Authorities that issue certificates, and the certificates with their keys.

trustme makes the authorities: certificates that pass X.509-strict checks are what
it is for. What it issues itself is too well-behaved for us (no Ed25519, always
all purposes, one kind of subject), so leaves and CRLs are signed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from ipaddress import ip_address

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

ORGANIZATION = "waxseal"
SERVER = ExtendedKeyUsageOID.SERVER_AUTH
CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH


@dataclass(frozen=True)
class Span:
    """A stretch of time, both ends aware: of a certificate's validity or of a CRL's."""

    start: datetime
    end: datetime

    @classmethod
    def around(cls, now: datetime) -> Span:
        """From a day ago, for clocks that are behind, to a year ahead."""
        return cls(now - timedelta(days=1), now + timedelta(days=365))

    @classmethod
    def before(cls, now: datetime) -> Span:
        """Over since yesterday."""
        return cls(now - timedelta(days=30), now - timedelta(days=1))

    @classmethod
    def after(cls, now: datetime) -> Span:
        """Not begun before a kit of today is itself over."""
        return cls(now + timedelta(days=3650), now + timedelta(days=7300))


@dataclass(frozen=True)
class Identity:
    """A key and its certificate chain, leaf first, without the root."""

    chain: tuple[x509.Certificate, ...]
    key: PrivateKey

    @property
    def leaf(self) -> x509.Certificate:
        """The certificate of the key."""
        return self.chain[0]

    @property
    def chain_pem(self) -> bytes:
        """The chain in PEM, leaf first."""
        return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in self.chain)

    @property
    def key_pem(self) -> bytes:
        """The key in PEM (PKCS #8), unencrypted."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass(frozen=True)
class Authority:
    """Somebody who signs certificates and CRLs; `parent` is None for a root."""

    ca: trustme.CA
    parent: Authority | None = None

    @classmethod
    def named(cls, name: str, parent: Authority | None = None) -> Authority:
        """A new authority, with `name` as its organizational unit."""
        ca = trustme.CA(
            parent_cert=parent.ca if parent else None,
            organization_name=ORGANIZATION,
            organization_unit_name=name,
        )
        return cls(ca, parent)

    @cached_property
    def certificate(self) -> x509.Certificate:
        """Its own certificate."""
        return x509.load_pem_x509_certificate(self.ca.cert_pem.bytes())

    @cached_property
    def key(self) -> ec.EllipticCurvePrivateKey:
        """Its own key."""
        key = load_pem_private_key(self.ca.private_key_pem.bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key

    @property
    def line(self) -> tuple[x509.Certificate, ...]:
        """The authorities from this one up to the root's child: what a leaf must send along."""
        return (self.certificate, *self.parent.line) if self.parent else ()

    def issue(
        self,
        subject: x509.Name,
        span: Span,
        *,
        key: PrivateKey | None = None,
        purpose: x509.ObjectIdentifier = CLIENT,
        hosts: Sequence[str] = (),
        serial: int | None = None,
    ) -> Identity:
        """A leaf for one purpose with a P-256 key (or `key`) and the chain that proves it."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        builder = _leaf(subject, self.certificate.subject, key, span, purpose, serial)
        builder = builder.add_extension(_key_identifier(self.certificate), critical=False)
        if hosts:
            names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
            builder = builder.add_extension(names, critical=False)
        return Identity((builder.sign(self.key, hashes.SHA256()), *self.line), key)

    def crl(self, span: Span, revoked: Iterable[x509.Certificate] = ()) -> bytes:
        """A CRL in PEM that names the `revoked`, issued at the span's start, due at its end."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(span.start)
            .next_update(span.end)
            .add_extension(_key_identifier(self.certificate), critical=False)
            .add_extension(x509.CRLNumber(1), critical=False)
        )
        for certificate in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(certificate.serial_number)
                .revocation_date(span.start)
                .build()
            )
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM)


def self_signed(subject: x509.Name, span: Span) -> Identity:
    """A leaf that vouches for itself: a client certificate, no authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _leaf(subject, subject, key, span, CLIENT, None)
    return Identity((builder.sign(key, hashes.SHA256()),), key)


def subject(common_name: str) -> x509.Name:
    """`O=waxseal, CN=common_name`."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANIZATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def bundle(*authorities: Authority) -> bytes:
    """The authorities' own certificates in PEM, in this order."""
    return b"".join(authority.ca.cert_pem.bytes() for authority in authorities)


def now() -> datetime:
    """The present, aware and without a fraction: certificates know only seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def _leaf(
    subject: x509.Name,
    issuer: x509.Name,
    key: PrivateKey,
    span: Span,
    purpose: x509.ObjectIdentifier,
    serial: int | None,
) -> x509.CertificateBuilder:
    """A leaf but for the extensions that name its issuer and its hosts."""
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(span.start)
        .not_valid_after(span.end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(_key_usage(isinstance(key, rsa.RSAPrivateKey)), critical=True)
    )


def _key_usage(encipherment: bool) -> x509.KeyUsage:
    """Signing, and for RSA also key transport: AES128-SHA and its like need it."""
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=encipherment,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _key_identifier(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
