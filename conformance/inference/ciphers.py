"""`ssl_ciphers` and `ssl_prefer_server_ciphers`: the list, and whose order counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from conformance.directives import DEFAULTS
from conformance.expectations.outcome import seen
from conformance.harness.observation import Observation
from conformance.harness.tls.names import expand
from conformance.harness.tls.suites import cipher_facts, legacy_ciphers
from conformance.harness.tls.versions import TLSV1, TLSV1_1, TLSV1_2, TLSV1_3
from conformance.inference.asker import Asker
from conformance.inference.elimination import Elimination, Order, eliminate, order
from conformance.inference.finding import Finding, Found, known, one_of, unknown
from conformance.inference.protocols import CURVES, SUITES, offered

_SUITES = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384")
_CHACHA = "CHACHA20"
Hello = Callable[[tuple[str, ...]], Observation]


@dataclass(frozen=True)
class Ciphers:
    """Two eliminations up to TLSv1.2, and TLSv1.3's choice between two suites, either way round.

    Then the weaker of the suites alone. `version` is that of the eliminations, "" where
    there was none to look into; `signers` are what the certificates sign for; `old` are the
    versions spoken that today's OpenSSL has at security level 0 alone. `modern` is the
    elimination of TLSv1.3's suites.
    """

    version: str
    signers: frozenset[str] = frozenset()
    old: tuple[str, ...] = ()
    forth: Elimination | None = None
    back: Elimination | None = None
    suites: tuple[Observation, ...] = ()
    modern: Elimination | None = None

    @property
    def had(self) -> tuple[str, ...]:
        """Every cipher that could be had, as they were chosen."""
        return self.forth.chosen if self.forth else ()

    @property
    def order(self) -> Order:
        """Whose order counts up to TLSv1.2, a client's wish for ChaCha20 left aside."""
        if not self.forth or not self.back:
            return Order.HIDDEN
        whole = order(self.forth, self.back)
        if whole is not Order.NEITHER:
            return whole
        plain = [_without_chacha(one) for one in (self.forth, self.back)]
        wished = sorted(self.forth.chosen) == sorted(self.back.chosen)
        alike = plain[0].chosen == plain[1].chosen and len(plain[0].chosen) > 1
        return Order.SERVER if wished and alike else Order.NEITHER

    @property
    def wishes(self) -> bool:
        """The server's order counts, but a client that wants ChaCha20 first gets it."""
        if self.order is not Order.SERVER or self.forth is None or self.back is None:
            return False
        return self.forth.chosen != self.back.chosen


def look(
    ask: Asker, version: str, spoken: tuple[str, ...], signers: frozenset[str] = frozenset()
) -> Ciphers:
    """Some two visits for each cipher there is; two for TLSv1.3."""

    def hello(ciphers: tuple[str, ...]) -> Observation:
        return ask(versions=(version,), ciphers=ciphers, groups=CURVES, hello_only=True)

    suites: tuple[Observation, ...] = ()
    modern = None
    if TLSV1_3 in spoken:
        offers = (_SUITES, _SUITES[::-1], _SUITES[:1])
        suites = tuple(ask(versions=(TLSV1_3,), suites=some, hello_only=True) for some in offers)
        modern = eliminate(SUITES, lambda left: _of_tls13(ask, left), chosen)
    if not version:
        return Ciphers("", suites=suites, modern=modern)
    old = tuple(name for name in spoken if name in ("SSLv3", TLSV1, TLSV1_1))
    forth = _everything(hello)
    # By whom they are chosen shows with those that can be had; the others were refused already.
    back = eliminate(forth.chosen[::-1], hello, chosen)
    return Ciphers(version, signers, old, forth, back, suites, modern)


def _of_tls13(ask: Asker, suites: tuple[str, ...]) -> Observation:
    return ask(versions=(TLSV1_3,), suites=suites, hello_only=True)


def _everything(hello: Hello) -> Elimination:
    """All that can be had. Where the end is no clear one, each way to exchange keys by itself.

    A server that hangs up may have stumbled over one cipher, and have others.
    """
    whole = eliminate(offered(), hello, chosen)
    if not whole.complete or whole.clear:
        return whole
    left = [name for name in offered() if name not in whole.chosen]
    parts = {cipher_facts(name).key_exchange: list[str]() for name in left}
    for name in left:
        parts[cipher_facts(name).key_exchange].append(name)
    found = [eliminate(some, hello, chosen) for some in parts.values()]
    more = tuple(name for one in found for name in one.chosen)
    if not more:
        return whole
    complete = all(one.complete for one in found)
    apart = Elimination(offered(), (*whole.chosen, *more), complete, whole.end)
    # In which order, shows with all of them in one offer.
    again = eliminate(apart.chosen, hello, chosen)
    return replace(again, complete=complete and again.complete, end=whole.end)


def chosen(observation: Observation) -> str:
    """The cipher of a ServerHello."""
    return observation.tls.cipher if observation.tls else ""


