from conformance.applicability import TLS, asks, claims, only_in, readable
from conformance.claimed import ca_names
from conformance.expectations import accepted, names_no_ca
from conformance.looks import certificate_request
from conformance.requirements import requirement

FILE = (TLS, asks, claims("ssl_trusted_certificate"), readable("ssl_trusted_certificate"))


@requirement("ssl_trusted_certificate.trusted", *FILE, only_in("ssl_trusted_certificate"))
def test_client_of_a_ca_in_this_file_alone(visit, kit):
    for person in kit.by_authority["ssl_trusted_certificate"]:
        accepted(visit(person))


@requirement("ssl_trusted_certificate.names_not_sent", *FILE)
def test_cas_of_this_file_are_not_named(visit, listener):
    names_no_ca(
        certificate_request(visit, listener), but=ca_names(listener, "ssl_client_certificate")
    )
