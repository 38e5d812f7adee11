import pytest

from conformance.inference.elimination import Order, eliminate, order
from tests.conformance.inference.servers import both, chose, hung_up, obliging, preferring, refused

OFFERED = ("a", "b", "c", "d")


def test_a_list_is_found_and_its_end():
    forth, _ = both(preferring(["c", "a"]), OFFERED)
    assert (forth.chosen, forth.complete, forth.clear) == (("c", "a"), True, True)
    assert forth.end == "TLSv1.2, alert 40 handshake_failure" or "alert 40" in forth.end


@pytest.mark.parametrize(
    ("server", "whose"),
    [(preferring(["c", "a", "b"]), Order.SERVER), (obliging(["c", "a", "b"]), Order.CLIENT)],
)
def test_whose_order_counts(server, whose):
    assert order(*both(server, OFFERED)) is whose


def test_one_alone_has_no_order():
    assert order(*both(preferring(["c"]), OFFERED)) is Order.HIDDEN


def test_neither_order():
    def odd(offered):
        listed = [x for x in offered if x in ("a", "b", "c")]
        return chose(cipher=listed[len(listed) // 2]) if listed else refused()

    assert order(*both(odd, OFFERED)) is Order.NEITHER


def test_who_hangs_up_gives_no_clear_end():
    def stumbling(offered):
        return chose(cipher="a") if "a" in offered else hung_up()

    forth, _ = both(stumbling, OFFERED)
    assert (forth.chosen, forth.complete, forth.clear) == (("a",), True, False)


def test_what_was_not_offered_ends_it():
    found = eliminate(OFFERED, lambda offered: chose(cipher="x"), lambda seen: seen.tls.cipher)
    assert (found.chosen, found.complete) == ((), False)


def test_nothing_is_learnt_behind_what_is_kept():
    found = eliminate(["a", "b"], preferring(["b", "k", "a"]), lambda o: o.tls.cipher, kept=["k"])
    assert (found.chosen, found.complete) == (("b", "k"), False)
    assert found.end == "k comes before others"
