from conformance.applicability import TLS, admitted
from conformance.applicability_versions import (
    governed_by_ciphers,
    nothing_fits,
    own_suites,
    served_version,
)
from conformance.claimed import LEGACY, legacy, listed_ciphers, negotiable_ciphers
from conformance.expectations import (
    accepted,
    each_negotiated,
    negotiated,
    nothing_in_common,
    one_of_listed,
    refused,
)
from conformance.harness.tls.suites import legacy_ciphers
from conformance.requirements import requirement


@requirement("ssl_ciphers.listed", TLS, governed_by_ciphers)
def test_each_listed_cipher(visit, listener):
    versions = [legacy(listener)]
    each_negotiated(
        visit(versions=versions, ciphers=[name], hello_only=True)
        for name in negotiable_ciphers(listener)
    )


@requirement("ssl_ciphers.unlisted", TLS, governed_by_ciphers)
def test_every_other_cipher(visit, listener):
    versions, listed = [legacy(listener)], listed_ciphers(listener)
    others = [name for name in legacy_ciphers() if name not in listed]
    control = visit(versions=versions, ciphers=negotiable_ciphers(listener), hello_only=True)
    refused(visit(versions=versions, ciphers=others, hello_only=True), control=control)


@requirement("ssl_ciphers.choice", TLS, governed_by_ciphers)
def test_choice_among_all(visit, listener):
    seen = visit(versions=[legacy(listener)], ciphers=legacy_ciphers(), hello_only=True)
    one_of_listed(seen, listed_ciphers(listener))


@requirement("ssl_ciphers.served", TLS, governed_by_ciphers, admitted)
def test_served_under_a_listed_cipher(visit, listener):
    cipher = negotiable_ciphers(listener)[-1]
    seen = visit(versions=[legacy(listener)], ciphers=[cipher])
    negotiated(seen, cipher=cipher)
    accepted(seen)


@requirement("ssl_ciphers.none_fits", nothing_fits)
def test_nothing_where_no_cipher_fits(visit):
    nothing_in_common(visit(hello_only=True), visit(versions=LEGACY, hello_only=True))


@requirement("ssl_ciphers.tls13_apart", TLS, served_version("TLSv1.3"), own_suites)
def test_tls13_suites_are_apart(visit):
    suite = "TLS_AES_128_GCM_SHA256"
    negotiated(visit(versions=["TLSv1.3"], suites=[suite], hello_only=True), cipher=suite)
