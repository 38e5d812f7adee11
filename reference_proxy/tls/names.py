"""A client certificate as nginx shows it to the auth server (AH-SSL-06 to 09)."""

from __future__ import annotations

from reference_proxy.session.events import PeerCertificate
from reference_proxy.tls.binding import Pointer, lib, printed, sha1, sha256
from reference_proxy.tls.headers import XN_FLAG_RFC2253

_MANY = 256
_described: dict[tuple[bytes, frozenset[str]], PeerCertificate] = {}


def peer_certificate(x509: Pointer, faults: frozenset[str] = frozenset()) -> PeerCertificate:
    """Describe a certificate: RFC 2253 names, hexadecimal serial, SHA-1 fingerprint, PEM.

    Clients come again, and a description takes a third of a handshake: the last ones are kept.
    """
    key = sha256(lib.X509_digest, x509), faults
    found = _described.get(key)
    if found is None:
        if len(_described) == _MANY:
            _described.clear()
        found = _described[key] = _describe(x509, faults)
    return found


def _describe(x509: Pointer, faults: frozenset[str]) -> PeerCertificate:
    issuer = _one_line(lib.X509_get_issuer_name(x509))
    subject = _one_line(lib.X509_get_subject_name(x509))
    serial = printed(lambda out: lib.i2a_ASN1_INTEGER(out, lib.X509_get_serialNumber(x509)))
    # FAULT subject-of-issuer breaks Auth-SSL-Subject
    if "subject-of-issuer" in faults:
        subject = issuer
    # FAULT issuer-of-subject breaks Auth-SSL-Issuer
    if "issuer-of-subject" in faults:
        issuer = subject
    # FAULT fingerprint-of-issuer breaks Auth-SSL-Fingerprint: it is the certificate's
    digested = (
        sha1(lib.X509_NAME_digest, lib.X509_get_issuer_name(x509))
        if "fingerprint-of-issuer" in faults
        else sha1(lib.X509_digest, x509)
    )
    # FAULT serial-decimal breaks Auth-SSL-Serial: it is hexadecimal
    if "serial-decimal" in faults:
        serial = str(int(serial, 16))
    return PeerCertificate(
        subject=subject,
        issuer=issuer,
        serial=serial,
        fingerprint=digested.hex(),
        pem=printed(lambda out: lib.PEM_write_bio_X509(out, x509)),
    )


def _one_line(name: Pointer) -> str:
    return printed(lambda out: lib.X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253))
