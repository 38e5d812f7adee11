"""`ssl_protocols`: which versions of TLS are spoken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from conformance.expectations.outcome import chose_version, is_accepted, is_refused, seen
from conformance.harness.observation import Observation
from conformance.harness.tls.names import GROUPS
from conformance.harness.tls.suites import cipher_facts, legacy_ciphers, ordinary_suites
from conformance.harness.tls.versions import TLSV1, TLSV1_1, TLSV1_3, VERSIONS
from conformance.inference.asker import Asker
from conformance.inference.finding import Found, known, one_of, unknown

_FIRST_FINITE_FIELD = 256
CURVES = tuple(name for name, number in GROUPS.items() if number < _FIRST_FINITE_FIELD)
# The first three are those that OpenSSL has by itself.
SUITES = (
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_128_CCM_SHA256",
    "TLS_AES_128_CCM_8_SHA256",
)
# What no server stumbles over.
SIMPLE = tuple(
    name for name in ordinary_suites() if cipher_facts(name).key_exchange in ("ECDHE", "RSA")
)
_VERSION = 70
# What OpenSSL says where the version is listed, and its security level has nothing to sign with.
_INTERNAL_ERROR = 80


@dataclass(frozen=True)
class Versions:
    """By version: what answered a ClientHello of that version alone, and a whole visit."""

    hellos: Mapping[str, Observation]
    visits: Mapping[str, Observation]

    @property
    def spoken(self) -> tuple[str, ...]:
        """Those that the server chose, lowest first."""
        return tuple(
            name
            for name, hello in self.hellos.items()
            if chose_version(hello) and hello.tls and hello.tls.version == name
        )

    @property
    def legacy(self) -> str:
        """The highest of them that `ssl_ciphers` governs and we can look into; "" for none."""
        ours = [name for name in self.spoken if name not in (TLSV1_3, "SSLv2")]
        return ours[-1] if ours else ""


def look(ask: Asker) -> Versions:
    """One hello for each version, or two, and a whole visit with each one chosen."""
    hellos = {name: _clearest(ask, name) for name in VERSIONS}
    chosen = Versions(hellos, {}).spoken
    return Versions(hellos, {name: ask(versions=(name,)) for name in chosen if "SSL" not in name})


def _clearest(ask: Asker, name: str) -> Observation:
    """What answers everything there is; where that is no clear answer, what answers a little.

    A server may stumble over one thing that it is offered: Dovecot without a group for
    DHE does, and then hangs up without a word.
    """
    broad = ask(**_hello(name))
    if chose_version(broad) or name == "SSLv2" or (broad.alert and broad.alert.code == _VERSION):
        return broad
    little = {"versions": (name,), "hello_only": True, "ciphers": SIMPLE}
    narrow = ask(**little, groups=("X25519", "prime256v1", "secp384r1"))
    return narrow if chose_version(narrow) else broad


def _hello(name: str) -> dict[str, object]:
    offer: dict[str, object] = {"versions": (name,), "hello_only": True}
    if name == TLSV1_3:
        return {**offer, "suites": SUITES, "groups": tuple(GROUPS)}
    return {**offer, "ciphers": offered(), "groups": CURVES} if name != "SSLv2" else offer


@cache
def offered() -> tuple[str, ...]:
    """Every cipher there ever was, ChaCha20 last: some servers put it first for whoever asks."""
    names = dict.fromkeys((*ordinary_suites(), *legacy_ciphers()))
    return tuple(sorted(names, key=lambda name: "CHACHA20" in name))


def findings(facts: Versions) -> Found:
    """The versions chosen; those refused, with what refused them, are the evidence."""
    spoken = facts.spoken
    open_ = {n: o for n, o in facts.hellos.items() if n not in spoken and not _declined(o)}
    if not spoken:
        why = "no version of TLS was chosen in a ServerHello: " + _refusals(facts)
        return Found((unknown("ssl_protocols", why),))
    completed = [name for name, visit in facts.visits.items() if _completed(visit)]
    rest = [name for name in spoken if name not in completed]
    parts = [f"{_listed(completed)} completed"] if completed else []
    parts += [f"{_listed(rest)} chosen in a ServerHello"] if rest else []
    parts += [_refusals(facts)] if len(spoken) < len(facts.hellos) else []
    evidence = "; ".join(parts)
    if open_:
        why = f"no clear answer to {_listed(list(open_))}; {evidence}"
        return Found((unknown("ssl_protocols", why, " ".join(spoken)),))
    if idle := _idle(facts):
        candidates = (
            " ".join(spoken),
            " ".join(name for name in VERSIONS if name in spoken + idle),
        )
        evidence += (
            "; internal_error is OpenSSL's alert for a version that is listed, while the security "
            "level of ssl_ciphers rules it out"
        )
        return Found((one_of("ssl_protocols", spoken, candidates, evidence),))
    return Found((known("ssl_protocols", spoken, evidence),))


def _declined(hello: Observation) -> bool:
    """It is refused, or answered with another version (RFC 5246, appendix E.1)."""
    return is_refused(hello) or chose_version(hello)


def _completed(visit: Observation) -> bool:
    return is_accepted(visit) or bool(visit.tls and visit.tls.version and visit.greeting)


def _refusals(facts: Versions) -> str:
    """`TLSv1, TLSv1.1 refused (alert 70 protocol_version)`, by what refused them."""
    by_answer: dict[str, list[str]] = {}
    for name, hello in facts.hellos.items():
        if name not in facts.spoken:
            other = (
                f"answered with {hello.tls.version}" if chose_version(hello) and hello.tls else ""
            )
            by_answer.setdefault(other or f"refused ({seen(hello)})", []).append(name)
    return "; ".join(f"{_listed(names)} {how}" for how, names in by_answer.items())


def _listed(names: list[str]) -> str:
    return ", ".join(names)


def _idle(facts: Versions) -> tuple[str, ...]:
    """The old versions that OpenSSL says to have, and its security level rules out."""
    return tuple(
        name
        for name in (TLSV1, TLSV1_1)
        if (alert := facts.hellos[name].alert) and alert.code == _INTERNAL_ERROR
    )
