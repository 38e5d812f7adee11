"""What a verifier of client certificates ought to say of somebody, and why.

nginx reports the last error that OpenSSL met; a suite that wants one cause per
refusal must know all of them. So this follows the rules themselves (a chain to a
trusted root, validity, purpose, depth, a CRL of every issuer) and gives a cause
only where it is the only one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtendedKeyUsageOID

# nginx's list: ngx_ssl_verify_error_optional, in OpenSSL's numbers.
_OPTIONAL = frozenset({18, 19, 20, 21, 27})


class Standing(Enum):
    """The one thing that is wrong with a chain, TRUSTED if nothing is, MIXED if several are."""

    TRUSTED = "trusted"
    UNKNOWN_ISSUER = "issued by an authority that is not trusted"
    NO_ROOT = "led to a trusted intermediate, but to no trusted root"
    SELF_SIGNED = "self-signed"
    EXPIRED = "expired"
    NOT_YET_VALID = "not yet valid"
    REVOKED = "revoked"
    ISSUER_REVOKED = "issued by an authority that is revoked"
    TOO_DEEP = "longer than ssl_verify_depth"
    NO_CRL = "without a CRL of an issuer"
    CRL_EXPIRED = "under a CRL that is out of date"
    CRL_NOT_YET_VALID = "under a CRL from the future"
    WRONG_PURPOSE = "not meant for clients"
    MIXED = "wrong in several ways"

    @property
    def openssl_codes(self) -> frozenset[int]:
        """The X509_V_ERR numbers it may be reported as; empty for MIXED, 0 for TRUSTED."""
        return _CODES[self]

    @property
    def tolerated_by_optional_no_ca(self) -> bool:
        """Whether `ssl_verify_client optional_no_ca` lets it in.

        True for TRUSTED. False for MIXED as well, where it means only that nothing
        can be said: which of several errors counts is OpenSSL's affair.
        """
        codes = self.openssl_codes
        return self is Standing.TRUSTED or (bool(codes) and codes <= _OPTIONAL)


_CODES = {
    Standing.TRUSTED: frozenset({0}),
    Standing.UNKNOWN_ISSUER: frozenset({19, 20, 21}),
    Standing.NO_ROOT: frozenset({2}),
    Standing.SELF_SIGNED: frozenset({18}),
    Standing.EXPIRED: frozenset({10}),
    Standing.NOT_YET_VALID: frozenset({9}),
    Standing.REVOKED: frozenset({23}),
    Standing.ISSUER_REVOKED: frozenset({23}),
    Standing.TOO_DEEP: frozenset({20}),
    Standing.NO_CRL: frozenset({3}),
    Standing.CRL_EXPIRED: frozenset({12}),
    Standing.CRL_NOT_YET_VALID: frozenset({11}),
    Standing.WRONG_PURPOSE: frozenset({26}),
    Standing.MIXED: frozenset[int](),
}


@dataclass(frozen=True)
class _Path:
    """A chain from the leaf upwards, and which certificates are trusted."""

    certificates: tuple[x509.Certificate, ...]
    trusted: frozenset[x509.Certificate]

    @property
    def leaf(self) -> x509.Certificate:
        return self.certificates[0]

    @property
    def top(self) -> x509.Certificate:
        return self.certificates[-1]

    @property
    def closed(self) -> bool:
        """It cannot go on: the last one vouches for itself."""
        return _issued(self.top, self.top)

    @property
    def anchored(self) -> bool:
        return self.closed and self.top in self.trusted

    @property
    def intermediates(self) -> int:
        return max(0, len(self.certificates) - (2 if self.closed else 1))

    def cut(self, depth: int) -> _Path:
        """What a verifier sees of it that allows `depth` intermediates."""
        return _Path(self.certificates[: depth + 2], self.trusted)


def standing(
    person_chain_pem: bytes,
    trusted_pem: bytes,
    crl_pem: bytes | None,
    depth: int,
    at: datetime,
) -> Standing:
    """The standing of who sends that chain (leaf first) with a listener that trusts those roots.

    `trusted_pem` is ssl_client_certificate and ssl_trusted_certificate together, and
    may be empty; `crl_pem` is ssl_crl; `at` is aware. ValueError for what is no PEM.

    Where CRLs count and no root is reached, because it is unknown or too far, there
    is no CRL to go by either: OpenSSL may report that instead, so it is MIXED.
    """
    sent = _certificates(person_chain_pem)
    trusted = _certificates(trusted_pem) if trusted_pem.strip() else ()
    path = _path(sent, trusted)
    causes = {*_trust(path, depth), *_times(path, at), *_purpose(path)}
    if crl_pem is not None:
        rooted = path.cut(depth).anchored
        causes |= set(_revocation(path, _load_crls(crl_pem), at)) if rooted else {Standing.NO_CRL}
    match list(causes):
        case []:
            return Standing.TRUSTED
        case [cause]:
            return cause
        case _:
            return Standing.MIXED


def _path(sent: Sequence[x509.Certificate], trusted: Sequence[x509.Certificate]) -> _Path:
    """Up from the leaf, looking among the trusted first, as OpenSSL does."""
    chain = [sent[0]]
    while not _issued(chain[-1], chain[-1]):
        candidates = (one for one in (*trusted, *sent) if _issued(chain[-1], one))
        issuer = next((one for one in candidates if one not in chain), None)
        if issuer is None:
            break
        chain.append(issuer)
    return _Path(tuple(chain), frozenset(trusted))


# The same few files and pairs come back for every listener.
@lru_cache(maxsize=1024)
def _certificates(pem: bytes) -> tuple[x509.Certificate, ...]:
    return tuple(x509.load_pem_x509_certificates(pem))


@lru_cache(maxsize=4096)
def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether `issuer` is named in the certificate and its key signed it."""
    if certificate.issuer != issuer.subject:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _trust(path: _Path, depth: int) -> Iterator[Standing]:
    """`ssl_verify_depth N` allows N certificates between the leaf and the root."""
    seen = path.cut(depth)
    if path.intermediates > depth:
        yield Standing.TOO_DEEP
    if not seen.anchored and seen.top in seen.trusted:
        yield Standing.NO_ROOT
    elif not path.anchored:
        alone = path.closed and path.top == path.leaf
        yield Standing.SELF_SIGNED if alone else Standing.UNKNOWN_ISSUER


