"""Mutants that nobody outside could notice, by rule, each with the reason.

A rule may not hide what a client could see. It looks at the claims before and
after the change; only where certificates are judged does it look at those that
the authorities have issued, and then at all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from conformance.cast import cast
from conformance.claimed import (
    authorities,
    ca_names,
    key_type_of,
    key_types,
    leaves,
    legacy,
    workable_versions,
)
from conformance.claimed_groups import groups
from conformance.directives import FILES
from conformance.harness.endpoint import Protocol, Way
from conformance.harness.pki.person import Person
from conformance.harness.pki.standing import Standing
from conformance.harness.tls.names import expand
from conformance.harness.tls.suites import cipher_facts
from conformance.listener import Listener

_CA_DIRECTIVES = ("ssl_client_certificate", "ssl_trusted_certificate")
_JUDGED_BY = (*_CA_DIRECTIVES, "ssl_verify_depth", "ssl_crl")
_OF_CLIENTS = (*_CA_DIRECTIVES, "ssl_verify_depth", "ssl_crl", "auth_http_pass_client_cert")


@dataclass(frozen=True)
class Altered:
    """One listener before and after a change of `directive`."""

    directive: str
    before: Listener
    after: Listener

    def both(self, directive: str, *values: str) -> bool:
        """The directive has one of these values, before and after."""
        return all(x.value(directive) in values for x in (self.before, self.after))


Rule = Callable[[Altered], str | None]


def why_equivalent(
    directive: str,
    before: Sequence[Listener],
    after: Sequence[Listener],
    people: Sequence[Person],
) -> str:
    """Why nobody could notice the change of a block's listeners; "" where somebody could."""
    reasons = []
    for old, new in zip(before, after, strict=True):
        altered = Altered(directive, old, new)
        reason = next((why for rule in _RULES if (why := rule(altered))), None)
        reason = reason or _same_people(altered, people)
        if reason is None:
            return ""
        reasons.append(reason)
    return "; ".join(dict.fromkeys(reasons))


def _same(a: Altered) -> str | None:
    """Also where a file of another name says the same."""
    old, new = a.before, a.after
    names = (set(old.claims) | set(new.claims)) - {"listen"}
    ways = old.values("listen")[1:] == new.values("listen")[1:]
    differing = [name for name in names if old.values(name) != new.values(name)]
    if ways and all(n in FILES and _content(old, n) == _content(new, n) for n in differing):
        return "it amounts to the same value"
    return None


def _content(listener: Listener, directive: str) -> tuple[bytes, ...]:
    return tuple(content for _, content in listener.contents(directive))


def _no_tls(a: Altered) -> str | None:
    if a.directive.startswith("ssl_") and {a.before.way, a.after.way} == {Way.NONE}:
        return "no TLS is spoken there"
    return None


def _starttls_inside(a: Altered) -> str | None:
    if a.directive == "starttls" and {a.before.way, a.after.way} == {Way.IMPLICIT}:
        return "TLS comes first there, and nothing of STARTTLS is left behind it"
    return None


def _nobody_asked(a: Altered) -> str | None:
    if a.directive in _OF_CLIENTS and a.both("ssl_verify_client", "off", ""):
        return "no client certificate is asked for, so none is judged or passed on"
    return None


def _unsaid_name(a: Altered) -> str | None:
    """nginx says it in SMTP's greeting, and in the challenges of APOP and CRAM-MD5."""
    if a.directive != "server_name" or a.before.protocol is Protocol.SMTP:
        return None
    methods = a.before.values(f"{a.before.protocol}_auth")
    if {"apop", "cram-md5"}.isdisjoint(methods):
        return "nothing that is said there has the name in it"
    return None


def _too_old(a: Altered) -> str | None:
    """SSLv2 and SSLv3 may be named, but no OpenSSL of today is built with them."""
    if a.directive != "ssl_protocols":
        return None
    if set(a.before.versions) ^ set(a.after.versions) <= {"SSLv2", "SSLv3"}:
        return "today's OpenSSL is built without SSLv2 and SSLv3"
    if workable_versions(a.before) == workable_versions(a.after):
        return "OpenSSL's security level rules TLSv1 and TLSv1.1 out, listed or not"
    added = set(workable_versions(a.after)) - set(workable_versions(a.before))
    lost = set(a.before.versions) - set(a.after.versions)
    if "TLSv1.3" in added:
        return None
    if added and not lost and not any(_usable(a.after, version) for version in added):
        return "its certificate's key signs for TLSv1.2 and later alone"
    return None


def _key_too_new(a: Altered) -> str | None:
    """Ed25519 signs in TLSv1.2 and later (RFC 8422, section 5.10)."""
    if a.directive != "ssl_certificate" or {"TLSv1.2", "TLSv1.3"} & set(a.before.versions):
        return None
    if set(leaves(a.before)) ^ set(leaves(a.after)) <= set(leaves(a.after, "EdDSA")):
        return "no version that is spoken there knows Ed25519"
    return None


