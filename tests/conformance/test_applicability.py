from dataclasses import replace

import pytest

import conformance.applicability as when
import conformance.applicability_keys as of_keys
import conformance.applicability_versions as of_versions
from conformance.applicability import Evidence, Situation
from conformance.cast import Cast
from conformance.ciphers import ANONYMOUS, DES, EXPORT, NULL, RC4
from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.pki.kit import Kit, write_kit
from conformance.harness.pki.person import Person
from conformance.harness.pki.standing import Standing
from conformance.listener import Listener

JOE = Person("joe", None, None)  # type: ignore[arg-type] # never read
TRUSTING = Cast({Standing.TRUSTED: (JOE,)}, "", {"ssl_client_certificate": JOE}, {0: JOE, 1: JOE})
NOBODY = Cast({}, "nobody came")


@pytest.fixture(scope="module")
def kit(tmp_path_factory) -> Kit:
    return write_kit(tmp_path_factory.mktemp("kits") / "kit", "127.0.0.1")


def at(way="implicit", protocol="imap", cast=NOBODY, evidence=1, can_login=False, **claims):
    values = {k: v if isinstance(v, tuple) else (str(v),) for k, v in claims.items()}
    endpoint = Endpoint("127.0.0.1", 993, Protocol(protocol), Way(way))
    return Situation(Listener("x", endpoint, values), cast, Evidence(evidence), can_login)


V12 = {"ssl_protocols": ("TLSv1.2",), "ssl_ciphers": "ECDHE-RSA-AES128-SHA:AES128-SHA"}
TODAY = {"ssl_protocols": ("TLSv1.2",), "ssl_ciphers": "ECDHE-RSA-AES128-GCM-SHA256"}
V13 = {"ssl_protocols": ("TLSv1.3",), "ssl_ciphers": "HIGH"}
V10 = {"ssl_protocols": ("TLSv1",), "ssl_ciphers": "HIGH"}
RC4_ONLY = {"ssl_protocols": ("TLSv1.2",), "ssl_ciphers": "RC4-SHA"}
ELSEWHERE = {"ssl_protocols": ("TLSv1.2",), "ssl_ciphers": "PROFILE=SYSTEM"}

ARISES = [
    (when.protocol(Protocol.IMAP), at()),
    (when.way(Way.IMPLICIT), at()),
    (when.TLS, at("starttls")),
    (when.CLEAR_START, at("none")),
    (when.claimed("ssl_crl"), at(ssl_crl=())),
    (when.claims("ssl_crl"), at(ssl_crl="x")),
    (when.claims("starttls", "on", "only"), at(starttls="only")),
    (when.not_set("ssl_crl"), at(ssl_crl=())),
    (of_versions.version_listed("TLSv1.2"), at(**V12)),
    (of_versions.version_unlisted("TLSv1.3"), at(**V12)),
    (of_versions.unless_claimed("SSLv3", *RC4), at(**V12)),
    (of_versions.unless_claimed(*NULL, *ANONYMOUS, *EXPORT, *RC4, *DES), at()),
    (of_versions.none_claimed("TLSv1.2"), at()),
    (of_versions.none_claimed("TLSv1.2"), at(**V12)),
    (of_versions.served_version("TLSv1.2"), at(**V12)),
    (of_versions.highest_works, at(**V13)),
    (of_versions.own_suites, at()),
    (of_versions.own_suites, at(ssl_conf_command=("MinProtocol", "TLSv1.2"))),
    (of_versions.highest_works, at(**V12)),
    (when.has_control, at(ssl_verify_client="optional")),
    (when.has_control, at(cast=TRUSTING, ssl_verify_client="on")),
    (when.modern_stranger, at(ssl_ciphers="ECDHE-RSA-AES128-GCM-SHA256")),
    (when.workable, at()),
    (when.common_method, at(protocol="smtp")),
    (when.common_method, at(protocol="smtp", smtp_auth=("external", "login"))),
    (when.workable, at(**V12)),
    (when.workable, at("none", **V10)),
    (when.asks, at(ssl_verify_client="optional_no_ca")),
    (when.verifying, at(ssl_verify_client="on")),
    (when.only_in("ssl_client_certificate"), at(cast=TRUSTING)),
    (when.at_depth(-1), at(cast=TRUSTING, ssl_verify_depth="1")),
    (when.at_depth(0), at(cast=TRUSTING, ssl_verify_depth="1")),
    (when.someone(Standing.TRUSTED), at(cast=TRUSTING)),
    (when.admitted, at("none")),
    (when.admitted, at()),
    (when.admitted, at(**V12)),
    (when.admitted, at(cast=TRUSTING, ssl_verify_client="on")),
    (when.admitted, at(ssl_verify_client="optional")),
    (when.sees_logins, at(evidence=2)),
    (when.can_login, at(can_login=True)),
    (when.starttls_not_only, at("starttls", starttls="on")),
    (when.modern_stranger, at("none", starttls="off")),
    (when.modern_stranger, at(**TODAY)),
    (when.modern_stranger, at(ssl_verify_client="off", **TODAY)),
]

