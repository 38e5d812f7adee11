import pytest

from conformance.harness.observation import Session, TlsFacts
from conformance.inference.finding import Surety
from conformance.inference.sessions import Resumption, Sessions, findings
from tests.conformance.observations import alerted, served


def visit(version="TLSv1.2", lifetime=None, **facts):
    session = Session(None, 0.0, 0.0, lifetime) if lifetime is not None else None
    return served(tls=TlsFacts(version=version, **facts), session=session)


def found(**facts):
    return {one.directive: one for one in findings(Sessions(**facts), {}, "imap-993").findings}


def by_id(session_id=b"x" * 32, resumed=False, first=None):
    return Resumption(first or visit(session_id=session_id), (visit(resumed=resumed),))


def modern(size, resumed=True, lifetime=300):
    again = visit("TLSv1.3", resumed=resumed, brought=b"b" * size)
    return Resumption(visit("TLSv1.3", lifetime), (again,))


def ticket(promised=True, seconds=300):
    facts = {"ticket": b"t" * 192, "ticket_lifetime": seconds} if promised else {}
    return Resumption(visit(ticket_promised=promised, **facts))


@pytest.mark.parametrize(
    ("one", "values"),
    [(by_id(b""), ("off",)), (by_id(), ("none",)), (by_id(resumed=True), ("shared:imap-993:1m",))],
)
def test_caches(one, values):
    assert found(by_id=one)["ssl_session_cache"].values == values


def test_which_cache_does_not_show():
    one = found(by_id=by_id(resumed=True))["ssl_session_cache"]
    assert (one.surety, one.candidates[0]) == (Surety.ONE_OF, "builtin")


def test_of_a_client_that_is_refused_nothing_is_remembered():
    first = alerted(tls=TlsFacts(version="TLSv1.2", session_id=b"x" * 32))
    one = found(by_id=by_id(first=first))["ssl_session_cache"]
    assert (one.surety, "off" in one.candidates) == (Surety.UNKNOWN, False)


def test_without_tls12_off_and_none_look_alike():
    one = found(modern=modern(32, resumed=False))["ssl_session_cache"]
    assert (one.surety, one.candidates) == (Surety.UNKNOWN, ("none", "off"))
    assert found(modern=modern(200))["ssl_session_cache"].surety is Surety.UNKNOWN


@pytest.mark.parametrize(
    ("facts", "values"),
    [
        ({"by_ticket": ticket()}, ("on",)),
        ({"by_ticket": ticket(promised=False)}, ("off",)),
        ({"modern": modern(32)}, ("off",)),
        ({"modern": modern(200)}, ("on",)),
        ({"modern": Resumption(visit("TLSv1.3"))}, ()),
    ],
)
def test_tickets(facts, values):
    assert found(**facts)["ssl_session_tickets"].values == values


@pytest.mark.parametrize(
    ("facts", "surety", "values"),
    [
        ({"by_ticket": ticket()}, Surety.KNOWN, ("5m",)),
        ({"by_ticket": ticket(seconds=1)}, Surety.KNOWN, ("1s",)),
        ({"by_ticket": ticket(seconds=864_000), "modern": modern(200)}, Surety.KNOWN, ("10d",)),
        ({"modern": modern(200, lifetime=90)}, Surety.KNOWN, ("90s",)),
        # OpenSSL says the one for 0 and cuts the other.
        ({"by_ticket": ticket(seconds=7200)}, Surety.ONE_OF, ("2h",)),
        ({"modern": modern(200, lifetime=604_800)}, Surety.ONE_OF, ("7d",)),
        ({"by_id": by_id(resumed=True)}, Surety.UNKNOWN, ()),
        ({"lasted": (1.0, None)}, Surety.UNKNOWN, ()),
        ({"lasted": (1.0, 2.2)}, Surety.ONE_OF, ("1s",)),
    ],
)
def test_timeouts(facts, surety, values):
    one = found(**facts)["ssl_session_timeout"]
    assert (one.surety, one.values) == (surety, values)


def test_a_key_that_is_not_in_the_kit_is_not_known():
    one = found(by_ticket=ticket())["ssl_session_ticket_key"]
    assert (one.surety, "74" * 16 in one.evidence) == (Surety.UNKNOWN, True)