def _times(path: _Path, at: datetime) -> Iterator[Standing]:
    for certificate in path.certificates:
        if at < certificate.not_valid_before_utc:
            yield Standing.NOT_YET_VALID
        if at > certificate.not_valid_after_utc:
            yield Standing.EXPIRED


def _purpose(path: _Path) -> Iterator[Standing]:
    try:
        usage = path.leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return
    if ExtendedKeyUsageOID.CLIENT_AUTH not in usage:
        yield Standing.WRONG_PURPOSE


@lru_cache(maxsize=256)
def _load_crls(pem: bytes) -> tuple[x509.CertificateRevocationList, ...]:
    """Every CRL of a file; certificates beside them are passed over."""
    end = b"-----END X509 CRL-----"
    blocks = pem.split(end)[:-1]
    return tuple(x509.load_pem_x509_crl(block + end) for block in blocks)


def _revocation(
    path: _Path, crls: Sequence[x509.CertificateRevocationList], at: datetime
) -> Iterator[Standing]:
    """Every certificate of the path needs a CRL of its issuer that is current and omits it."""
    for certificate, issuer in zip(
        path.certificates, (*path.certificates[1:], path.top), strict=True
    ):
        crl = _applicable(crls, issuer, at)
        if crl is None:
            yield Standing.NO_CRL
            continue
        if at < crl.last_update_utc:
            yield Standing.CRL_NOT_YET_VALID
        if crl.next_update_utc is not None and at > crl.next_update_utc:
            yield Standing.CRL_EXPIRED
        if crl.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None:
            yield Standing.REVOKED if certificate is path.leaf else Standing.ISSUER_REVOKED


def _applicable(
    crls: Sequence[x509.CertificateRevocationList], issuer: x509.Certificate, at: datetime
) -> x509.CertificateRevocationList | None:
    """The issuer's CRL: a current one before any other, then the latest."""

    def rank(crl: x509.CertificateRevocationList) -> tuple[bool, datetime]:
        due = crl.next_update_utc
        return (crl.last_update_utc <= at and (due is None or at <= due), crl.last_update_utc)

    own = [crl for crl in crls if crl.issuer == issuer.subject and _signed(crl, issuer)]
    return max(own, key=rank, default=None)


def _signed(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    return crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
