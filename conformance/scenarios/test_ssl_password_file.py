from conformance.applicability import TLS, admitted
from conformance.applicability_keys import later_line, locked, several_locked
from conformance.claimed import key_type_of, leaves, public_key_of
from conformance.claimed_keys import shown_locked_keys
from conformance.expectations import holds_key, key_of, presented
from conformance.looks import by_key_type, under_key_type
from conformance.requirements import requirement


def shown(visit, listener):
    """A visit to each of the listener's encrypted keys, with its certificate and its key."""
    keys = shown_locked_keys(listener)
    for leaf in leaves(listener):
        if (key := public_key_of(leaf)) in keys:
            yield by_key_type(visit, listener, key_type_of(leaf)), leaf, key, keys[key]


@requirement("ssl_password_file.opens", TLS, locked)
def test_encrypted_key_is_used(visit, listener):
    for seen, _, key, _ in shown(visit, listener):
        key_of(seen, [key], public_key_of)


@requirement("ssl_password_file.tried_in_turn", TLS, later_line)
def test_a_later_line_opens_the_key(visit, listener):
    for seen, leaf, _, line in shown(visit, listener):
        if line > 1:
            presented(seen, [leaf])


@requirement("ssl_password_file.every_key", TLS, several_locked)
def test_one_file_opens_every_key(visit, listener):
    for seen, leaf, *_ in shown(visit, listener):
        presented(seen, [leaf])


@requirement("ssl_password_file.served", TLS, locked, admitted)
def test_served_under_an_encrypted_key(visit, listener):
    for leaf in leaves(listener):
        if public_key_of(leaf) in shown_locked_keys(listener):
            seen = under_key_type(visit, listener, key_type_of(leaf))
            holds_key(seen)
            presented(seen, [leaf])
