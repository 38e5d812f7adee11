from conformance.applicability import (
    TLS,
    asks,
    at_depth,
    claims,
    not_set,
    roots_alone,
    sees_logins,
    someone,
    verifying,
)
from conformance.expectations import accepted, header, not_trusted, refused
from conformance.harness.pki.standing import Standing
from conformance.requirements import requirement

NO_CA = claims("ssl_verify_client", "optional_no_ca")


@requirement("ssl_verify_depth.deepest_accepted", TLS, asks, at_depth(0))
def test_chain_as_deep_as_allowed(visit, kit, listener):
    accepted(visit(kit.with_intermediates(int(listener.value("ssl_verify_depth")))))


@requirement("ssl_verify_depth.shallower_accepted", TLS, asks, at_depth(-1))
def test_chain_less_deep_than_allowed(visit, kit, listener):
    accepted(visit(kit.with_intermediates(int(listener.value("ssl_verify_depth")) - 1)))


@requirement(
    "ssl_verify_depth.too_deep_refused",
    TLS,
    verifying,
    someone(Standing.TOO_DEEP, Standing.TRUSTED),
)
def test_chain_deeper_than_allowed(visit, kit):
    refused(visit(kit.too_deep), control=visit(kit.client))


@requirement(
    "ssl_verify_depth.too_deep_optional_no_ca",
    TLS,
    NO_CA,
    someone(Standing.TOO_DEEP),
    not_set("ssl_crl"),
    roots_alone,
)
def test_chain_deeper_than_allowed_but_unverified(visit, kit):
    accepted(visit(kit.too_deep))


@requirement("ssl_verify_depth.deepest_verified", TLS, asks, at_depth(0), sees_logins)
def test_chain_as_deep_as_allowed_is_verified(visit, kit, listener):
    person = kit.with_intermediates(int(listener.value("ssl_verify_depth")))
    header(visit(person, login=True), "Auth-SSL-Verify", "SUCCESS")


@requirement(
    "ssl_verify_depth.too_deep_unverified",
    TLS,
    NO_CA,
    someone(Standing.TOO_DEEP, Standing.TRUSTED),
    sees_logins,
)
def test_chain_deeper_than_allowed_is_not_verified(visit, kit):
    not_trusted(
        visit(kit.too_deep),
        control=visit(kit.client),
        log_in=lambda: visit(kit.too_deep, login=True),
    )
