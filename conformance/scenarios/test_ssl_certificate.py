from conformance.applicability import TLS, claims, readable
from conformance.applicability_keys import eddsa, key_type, lacks_key_type, two_key_types
from conformance.claimed import chains, key_type_of, leaves, other_key_types, shown_key_types
from conformance.expectations import chain_links, negotiated, none_shown, presented, same
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


@requirement("ssl_certificate.eddsa", *CLAIMED, eddsa)
def test_eddsa_for_an_eddsa_client(visit, listener):
    presented(by_key_type(visit, listener, "EdDSA"), leaves(listener, "EdDSA"))


@requirement("ssl_certificate.own_chain", *CLAIMED, two_key_types)
def test_each_certificate_with_its_own_chain(visit, listener):
    for name in sorted(shown_key_types(listener)):
        own = [chain for chain in chains(listener) if key_type_of(chain[0]) == name]
        seen = by_key_type(visit, listener, name)
        negotiated(seen)
        sent = seen.tls.chain if seen.tls else ()
        same(f"the chain is that of the {name} file", True, sent in own, seen)


@requirement("ssl_certificate.links", TLS)
def test_chain_is_one(visit):
    chain_links(visit())


@requirement("ssl_certificate.other_type_refused", *CLAIMED, lacks_key_type)
def test_no_certificate_of_another_type(visit, listener):
    control = visit(hello_only=True)
    none_shown(by_key_type(visit, listener, *other_key_types(listener)), control=control)
