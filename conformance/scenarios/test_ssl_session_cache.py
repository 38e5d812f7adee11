import itertools

from conformance.applicability import sees_logins, started_by_us
from conformance.expectations import (
    forgotten,
    gives_id,
    is_taken,
    kept_out,
    never_fatal,
    no_more,
    not_resumed,
    resumed,
    resumed_in_one_of,
    same_told,
    taken,
)
from conformance.harness.pki.standing import Standing
from conformance.requirements import requirement
from conformance.resumable import (
    by,
    cached,
    guest,
    has_cached,
    has_kin,
    has_outsider,
    kin,
    lasting,
    own_sessions,
    speaks,
    tickets_are,
)
from conformance.resumption import (
    SESSION_ID,
    Means,
    back,
    bring,
    by_cache,
    fresh,
    means_of,
    proof_of,
    twice,
)
from conformance.session_claims import fleeting
from conformance.trespass import (
    common_ways,
    has_common_ways,
    has_ways_in,
    meets_trusted,
    turned_away,
    turns_away,
    ways_in,
)

OFF, NONE = (cached("off"), own_sessions), (cached("none"), own_sessions)
BUILTIN = (cached("builtin"), own_sessions)
SHARED = (cached("shared", "both"), own_sessions)
WITHOUT_TICKETS = tickets_are("off")
ID, PSK = by(Means.ID), by(Means.PSK)
OF_WORKERS = (started_by_us, has_cached)
V12 = ("TLSv1.2",)
# A worker that did not make the session may be who is asked for it.
TRIES = 10
CHANCE = "which among two workers happens by chance in 1 of 1000 runs"
SOON_GONE = "each at once, though the cache has little room or its sessions little time"
REVOKED = (Standing.REVOKED, Standing.ISSUER_REVOKED)
# What the auth server is told of a client.
TOLD = (
    "Auth-SSL", "Auth-SSL-Protocol", "Auth-SSL-Cipher", "Auth-SSL-Verify", "Auth-SSL-Subject",
    "Auth-SSL-Issuer", "Auth-SSL-Serial", "Auth-SSL-Fingerprint", "Auth-SSL-Cert",
)  # fmt: skip

# A session keeps its cipher, which may be one that this server would not have chosen.
OF_THE_CLIENT = tuple(name for name in TOLD if name != "Auth-SSL-Cipher")


@requirement("ssl_session_cache.off_no_id", *OFF, speaks("TLSv1.2"))
def test_off_tells_that_sessions_may_not_be_reused(visit):
    gives_id(visit(versions=V12, hello_only=True), expected=False)


@requirement("ssl_session_cache.off_not_resumed", *OFF, speaks("TLSv1.2"))
def test_off_resumes_no_session(visit):
    first, again = twice(visit, Means.ID)
    not_resumed(again, first=first)


@requirement("ssl_session_cache.off_not_resumed_tls13", *OFF, speaks("TLSv1.3"), WITHOUT_TICKETS)
def test_off_resumes_no_session_of_tls13(visit):
    first, again = twice(visit, Means.PSK)
    not_resumed(again, first=first)


@requirement("ssl_session_cache.none_id", *NONE, speaks("TLSv1.2"))
def test_none_tells_that_sessions_may_be_reused(visit):
    gives_id(visit(versions=V12, hello_only=True), expected=True)


@requirement("ssl_session_cache.none_not_resumed", *NONE, speaks("TLSv1.2"))
def test_none_resumes_no_session(visit):
    first, again = twice(visit, Means.ID)
    not_resumed(again, first=first)


@requirement("ssl_session_cache.none_not_resumed_tls13", *NONE, speaks("TLSv1.3"), WITHOUT_TICKETS)
def test_none_resumes_no_session_of_tls13(visit):
    first, again = twice(visit, Means.PSK)
    not_resumed(again, first=first)


def several_times(visit, means, there=None):
    """Attempts, the client coming back here or there, until one is resumed."""
    for attempt in range(TRIES):
        first = fresh(visit, means, attempt=attempt)
        again = back(there or visit, means, first)
        yield first, again
        if again.tls and again.tls.resumed:
            return


@requirement("ssl_session_cache.builtin_resumed", *BUILTIN, ID)
def test_builtin_resumes_a_session(visit):
    resumed_in_one_of(list(several_times(visit, Means.ID)), CHANCE)


@requirement("ssl_session_cache.builtin_resumed_tls13", *BUILTIN, PSK, WITHOUT_TICKETS)
def test_builtin_resumes_a_session_of_tls13(visit):
    resumed_in_one_of(list(several_times(visit, Means.PSK)), CHANCE)


def resumes(visit, listener, means):
    if fleeting(listener):
        resumed_in_one_of(list(several_times(visit, means)), SOON_GONE)
    else:
        first, again = twice(visit, means)
        resumed(again, first=first)


@requirement("ssl_session_cache.shared_resumed", *SHARED, ID)
def test_shared_resumes_a_session(visit, listener):
    resumes(visit, listener, Means.ID)


@requirement("ssl_session_cache.shared_resumed_tls13", *SHARED, PSK, WITHOUT_TICKETS)
def test_shared_resumes_a_session_of_tls13(visit, listener):
    resumes(visit, listener, Means.PSK)


@requirement("ssl_session_cache.shared_elsewhere", has_kin(Means.ID))
def test_session_of_another_server_with_the_cache_is_resumed(visit):
    for other in kin(visit.situation, Means.ID):
        first = fresh(visit.at(other), Means.ID, guest(visit.situation, other))
        resumed(back(visit, Means.ID, first), first=first)


@requirement("ssl_session_cache.others_unknown", cached("builtin", "shared", "both"), own_sessions,
             ID, has_outsider)  # fmt: skip
def test_session_of_another_cache_is_unknown(visit):
    first = fresh(visit.at(visit.situation.outsider), Means.ID)
    taken(bring(visit, Means.ID, proof_of(visit, Means.ID, first)), expected=False, first=first)


@requirement("ssl_session_cache.made_up_unknown", own_sessions, speaks("TLSv1.2"))
def test_made_up_session_id_is_unknown(visit):
    hello = bring(visit, Means.ID, {"session_id": SESSION_ID})
    never_fatal(hello, "a session id that nobody gave out")


@requirement("ssl_session_cache.shared_among_workers", *OF_WORKERS, cached("shared", "both"))
def test_shared_session_is_good_in_every_worker(visit, listener):
    with visit.two_workers() as (one, other):
        pairs = list(several_times(one, by_cache(listener), there=other))
    resumed_in_one_of(pairs, "each at once, so that none had come to its end")


@requirement("ssl_session_cache.builtin_of_one_worker", *OF_WORKERS, cached("builtin"))
def test_builtin_session_is_good_in_one_worker(visit, listener):
    means = by_cache(listener)
    with visit.two_workers() as (one, other):
        first = fresh(one, means)
        not_resumed(back(other, means, first), first=first)
        if not fleeting(listener):
            resumed(back(one, means, first, attempt=1), first=first)


@requirement(
    "ssl_session_cache.certificate_told", own_sessions, lasting, meets_trusted, sees_logins
)
def test_resumed_client_is_who_it_was(visit, kit, listener):
    means = means_of(listener)[-1]
    first = fresh(visit, means, kit.client)
    again = back(visit, means, first, login=True)
    resumed(again, first=first)
    same_told(again, fresh(visit, means, kit.client, login=True), TOLD)


@requirement("ssl_session_cache.refused_stays_out", own_sessions, turns_away)
def test_refused_client_is_not_let_in_by_resuming(visit, listener):
    for person, means in itertools.product(turned_away(visit.situation), means_of(listener)):
        first = fresh(visit, means, person)
        no_more(back(visit, means, first), full=first, first=first)


@requirement("ssl_session_cache.refused_forgotten", own_sessions, turns_away, ID, lasting)
def test_session_of_a_refused_client_is_forgotten(visit):
    control = fresh(visit, Means.ID, attempt=1)  # of which no other scenario knows
    taken(bring(visit, Means.ID, proof_of(visit, Means.ID, control)), expected=True, first=control)
    for person in turned_away(visit.situation):
        first = fresh(visit, Means.ID, person)
        forgotten(bring(visit, Means.ID, proof_of(visit, Means.ID, first)), first=first)


def tried(visit, ways):
    """Each with a session of the other listener's, here; who is not known has no advantage."""
    for other, means, person in ways:
        first = fresh(visit.at(other), means, person)
        if means is not Means.PSK:
            hello = bring(visit, means, proof_of(visit, means, first))
            if not is_taken(hello):
                kept_out(hello, first=first)
                continue
            # A session in a cache may go for good where its client is refused: one for each.
            own = visit.situation.listener.endpoint.port
            first = fresh(visit.at(other), means, person, attempt=own)
        no_more(back(visit, means, first), full=fresh(visit, means, person), first=first)


@requirement("ssl_session_cache.no_more_elsewhere", has_ways_in())
def test_session_of_another_server_opens_no_door(visit):
    tried(visit, ways_in(visit.situation))


@requirement("ssl_session_cache.revoked_elsewhere", has_ways_in(*REVOKED))
def test_session_of_another_server_opens_no_door_to_the_revoked(visit):
    tried(visit, ways_in(visit.situation, *REVOKED))


@requirement("ssl_session_cache.too_deep_elsewhere", has_ways_in(Standing.TOO_DEEP))
def test_session_of_another_server_opens_no_door_to_the_too_deep(visit):
    tried(visit, ways_in(visit.situation, Standing.TOO_DEEP))


@requirement("ssl_session_cache.unknown_ca_elsewhere", has_ways_in(Standing.UNKNOWN_ISSUER))
def test_session_of_another_server_opens_no_door_to_the_unknown(visit):
    tried(visit, ways_in(visit.situation, Standing.UNKNOWN_ISSUER))


@requirement("ssl_session_cache.told_elsewhere", has_common_ways, sees_logins)
def test_auth_server_is_told_the_same_with_a_session_of_another_server(visit):
    for other, means, person in common_ways(visit.situation):
        first = fresh(visit.at(other), means, person)
        again = back(visit, means, first, login=True)
        same_told(again, fresh(visit, means, person, login=True), OF_THE_CLIENT)
