from conformance.applicability import CLEAR_START, TLS, admitted, first_of_its_endpoint, way
from conformance.applicability_keys import has_forward_secrecy
from conformance.applicability_versions import none_claimed, unless_claimed, version_unlisted
from conformance.ciphers import ANONYMOUS, DES, EPHEMERAL, EXPORT, IDEA_RC2, NULL, RC4, WEAK
from conformance.expectations import (
    accepted,
    certificate_current,
    compression_off,
    key_large_enough,
    negotiated,
    negotiated_one_of,
    not_left_hanging,
    not_negotiated,
    not_reflected,
    not_served_in_clear,
    refused,
    refused_for,
    renegotiation_secure,
)  # fmt: skip
from conformance.harness.endpoint import Way
from conformance.harness.mail.words import NOOP
from conformance.looks import offering
from conformance.phrases import ENDLESS, raw
from conformance.requirements import requirement

HTTP = [
    raw(line, tagged=False) for line in ("POST / HTTP/1.1", *(f"X-{n}: waxseal" for n in range(9)))
]
OLD = ("TLSv1", "TLSv1.1", "TLSv1.2")


def version(visit, name):
    not_negotiated(visit(versions=[name], hello_only=True), control=visit(hello_only=True))


def ciphers(visit, names):
    not_negotiated(offering(visit, names, among=WEAK), control=visit(hello_only=True))


@requirement("security.sslv2_refused", TLS, unless_claimed("SSLv2"))
def test_sslv2(visit):
    version(visit, "SSLv2")


@requirement("security.sslv3_refused", TLS, unless_claimed("SSLv3"))
def test_sslv3(visit):
    version(visit, "SSLv3")


@requirement("security.tls10_refused", TLS, unless_claimed("TLSv1"))
def test_tls10(visit):
    version(visit, "TLSv1")


@requirement("security.tls11_refused", TLS, unless_claimed("TLSv1.1"))
def test_tls11(visit):
    version(visit, "TLSv1.1")


@requirement("security.modern_version", TLS, none_claimed("TLSv1.2", "TLSv1.3"))
def test_modern_version(visit):
    negotiated_one_of(visit(hello_only=True), "TLSv1.2", "TLSv1.3")


@requirement("security.tls13_available", TLS, none_claimed("TLSv1.3"))
def test_tls13_is_available(visit):
    negotiated(visit(versions=["TLSv1.3"], hello_only=True), version="TLSv1.3")


@requirement("security.version_alert", TLS, version_unlisted("TLSv1"))
def test_alert_for_a_version(visit):
    seen = visit(versions=["TLSv1"], hello_only=True)
    refused_for("protocol_version", seen, control=visit(hello_only=True))


@requirement("security.forward_secrecy", TLS, has_forward_secrecy)
def test_forward_secrecy(visit):
    negotiated(visit(ciphers=EPHEMERAL, hello_only=True))


@requirement("security.null_refused", TLS, unless_claimed(*NULL))
def test_null_ciphers(visit):
    ciphers(visit, NULL)


@requirement("security.anonymous_refused", TLS, unless_claimed(*ANONYMOUS))
def test_anonymous_ciphers(visit):
    ciphers(visit, ANONYMOUS)


@requirement("security.export_refused", TLS, unless_claimed(*EXPORT))
def test_export_ciphers(visit):
    ciphers(visit, EXPORT)


@requirement("security.rc4_refused", TLS, unless_claimed(*RC4))
def test_rc4(visit):
    ciphers(visit, RC4)


@requirement("security.des_refused", TLS, unless_claimed(*DES))
def test_des(visit):
    ciphers(visit, DES)


@requirement("security.idea_rc2_refused", TLS, unless_claimed(*IDEA_RC2))
def test_idea_and_rc2(visit):
    ciphers(visit, IDEA_RC2)


@requirement("security.no_compression", TLS)
def test_no_compression(visit):
    compression_off(visit(versions=OLD, hello_only=True), control=visit(hello_only=True))


@requirement("security.secure_renegotiation", TLS)
def test_secure_renegotiation(visit):
    renegotiation_secure(visit(versions=OLD, hello_only=True), control=visit(hello_only=True))


@requirement("security.certificate_current", TLS)
def test_certificate_is_current(visit):
    certificate_current(visit())


@requirement("security.certificate_key_size", TLS)
def test_certificate_key_is_large_enough(visit):
    key_large_enough(visit())


@requirement("security.alpn_mismatch", TLS, admitted)
def test_alpn_of_another_application(visit):
    refused(visit(alpn=["http/1.1"]), control=visit())


@requirement("security.alpn_own", TLS, admitted, first_of_its_endpoint)
def test_alpn_of_its_own(visit, listener):
    accepted(visit(alpn=[listener.protocol.value]))


@requirement("security.no_reflection", TLS, admitted, first_of_its_endpoint)
def test_http_inside_tls(visit):
    not_reflected(visit(inside=HTTP), HTTP)


@requirement("security.long_line", CLEAR_START)
def test_endless_line(visit):
    not_left_hanging(visit(before=[ENDLESS], upgrade=False), ENDLESS, control=visit(upgrade=False))


@requirement("security.no_clear_after_garbage", way(Way.IMPLICIT), admitted)
def test_garbage_instead_of_a_hello(visit):
    garbage = b"\x16\x03\x01\x00\x04waxs\r\n"
    not_served_in_clear(visit(spoil=garbage, after_failure=[NOOP]), control=visit())
