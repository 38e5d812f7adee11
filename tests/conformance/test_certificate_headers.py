import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID, ObjectIdentifier

from conformance.certificate_headers import (
    fingerprint,
    issuer,
    leaf_pem,
    plain_name,
    serial,
    subject,
)
from conformance.harness.pki.person import Person

KEY = ec.generate_private_key(ec.SECP256R1())
CN, ORG, OU = NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME
PRIVATE = ObjectIdentifier("1.3.6.1.4.1.99999.1")


def attribute(oid, value, kind=_ASN1Type.UTF8String):
    return x509.NameAttribute(oid, value, kind)


def name(*components):
    return x509.Name(
        [x509.RelativeDistinguishedName(c if isinstance(c, list) else [c]) for c in components]
    )


NAMES = {
    "empty": name(),
    "ordinary": name(attribute(ORG, "waxseal"), attribute(CN, "joe")),
    "escapes": name(attribute(CN, ' #a,b+c"d\\e<f>g;h=i ')),
    "controls": name(attribute(CN, "a\r\nb\x00c\x7f")),
    "unicode": name(attribute(CN, "Jürgen Größe 日本 😀")),
    "several in one": name(
        [attribute(CN, "joe"), attribute(OU, "sales")], attribute(ORG, "a"), attribute(ORG, "b")
    ),
    "printable": name(attribute(CN, "joe", _ASN1Type.PrintableString)),
    "bmp": name(attribute(CN, "jö", _ASN1Type.BMPString)),
    "e-mail": name(attribute(NameOID.EMAIL_ADDRESS, "a@b", _ASN1Type.IA5String)),
    "components": name(attribute(NameOID.DOMAIN_COMPONENT, "org", _ASN1Type.IA5String)),
    "unknown type": name(attribute(CN, "joe"), attribute(PRIVATE, "x,y")),
    "people": name(
        *(
            attribute(oid, "x")
            for oid in (
                NameOID.TITLE, NameOID.STREET_ADDRESS, NameOID.POSTAL_CODE, NameOID.PSEUDONYM,
                NameOID.DN_QUALIFIER, NameOID.GENERATION_QUALIFIER, NameOID.INITIALS,
                NameOID.BUSINESS_CATEGORY, NameOID.ORGANIZATION_IDENTIFIER, NameOID.SURNAME,
                NameOID.GIVEN_NAME, NameOID.SERIAL_NUMBER, NameOID.USER_ID,
                NameOID.STATE_OR_PROVINCE_NAME, NameOID.LOCALITY_NAME,
            )
        ),
        attribute(NameOID.COUNTRY_NAME, "DE", _ASN1Type.PrintableString),
    ),
}  # fmt: skip


@pytest.fixture(params=NAMES)
def person(request, tmp_path):
    """Somebody of that name, under a CA of another, with a long chain behind the leaf."""
    now, by = datetime.now(UTC), NAMES["ordinary"]
    number = 0xABC if request.param == "empty" else 0x1234
    builder = x509.CertificateBuilder(
        by, NAMES[request.param], KEY.public_key(), number, now, now + timedelta(1)
    )
    leaf = builder.sign(KEY, SHA256()).public_bytes(Encoding.PEM)
    root = x509.CertificateBuilder(by, by, KEY.public_key(), 9, now, now + timedelta(1))
    path = tmp_path / "person.pem"
    path.write_bytes(leaf + root.sign(KEY, SHA256()).public_bytes(Encoding.PEM))
    return Person("x", path, path)


def openssl(person, *what):
    command = ["openssl", "x509", "-in", person.certificate, "-noout", "-nameopt", "RFC2253", *what]
    done = subprocess.run(command, capture_output=True, check=True, timeout=20)
    return done.stdout.decode().removesuffix("\n").partition("=")[2]


def test_as_openssl_says_it(person):
    assert plain_name(openssl(person, "-subject")) == subject(person)
    assert plain_name(openssl(person, "-issuer")) == issuer(person)
    assert openssl(person, "-serial") == serial(person)
    assert openssl(person, "-fingerprint", "-sha1").replace(":", "").lower() == fingerprint(person)


def test_the_leaf_alone_is_passed(person):
    assert leaf_pem(person).count("BEGIN CERTIFICATE") == 1
    assert person.certificate.read_text().startswith(leaf_pem(person))


@pytest.mark.parametrize(
    ("header", "plain"),
    [
        ("CN=a", b"CN=a"),
        ("CN=a\\,b", b"CN=a,b"),
        ("CN=a\\2Cb", b"CN=a,b"),
        ("CN=\\C3\\a4", b"CN=\xc3\xa4"),
        ("CN=ä", b"CN=\xc3\xa4"),
        ("CN=\\5C\\\\", b"CN=\\\\"),
        ("CN=\\g1", b"CN=g1"),
        ("CN=\\a", b"CN=a"),
        ("CN=a\\", b"CN=a\\"),
        ("CN=\udcff", b"CN=\xff"),
    ],
)
def test_plain_name(header, plain):
    assert plain_name(header) == plain