REASONS = [
    (when.protocol(Protocol.IMAP, Protocol.POP3), at(protocol="smtp"), "it is for IMAP or POP3"),
    (when.TLS, at("none"), "the way into TLS is none"),
    (when.CLEAR_START, at(), "the way into TLS is implicit"),
    (when.claimed("ssl_crl"), at(), "nothing is claimed about ssl_crl"),
    (when.claims("ssl_crl"), at(), "nothing is claimed about ssl_crl"),
    (when.claims("ssl_crl"), at(ssl_crl=()), "ssl_crl is not set"),
    (when.claims("starttls", "on"), at(starttls="only"), "starttls is only"),
    (when.claims("ssl_ecdh_curve", "x"), at(ssl_ecdh_curve=()), "ssl_ecdh_curve is not set"),
    (when.not_set("ssl_crl"), at(), "ssl_crl is set or unknown"),
    (when.not_set("ssl_crl"), at(ssl_crl="x"), "ssl_crl is set or unknown"),
    (when.readable("ssl_crl"), at(ssl_crl="/none"), "No such file"),
    (when.readable("ssl_certificate_key"), at(ssl_certificate_key="engine:a:b"), "engine:…"),
    (of_versions.version_listed("TLSv1.2"), at(), "nothing is claimed"),
    (of_versions.version_listed("TLSv1.2"), at(**V13), "TLSv1.2 is not in ssl_protocols"),
    (of_versions.version_unlisted("TLSv1.2"), at(), "nothing is claimed"),
    (of_versions.version_unlisted("TLSv1.2"), at(**V12), "TLSv1.2 is in ssl_protocols"),
    (of_versions.unless_claimed("TLSv1.2"), at(**V12), "TLSv1.2 is claimed"),
    (of_versions.unless_claimed(*RC4), at(**RC4_ONLY), "RC4-SHA is claimed"),
    (of_versions.unless_claimed(*RC4), at(**ELSEWHERE), "ssl_ciphers: no cipher suite matches"),
    (of_versions.none_claimed("TLSv1.2"), at(**V13), "ssl_protocols has none of TLSv1.2"),
    (of_versions.served_version("TLSv1.2"), at(**V13), "not in ssl_protocols"),
    (of_versions.served_version("TLSv1"), at(**V10), "only with @SECLEVEL=0"),
    (of_versions.highest_works, at(), "nothing is claimed"),
    (of_versions.own_suites, at(ssl_conf_command=("Ciphersuites", "X")), "sets the suites"),
    (of_versions.highest_works, at(**V10), "only with @SECLEVEL=0"),
    (
        of_versions.highest_works,
        at(ssl_protocols=("TLSv1.3",), ssl_ecdh_curve="secp256k1"),
        "no group",
    ),
    (when.has_control, at(ssl_verify_client="on"), "nobody came"),
    (when.modern_stranger, at(**V12), "none of the ciphers"),
    (when.asks, at(ssl_verify_client="off"), "ssl_verify_client is off"),
    (when.only_in("ssl_client_certificate"), at(), "nobody came"),
    (
        when.only_in("ssl_trusted_certificate"),
        at(cast=TRUSTING),
        "trusted by ssl_trusted_certificate",
    ),
    (when.at_depth(0), at(cast=TRUSTING), "nothing is claimed about ssl_verify_depth"),
    (when.at_depth(1), at(cast=TRUSTING, ssl_verify_depth="1"), "with 2 intermediates"),
    (when.at_depth(-1), at(cast=TRUSTING, ssl_verify_depth="0"), "with -1 intermediates"),
    (when.at_depth(0), at(ssl_verify_depth="0"), "nobody came"),
    (when.someone(Standing.TRUSTED, Standing.REVOKED), at(cast=TRUSTING), "is revoked under"),
    (when.someone(Standing.TRUSTED), at(), "nobody came"),
    (when.admitted, at(**V10), "no version of ssl_protocols works"),
    (when.common_method, at(protocol="smtp", smtp_auth="external"), "by external alone"),
    (when.TLS, at(**V10), "no version of ssl_protocols works"),
    (when.admitted, at(ssl_verify_client="on"), "nobody came"),
    (when.admitted, at(cast=Cast({}), ssl_verify_client="on"), "none at hand is trusted"),
    (when.sees_logins, at(), "(L2)"),
    (when.can_login, at(), "give --login"),
    (when.starttls_not_only, at("starttls", starttls="only"), "in clear is not allowed"),
    (when.modern_stranger, at("none", starttls="only"), "a login takes TLS"),
    (when.modern_stranger, at(ssl_verify_client="on"), "no client certificate"),
    (when.modern_stranger, at(**V10), "want TLSv1.2"),
    (when.modern_stranger, at(**RC4_ONLY), "none of the ciphers"),
    (when.modern_stranger, at(**ELSEWHERE), "no cipher suite matches"),
    (of_versions.governed_by_ciphers, at(), "nothing is claimed about ssl_ciphers"),
    (
        of_versions.governed_by_ciphers,
        at(ssl_ciphers="HIGH"),
        "nothing is claimed about ssl_protocols",
    ),
    (of_versions.governed_by_ciphers, at(**V13), "governs no version"),
    (of_versions.governed_by_ciphers, at(**V12), "nothing is claimed about ssl_certificate"),
    (of_versions.governed_by_ciphers, at(ssl_certificate="/none", **V12), "No such file"),
    (of_versions.two_ciphers, at(), "nothing is claimed"),
    (of_keys.lacks_key_type, at(ssl_certificate="/none"), "No such file"),
    (of_keys.key_type("RSA"), at(ssl_certificate="/none"), "No such file"),
]


