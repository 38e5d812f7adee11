from conformance.applicability import claims, readable
from conformance.expectations import made_by, resumed, taken, under_other_keys
from conformance.requirements import requirement
from conformance.resumable import (
    by,
    first_key,
    guest,
    has_foreign_key,
    has_kin,
    has_previous,
    has_tickets,
    kin,
    lasting,
    own_sessions,
    previous,
    several_keys,
    tickets_are,
    with_foreign_key,
)
from conformance.resumption import (
    SESSION_ID,
    Means,
    back,
    bring,
    fresh,
    means_of,
    proof_of,
    ticket_of,
)
from conformance.session_claims import ticket_keys

SET = (claims("ssl_session_ticket_key"), readable("ssl_session_ticket_key"), tickets_are("on"))
OWN = (*SET, own_sessions)
TICKET, PSK = by(Means.TICKET), by(Means.PSK)


def opens_with_first(visit, listener, means):
    first = fresh(visit, means)
    made_by(ticket_of(visit, means, first), ticket_keys(listener), 0, first)


@requirement("ssl_session_ticket_key.first_encrypts", *OWN, TICKET)
def test_ticket_opens_with_the_first_key(visit, listener):
    opens_with_first(visit, listener, Means.TICKET)


@requirement("ssl_session_ticket_key.first_encrypts_tls13", *OWN, PSK, lasting)
def test_ticket_of_tls13_opens_with_the_first_key(visit, listener):
    opens_with_first(visit, listener, Means.PSK)


@requirement("ssl_session_ticket_key.aes256", *OWN, TICKET, first_key("AES256"))
def test_key_of_80_bytes_is_for_aes256(visit, listener):
    opens_with_first(visit, listener, Means.TICKET)


@requirement("ssl_session_ticket_key.aes128", *OWN, TICKET, first_key("AES128"))
def test_key_of_48_bytes_is_for_aes128(visit, listener):
    opens_with_first(visit, listener, Means.TICKET)


@requirement("ssl_session_ticket_key.shared", has_kin(Means.TICKET), *SET)
def test_ticket_of_another_server_with_the_key_is_good(visit):
    for other in kin(visit.situation, Means.TICKET):
        first = fresh(visit.at(other), Means.TICKET, guest(visit.situation, other))
        resumed(back(visit, Means.TICKET, first), first=first)


@requirement("ssl_session_ticket_key.shared_tls13", has_kin(Means.PSK), *SET)
def test_ticket_of_tls13_of_another_server_with_the_key_is_good(visit):
    for other in kin(visit.situation, Means.PSK):
        first = fresh(visit.at(other), Means.PSK, guest(visit.situation, other))
        resumed(back(visit, Means.PSK, first), first=first)


@requirement("ssl_session_ticket_key.previous_decrypts", has_previous, *SET)
def test_ticket_under_a_previous_key_is_good(visit):
    for other in previous(visit.situation):
        first = fresh(visit.at(other), Means.TICKET)
        resumed(back(visit, Means.TICKET, first), first=first)


@requirement("ssl_session_ticket_key.each_decrypts", *OWN, lasting, several_keys, has_tickets)
def test_ticket_under_any_other_key_is_good(visit, listener):
    means = next(m for m in (Means.TICKET, Means.PSK) if m in means_of(listener))
    first = fresh(visit, means)
    for made in under_other_keys(ticket_of(visit, means, first), ticket_keys(listener), first):
        proof = {"ticket": made, "session_id": SESSION_ID}
        taken(bring(visit, means, proof), expected=True, first=first)


@requirement("ssl_session_ticket_key.previous_renewed", has_previous, *SET)
def test_ticket_under_a_previous_key_is_renewed(visit, listener):
    for other in previous(visit.situation):
        first = fresh(visit.at(other), Means.TICKET)
        again = back(visit, Means.TICKET, first)
        resumed(again, first=first)
        made_by(ticket_of(visit, Means.TICKET, again), ticket_keys(listener), 0, again, first)


@requirement("ssl_session_ticket_key.previous_renewed_tls13", has_previous, PSK, *SET)
def test_ticket_of_tls13_under_a_previous_key_is_renewed(visit, listener):
    for other in previous(visit.situation):
        first = fresh(visit.at(other), Means.PSK)
        again = back(visit, Means.PSK, first)
        resumed(again, first=first)
        made_by(ticket_of(visit, Means.PSK, again), ticket_keys(listener), 0, again, first)


@requirement("ssl_session_ticket_key.others_not_taken", has_foreign_key, *SET)
def test_ticket_under_a_key_that_is_not_there_is_not_taken(visit):
    for other in with_foreign_key(visit.situation):
        first = fresh(visit.at(other), Means.TICKET)
        proof = proof_of(visit, Means.TICKET, first)
        taken(bring(visit, Means.TICKET, proof), expected=False, first=first)
