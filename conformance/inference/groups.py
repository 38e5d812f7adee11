"""`ssl_ecdh_curve`: the groups of the key exchange, and their order where it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from conformance.harness.observation import Observation
from conformance.harness.tls.names import GROUPS, group_name, group_number
from conformance.harness.tls.suites import cipher_facts
from conformance.harness.tls.versions import TLSV1_3
from conformance.inference.asker import Asker
from conformance.inference.elimination import Elimination, Order, eliminate, order
from conformance.inference.finding import Finding, Found, known, one_of, unknown
from conformance.inference.protocols import CURVES, SUITES

# What OpenSSL has by itself, in its order: before 3.0, up to 3.4, and later.
_CLASSIC = ("X25519", "prime256v1", "X448", "secp521r1", "secp384r1")
_FFDHE = ("ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192")
# The curves of ECDSA certificates, as `cryptography` names them.
_CURVES_BY_NAME = {
    "secp192r1", "secp224r1", "secp256r1", "secp384r1", "secp521r1", "secp256k1",
    "brainpoolp256r1", "brainpoolp384r1", "brainpoolp512r1",
}  # fmt: skip
_AUTOMATIC = (
    (*_CLASSIC, *_FFDHE),
    ("X25519MLKEM768", *_CLASSIC, *_FFDHE[:2]),
    ("X25519MLKEM768", *_CLASSIC, *_FFDHE),
)


@dataclass(frozen=True)
class Groups:
    """Eliminations: in TLSv1.3, and up to TLSv1.2 in two opposite orders.

    `tied` is the curve of an ECDSA certificate, which a client up to TLSv1.2 has to name;
    `tied_first`: named before all others, it is what is chosen.
    """

    modern: Elimination | None = None
    forth: Elimination | None = None
    back: Elimination | None = None
    tied: str = ""
    tied_first: bool = False

    @property
    def order(self) -> Order:
        """Whose order of curves counts up to TLSv1.2."""
        if not self.forth or not self.back:
            return Order.HIDDEN
        if not self.tied or len(self.forth.chosen) < len(("one", "another")):
            return order(self.forth, self.back) if not self.tied else Order.HIDDEN
        if self.tied_first:
            return Order.CLIENT
        return Order.SERVER if self.forth.chosen == self.back.chosen else Order.NEITHER

    @property
    def classic(self) -> Elimination | None:
        """Up to TLSv1.2; the client's order leaves nothing behind the tied curve."""
        if self.forth and self.tied and self.order is Order.CLIENT:
            return replace(self.forth, complete=True)
        return self.forth


def look(ask: Asker, version: str, spoken: tuple[str, ...], ciphers: tuple[str, ...]) -> Groups:
    """A visit for each group there is, or three; `ciphers` are those that can be had."""
    modern = _modern(ask) if TLSV1_3 in spoken else None
    able = [name for name in ciphers if cipher_facts(name).key_exchange == "ECDHE"]
    if not version or not able:
        return Groups(modern)
    free = [name for name in able if cipher_facts(name).authentication != "ECDSA"]

    def hello(curves: tuple[str, ...]) -> Observation:
        return ask(versions=(version,), ciphers=tuple(free or able), groups=curves, hello_only=True)

    tied = "" if free else _tied(hello)
    rest = tuple(name for name in CURVES if name != tied)
    kept = (tied,) if tied else ()
    forth = eliminate(rest, hello, _group, kept)
    back = eliminate(rest[::-1], hello, _group, kept)
    first = bool(tied) and _group(hello((tied, *rest))) == tied
    return Groups(modern, forth, back, tied, first)


def _modern(ask: Asker) -> Elimination:
    def hello(groups: tuple[str, ...]) -> Observation:
        return ask(versions=(TLSV1_3,), suites=SUITES, groups=groups, hello_only=True)

    return eliminate(tuple(GROUPS), hello, _group)


def _group(observation: Observation) -> str:
    return observation.tls.group if observation.tls else ""


def _tied(hello: Callable[[tuple[str, ...]], Observation]) -> str:
    """The curve of the ECDSA certificate that is shown, in OpenSSL's name."""
    chain = (seen.tls.chain if (seen := hello(CURVES)).tls else ()) or (b"",)
    try:
        key = x509.load_der_x509_certificate(chain[0]).public_key()
    except ValueError:
        return ""
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return ""
    name = key.curve.name
    return group_name(group_number(name)) if name.lower() in _CURVES_BY_NAME else ""


def findings(facts: Groups) -> Found:
    """`auto` where it is what OpenSSL has by itself."""
    return Found((_finding(facts),))


def _finding(facts: Groups) -> Finding:
    name = "ssl_ecdh_curve"
    looks = [one for one in (facts.modern, facts.classic) if one]
    if not looks or not any(one.chosen for one in looks):
        return unknown(name, "no key exchange over a curve can be had")
    whole = [one for one in looks if one.complete]
    evidence = _evidence(facts)
    # What stands behind a certificate's own curve does not show, and anything might.
    if not whole:
        ends = " ".join(one.end for one in looks)
        return unknown(name, f"the list may go on: {evidence}; {ends}", _joined(looks[-1].chosen))
    listed = tuple(dict.fromkeys(group for one in _first(facts) for group in one.chosen))
    # Up to TLSv1.2 no group shows that is no curve.
    every = _AUTOMATIC if facts.modern else (_CLASSIC,)
    ordered = facts.order is Order.SERVER
    value = _joined(listed)
    if any(_amounts_to(listed, one, facts, ordered) for one in every):
        return known(name, ("auto",), f"{evidence}: what OpenSSL has by itself")
    if _amounts_to(listed, _CLASSIC, facts, ordered):
        by_itself = f"{evidence}: what OpenSSL had by itself before 3.0"
        return one_of(name, (value,), (value, "auto"), by_itself)
    if ordered and facts.forth and set(listed) - set(facts.forth.chosen):
        evidence += "; the place of the others does not show"
    if facts.order is Order.NEITHER:
        others = (value, "the same in another order")
        return one_of(name, (value,), others, f"{evidence}; in nobody's order")
    return known(name, (value,), evidence)


def _first(facts: Groups) -> list[Elimination]:
    """The eliminations in the order in which their choices are listed: the server's order first."""
    ordered = [facts.forth, facts.modern] if facts.order is Order.SERVER else [facts.modern]
    return [one for one in (*ordered, facts.forth) if one]


def _amounts_to(
    listed: tuple[str, ...], automatic: tuple[str, ...], facts: Groups, ordered: bool
) -> bool:
    if set(listed) != set(automatic):
        return False
    shown = facts.forth.chosen if facts.forth and ordered else ()
    return shown == tuple(group for group in automatic if group in shown)


def _joined(groups: tuple[str, ...]) -> str:
    return ":".join(groups)


def _evidence(facts: Groups) -> str:
    parts = [f"{len(facts.modern.chosen)} groups in TLSv1.3"] if facts.modern else []
    if facts.forth:
        parts.append(f"{len(facts.forth.chosen)} curves up to TLSv1.2, {_whose(facts.order)}")
    if facts.tied and facts.classic and not facts.classic.complete:
        parts.append(f"what stands behind the certificate's {facts.tied} does not show there")
    return "by elimination " + "; ".join(parts)


def _whose(whose: Order) -> str:
    match whose:
        case Order.SERVER:
            return "in the server's order"
        case Order.CLIENT:
            return "whose order does not show, since the client's counts"
    return "whose order does not show"
