import subprocess

import pytest

from conformance.claimed import (
    ca_names,
    chains,
    claimed_ciphers,
    curve_of,
    intermediates,
    key_type_of,
    key_types,
    leaves,
    legacy,
    listed_ciphers,
    negotiable_ciphers,
    public_key_of,
    shown_key_types,
    workable_versions,
)
from conformance.claimed_keys import public_keys
from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.pki.kit import Kit, write_kit
from conformance.listener import Listener, Unreadable
from conformance.verdict import NotApplicable

HERE = Endpoint("127.0.0.1", 993, Protocol.IMAP, Way.IMPLICIT)
BOTH = ("rsa.pem", "ecdsa.pem")


@pytest.fixture(scope="module")
def kit(tmp_path_factory) -> Kit:
    return write_kit(tmp_path_factory.mktemp("kits") / "kit", "127.0.0.1")


def claiming(**claims):
    return Listener(
        "x", HERE, {k: v if isinstance(v, tuple) else (str(v),) for k, v in claims.items()}
    )


def serving(kit, *names, ciphers="HIGH", versions=("TLSv1.2",), **claims):
    files = tuple(str(kit.file(name)) for name in names)
    return claiming(ssl_certificate=files, ssl_ciphers=ciphers, ssl_protocols=versions, **claims)


def test_chains(kit):
    (alone,), chain = chains(serving(kit, "rsa.pem", "ecdsa-chain.pem"))
    assert len(chain) > 1
    assert leaves(serving(kit, "rsa.pem", "ecdsa-chain.pem")) == [alone, chain[0]]


def test_key_types(kit):
    assert key_types(serving(kit, *BOTH, "ed25519.pem")) == {"RSA", "ECDSA", "EdDSA"}
    assert leaves(serving(kit, *BOTH), "ECDSA") == leaves(serving(kit, "ecdsa.pem"))
    assert key_type_of(b"junk") == "another type"


@pytest.mark.parametrize(
    ("certificate", "ciphers", "works"),
    [
        ("rsa.pem", "AES128-SHA:@SECLEVEL=0", ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")),
        ("rsa.pem", "AES128-SHA", ("TLSv1.2", "TLSv1.3")),
        ("rsa.pem", "AES128-GCM-SHA256:@SECLEVEL=0", ("TLSv1.2", "TLSv1.3")),
        ("rsa.pem", "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0", ("TLSv1.3",)),
        ("rsa.pem", "DHE-RSA-AES128-SHA:@SECLEVEL=0", ("TLSv1.3",)),
        ("ed25519.pem", "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0", ("TLSv1.2", "TLSv1.3")),
        ("ed25519.pem", "kRSA", ("TLSv1.3",)),
        ("missing.pem", "kRSA", ("TLSv1.2", "TLSv1.3")),
    ],
)
def test_what_versions_can_be_had(kit, certificate, ciphers, works):
    every = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
    listener = claiming(
        ssl_certificate=kit.conf.parent / "pki" / certificate, ssl_ciphers=ciphers,
        ssl_protocols=every,
    )  # fmt: skip
    assert workable_versions(listener) == works


def test_two_certificates_of_one_type(kit):
    (chain,) = chains(serving(kit, "rsa.pem", "rsa-2.pem"))
    assert (chain,) == chains(serving(kit, "rsa-2.pem"))


def test_what_certificates_can_be_shown(kit):
    every = ("rsa.pem", "ecdsa.pem", "ed25519.pem")
    assert shown_key_types(serving(kit, *every)) == {"RSA", "ECDSA", "EdDSA"}
    assert shown_key_types(serving(kit, *every, ciphers="kRSA")) == {"RSA"}
    assert shown_key_types(serving(kit, *every, ciphers="kRSA", versions=("TLSv1.3",))) == {
        "RSA", "ECDSA", "EdDSA",
    }  # fmt: skip
    old = serving(kit, *every, ciphers="ECDHE+AES:@SECLEVEL=0", versions=("TLSv1.1",))
    assert shown_key_types(old) == {"RSA", "ECDSA"}


@pytest.mark.parametrize(
    ("versions", "ciphers", "works"),
    [
        (("TLSv1", "TLSv1.2"), "ECDHE+AESGCM:@SECLEVEL=0", ()),
        (("TLSv1.1", "TLSv1.3"), "ECDHE+AESGCM:@SECLEVEL=0", ()),
        (("TLSv1", "TLSv1.2"), "ECDHE+AES:@SECLEVEL=0", ("TLSv1", "TLSv1.2")),
        (("TLSv1.1", "TLSv1.2"), "ECDHE+AESGCM:@SECLEVEL=0", ("TLSv1.2",)),
    ],
)
def test_below_a_gap_there_has_to_be_a_cipher(kit, versions, ciphers, works):
    assert workable_versions(serving(kit, "rsa.pem", versions=versions, ciphers=ciphers)) == works


def test_tlsv1_3_needs_a_group(kit):
    assert workable_versions(serving(kit, "rsa.pem", ssl_ecdh_curve="secp256k1")) == ("TLSv1.2",)
    some = serving(kit, "rsa.pem", versions=("TLSv1.3",), ssl_ecdh_curve="secp256k1:P-256")
    assert workable_versions(some) == ("TLSv1.3",)


def test_curves_of_keys(kit):
    assert curve_of(kit.file("ecdsa.pem").read_bytes()) == "prime256v1"
    assert curve_of(kit.file("rsa.pem").read_bytes()) == ""


def test_who_is_no_root(kit):
    trusting = claiming(ssl_client_certificate=kit.file("clients.pem"),
                        ssl_trusted_certificate=kit.file("intermediates.pem"))  # fmt: skip
    assert intermediates(trusting, "ssl_client_certificate") == []
    assert intermediates(trusting, "ssl_trusted_certificate")


def test_public_keys(kit):
    listener = serving(
        kit, *BOTH, ssl_certificate_key=(str(kit.file("rsa.key")), str(kit.file("ecdsa.key")))
    )
    assert public_keys(listener) == [public_key_of(leaf) for leaf in leaves(listener)]


def test_a_key_among_certificates(kit):
    inside = kit.file("key-inside.pem")
    listener = claiming(ssl_certificate=inside, ssl_certificate_key=inside)
    assert public_keys(listener) == [public_key_of(leaf) for leaf in leaves(listener)]


def test_a_key_behind_parameters(kit, tmp_path):
    path = tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-out", path], check=True
    )
    assert b"EC PARAMETERS" in path.read_bytes()
    assert len(public_keys(claiming(ssl_certificate_key=path))) == 1