@pytest.mark.parametrize(("condition", "situation"), ARISES)
def test_arises(condition, situation):
    assert condition(situation) is None


@pytest.mark.parametrize(("condition", "situation", "reason"), REASONS)
def test_does_not_arise(condition, situation, reason):
    assert reason in condition(situation)


def serving(kit, *names, **claims):
    return at(ssl_certificate=tuple(str(kit.file(name)) for name in names), **claims)


def test_with_certificates(kit):
    rsa, ecdsa = serving(kit, "rsa.pem", **V12), serving(kit, "ecdsa.pem", **V12)
    both = serving(kit, "rsa.pem", "ecdsa.pem", **V13)
    assert when.readable("ssl_certificate")(rsa) is None
    assert of_versions.governed_by_ciphers(rsa) is of_versions.two_ciphers(rsa) is None
    assert "goes with TLSv1.2 and the certificates" in of_versions.governed_by_ciphers(ecdsa)
    assert of_keys.key_type("RSA")(rsa) is of_keys.key_type("ECDSA")(both) is None
    assert of_keys.key_type("RSA")(ecdsa) == "no claimed certificate is RSA"
    assert of_keys.key_type("ECDSA")(ecdsa) == "no listed cipher goes with ECDSA"
    assert of_keys.lacks_key_type(rsa) is None
    # A client may still take Ed25519 alone, but not before TLSv1.2.
    assert of_keys.lacks_key_type(both) is None
    old = serving(kit, "rsa.pem", "ecdsa.pem", **V10)
    assert of_keys.lacks_key_type(old) == "there is a certificate for every client"


def test_who_is_trusted(kit):
    roots = {"ssl_client_certificate": kit.file("clients.pem"), "ssl_trusted_certificate": ()}
    assert when.roots_alone(at(**roots)) is None
    more = {**roots, "ssl_trusted_certificate": kit.file("intermediates.pem")}
    assert when.roots_alone(at(**more)) == "ssl_trusted_certificate trusts an intermediate"


def test_one_cipher(kit):
    only = serving(kit, "rsa.pem", ssl_protocols=("TLSv1.2",), ssl_ciphers="AES128-SHA")
    assert of_versions.two_ciphers(only) == "only one listed cipher can be had"
    old = serving(kit, "rsa.pem", **V10)
    assert of_keys.key_type("RSA")(old) == "no listed cipher goes with RSA"


def test_junk_in_a_claimed_file(kit, tmp_path):
    junk = tmp_path / "junk.pem"
    junk.write_text("junk")
    for condition in (
        of_versions.governed_by_ciphers,
        of_keys.lacks_key_type,
        of_keys.key_type("RSA"),
    ):
        assert "junk.pem" in condition(at(ssl_certificate=junk, **V12))


def test_one_of_each_endpoint_is_enough():
    assert when.first_of_its_endpoint(at()) is None
    assert (
        when.first_of_its_endpoint(replace(at(), twin="y"))
        == "y, of the same endpoint, stands for it"
    )


def test_a_situation_is_shown_by_its_listener():
    assert str(at()) == "x"


def test_kinds_of_weak_ciphers():
    for kind in (NULL, ANONYMOUS, EXPORT, RC4, DES):
        assert kind
        assert not {"AES128-SHA", "ECDHE-RSA-AES128-GCM-SHA256"} & set(kind)
    assert "DES-CBC3-SHA" in DES
    assert "ECDHE-RSA-RC4-SHA" in RC4