def _idle_certificate(a: Altered) -> str | None:
    """A certificate beside the others, for which there is no cipher to ask for it."""
    version = legacy(a.before)
    if a.directive != "ssl_certificate" or not version or "TLSv1.3" in a.before.versions:
        return None
    added = set(leaves(a.after)) - set(leaves(a.before))
    kept = set(leaves(a.before)) <= set(leaves(a.after))
    named = {key_type_of(leaf).replace("EdDSA", "ECDSA") for leaf in added}
    asked_for = {cipher_facts(name).authentication for name in _usable(a.after, version)}
    if added and kept and not named & asked_for:
        return "no cipher that can be had there asks for a certificate of that type"
    return None


def _idle_ticket_key(a: Altered) -> str | None:
    if a.directive == "ssl_session_ticket_key" and a.both("ssl_session_tickets", "off"):
        return "tickets are off, so none is made or opened with a key"
    return None


def _curves(a: Altered) -> str | None:
    """A server of TLSv1.3 may tell its order in a message that binds nobody (RFC 8446, 4.2.7)."""
    if a.directive != "ssl_ecdh_curve" or not a.both("ssl_prefer_server_ciphers", "off"):
        return None
    if set(groups(a.before)) == set(groups(a.after)):
        return "the same curves can be had, and the client's order counts"
    return None


def _ciphers(a: Altered) -> str | None:
    if a.directive != "ssl_ciphers" or _level(a.before) != _level(a.after):
        return None
    version = legacy(a.before)
    if not version:
        return "ssl_ciphers governs the versions up to TLSv1.2, and none of them is spoken there"
    old, new = _usable(a.before, version), _usable(a.after, version)
    if a.both("ssl_prefer_server_ciphers", "off") and set(old) == set(new):
        return "the same ciphers can be had, and the client's order counts"
    return "the same ciphers can be had, in the same order" if old == new else None


def _level(listener: Listener) -> list[str]:
    words = listener.value("ssl_ciphers").split(":")
    return [word for word in words if word.startswith("@SECLEVEL")]


def _usable(listener: Listener, version: str) -> tuple[str, ...]:
    """What a handshake of that version could end in, as this machine's OpenSSL has it."""
    types = key_types(listener)
    signs = types | ({"ECDSA"} if "EdDSA" in types and version == "TLSv1.2" else set()) | {"anon"}
    exchanges = {"ECDHE", "RSA"} | ({"DHE"} if listener.value("ssl_dhparam") else set())

    def fits(name: str) -> bool:
        facts = cipher_facts(name)
        old_enough = facts.minimum != "TLSv1.2" or version == "TLSv1.2"
        return old_enough and facts.authentication in signs and facts.key_exchange in exchanges

    return tuple(name for name in expand(listener.value("ssl_ciphers")) if fits(name))


def _preference(a: Altered) -> str | None:
    if a.directive != "ssl_prefer_server_ciphers" or "TLSv1.3" in a.before.versions:
        return None
    version = legacy(a.before)
    if not version or len(_usable(a.before, version)) < len(("this one", "another")):
        return "there is one cipher, and no other that could be preferred to it"
    return None


def _same_people(a: Altered, people: Sequence[Person]) -> str | None:
    """Where the mode refuses whoever does not verify, the cause of a refusal is not seen."""
    strict = a.both("ssl_verify_client", "on", "optional")
    if a.directive == "auth_http_pass_client_cert" and strict:
        served = cast(a.before, people, {}).get(Standing.TRUSTED)
        return None if served else "every certificate is refused there, so none is passed on"
    if a.directive == "ssl_verify_depth" and not _trusted(a.before):
        return "no authority is trusted there, so no chain is verified to any depth"
    if a.directive not in _JUDGED_BY or _named(a.before) != _named(a.after):
        return None
    told = a.both("ssl_verify_client", "optional_no_ca")
    old, new = (_standings(x, people, told) for x in (a.before, a.after))
    if old == new:
        return "whoever has a certificate of one of the authorities is judged as before"
    return None


def _trusted(listener: Listener) -> bytes:
    return b"".join(authorities(listener, directive) for directive in _CA_DIRECTIVES)


def _named(listener: Listener) -> list[bytes]:
    """Whom the server names when it asks for a certificate."""
    return list(ca_names(listener, "ssl_client_certificate"))


def _standings(listener: Listener, people: Sequence[Person], told: bool) -> dict[str, Standing]:
    """What each is to the listener; where it is not told what is wrong, only whether."""
    found = cast(listener, people, {}).people
    return {
        person.name: part
        for part, several in found.items()
        for person in several
        if told or part is Standing.TRUSTED
    }


_RULES: tuple[Rule, ...] = (
    _same, _no_tls, _starttls_inside, _nobody_asked, _unsaid_name, _too_old, _key_too_new,
    _idle_certificate, _idle_ticket_key, _curves, _ciphers, _preference,
)  # fmt: skip
