"""Every fault shows in what it is named for, and without it all is right."""

from __future__ import annotations

import ssl
from dataclasses import replace

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from reference_proxy.tls.context import TLS_FAULTS
from reference_proxy.tls.engine import Engine

V12 = ssl.TLSVersion.TLSv1_2
BOTH = "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"


@pytest.fixture
def world(request):
    """The fixtures by name, so that a row's probe can ask for any."""
    return request.getfixturevalue


def cipher(world, fault, listed=BOTH[:1], *, offered=BOTH[::-1], **changed):
    settings = replace(world("settings"), ciphers=":".join(listed), **changed)
    return world("visit")(settings, *fault, ciphers=":".join(offered), maximum_version=V12).cipher


def verify_error(world, fault, party, **changed):
    return world("visit")(replace(world("verifying"), **changed), *fault, party=party).verify_error


def issued(world, **how):
    return world("pki").root.issue("someone", **how)


def revoked(world, fault):
    pki, party = world("pki"), issued(world)
    return verify_error(world, fault, party, crl=pki.write("revoked.crl", pki.root.crl(party)))


def shown(world, fault):
    return world("visit")(world("verifying"), *fault, party=issued(world, serial=0xAB)).peer


def told(world, fault, *options, say="Q\n", **changed):
    context = world("build")(replace(world("verifying"), **changed), *fault)
    return world("s_client")(context, *options, say=say)


def named(world, fault):
    changed = {"trusted_certificate": world("pki").file("stranger")}
    return world("ca_names")(told(world, fault, **changed))


def two_certificates(world, fault):
    settings, rsa = world("settings"), world("rsa_pair")
    both = {"certificates": settings.certificates + rsa[:1], "keys": settings.keys + rsa[1:]}
    context = world("build")(replace(settings, **both), *fault)
    return "CN = server-rsa" in world("s_client")(context, "-tls1_2", "-cipher", "aRSA")


def chain(world, fault):
    leaf = world("pki").root.issue("middle", ca=True).issue("leaf")
    pair = world("pki").pair("chain", leaf)
    answer = told(world, fault, "-showcerts", certificates=pair[:1], keys=pair[1:])
    return answer.count("BEGIN CERTIFICATE")


def alpn(world, fault):
    engine = Engine(world("build")(world("settings"), *fault))
    try:
        client, _ = world("meet")(world("client_context")(alpn_protocols=["h2"]), engine)
    except ssl.SSLError:
        return "refused"
    return client.tls.selected_alpn_protocol()


def signature(world, fault):
    try:
        world("visit")(world("settings"), *fault, maximum_version=V12)
    except ssl.SSLError:
        return "wrong"
    return "right"


def version(world, fault):
    settings = replace(world("settings"), protocols=("TLSv1.2",))
    return world("visit")(settings, *fault).protocol


PROBES = {
    "protocols-ignored": (version, "TLSv1.2", "TLSv1.3"),
    "ciphers-ignored": (cipher, BOTH[0], BOTH[1]),
    "preference-inverted": (lambda w, f: cipher(w, f, BOTH), BOTH[1], BOTH[0]),
    "second-certificate-dropped": (two_certificates, True, False),
    "chain-dropped": (chain, 2, 1),
    "alpn-ignored": (alpn, "refused", None),
    "renegotiation-allowed": (
        lambda w, f: "no renegotiation" in told(w, f, "-tls1_2", say="R\n"), True, False,
    ),
    "request-not-sent": (lambda w, f: shown(w, f) is None, False, True),
    "verify-result-ignored": (lambda w, f: verify_error(w, f, w("pki").stranger), 18, 0),
    "any-ca-accepted": (
        lambda w, f: verify_error(w, f, w("pki").stranger.issue("unknown")), 21, 0,
    ),
    "expired-accepted": (
        lambda w, f: verify_error(w, f, issued(w, until=w("pki").yesterday)), 10, 0,
    ),
    "crl-ignored": (revoked, 23, 0),
    "depth-ignored": (
        lambda w, f: verify_error(w, f, issued(w, ca=True).issue("below"), verify_depth=0), 20, 0,
    ),
    "ca-names-omitted": (named, ["CN=root"], []),
    "ca-names-of-trusted": (named, ["CN=root"], ["CN=root", "CN=stranger"]),
    "subject-of-issuer": (lambda w, f: shown(w, f).subject, "CN=someone", "CN=root"),
    "not-yet-valid-accepted": (
        lambda w, f: verify_error(w, f, issued(w, since=w("pki").tomorrow)), 9, 0,
    ),
    "purpose-ignored": (
        lambda w, f: verify_error(w, f, issued(w, purpose=ExtendedKeyUsageOID.SERVER_AUTH)), 26, 0,
    ),
    "signature-spoiled": (signature, "right", "wrong"),
    "issuer-of-subject": (lambda w, f: shown(w, f).issuer, "CN=root", "CN=someone"),
    "fingerprint-of-issuer": (
        lambda w, f: shown(w, f).fingerprint == shown(w, f).fingerprint, False, True,
    ),
    "serial-decimal": (lambda w, f: shown(w, f).serial, "AB", "171"),
}  # fmt: skip


def test_every_fault_has_a_probe():
    assert PROBES.keys() == TLS_FAULTS.keys()


@pytest.mark.parametrize("fault", TLS_FAULTS)
def test_fault_shows(world, fault):
    probe, right, wrong = PROBES[fault]
    assert probe(world, ()) == right
    assert probe(world, (fault,)) == wrong


def test_a_fault_of_another_part_changes_nothing(world):
    assert shown(world, ("no-such-fault",)).serial == "AB"