def _without_chacha(one: Elimination) -> Elimination:
    chosen = tuple(name for name in one.chosen if _CHACHA not in name)
    return Elimination(one.offered, chosen, one.complete, one.end)


def findings(facts: Ciphers) -> Found:
    """The list as an OpenSSL cipher string; in the order of preference, if it shows."""
    remarks: tuple[str, ...] = ()
    if facts.wishes:
        remarks = (
            "whoever names ChaCha20 first gets it, whatever stands before it in the list: "
            "ssl_conf_command Options PrioritizeChaCha",
        )
    modern = facts.modern
    if modern and modern.complete and set(modern.chosen) != set(SUITES[:3]):
        remarks += (
            "TLSv1.3 has not the suites that OpenSSL has by itself, but "
            f"{':'.join(modern.chosen)}: ssl_conf_command Ciphersuites",
        )
    return Found((_list(facts), _preference(facts)), remarks=remarks)


def _list(facts: Ciphers) -> Finding:
    if not facts.version or facts.forth is None:
        return unknown("ssl_ciphers", "it governs TLS up to 1.2, and none of that is spoken")
    forth, back = facts.forth, facts.back
    counted = f"{facts.version}: {len(forth.chosen)} ciphers by elimination, then {forth.end}"
    if not forth.complete or not forth.chosen:
        return unknown("ssl_ciphers", f"the list may go on: {counted}", ":".join(forth.chosen))
    if back is None or sorted(forth.chosen) != sorted(back.chosen):
        return unknown("ssl_ciphers", "two looks found different lists", ":".join(forth.chosen))
    level = ":@SECLEVEL=0" if facts.old else ""
    value = ":".join(forth.chosen) + level
    if forth.chosen == _default_of(facts) and not level:
        counted += f"; it is what {_default()} gives with this certificate"
        value = _default()
    if level:
        counted += f"; {', '.join(facts.old)} with today's OpenSSL takes security level 0"
    if TLSV1_2 not in (facts.version,):
        counted += "; ciphers of TLSv1.2 alone would not show"
    match facts.order:
        case Order.SERVER:
            return known("ssl_ciphers", (value,), f"{counted}; in the server's order")
        case Order.CLIENT:
            return known("ssl_ciphers", (value,), f"{counted}; their order does not show")
        case Order.HIDDEN:
            return known("ssl_ciphers", (value,), counted)
    evidence = f"{counted}; neither the server's order nor the client's"
    return one_of("ssl_ciphers", (value,), (value, "the same in another order"), evidence)


def _default() -> str:
    return DEFAULTS["ssl_ciphers"][0]


def _default_of(facts: Ciphers) -> tuple[str, ...]:
    """What the default string lets a client have, with what is known of certificate and group."""
    types = facts.signers | {cipher_facts(name).authentication for name in facts.had}
    # Of DHE it does not show whether the list or the group is wanting.
    exchanges = {"ECDHE", "RSA", *(cipher_facts(name).key_exchange for name in facts.had)}

    def fits(name: str) -> bool:
        cipher = cipher_facts(name)
        young = cipher.minimum == TLSV1_2 and facts.version != TLSV1_2
        return not young and cipher.authentication in types and cipher.key_exchange in exchanges

    able = tuple(name for name in _known(expand(_default())) if fits(name))
    # In the client's order the list is known as a set.
    return facts.had if facts.order is not Order.SERVER and set(able) == set(facts.had) else able


def _known(names: tuple[str, ...]) -> list[str]:
    every = set(legacy_ciphers())
    return [name for name in names if name in every]


def _preference(facts: Ciphers) -> Finding:
    name = "ssl_prefer_server_ciphers"
    modern = _modern(facts.suites)
    votes = {one for one in (facts.order, modern) if one is not Order.HIDDEN}
    shown = [f"{facts.version}: {facts.order} order counts"] if facts.order in _CLEAR else []
    shown += [f"{TLSV1_3}: {modern} order counts"] if modern in _CLEAR else []
    if votes == {Order.SERVER}:
        return known(name, ("on",), "; ".join(shown))
    if votes == {Order.CLIENT}:
        return known(name, ("off",), "; ".join(shown))
    if not votes:
        return unknown(name, "there are no two ciphers of which one could be preferred")
    ends = "; ".join(shown) or "; ".join(seen(one) for one in facts.suites)
    return unknown(name, f"what was chosen follows neither order throughout: {ends}", "on", "off")


_CLEAR = (Order.SERVER, Order.CLIENT)


def _modern(suites: tuple[Observation, ...]) -> Order:
    """By what was chosen of (weak, strong), of (strong, weak), and of the weak one alone."""
    weak, strong = _SUITES
    match [chosen(one) for one in suites]:
        case [str(first), str(second), _] if (first, second) == (weak, strong):
            return Order.CLIENT
        # It could have had the weak one.
        case [str(first), str(second), str(third)] if (first, second, third) == (
            strong, strong, weak,
        ):  # fmt: skip
            return Order.SERVER
    return Order.HIDDEN
