"""Every fault shows in what it is named for, and without it all is right."""

from __future__ import annotations

import importlib.util
import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from reference_proxy.config.settings import Zone
from reference_proxy.tls.context import TLS_FAULTS, ContextError
from reference_proxy.tls.engine import Engine

_spec = importlib.util.spec_from_file_location(
    "tls_configurations", Path(__file__).with_name("configurations.py")
)
configurations = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(configurations)

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


def own_alpn(world, fault):
    engine = Engine(world("build")(world("settings"), *fault))
    try:
        client, _ = world("meet")(world("client_context")(alpn_protocols=["imap"]), engine)
    except ssl.SSLError:
        return "refused"
    return client.tls.selected_alpn_protocol()


def farewell(world, fault):
    _, engine, *_ = world("connect")(world("settings"), *fault)
    engine.outgoing()
    engine.shutdown()
    return bool(engine.outgoing())


def alert(world, fault):
    settings = replace(world("settings"), protocols=("TLSv1.3",))
    try:
        world("visit")(settings, *fault, maximum_version=V12)
    except ssl.SSLError as error:
        return error.reason


def signature(world, fault):
    try:
        world("visit")(world("settings"), *fault, maximum_version=V12)
    except ssl.SSLError:
        return "wrong"
    return "right"


def version(world, fault):
    settings = replace(world("settings"), protocols=("TLSv1.2",))
    return world("visit")(settings, *fault).protocol


def returning(world, fault, first, second=None, *, party=None, **attributes):
    """A TLS 1.2 client that comes back: whether it is recognised, and its session then."""
    build, client_context = world("build"), world("client_context")
    client_side = client_context(party, maximum_version=V12, **attributes)
    context = build(first, *fault)
    engines = Engine(context), Engine(build(second, *fault) if second else context)
    client, _ = world("meet")(client_side, engines[0])
    engines[0].free()
    again, _ = world("meet")(client_side, engines[1], client.tls.session)
    engines[1].free()
    return again.tls.session_reused, again.tls.session


def by_id(world, fault, *changes, base="settings", party=None):
    """Whether a client without tickets is recognised, by a second server if there is one."""
    servers = [replace(world(base), **changed) for changed in changes]
    return returning(world, fault, *servers, party=party, options=ssl.OP_NO_TICKET)[0]


def by_ticket(world, fault, *keys):
    """The same with tickets, of servers with these keys."""
    files = [[world("pki").write(f"{n}.ticket", bytes([n]) * 48) for n in some] for some in keys]
    servers = [replace(world("settings"), ticket_keys=tuple(some)) for some in files]
    return returning(world, fault, *servers)


def first_session(world, fault, **changed):
    settings = replace(world("settings"), **changed)
    client, *_ = world("connect")(settings, *fault, maximum_version=V12)
    return client.tls.session


def across_authorities(world, fault):
    shared = {"builtin_cache": None, "zone": Zone("authorities", 32768)}
    other = {"client_certificate": world("pki").file("stranger")}
    return by_id(world, fault, shared, shared | other, base="verifying", party=issued(world))


def with_dh(world, fault):
    certificate, key = world("rsa_pair")
    dh = world("pki").write("dh.pem", configurations.DH_2048)
    changed = {"certificates": (certificate,), "keys": (key,), "dhparam": dh, "ciphers": "kDHE"}
    return shaken(world, fault, changed, ciphers="kDHE", maximum_version=V12)


def shaken(world, fault, changed, **attributes):
    try:
        world("visit")(replace(world("settings"), **changed), *fault, **attributes)
    except ssl.SSLError:
        return False
    return True


def second_password(world, fault):
    encrypted = BestAvailableEncryption(b"two")
    party = issued(world)
    locked = party.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encrypted)
    changed = {
        "certificates": (world("pki").pair("locked", party)[0],),
        "keys": (world("pki").write("locked.key", locked),),
        "passwords": (b"one", b"two"),
    }
    try:
        return shaken(world, fault, changed)
    except ContextError:
        return False


SHARED = {"builtin_cache": None, "zone": Zone("faults", 32768)}

PROBES = {
    "dhparam-ignored": (with_dh, True, False),
    "curves-ignored": (
        lambda w, f: shaken(w, f, {"ecdh_curve": "secp384r1"}, ecdh_curve="prime256v1"),
        False, True,
    ),
    "first-password-only": (second_password, True, False),
    "session-cache-off-remembers": (
        lambda w, f: by_id(w, f, {"builtin_cache": "off"}), False, True,
    ),
    "session-cache-none-remembers": (lambda w, f: by_id(w, f, {}), False, True),
    "shared-session-forgotten": (lambda w, f: by_id(w, f, SHARED), True, False),
    "session-timeout-ignored": (
        lambda w, f: first_session(w, f, session_timeout=77).ticket_lifetime_hint, 77, 300,
    ),
    "session-across-authorities": (across_authorities, False, True),
    "refused-session-kept": (
        lambda w, f: by_id(w, f, {"builtin_cache": 9}, base="verifying"), False, True,
    ),
    "tickets-despite-off": (
        lambda w, f: first_session(w, f, session_tickets=False).has_ticket, False, True,
    ),
    "ticket-key-last-first": (lambda w, f: by_ticket(w, f, (1, 2), (1,))[0], True, False),
    "previous-ticket-key-forgotten": (lambda w, f: by_ticket(w, f, (1,), (2, 1))[0], True, False),
    "ticket-never-renewed": (
        lambda w, f: by_ticket(w, f, (1,), (2, 1))[1].ticket_lifetime_hint, 0, 300,
    ),
    "ticket-key-of-everybody": (lambda w, f: by_ticket(w, f, (1,), (2,))[0], False, True),
    "conf-command-ignored": (
        lambda w, f: first_session(
            w, f, conf_commands=(("Options", "-SessionTicket"),)
        ).has_ticket, False, True,
    ),
    "protocols-ignored": (version, "TLSv1.2", "TLSv1.3"),
    "ciphers-ignored": (cipher, BOTH[0], BOTH[1]),
    "preference-inverted": (lambda w, f: cipher(w, f, BOTH), BOTH[1], BOTH[0]),
    "second-certificate-dropped": (two_certificates, True, False),
    "chain-dropped": (chain, 2, 1),
    "alpn-own-refused": (own_alpn, "imap", "refused"),
    "close-without-notify": (farewell, True, False),
    "version-alert-wrong": (
        alert, "TLSV1_ALERT_PROTOCOL_VERSION", "SSLV3_ALERT_HANDSHAKE_FAILURE",
    ),
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