def test_a_key_with_a_passphrase(kit, tmp_path):
    path = tmp_path / "key.pem"
    command = [
        "openssl",
        "pkcs8",
        "-topk8",
        "-in",
        kit.file("rsa.key"),
        "-passout",
        "pass:x",
        "-out",
        path,
    ]
    subprocess.run(command, check=True)
    with pytest.raises(Unreadable, match="without its passphrase"):
        public_keys(claiming(ssl_certificate_key=path))


JUNK = ["", "junk", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]  # fmt: skip


@pytest.mark.parametrize("text", JUNK)
@pytest.mark.parametrize(
    "read",
    [chains, leaves, key_types, public_keys, lambda x: ca_names(x, "ssl_client_certificate")],
)
def test_junk_is_a_reason(tmp_path, text, read):
    path = tmp_path / "junk.pem"
    path.write_text(text)
    listener = claiming(ssl_certificate=path, ssl_certificate_key=path, ssl_client_certificate=path)
    with pytest.raises(NotApplicable, match=r"junk\.pem"):
        read(listener)


def test_an_engine_s_key_is_a_reason():
    with pytest.raises(NotApplicable, match="not in a file: engine:…"):
        public_keys(claiming(ssl_certificate_key="engine:pkcs11:id"))


def test_ca_names(kit):
    names = ca_names(
        claiming(ssl_client_certificate=kit.file("both.pem")), "ssl_client_certificate"
    )
    assert len(names) == kit.file("both.pem").read_bytes().count(b"BEGIN")
    assert all(der[0] == 0x30 and "=" in shown for der, shown in names.items())


@pytest.mark.parametrize(
    ("ciphers", "listed", "workable", "highest"),
    [
        ("HIGH", ("TLSv1", "TLSv1.1", "TLSv1.2"), ("TLSv1.2",), "TLSv1.2"),
        ("HIGH:@SECLEVEL=0", ("TLSv1", "TLSv1.1"), ("TLSv1", "TLSv1.1"), "TLSv1.1"),
        ("HIGH", ("TLSv1.3",), ("TLSv1.3",), ""),
        ("HIGH:@SECLEVEL=0", ("SSLv3", "TLSv1", "TLSv1.3"), ("TLSv1", "TLSv1.3"), "TLSv1"),
        ("HIGH", (), (), ""),
    ],
)
def test_workable_versions(ciphers, listed, workable, highest):
    listener = claiming(ssl_ciphers=ciphers, ssl_protocols=listed)
    assert (workable_versions(listener), legacy(listener)) == (workable, highest)


