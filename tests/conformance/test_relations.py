from conformance.applicability import Evidence, Situation
from conformance.cast import Cast
from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.listener import Listener
from conformance.relations import related, stood_for

ENDPOINT = Endpoint("127.0.0.1", 143, Protocol.IMAP, Way.STARTTLS)
CLAIMS = {
    "starttls": ("on",), "ssl_verify_client": ("off",), "ssl_ecdh_curve": ("auto",),
    "ssl_session_cache": ("none",), "ssl_session_tickets": ("on",),
}  # fmt: skip
DIALOGUE, HANDSHAKE = ("rfc.noop", "rfc"), ("ssl_protocols.highest", "ssl_protocols")
OF_SESSIONS = ("ssl_session_cache.off", "ssl_session_cache")


def second(evidence=Evidence.L3, **claims):
    """The situation of a listener that claims this beside what an earlier one claims."""
    changed = {name: (value,) for name, value in claims.items()}
    listeners = [Listener("first", ENDPOINT, CLAIMS), Listener("x", ENDPOINT, CLAIMS | changed)]
    return related([Situation(x, Cast(), evidence, True) for x in listeners])[1]


def stands(situation):
    """Whether the first speaks for it of the dialogue, of the handshake, and of sessions."""
    return [bool(stood_for(situation, *r)) for r in (DIALOGUE, HANDSHAKE, OF_SESSIONS)]


def test_who_claims_the_same_but_for_keys_need_not_repeat_the_dialogue():
    curve = second(ssl_ecdh_curve="X448")
    assert (curve.same_but_keys, curve.same_but_sessions) == ("first", "")
    assert stands(curve) == [True, False, False]


def test_who_claims_the_same_but_of_sessions_repeats_nothing_else():
    cache = second(ssl_session_cache="builtin")
    assert (cache.same_but_keys, cache.same_but_sessions) == ("", "first")
    assert stands(cache) == [True, True, False]


def test_who_claims_the_same_but_of_clients_need_not_say_twice_what_it_is():
    asking = second(ssl_verify_client="on")
    assert asking.same_but_clients == "first"
    assert stands(asking) == [True, True, False]
    assert not stood_for(asking, "starttls.injection_login", "starttls")
    assert not stood_for(asking, "ssl_crl.revoked", "ssl_crl")


def test_who_claims_something_else_is_judged_by_everything():
    assert stands(second(ssl_protocols="TLSv1.2")) == [False, False, False]


def test_who_claims_exactly_the_same_is_judged_by_everything():
    again = second()
    assert (again.same_but_keys, again.same_but_sessions, again.same_but_clients) == ("", "", "")
    assert stands(again) == [False, False, False]


def test_at_a_stranger_s_everybody_is_judged_by_everything():
    assert stands(second(Evidence.L2, ssl_ecdh_curve="X448")) == [False, False, False]


def test_one_kind_of_cache_is_started_with_two_workers_once():
    asked = "ssl_session_cache.shared_among_workers", "ssl_session_cache"
    assert "first" in stood_for(second(ssl_ciphers="HIGH"), *asked)
    assert not stood_for(second(ssl_session_cache="shared:A:1m", ssl_ciphers="HIGH"), *asked)


def test_a_list_of_curves_of_the_library_s_is_looked_at_once():
    asked = "ssl_ecdh_curve.auto_several", "ssl_ecdh_curve"
    assert "first" in stood_for(second(ssl_ciphers="HIGH"), *asked)
    assert not stood_for(second(Evidence.L2, ssl_ciphers="HIGH"), *asked)
