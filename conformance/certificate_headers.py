"""What the Auth-SSL-* headers should say of a person's certificate, worked out from the file."""

from __future__ import annotations

import re

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from conformance.harness.pki.person import Person
from conformance.premises import premises

_ODD = re.compile(rb"[^A-Za-z0-9 .,=@-]")
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
    NameOID.TITLE: "title",
    NameOID.STREET_ADDRESS: "street",
    NameOID.POSTAL_CODE: "postalCode",
    NameOID.PSEUDONYM: "pseudonym",
    NameOID.DN_QUALIFIER: "dnQualifier",
    NameOID.GENERATION_QUALIFIER: "generationQualifier",
    NameOID.INITIALS: "initials",
    NameOID.BUSINESS_CATEGORY: "businessCategory",
    NameOID.ORGANIZATION_IDENTIFIER: "organizationIdentifier",
}


def _leaf(person: Person) -> x509.Certificate:
    return x509.load_pem_x509_certificates(premises().read(person.certificate))[0]


def subject(person: Person) -> bytes:
    """The subject, as `plain_name` reads a header."""
    return _name(_leaf(person).subject)


def oddly_named(person: Person) -> bool:
    """The subject has something that a header or a distinguished name cannot hold as it is."""
    return _ODD.search(subject(person)) is not None


def issuer(person: Person) -> bytes:
    """The issuer, as `plain_name` reads a header."""
    return _name(_leaf(person).issuer)


def serial(person: Person) -> str:
    """The serial number in upper-case hexadecimal, an even number of digits."""
    digits = f"{_leaf(person).serial_number:X}"
    return digits.zfill(len(digits) + len(digits) % 2)


def fingerprint(person: Person) -> str:
    """The SHA-1 fingerprint in lower-case hexadecimal."""
    return _leaf(person).fingerprint(SHA1()).hex()


def leaf_pem(person: Person) -> str:
    """The certificate alone in PEM, as the header says it once decoded."""
    return _leaf(person).public_bytes(Encoding.PEM).decode()


def _name(name: x509.Name) -> bytes:
    """RFC 2253: the last component first, several of one joined by a plus (last first)."""
    components = reversed(list(name.rdns))
    return b",".join(b"+".join(_attribute(a) for a in reversed(list(c))) for c in components)


def _attribute(attribute: x509.NameAttribute[str | bytes]) -> bytes:
    """`CN=value`; of a type without a name its number, and the value's encoding in hexadecimal."""
    short = _SHORT.get(attribute.oid)
    if short is None:
        return f"{attribute.oid.dotted_string}=#{_encoding(attribute).hex().upper()}".encode()
    value = attribute.value
    return short.encode() + b"=" + (value.encode() if isinstance(value, str) else value)


def _encoding(attribute: x509.NameAttribute[str | bytes]) -> bytes:
    """The value in DER: what stands behind the type in a name that has this attribute alone."""
    name = x509.Name([attribute]).public_bytes()
    type_at = name.index(b"\x06")
    return name[type_at + 2 + name[type_at + 1] :]


def plain_name(header: str) -> bytes:
    r"""A header's RFC 2253 name without its escapes, so that any correct escaping compares equal.

    >>> plain_name("CN=a\\, b\\C3\\A4")
    b'CN=a, b\xc3\xa4'
    """
    data, out, at = header.encode("utf-8", "surrogateescape"), bytearray(), 0
    while at < len(data):
        pair = data[at + 1 : at + 3]
        if (
            data[at] == ord("\\")
            and len(pair) == 2
            and all(c in b"0123456789abcdefABCDEF" for c in pair)
        ):
            out.append(int(pair, 16))
            at += 3
        elif data[at] == ord("\\") and pair:
            out.append(pair[0])
            at += 2
        else:
            out.append(data[at])
            at += 1
    return bytes(out)
