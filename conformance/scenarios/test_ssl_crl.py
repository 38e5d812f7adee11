from conformance.applicability import (
    TLS,
    asks,
    claims,
    has_control,
    not_set,
    readable,
    someone,
)
from conformance.expectations import accepted, refused
from conformance.harness.pki.standing import Standing
from conformance.requirements import requirement
from conformance.visitor import NOBODY

CRL_SET = claims("ssl_crl")
CRL = (TLS, asks, CRL_SET, readable("ssl_crl"))
# Whoever comes without a certificate is let in; what a CRL says of others is never tolerated.
OPTIONAL = claims("ssl_verify_client", "optional", "optional_no_ca")
TRUSTED = someone(Standing.TRUSTED)


@requirement("ssl_crl.revoked", *CRL, someone(Standing.REVOKED, Standing.TRUSTED))
def test_client_with_revoked_certificate_is_refused(visit, kit):
    refused(visit(kit.revoked), control=visit(kit.client))


@requirement("ssl_crl.not_revoked", *CRL, TRUSTED)
def test_client_that_is_not_revoked_is_served(visit, kit):
    for person in kit.all(Standing.TRUSTED):
        accepted(visit(person))


@requirement("ssl_crl.issuer_revoked", *CRL, someone(Standing.ISSUER_REVOKED, Standing.TRUSTED))
def test_client_under_a_revoked_intermediate_is_refused(visit, kit):
    refused(visit(kit.issuer_revoked), control=visit(kit.client))


@requirement("ssl_crl.no_crl_for_issuer", *CRL, someone(Standing.NO_CRL), has_control)
def test_client_whose_issuer_has_no_crl_is_refused(visit, kit, listener):
    control = NOBODY if listener.value("ssl_verify_client") != "on" else kit.client
    refused(visit(kit.no_crl), control=visit(control))


@requirement("ssl_crl.crl_expired", TLS, OPTIONAL, CRL_SET, someone(Standing.CRL_EXPIRED))
def test_expired_crl_refuses_everybody(visit, kit):
    refused(visit(kit.crl_expired), control=visit(NOBODY))


@requirement("ssl_crl.unset", TLS, asks, not_set("ssl_crl"), TRUSTED)
def test_without_a_crl_nobody_is_revoked(visit, kit):
    for person in kit.all(Standing.TRUSTED):
        accepted(visit(person))


@requirement("ssl_crl.nobody_concerned", TLS, OPTIONAL, CRL_SET)
def test_client_without_a_certificate_is_not_concerned(visit):
    accepted(visit(NOBODY))
