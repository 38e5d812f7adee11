from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from conformance.expectations import (
    certificate_current,
    compression_off,
    each_negotiated,
    key_large_enough,
    names_ca,
    names_no_ca,
    negotiated_one_of,
    never_unlisted,
    none_shown,
    not_negotiated,
    not_trusted,
    nothing_in_common,
    one_of_listed,
    presented,
    refused_for,
    renegotiation_secure,
    requested,
)
from conformance.harness.observation import Alert, Ending, Offer, Stage, TlsFacts
from conformance.verdict import Deviation, NotApplicable, NoVerdict
from tests.conformance.observations import (
    CLOSING,
    SILENT,
    TLS,
    UNREACHABLE,
    alerted,
    asked,
    failed,
    implicitly,
    passes,
    served,
)

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
LOCAL = failed(Ending.LOCAL, Stage.UPGRADE)


def certificate(key, start=NOW - DAY, end=NOW + DAY, common_name="mail\x1b"):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else SHA256()
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, start, end)
    return builder.sign(key, algorithm).public_bytes(Encoding.DER)


P256 = ec.generate_private_key(ec.SECP256R1())
LEAF = certificate(P256)


def hello(version="TLSv1.2", cipher="AES128-SHA", offer=None, **facts):
    tls = TlsFacts(version=version, cipher=cipher, **facts)
    return served(offer=offer or Offer(hello_only=True), tls=tls, probe=None)


def offering(cipher, got):
    offer = Offer(ciphers=(cipher,), hello_only=True)
    return hello(cipher=got, offer=offer) if got else alerted(offer=offer)


def test_each_negotiated():
    assert passes(each_negotiated, [offering("A", "A"), offering("B", "B")])


@pytest.mark.parametrize("got", ["A", ""])
def test_one_not_negotiated(got):
    with pytest.raises(Deviation, match="not B:"):
        each_negotiated([offering("A", "A"), offering("B", got)])


@pytest.mark.parametrize("observations", [[], [UNREACHABLE], [LOCAL]])
def test_each_unproved(observations):
    with pytest.raises(NoVerdict):
        each_negotiated(observations)


def test_one_of_listed():
    one_of_listed(hello(), ["AES128-SHA"])
    with pytest.raises(Deviation):
        one_of_listed(hello(), ["AES256-SHA"])
    with pytest.raises(Deviation):
        one_of_listed(alerted(), ["AES128-SHA", ""])


def test_never_unlisted():
    assert passes(never_unlisted, ["TLSv1.2"], hello(), alerted(), implicitly(CLOSING))


def test_ever_unlisted():
    with pytest.raises(Deviation):
        never_unlisted(["TLSv1.2"], hello(), SILENT, hello(version="TLSv1"))


@pytest.mark.parametrize("observations", [[alerted()], [hello(), SILENT], [UNREACHABLE]])
def test_unlisted_unproved(observations):
    with pytest.raises(NoVerdict):
        never_unlisted(["TLSv1.2"], *observations)


def test_where_nothing_can_be_had_a_refusal_of_all_proves_nothing():
    with pytest.raises(NotApplicable, match="no listed version can be had"):
        never_unlisted(["TLSv1"], alerted(), implicitly(CLOSING), some=False)
    assert passes(never_unlisted, ["TLSv1.2"], alerted(), hello(), some=False)
    with pytest.raises(NoVerdict):
        never_unlisted(["TLSv1"], alerted(), SILENT, some=False)
    with pytest.raises(Deviation):
        never_unlisted(["TLSv1"], alerted(), hello(), some=False)


def test_no_certificate_is_shown():
    assert passes(none_shown, alerted(), control=served())
    shown = replace(TLS, chain=(LEAF,))
    for seen in (served(tls=shown), alerted(Stage.HANDSHAKE, tls=shown)):
        with pytest.raises(Deviation):
            none_shown(seen, control=served())


NO_CIPHER = replace(alerted(), alert=Alert(40, "handshake_failure"))
BROKEN = replace(alerted(), alert=Alert(80, "internal_error"))


