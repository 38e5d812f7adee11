import pytest

from conformance.claimed_groups import (
    curves,
    dh_group,
    dhe_ciphers,
    ecdhe_ciphers,
    groups,
    groups_of_13,
    idle_dhe_ciphers,
    key_transport_ciphers,
    unlisted,
    why_barred,
)
from conformance.harness.fixtures import fixture
from conformance.harness.pki.kit import Kit, write_kit
from conformance.listener import Unreadable
from conformance.verdict import NotApplicable
from tests.conformance.test_claimed import claiming, serving

MIXED = "DHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA"


@pytest.fixture(scope="module")
def kit(tmp_path_factory) -> Kit:
    return write_kit(tmp_path_factory.mktemp("kits") / "kit", "127.0.0.1")


def test_the_group_of_a_file():
    group = dh_group(claiming(ssl_dhparam=fixture("dhparam.pem")))
    assert (group.prime.bit_length(), group.generator) == (2048, 5)
    assert pow(group.generator, group.prime - 1, group.prime) == 1


@pytest.mark.parametrize(
    "text",
    ["", "-----BEGIN DH PARAMETERS-----\nMEYC\n-----END DH PARAMETERS-----\n",
     "-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n"],
)  # fmt: skip
def test_a_file_without_a_group(tmp_path, text):
    (tmp_path / "dh.pem").write_text(text)
    with pytest.raises(Unreadable, match=r"dh\.pem"):
        dh_group(claiming(ssl_dhparam=tmp_path / "dh.pem"))


def test_groups_have_one_name_each():
    listener = claiming(ssl_ecdh_curve="P-256:x25519:ffdhe2048")
    assert groups(listener) == ("prime256v1", "X25519", "ffdhe2048")
    assert curves(listener) == ("prime256v1", "X25519")
    assert groups(claiming(ssl_ecdh_curve="auto")) == groups(claiming()) == ()


def test_a_group_that_nobody_knows():
    with pytest.raises(NotApplicable, match="secp999r9"):
        groups(claiming(ssl_ecdh_curve="secp999r9"))


def test_unlisted():
    assert unlisted(("a", "b", "c"), ("b",)) == ("a", "c")


def test_dhe_needs_a_group(kit):
    without = serving(kit, "rsa.pem", ciphers=MIXED)
    assert (dhe_ciphers(without), len(idle_dhe_ciphers(without))) == ((), 1)
    listener = serving(kit, "rsa.pem", ciphers=MIXED, ssl_dhparam=kit.file("dhparam.pem"))
    assert dhe_ciphers(listener) == ("DHE-RSA-AES128-GCM-SHA256",)
    assert idle_dhe_ciphers(serving(kit, "ecdsa.pem", ciphers=MIXED)) == ()


def test_an_ecdsa_certificate_ties_its_ciphers_to_a_curve(kit):
    both = "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256"
    assert ecdhe_ciphers(serving(kit, "rsa.pem", "ecdsa.pem", ciphers=both)) == (both[:27],)
    assert ecdhe_ciphers(serving(kit, "ed25519.pem", ciphers=both)) == (both[28:],)


def test_key_transport(kit):
    assert key_transport_ciphers(serving(kit, "rsa.pem", ciphers=MIXED)) == ("AES128-SHA",)


def test_groups_of_tlsv1_3():
    listener = claiming(ssl_ecdh_curve="secp256k1:ffdhe2048:X25519")
    assert groups_of_13(listener) == ("ffdhe2048", "X25519")


@pytest.mark.parametrize(
    ("curve", "mode", "versions", "barred"),
    [
        ("X25519", "on", ("TLSv1.2",), True),
        ("X25519", "optional", ("TLSv1.2", "TLSv1.3"), False),
        ("X25519", "off", ("TLSv1.2",), False),
        ("X25519:prime256v1", "on", ("TLSv1.2",), False),
        ("auto", "on", ("TLSv1.2",), False),
    ],
)
def test_up_to_tlsv1_2_a_clients_curve_has_to_be_listed(kit, curve, mode, versions, barred):
    listener = serving(
        kit, "rsa.pem", versions=("TLSv1.2", "TLSv1.3"), ssl_ecdh_curve=curve,
        ssl_verify_client=mode,
    )  # fmt: skip
    assert bool(why_barred(listener, kit.file("ecdsa.pem"), versions, ())) is barred
    assert why_barred(listener, kit.file("rsa.pem"), versions, ()) == ""


def test_and_the_client_has_to_offer_it(kit):
    listener = serving(kit, "rsa.pem", ssl_ecdh_curve="auto", ssl_verify_client="on")
    for offered, why in ((("X25519",), "on prime256v1"), (("X25519", "prime256v1"), ""), ((), "")):
        assert why in why_barred(listener, kit.file("ecdsa.pem"), ("TLSv1.2",), offered)
        assert bool(why_barred(listener, kit.file("ecdsa.pem"), ("TLSv1.2",), offered)) == bool(why)
