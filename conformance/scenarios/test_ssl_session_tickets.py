from conformance.expectations import (
    holds_no_session,
    never_fatal,
    promises_ticket,
    resumed,
    taken,
    zero_key_unused,
)
from conformance.harness.tls.tickets import tampered
from conformance.requirements import requirement
from conformance.resumable import (
    by,
    has_known_key,
    lasting,
    own_sessions,
    speaks,
    tickets_are,
    with_known_key,
)
from conformance.resumption import (
    MADE_UP,
    SESSION_ID,
    Means,
    back,
    bring,
    fresh,
    proof_of,
    ticket_of,
    twice,
)

ON = (tickets_are("on"), own_sessions, lasting)
OFF = (tickets_are("off"), own_sessions)
TICKET, PSK = by(Means.TICKET), by(Means.PSK)
V12 = ("TLSv1.2",)


@requirement("ssl_session_tickets.on_sent", *ON, TICKET)
def test_on_sends_a_ticket(visit):
    promises_ticket(fresh(visit, Means.TICKET), expected=True)


@requirement("ssl_session_tickets.on_resumed", *ON, TICKET)
def test_on_resumes_with_a_ticket(visit):
    first, again = twice(visit, Means.TICKET)
    resumed(again, first=first)


@requirement("ssl_session_tickets.on_resumed_tls13", *ON, PSK)
def test_on_resumes_with_a_ticket_of_tls13(visit):
    first, again = twice(visit, Means.PSK)
    resumed(again, first=first)


@requirement("ssl_session_tickets.off_not_sent", *OFF, speaks("TLSv1.2"))
def test_off_sends_no_ticket(visit):
    promises_ticket(fresh(visit, Means.TICKET), expected=False)


@requirement("ssl_session_tickets.off_not_taken", *OFF, has_known_key)
def test_off_takes_no_ticket(visit):
    for other in with_known_key(visit.situation):
        first = fresh(visit.at(other), Means.TICKET)
        proof = proof_of(visit, Means.TICKET, first)
        taken(bring(visit, Means.TICKET, proof), expected=False, first=first)


@requirement("ssl_session_tickets.off_tls13", *OFF, speaks("TLSv1.3"))
def test_off_gives_nothing_out_that_holds_a_session(visit):
    first = fresh(visit, Means.PSK)
    holds_no_session(ticket_of(visit, Means.PSK, first), first)


@requirement("ssl_session_tickets.not_asked_not_sent", *ON, speaks("TLSv1.2"))
def test_no_ticket_for_a_client_that_has_no_use_for_it(visit):
    promises_ticket(visit(versions=V12, hello_only=True), expected=False)


@requirement("ssl_session_tickets.tampered_not_taken", *ON, TICKET)
def test_tampered_ticket_is_not_taken(visit):
    first = fresh(visit, Means.TICKET)
    ticket = ticket_of(visit, Means.TICKET, first)
    taken(
        bring(visit, Means.TICKET, proof_of(visit, Means.TICKET, first)), expected=True, first=first
    )
    for part, wrong in tampered(ticket).items():
        hello = bring(visit, Means.TICKET, {"ticket": wrong, "session_id": SESSION_ID})
        never_fatal(hello, f"a ticket whose {part} is wrong")


@requirement("ssl_session_tickets.tampered_not_taken_tls13", *ON, PSK)
def test_tampered_ticket_of_tls13_is_not_taken(visit):
    first = fresh(visit, Means.PSK)
    taken(bring(visit, Means.PSK, proof_of(visit, Means.PSK, first)), expected=True, first=first)
    for part, wrong in tampered(ticket_of(visit, Means.PSK, first)).items():
        hello = bring(visit, Means.PSK, {"ticket": wrong, "session_id": SESSION_ID})
        never_fatal(hello, f"a ticket whose {part} is wrong")


@requirement("ssl_session_tickets.made_up_not_taken", *ON, speaks("TLSv1.2"))
def test_made_up_ticket_is_not_taken(visit):
    hello = bring(visit, Means.TICKET, {"ticket": MADE_UP, "session_id": SESSION_ID})
    never_fatal(hello, "a ticket that nobody gave out")


@requirement("ssl_session_tickets.zero_key", *ON, TICKET)
def test_ticket_is_not_under_a_key_of_zeros(visit):
    first = fresh(visit, Means.TICKET)
    zero_key_unused(ticket_of(visit, Means.TICKET, first), first)


@requirement("ssl_session_tickets.zero_key_tls13", *ON, PSK)
def test_ticket_of_tls13_is_not_under_a_key_of_zeros(visit):
    first = fresh(visit, Means.PSK)
    again = back(visit, Means.PSK, first)
    zero_key_unused(ticket_of(visit, Means.PSK, first), first, again)


@requirement("ssl_session_tickets.forward_secrecy", *ON, PSK)
def test_no_psk_without_diffie_hellman(visit):
    first = fresh(visit, Means.PSK)
    proof = proof_of(visit, Means.PSK, first)
    taken(bring(visit, Means.PSK, proof), expected=True, first=first)
    taken(bring(visit, Means.PSK, proof, psk_alone=True), expected=False, first=first)