def test_each_hello_is_refused_by_who_has_nothing_in_common():
    assert passes(nothing_in_common, NO_CIPHER, NO_CIPHER)


@pytest.mark.parametrize("seen", [hello(), failed(Ending.GARBAGE, Stage.UPGRADE)])
def test_a_handshake_that_goes_on(seen):
    with pytest.raises(Deviation):
        nothing_in_common(NO_CIPHER, seen)


@pytest.mark.parametrize("seen", [implicitly(CLOSING), SILENT, BROKEN])
def test_another_end_is_no_evidence_that_nothing_is_in_common(seen):
    with pytest.raises(NoVerdict):
        nothing_in_common(NO_CIPHER, seen)


def test_negotiated_one_of():
    assert passes(negotiated_one_of, hello(), "TLSv1.2", "TLSv1.3")
    with pytest.raises(Deviation):
        negotiated_one_of(hello(version="TLSv1"), "TLSv1.2", "TLSv1.3")
    with pytest.raises(Deviation):
        negotiated_one_of(alerted(tls=TLS), "TLSv1.2")


def test_refused_for():
    refused_for("unknown_ca", alerted(), control=served())
    with pytest.raises(Deviation):
        refused_for("inappropriate_fallback", alerted(), control=served())
    with pytest.raises(Deviation):
        refused_for("unknown_ca", failed(Ending.CLOSED, Stage.UPGRADE), control=served())


OLD = Offer(versions=("TLSv1",), hello_only=True)
NULL = Offer(versions=("TLSv1.2",), ciphers=("NULL-SHA",), hello_only=True)


@pytest.mark.parametrize(
    "observation",
    [
        alerted(offer=OLD),
        hello(offer=OLD),  # answered with another version: such a client breaks off
        hello(offer=NULL),
        failed(Ending.CLOSED, Stage.UPGRADE, offer=NULL),
    ],
)
def test_not_negotiated(observation):
    assert passes(not_negotiated, observation, control=served())


@pytest.mark.parametrize(
    "observation", [hello("TLSv1", offer=OLD), hello(cipher="NULL-SHA", offer=NULL)]
)
def test_negotiated_nevertheless(observation):
    with pytest.raises(Deviation):
        not_negotiated(observation, control=served())


@pytest.mark.parametrize(
    ("observation", "control"),
    [
        (UNREACHABLE, served()),
        (failed(Ending.TIMEOUT, Stage.UPGRADE), served()),
        (failed(Ending.TIMEOUT, Stage.UPGRADE, tls=TlsFacts(chain=(b"x",))), served()),
        (alerted(), alerted()),
    ],
)
def test_negotiation_unproved(observation, control):
    with pytest.raises(NoVerdict):
        not_negotiated(observation, control=control)


def test_presented():
    presented(hello(chain=(LEAF,)), [LEAF])
    with pytest.raises(Deviation, match=r"served: CN=mail\\\\x1b|served: CN=mail"):
        presented(hello(chain=(LEAF,)), [b"another"])
    with pytest.raises(Deviation, match="3 bytes that are no certificate"):
        presented(hello(chain=(b"xyz",)), [LEAF])
    with pytest.raises(Deviation):
        presented(alerted(), [LEAF])


@pytest.mark.parametrize("observation", [hello(), UNREACHABLE, LOCAL])
def test_presented_unseen(observation):
    with pytest.raises(NoVerdict):
        presented(observation, [LEAF])


def test_a_certificate_cannot_write_to_the_terminal():
    with pytest.raises(Deviation) as raised:
        presented(hello(chain=(LEAF,)), [])
    assert "\x1b" not in str(raised.value)


@pytest.mark.parametrize("asked_for", [True, False])
def test_requested(asked_for):
    requested(hello(request_seen=asked_for), expected=asked_for)
    with pytest.raises(Deviation):
        requested(hello(request_seen=asked_for), expected=not asked_for)


