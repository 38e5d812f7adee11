from conformance.expectations import is_resumed, lasts, not_resumed, resumed_in_one_of, taken
from conformance.harness.observation import Observation
from conformance.requirements import requirement
from conformance.resumable import by, ends_soon, own_sessions, speaks
from conformance.resumption import (
    GRACE,
    KEEPS,
    Means,
    back,
    bring,
    fresh,
    means_of,
    proof_of,
)
from conformance.session_claims import timeout

TICKET, PSK = by(Means.TICKET), by(Means.PSK)
# RFC 8446 section 4.6.1: no server may say more.
WEEK = 604_800
TRIES = 6


def over(visit, listener, means):
    first = fresh(visit, means)
    proof = proof_of(visit, means, first)
    if first.session:
        visit.until(first.session.made + timeout(listener) + GRACE)
    taken(bring(visit, means, proof), expected=False, first=first)


@requirement("ssl_session_timeout.hint", own_sessions, TICKET)
def test_ticket_says_how_long_it_is_good(visit, listener):
    lasts(fresh(visit, Means.TICKET), timeout(listener))


@requirement("ssl_session_timeout.hint_tls13", own_sessions, speaks("TLSv1.3"))
def test_ticket_of_tls13_says_how_long_it_is_good(visit, listener):
    needed = Means.PSK in means_of(listener)
    lasts(fresh(visit, Means.PSK), min(timeout(listener), WEEK), needed=needed)


@requirement("ssl_session_timeout.over_id", ends_soon, by(Means.ID))
def test_session_in_the_cache_is_over_after_its_time(visit, listener):
    over(visit, listener, Means.ID)


@requirement("ssl_session_timeout.over_ticket", ends_soon, TICKET)
def test_ticket_is_over_after_its_time(visit, listener):
    over(visit, listener, Means.TICKET)


@requirement("ssl_session_timeout.over_tls13", ends_soon, PSK)
def test_session_of_tls13_is_over_after_its_time(visit, listener):
    first = fresh(visit, Means.PSK, **KEEPS)
    if first.session:
        visit.until(first.session.made + timeout(listener) + GRACE)
    not_resumed(back(visit, Means.PSK, first, **KEEPS), first=first)


@requirement("ssl_session_timeout.within", ends_soon, by(Means.ID))
def test_session_is_good_within_its_time(visit):
    pairs: list[tuple[Observation, Observation]] = []
    while len(pairs) < TRIES and not (pairs and is_resumed(pairs[-1][1])):
        first = fresh(visit, Means.ID, attempt=len(pairs) + 1)
        pairs.append((first, back(visit, Means.ID, first)))
    resumed_in_one_of(pairs, "a second may end in between, but not each time")
