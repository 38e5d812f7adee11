"""The people's certificates, as OpenSSL and a certificate viewer see them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from conformance.harness.pki.kit import Kit
from conformance.harness.pki.people import ODD_NAME, PEOPLE
from conformance.harness.pki.person import Person


def chain(person: Person) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(person.certificate.read_bytes())


def test_everybody_has_a_key_and_a_number_of_their_own(kit: Kit) -> None:
    leaves = [chain(person)[0] for person in kit.people]
    assert len({leaf.serial_number for leaf in leaves}) == len(PEOPLE)
    assert len({person.key.read_bytes() for person in kit.people}) == len(PEOPLE)


@pytest.mark.parametrize("count", range(1, 5))
def test_a_chain_comes_with_its_intermediates_in_order(kit: Kit, count: int) -> None:
    certificates = chain(kit.person(f"via-{count}"))
    assert len(certificates) == 1 + count
    for lower, upper in pairwise(certificates):
        lower.verify_directly_issued_by(upper)


def test_no_chain_holds_a_root(kit: Kit) -> None:
    sent = [one for name in PEOPLE if name != "self-signed" for one in chain(kit.person(name))]
    assert all(one.issuer != one.subject for one in sent)


def test_the_odd_subject_needs_escaping(kit: Kit) -> None:
    subject = chain(kit.person("odd-subject"))[0].subject
    assert subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == ODD_NAME
    assert all(sign in ODD_NAME for sign in ("Ö", ",", "+", '"', "\\", "<", ";", "#", "\r\n"))
    assert [len(rdn) for rdn in subject.rdns] == [1, 2]


@pytest.mark.parametrize("name", ["clients", "strangers", "both", "servers", "intermediates"])
def test_ca_files_hold_authorities_that_may_sign_crls(kit: Kit, name: str) -> None:
    for one in x509.load_pem_x509_certificates(kit.file(f"{name}.pem").read_bytes()):
        assert one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        assert one.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign
