"""With whose sessions a listener is tried, where hundreds share them."""

import pytest

from conformance.applicability import Evidence, Situation
from conformance.cast import Cast
from conformance.company import MOST_NEIGHBOURS, Company
from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.listener import Listener

SHARED = {"ssl_session_cache": ("shared:ALL:10m",), "ssl_certificate": ("/a.pem",)}


def company(*several, protocols=(Protocol.IMAP,), **more):
    """Listeners that share a cache, each with these claims besides; the protocols in turn."""
    situations = []
    for at, claims in enumerate(several):
        endpoint = Endpoint("127.0.0.1", 1000 + at, protocols[at % len(protocols)], Way.STARTTLS)
        claimed = {**SHARED, **{name: (value,) for name, value in claims.items()}}
        listener = Listener(str(at), endpoint, claimed)
        situations.append(Situation(listener, Cast(), Evidence.L1, False))
    return Company(situations, {s.listener.name for s in situations})


def names(situations):
    return [s.listener.name for s in situations]


def test_one_of_each_kind_is_enough_and_it_is_the_next():
    many = company(*[{}] * 500, protocols=tuple(Protocol))
    assert names(many.neighbours(0)) == ["1", "2", "3"]
    assert names(many.neighbours(498)) == ["0", "2", "499"]


@pytest.mark.parametrize(
    "apart",
    [
        {"ssl_crl": "/crl.pem"},
        {"ssl_verify_client": "on"},
        {"ssl_session_tickets": "on"},
        {"ssl_protocols": "TLSv1.3"},
        {"ssl_certificate": "/b.pem"},
    ],
)
def test_who_claims_otherwise_of_sessions_or_clients_is_another_kind(apart):
    among = company(*[{}] * 20, apart, *[{}] * 20)
    assert names(among.neighbours(0)) == ["1", "20"]


def test_what_has_no_say_in_sessions_makes_no_kind():
    assert names(company(*({"server_name": str(n)} for n in range(9))).neighbours(0)) == ["1"]


def test_of_many_kinds_the_next_are_taken_all_the_way_round():
    kinds = company(*({"ssl_crl": f"/{n}"} for n in range(50)))
    rings = [names(kinds.neighbours(at)) for at in range(50)]
    assert {len(ring) for ring in rings} == {MOST_NEIGHBOURS}
    assert all(sum(str(at) in ring for ring in rings) == MOST_NEIGHBOURS for at in range(50))


def test_who_shares_nothing_is_no_neighbour_but_an_outsider():
    other = company({}, {"ssl_session_cache": "shared:OTHER:10m"})
    assert (names(other.neighbours(0)), other.outsider(0).listener.name) == ([], "1")
    assert company({}, {}).outsider(0) is None
