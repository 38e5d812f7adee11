from dataclasses import replace

import pytest

from conformance.expectations import (
    forgotten,
    gives_id,
    holds_no_session,
    kept_out,
    lasts,
    made_by,
    never_fatal,
    no_more,
    not_resumed,
    promises_ticket,
    resumed,
    resumed_in_one_of,
    same_told,
    taken,
    under_other_keys,
    zero_key_unused,
)
from conformance.harness.observation import AuthRequest, Offer, Session, Stage
from conformance.harness.tls.tickets import ZERO_KEYS, opener, ticket_key
from conformance.verdict import Deviation, NotApplicable, NoVerdict
from tests.conformance.harness.tls.test_tickets import LONG, SHORT, sealed
from tests.conformance.observations import SILENT, TLS, alerted, asked, passes, served

SESSION = Session(None, 0.0, 0.1, lifetime=300)
EMPTY = replace(SESSION, usable=False, lifetime=None)
RESUMED = replace(TLS, resumed=True)
FIRST = served(session=SESSION)
V12 = Offer(versions=("TLSv1.2",), hello_only=True, ticket=b"t", session_id=b"i")
V13 = replace(V12, versions=("TLSv1.3",))
FULL, AGAIN = served(offer=V12), served(offer=V12, tls=RESUMED)
ALERTED = replace(alerted(), offer=V12)
KEYS = [ticket_key(LONG), ticket_key(SHORT)]
REFUSED = alerted(Stage.HANDSHAKE)

PASSES = [
    (resumed, (served(tls=RESUMED),), {"first": FIRST}),
    (not_resumed, (served(),), {"first": FIRST}),
    (not_resumed, (served(),), {"first": served(session=EMPTY)}),
    (resumed_in_one_of, ([(FIRST, served()), (FIRST, served(tls=RESUMED))], "by luck"), {}),
    (taken, (AGAIN,), {"expected": True, "first": FIRST}),
    (taken, (FULL,), {"expected": False, "first": FIRST}),
    (taken, (replace(ALERTED, offer=V13),), {"expected": True, "first": FIRST}),
    (never_fatal, (FULL, "it"), {}),
    (gives_id, (served(tls=replace(TLS, session_id=b"i")),), {"expected": True}),
    (gives_id, (served(tls=replace(TLS, session_id=b"")),), {"expected": False}),
    (promises_ticket, (served(tls=replace(TLS, ticket_promised=False)),), {"expected": False}),
    (promises_ticket, (served(tls=replace(TLS, ticket_promised=True, ticket=b"t")),),
     {"expected": True}),
    (made_by, (sealed(b"x", KEYS[1]), KEYS, 1, served()), {}),
    (zero_key_unused, (sealed(b"x", KEYS[0]), served()), {}),
    (lasts, (FIRST, 300), {}),
    (lasts, (FIRST, 300), {"needed": False}),
    (holds_no_session, (bytes(32), FIRST), {}),
    (holds_no_session, (b"", FIRST), {}),
    (no_more, (REFUSED,), {"full": REFUSED, "first": FIRST}),
    (kept_out, (FULL,), {"first": FIRST}),
    (forgotten, (FULL,), {"first": REFUSED}),
    (forgotten, (served(offer=replace(V12, session_id=b"")),), {"first": REFUSED}),
]  # fmt: skip
FAILS = [
    (resumed, (served(),), {"first": FIRST}),
    (resumed, (served(tls=RESUMED),), {"first": served(session=EMPTY)}),
    (resumed, (served(tls=RESUMED, probe=None),), {"first": FIRST}),
    (not_resumed, (served(tls=RESUMED),), {"first": FIRST}),
    (not_resumed, (alerted(),), {"first": FIRST}),
    (resumed_in_one_of, ([(FIRST, served())] * 3, "by luck"), {}),
    (taken, (AGAIN,), {"expected": False, "first": FIRST}),
    (taken, (FULL,), {"expected": True, "first": FIRST}),
    (never_fatal, (ALERTED, "it"), {}),
    (never_fatal, (AGAIN, "it"), {}),
    (gives_id, (served(tls=replace(TLS, session_id=b"i")),), {"expected": False}),
    (promises_ticket, (served(tls=replace(TLS, ticket_promised=True)),), {"expected": False}),
    (promises_ticket, (served(tls=replace(TLS, ticket_promised=True)),), {"expected": True}),
    (made_by, (sealed(b"x", KEYS[1]), KEYS, 0, served()), {}),
    (made_by, (b"", KEYS, 0, served()), {}),
    (zero_key_unused, (sealed(b"x", ZERO_KEYS[1]), served()), {}),
    (zero_key_unused, (bytes(100), served()), {}),
    (lasts, (FIRST, 301), {}),
    (lasts, (served(session=EMPTY), 300), {}),
    (lasts, (FIRST, 301), {"needed": False}),
    (holds_no_session, (bytes(160), FIRST), {}),
    (no_more, (served(tls=RESUMED),), {"full": REFUSED, "first": FIRST}),
    (no_more, (served(),), {"full": served(), "first": FIRST}),
    (kept_out, (AGAIN,), {"first": FIRST}),
    (forgotten, (AGAIN,), {"first": REFUSED}),
]
OPEN = [
    (resumed, (served(tls=RESUMED),), {"first": SILENT}),
    (not_resumed, (served(),), {"first": SILENT}),
    (taken, (FULL,), {"expected": False, "first": SILENT}),
    (taken, (served(offer=Offer(hello_only=True)),), {"expected": False, "first": FIRST}),
    (taken, (SILENT,), {"expected": False, "first": FIRST}),
    (gives_id, (SILENT,), {"expected": False}),
    (promises_ticket, (SILENT,), {"expected": False}),
    (made_by, (b"t", KEYS, 0, SILENT), {}),
    (lasts, (SILENT, 300), {}),
    (lasts, (SILENT, 300), {"needed": False}),
    (holds_no_session, (b"", SILENT), {}),
    (under_other_keys, (sealed(b"x", KEYS[1]), KEYS, FIRST), {}),
    (under_other_keys, (b"", KEYS, FIRST), {}),
    (under_other_keys, (sealed(b"x", KEYS[0]), KEYS, SILENT), {}),
    (no_more, (REFUSED,), {"full": SILENT, "first": FIRST}),
    (no_more, (SILENT,), {"full": REFUSED, "first": FIRST}),
    (kept_out, (SILENT,), {"first": FIRST}),
    (forgotten, (FULL,), {"first": served()}),
]


