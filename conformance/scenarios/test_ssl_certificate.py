from conformance.applicability import TLS, admitted, claims, key_type, lacks_key_type, readable
from conformance.claimed import chains, leaves, other_key_types
from conformance.expectations import negotiated, presented, refused, same
from conformance.looks import by_key_type
from conformance.requirements import requirement

CLAIMED = (TLS, claims("ssl_certificate"), readable("ssl_certificate"))


def served_to(visit, listener, key_type):
    """The certificate of that type, with the rest of its file."""
    seen = by_key_type(visit, listener, key_type)
    presented(seen, leaves(listener, key_type))
    chain = seen.tls.chain if seen.tls else ()
    same("the chain is one of the files", True, chain in chains(listener), seen)


@requirement("ssl_certificate.served", *CLAIMED)
def test_claimed_certificate_is_served(visit, listener):
    presented(visit(), leaves(listener))


@requirement("ssl_certificate.chain", *CLAIMED)
def test_the_file_is_sent_as_it_is(visit, listener):
    seen = visit()
    negotiated(seen)
    same("the chain is one of the files", True, seen.tls.chain in chains(listener), seen)


@requirement("ssl_certificate.rsa", *CLAIMED, key_type("RSA"))
def test_rsa_for_an_rsa_client(visit, listener):
    served_to(visit, listener, "RSA")


@requirement("ssl_certificate.ecdsa", *CLAIMED, key_type("ECDSA"))
def test_ecdsa_for_an_ecdsa_client(visit, listener):
    served_to(visit, listener, "ECDSA")


@requirement("ssl_certificate.other_type_refused", *CLAIMED, lacks_key_type, admitted)
def test_no_certificate_of_another_type(visit, listener):
    for other in other_key_types(listener):
        refused(by_key_type(visit, listener, other), control=visit())
