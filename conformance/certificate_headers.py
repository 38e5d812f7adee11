"""What the Auth-SSL-* headers should say of a person's certificate, worked out from the file."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from conformance.harness.pki.person import Person

_SHORT = {
    NameOID.COMMON_NAME: "CN",
    NameOID.ORGANIZATION_NAME: "O",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
    NameOID.COUNTRY_NAME: "C",
    NameOID.STATE_OR_PROVINCE_NAME: "ST",
    NameOID.LOCALITY_NAME: "L",
    NameOID.EMAIL_ADDRESS: "emailAddress",
    NameOID.SURNAME: "SN",
    NameOID.GIVEN_NAME: "GN",
    NameOID.SERIAL_NUMBER: "serialNumber",
    NameOID.DOMAIN_COMPONENT: "DC",
    NameOID.USER_ID: "UID",
}


def _leaf(person: Person) -> x509.Certificate:
    return x509.load_pem_x509_certificates(person.certificate.read_bytes())[0]


def subject(person: Person) -> bytes:
    """The subject, as `plain_name` reads a header."""
    return _name(_leaf(person).subject)


def issuer(person: Person) -> bytes:
    """The issuer, as `plain_name` reads a header."""
    return _name(_leaf(person).issuer)


def serial(person: Person) -> str:
    """The serial number in upper-case hexadecimal, an even number of digits."""
    digits = f"{_leaf(person).serial_number:X}"
    return digits.zfill(len(digits) + len(digits) % 2)


def fingerprint(person: Person) -> str:
    """The SHA-1 fingerprint in lower-case hexadecimal."""
    return _leaf(person).fingerprint(SHA1()).hex()  # noqa: S303 - nginx's choice


def leaf_pem(person: Person) -> str:
    """The certificate alone in PEM, as the header says it once decoded."""
    return _leaf(person).public_bytes(Encoding.PEM).decode()


def _name(name: x509.Name) -> bytes:
    """RFC 2253: the last component first, several of one component joined by a plus (last first too)."""
    components = reversed(list(name.rdns))
    return b",".join(b"+".join(_attribute(a) for a in reversed(list(c))) for c in components)


def _attribute(attribute: x509.NameAttribute[str | bytes]) -> bytes:
    value = attribute.value.encode() if isinstance(attribute.value, str) else attribute.value
    return _SHORT.get(attribute.oid, attribute.oid.dotted_string).encode() + b"=" + value


def plain_name(header: str) -> bytes:
    r"""A header's RFC 2253 name without its escapes, so that any correct escaping compares equal.

    >>> plain_name("CN=a\\, b\\C3\\A4")
    b'CN=a, b\xc3\xa4'
    """
    data, out, at = header.encode("utf-8", "surrogateescape"), bytearray(), 0
    while at < len(data):
        pair = data[at + 1 : at + 3]
        if data[at] == ord("\\") and len(pair) == 2 and all(c in b"0123456789abcdefABCDEF" for c in pair):
            out.append(int(pair, 16))
            at += 3
        elif data[at] == ord("\\") and pair:
            out.append(pair[0])
            at += 2
        else:
            out.append(data[at])
            at += 1
    return bytes(out)
