from __future__ import annotations

import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID


@pytest.fixture
def shown(pki, verifying, visit):
    """The certificate that an engine shows for a client of this name and serial number."""
    return lambda name="someone", serial=None: (
        visit(verifying, party=pki.root.issue(name, serial=serial)).peer
    )


def test_names_are_rfc_2253_most_specific_first(shown):
    parts = [
        (NameOID.COUNTRY_NAME, "NL"),
        (NameOID.ORGANIZATION_NAME, "Wax"),
        (NameOID.COMMON_NAME, "x"),
    ]
    peer = shown(x509.Name([x509.NameAttribute(*part) for part in parts]))
    assert peer.subject == "CN=x,O=Wax,C=NL"
    assert peer.issuer == "CN=root"


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ('a, b+c"d<e>', r"CN=a\, b\+c\"d\<e\>"),
        ("two\r\nlines", r"CN=two\0D\0Alines"),
        ("naïve", r"CN=na\C3\AFve"),
        (" #edge ", r"CN=\ #edge\ "),
        ("semi;back\\slash", r"CN=semi\;back\\slash"),
    ],
)
def test_names_are_escaped(shown, text, escaped):
    assert shown(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])).subject == escaped


@pytest.mark.parametrize(
    ("number", "serial"), [(1, "01"), (0x1001, "1001"), (0xABC, "0ABC"), (0xFF, "FF")]
)
def test_serial_is_hexadecimal_with_an_even_number_of_digits(shown, number, serial):
    assert shown(serial=number).serial == serial


def test_fingerprint_and_pem_are_the_leafs(shown):
    peer = shown()
    leaf = x509.load_pem_x509_certificate(peer.pem.encode())
    assert peer.pem.endswith("-----END CERTIFICATE-----\n")
    assert peer.fingerprint == hashlib.sha1(leaf.public_bytes(Encoding.DER)).hexdigest()
    assert leaf.issuer.rfc4514_string() == "CN=root"