@pytest.mark.parametrize(("expectation", "positional", "named"), PASSES)
def test_right(expectation, positional, named):
    assert passes(expectation, *positional, **named)


@pytest.mark.parametrize(("expectation", "positional", "named"), FAILS)
def test_wrong(expectation, positional, named):
    with pytest.raises(Deviation):
        expectation(*positional, **named)


@pytest.mark.parametrize(("expectation", "positional", "named"), OPEN)
def test_undecided(expectation, positional, named):
    with pytest.raises(NoVerdict):
        expectation(*positional, **named)


def told(verify):
    return asked(auth=(AuthRequest((("auth-ssl-verify", verify),)),))


def test_the_auth_server_is_told_the_same():
    names = ["Auth-SSL-Verify", "Auth-SSL-Cert"]
    assert passes(same_told, told("SUCCESS"), told("SUCCESS"), names)
    with pytest.raises(Deviation):
        same_told(told("NONE"), told("SUCCESS"), ["Auth-SSL-Verify"])


def test_no_ticket_that_nobody_needs_is_no_deviation():
    with pytest.raises(NotApplicable, match="no ticket"):
        lasts(served(session=EMPTY), 300, needed=False)


def test_a_ticket_under_each_other_key():
    made = under_other_keys(sealed(b"x", KEYS[0]), [*KEYS, *ZERO_KEYS], FIRST)
    assert [opener(ticket, [*KEYS, *ZERO_KEYS]) for ticket in made] == [1, 2, 3]
