"""Every fault shows in what it is named for, and without it all is right."""

from __future__ import annotations

import contextlib
import importlib.util
import re
import ssl
from base64 import b64decode
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
from reference_proxy.tls.engine import Engine, TlsFailure

_spec = importlib.util.spec_from_file_location(
    "tls_configurations", Path(__file__).with_name("configurations.py")
)
configurations = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(configurations)

OWN_GROUP = Path(__file__).parents[3] / "fixtures" / "dhparam.pem"
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


def goes_on(world, fault):
    client, engine, *_ = world("connect")(world("settings"), *fault)
    with contextlib.suppress(ssl.SSLWantReadError):
        client.tls.unwrap()
    client.pump(engine)
    engine.read()
    return engine.goes_on


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


def across_checks(world, fault):
    shared = {"builtin_cache": None, "zone": Zone("checks", 32768)}
    return by_id(world, fault, shared, shared | {"verify_depth": 0}, base="verifying",
                 party=issued(world))  # fmt: skip


def returned(world, fault, party):
    """What a server that asks for certificates knows of a client that comes back."""
    context = world("build")(replace(world("verifying"), builtin_cache=9), *fault)
    client_side = world("client_context")(party, maximum_version=V12)
    client, _ = world("meet")(client_side, Engine(context))
    return world("meet")(client_side, Engine(context), client.tls.session)[1]


def foreign_ticket(world, fault):
    try:
        return "resumed" if by_ticket(world, fault, (1,), (2,))[0] else "a full handshake"
    except (ssl.SSLError, TlsFailure):
        return "an error"


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


def loads(world, fault, **changed):
    """Whether a context can be made of these settings."""
    try:
        world("build")(replace(world("verifying"), **changed), *fault)
    except ContextError:
        return False
    return True


def chain_order(world, fault):
    leaf = world("pki").root.issue("far", ca=True).issue("near", ca=True).issue("leaf")
    pair = world("pki").pair("far-chain", leaf)
    answer = told(world, fault, "-showcerts", certificates=pair[:1], keys=pair[1:])
    return answer.index("s:CN = near") < answer.index("s:CN = far")


def file_prime(world, fault):
    certificate, key = world("rsa_pair")
    changed = {"certificates": (certificate,), "keys": (key,), "ciphers": "kDHE"}
    answer = told(
        world, fault, "-tls1_2", "-cipher", "kDHE", "-msg", dhparam=str(OWN_GROUP), **changed
    )
    sent = bytes.fromhex("".join(re.findall(r"^    ((?:[0-9a-f]{2} ?)+)$", answer, re.MULTILINE)))
    return b64decode("".join(OWN_GROUP.read_text().splitlines()[1:-1]))[9:265] in sent


def fed(world, fault, record):
    """What a record brings at the beginning of a connection."""
    engine = Engine(world("build")(world("settings"), *fault))
    engine.feed(record)
    with contextlib.suppress(TlsFailure):
        engine.handshake()
    return engine.outgoing()


SHARED = {"builtin_cache": None, "zone": Zone("faults", 32768)}


def without_file(world, fault):
    certificate, key = world("rsa_pair")
    changed = {"certificates": (certificate,), "keys": (key,), "ciphers": "kDHE"}
    return shaken(world, fault, changed, ciphers="kDHE", maximum_version=V12)


PROBES = {
    "chain-reversed": (chain_order, True, False),
    "key-of-another-taken": (
        lambda w, f: loads(w, f, keys=(w("pki").pair("another", issued(w))[1],)), False, True,
    ),
    "dh-group-built-in": (file_prime, True, False),
    "dhe-without-group": (without_file, False, True),
    "dhparam-unreadable-skipped": (lambda w, f: loads(w, f, dhparam="/nowhere"), False, True),
    "first-curve-only": (
        lambda w, f: shaken(w, f, {"ecdh_curve": "secp384r1:prime256v1"}, ecdh_curve="prime256v1"),
        True, False,
    ),
    "curves-reversed": (
        lambda w, f: "384 bits" in told(
            w, f, "-tls1_2", "-groups", "P-256:P-384",
            ecdh_curve="secp384r1:prime256v1", prefer_server_ciphers=True,
        ), True, False,
    ),
    "auto-is-one-curve": (
        lambda w, f: shaken(w, f, {"ecdh_curve": "auto"}, ecdh_curve="prime256v1"), True, False,
    ),
    "curve-unknown-skipped": (lambda w, f: loads(w, f, ecdh_curve="none"), False, True),
    "ciphers-unknown-skipped": (lambda w, f: loads(w, f, ciphers="NONE"), False, True),
    "crl-unreadable-skipped": (lambda w, f: loads(w, f, crl="/nowhere"), False, True),
    "authorities-unreadable-skipped": (
        lambda w, f: loads(w, f, client_certificate="/nowhere"), False, True,
    ),
    "extended-master-secret-off": (
        lambda w, f: "Extended master secret: yes" in told(w, f, "-tls1_2"), True, False,
    ),
    "heartbleed": (lambda w, f: fed(w, f, b"\x18\3\1\0\3\1\0\x10")[:1], b"\x15", b"\x18"),
    "early-change-taken": (lambda w, f: fed(w, f, b"\x14\3\1\0\1\1")[:1], b"\x15", b""),
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
    "session-across-checks": (across_checks, False, True),
    "resumed-unverified": (
        lambda w, f: returned(w, f, w("pki").stranger).verify_error, 18, 0,
    ),
    "resumed-certificate-lost": (lambda w, f: returned(w, f, issued(w)).peer is None, False, True),
    "foreign-ticket-fatal": (foreign_ticket, "a full handshake", "an error"),
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
    "plaintext-after-close-notify": (goes_on, False, True),
    "version-alert-wrong": (alert, "TLSV1_ALERT_PROTOCOL_VERSION", "SSLV3_ALERT_HANDSHAKE_FAILURE"),
    "alpn-ignored": (alpn, "refused", None),
    "renegotiation-allowed": (
        lambda w, f: "no renegotiation" in told(w, f, "-tls1_2", say="R\n"), True, False,
    ),
    "request-not-sent": (lambda w, f: shown(w, f) is None, False, True),
    "verify-result-ignored": (lambda w, f: verify_error(w, f, w("pki").stranger), 18, 0),
    "any-ca-accepted": (lambda w, f: verify_error(w, f, w("pki").stranger.issue("unknown")), 21, 0),
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