@pytest.mark.parametrize(
    ("ciphers", "claimed"),
    [
        ("AES128-SHA:AES256-SHA", ("AES128-SHA", "AES256-SHA")),
        # The page's example: our libssl lacks the last three, the target's may have them.
        ("AES128-SHA:AES256-SHA:RC4-SHA:DES-CBC3-SHA:RC4-MD5",
         ("AES128-SHA", "AES256-SHA", "RC4-SHA", "DES-CBC3-SHA", "RC4-MD5")),
        ("RC4-SHA", ("RC4-SHA",)),
        ("AES128-SHA:RC4-SHA:!RC4", ("AES128-SHA",)),
        ("AES128-SHA RC4-SHA,DES-CBC3-SHA;-3DES", ("AES128-SHA", "RC4-SHA")),
        ("AES128-SHA:EXP-RC4-MD5:!EXP", ("AES128-SHA",)),
        ("AES128-SHA:NO-SUCH-CIPHER", ("AES128-SHA",)),
    ],
)  # fmt: skip
def test_claimed_ciphers(ciphers, claimed):
    assert claimed_ciphers(claiming(ssl_ciphers=ciphers)) == claimed


@pytest.mark.parametrize("ciphers", ["", "PROFILE=SYSTEM", "NO-SUCH-CIPHER", "@SECLEVEL=1"])
def test_a_list_of_another_libssl_is_a_reason(ciphers):
    with pytest.raises(NotApplicable, match="ssl_ciphers"):
        claimed_ciphers(claiming(ssl_ciphers=ciphers))


def test_names_alone_list_nothing_else():
    assert listed_ciphers(claiming(ssl_ciphers="AES128-SHA:!aNULL")) == ("AES128-SHA",)


def test_a_keyword_may_list_what_our_libssl_lacks():
    listed = listed_ciphers(claiming(ssl_ciphers="HIGH:!aNULL"))
    assert {"DES-CBC3-SHA", "AES128-SHA"} <= set(listed)
    assert not {"ADH-AES128-SHA", "NULL-SHA"} & set(listed)
    assert len(set(listed)) == len(listed)


@pytest.mark.parametrize(
    ("files", "ciphers", "versions", "negotiable"),
    [
        (["rsa.pem"], "AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA", ("TLSv1.2",),
         ("AES128-SHA", "ECDHE-RSA-AES128-SHA")),
        (["ecdsa.pem"], "AES128-SHA:ECDHE-ECDSA-AES128-SHA", ("TLSv1.2",),
         ("ECDHE-ECDSA-AES128-SHA",)),
        (["ed25519.pem"], "ECDHE-ECDSA-AES128-SHA:AES128-SHA", ("TLSv1.2",),
         ("ECDHE-ECDSA-AES128-SHA",)),
        (["ed25519.pem"], "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0", ("TLSv1.1",), ()),
        (["rsa.pem"], "AES128-GCM-SHA256:AES128-SHA:@SECLEVEL=0", ("TLSv1",), ("AES128-SHA",)),
        (["rsa.pem"], "DHE-RSA-AES128-SHA:AES128-SHA", ("TLSv1.2",), ("AES128-SHA",)),
        (["rsa.pem"], "AES128-SHA", ("TLSv1.3",), ()),
        (["rsa.pem"], "AES128-SHA:RC4-SHA", ("TLSv1.2",), ("AES128-SHA",)),
        (["rsa.pem"], "ARIA128-GCM-SHA256:AES128-SHA", ("TLSv1.2",),
         ("ARIA128-GCM-SHA256", "AES128-SHA")),
    ],
)  # fmt: skip
def test_negotiable_ciphers(kit, files, ciphers, versions, negotiable):
    assert (
        negotiable_ciphers(serving(kit, *files, ciphers=ciphers, versions=versions)) == negotiable
    )


def test_a_keyword_demands_what_every_library_has(kit):
    names = negotiable_ciphers(serving(kit, *BOTH, ciphers="HIGH:!aNULL"))
    assert {"ECDHE-RSA-AES256-GCM-SHA384", "AES128-SHA"} <= set(names)
    assert not [
        n for n in names if "ARIA" in n or "CAMELLIA" in n or "CCM" in n or "DHE-RSA" in n[:7]
    ]


def test_ephemeral_diffie_hellman_takes_parameters(kit):
    listener = serving(kit, "rsa.pem", ciphers="DHE-RSA-AES128-SHA", ssl_dhparam="dh.pem")
    assert negotiable_ciphers(listener) == ("DHE-RSA-AES128-SHA",)
