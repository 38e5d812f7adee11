from conformance.applicability import (
    TLS,
    asks,
    claims,
    not_set,
    only_in,
    readable,
    refuses_or_tells,
    someone,
)
from conformance.cast import one_of_each
from conformance.certificate_headers import issuer
from conformance.claimed import ca_names
from conformance.expectations import accepted, names_ca, names_no_ca, not_trusted
from conformance.harness.pki.standing import Standing
from conformance.looks import certificate_request
from conformance.requirements import requirement

FILE = (TLS, asks, claims("ssl_client_certificate"), readable("ssl_client_certificate"))


@requirement("ssl_client_certificate.trusted", *FILE, only_in("ssl_client_certificate"))
def test_client_of_a_ca_in_the_file(visit, kit):
    for person in one_of_each(kit.by_authority["ssl_client_certificate"], by=issuer):
        accepted(visit(person))


@requirement("ssl_client_certificate.names_sent", *FILE)
def test_cas_of_the_file_are_named(visit, listener):
    names_ca(certificate_request(visit, listener), ca_names(listener, "ssl_client_certificate"))


@requirement("ssl_client_certificate.only_these_named", *FILE)
def test_no_other_ca_is_named(visit, listener):
    names_no_ca(
        certificate_request(visit, listener), but=ca_names(listener, "ssl_client_certificate")
    )


@requirement(
    "ssl_client_certificate.others_not_trusted",
    *FILE,
    someone(Standing.UNKNOWN_ISSUER, Standing.TRUSTED),
    refuses_or_tells,
)
def test_client_of_another_ca(visit, kit):
    not_trusted(
        visit(kit.stranger),
        control=visit(kit.client),
        log_in=lambda: visit(kit.stranger, login=True),
    )


@requirement(
    "ssl_client_certificate.unset_none_named", TLS, asks, not_set("ssl_client_certificate")
)
def test_no_ca_is_named_without_the_file(visit, listener):
    names_no_ca(certificate_request(visit, listener), but={})
