from conformance.applicability import TLS, admitted, claims, readable
from conformance.applicability_keys import eddsa, key_type
from conformance.claimed import leaves, public_key_of
from conformance.claimed_keys import public_keys
from conformance.expectations import holds, holds_key, negotiated, presented
from conformance.looks import under_key_type
from conformance.requirements import requirement

# A handshake under each type of key is dear, and the claims of certificates are read for it.
EACH = (TLS, claims("ssl_certificate"), readable("ssl_certificate"), admitted)
CLAIMED = (TLS, claims("ssl_certificate_key"))


@requirement("ssl_certificate_key.matches", *CLAIMED, readable("ssl_certificate_key"))
def test_served_key_is_the_claimed_one(visit, listener):
    claimed, seen = public_keys(listener), visit()
    negotiated(seen)
    right = public_key_of(seen.tls.chain[0]) in claimed
    holds("a certificate of the claimed key", right, "another public key", seen)


@requirement("ssl_certificate_key.possession", *CLAIMED, admitted)
def test_handshake_under_the_key(visit):
    holds_key(visit())


def signs(visit, listener, name):
    seen = under_key_type(visit, listener, name)
    holds_key(seen)
    presented(seen, leaves(listener, name))


@requirement("ssl_certificate_key.rsa_signs", *EACH, key_type("RSA"))
def test_handshake_under_an_rsa_key(visit, listener):
    signs(visit, listener, "RSA")


@requirement("ssl_certificate_key.ecdsa_signs", *EACH, key_type("ECDSA"))
def test_handshake_under_an_ecdsa_key(visit, listener):
    signs(visit, listener, "ECDSA")


@requirement("ssl_certificate_key.eddsa_signs", *EACH, eddsa)
def test_handshake_under_an_eddsa_key(visit, listener):
    signs(visit, listener, "EdDSA")