@pytest.mark.parametrize("observation", [hello(request_seen=None), alerted(), UNREACHABLE])
@pytest.mark.parametrize(
    "expectation",
    [
        lambda o: requested(o, expected=False),
        lambda o: names_ca(o, {}),
        lambda o: names_no_ca(o, but={}),
    ],
)
def test_request_unseen(observation, expectation):
    with pytest.raises(NoVerdict):
        expectation(observation)


def named(common_name):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    return name.public_bytes()


def test_names():
    sent = hello(request_seen=True, ca_names=(named("a"), b"junk"))
    names_ca(sent, {named("a"): "CN=a"})
    names_no_ca(sent, but={named("a"): "CN=a", b"junk": "junk"})
    with pytest.raises(Deviation, match="not named: CN=b"):
        names_ca(sent, {named("b"): "CN=b"})
    with pytest.raises(Deviation, match="named: CN=a; 6a756e6b"):
        names_no_ca(sent, but={})


def told(verdict):
    return lambda: asked(("Auth-SSL-Verify", verdict))


def test_not_trusted():
    not_trusted(alerted(), control=served(), log_in=told("SUCCESS"))
    not_trusted(served(), control=served(), log_in=told("FAILED:unknown"))
    with pytest.raises(Deviation, match="reported as SUCCESS"):
        not_trusted(served(), control=served(), log_in=told("SUCCESS"))
    with pytest.raises(Deviation, match="reported as nothing"):
        not_trusted(served(), control=served(), log_in=asked)


@pytest.mark.parametrize("observation", [served(), UNREACHABLE])
def test_trust_unproved(observation):
    with pytest.raises(NoVerdict):
        not_trusted(observation, control=served(), log_in=served)


def test_certificate_current():
    assert passes(certificate_current, hello(chain=(LEAF,)))


@pytest.mark.parametrize(("start", "end"), [(-2, -1), (1, 2)])
def test_certificate_of_another_day(start, end):
    leaf = certificate(P256, NOW + start * DAY, NOW + end * DAY)
    with pytest.raises(Deviation):
        certificate_current(hello(chain=(leaf,)))


@pytest.mark.parametrize("observation", [hello(), hello(chain=(b"junk",)), UNREACHABLE])
@pytest.mark.parametrize("expectation", [certificate_current, key_large_enough])
def test_certificate_unseen(expectation, observation):
    with pytest.raises(NoVerdict):
        expectation(observation)


@pytest.mark.parametrize(
    "key", [P256, ed25519.Ed25519PrivateKey.generate(), rsa.generate_private_key(65537, 2048)]
)
def test_key_large_enough(key):
    assert passes(key_large_enough, hello(chain=(certificate(key),)))


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 1024),
        ec.generate_private_key(ec.SECP192R1()),
        dsa.generate_private_key(1024),
    ],
)
def test_key_too_small(key):
    with pytest.raises(Deviation):
        key_large_enough(hello(chain=(certificate(key),)))


def test_key_that_cannot_be_read():
    spoilt = LEAF.replace(b"\x2a\x86\x48\xce\x3d\x03\x01\x07", b"\x2a\x86\x48\xce\x3d\x03\x01\x7f")
    with pytest.raises(NoVerdict):
        key_large_enough(hello(chain=(spoilt,)))


@pytest.mark.parametrize(
    ("expectation", "good", "bad"),
    [
        (compression_off, {"compression": 0}, {"compression": 1}),
        (renegotiation_secure, {"secure_renegotiation": True}, {"secure_renegotiation": False}),
    ],
)
def test_flags_of_the_hello(expectation, good, bad):
    expectation(hello(**good), control=served())
    with pytest.raises(Deviation):
        expectation(hello(**bad), control=served())
    for refused_it in (alerted(), implicitly(CLOSING)):
        with pytest.raises(NotApplicable):
            expectation(refused_it, control=served())
    for nothing in (UNREACHABLE, CLOSING, replace(hello(), tls=None)):
        with pytest.raises(NoVerdict):
            expectation(nothing, control=served())
    with pytest.raises(NoVerdict):  # he may hang up on everybody
        expectation(implicitly(CLOSING), control=implicitly(CLOSING))
