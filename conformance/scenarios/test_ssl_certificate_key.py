from conformance.applicability import TLS, admitted, claims, readable
from conformance.claimed import public_key_of, public_keys
from conformance.expectations import holds, holds_key, negotiated
from conformance.requirements import requirement

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
