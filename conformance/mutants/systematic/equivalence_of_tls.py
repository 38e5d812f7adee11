"""Rules for what no client can come to see of versions, keys, ciphers and groups."""

from __future__ import annotations

from conformance.claimed import (
    chains,
    going_with,
    key_type_of,
    leaves,
    legacy,
    workable_versions,
)
from conformance.claimed_groups import groups, groups_of_13
from conformance.harness.endpoint import Way
from conformance.harness.tls.names import expand
from conformance.harness.tls.suites import cipher_facts
from conformance.listener import Listener
from conformance.mutants.systematic.altered import Altered, Rule


def _no_tls(a: Altered) -> str | None:
    if a.directive.startswith("ssl_") and {a.before.way, a.after.way} == {Way.NONE}:
        return "no TLS is spoken there"
    return None


def _no_handshake(a: Altered) -> str | None:
    clear = Way.NONE in (a.before.way, a.after.way)
    if not a.directive.startswith("ssl_") or clear or a.alive():
        return None
    return "no handshake can succeed there, neither before nor after"


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
    if added and not lost and not any(usable(a.after, version) for version in added):
        return "its certificate's key signs for TLSv1.2 and later alone"
    return None


def _key_too_new(a: Altered) -> str | None:
    """Ed25519 signs in TLSv1.2 and later (RFC 8422, section 5.10)."""
    if a.directive != "ssl_certificate" or {"TLSv1.2", "TLSv1.3"} & set(a.before.versions):
        return None
    if set(leaves(a.before)) ^ set(leaves(a.after)) <= set(leaves(a.after, "EdDSA")):
        return "no version that is spoken there knows Ed25519"
    return None


def _superseded(a: Altered) -> str | None:
    """Of several certificates of one type OpenSSL keeps the last."""
    if a.directive.startswith("ssl_certificate") and chains(a.before) == chains(a.after):
        return "another certificate of its type comes after it, and takes its place"
    return None


def _idle_certificate(a: Altered) -> str | None:
    """A certificate beside the others, for which there is no cipher to ask for it."""
    version = legacy(a.before)
    if a.directive != "ssl_certificate" or not version or "TLSv1.3" in a.before.versions:
        return None
    added = set(leaves(a.after)) - set(leaves(a.before))
    kept = set(leaves(a.before)) <= set(leaves(a.after))
    named = {key_type_of(leaf).replace("EdDSA", "ECDSA") for leaf in added}
    asked_for = {cipher_facts(name).authentication for name in usable(a.after, version)}
    if added and kept and not named & asked_for:
        return "no cipher that can be had there asks for a certificate of that type"
    return None


def _no_dhe(a: Altered) -> str | None:
    if a.directive != "ssl_dhparam" or "DHE" in _exchanges(a):
        return None
    return "no cipher that can be had there exchanges keys by DHE"


def _no_ecdhe(a: Altered) -> str | None:
    if a.directive != "ssl_ecdh_curve" or a.alive("TLSv1.3") or "ECDHE" in _exchanges(a):
        return None
    return "no cipher that can be had there exchanges keys on a curve"


def _exchanges(a: Altered) -> set[str]:
    """The ways to exchange keys up to TLSv1.2, before and after."""
    names = [c for x in (a.before, a.after) for c in usable(x, legacy(x)) if legacy(x)]
    return {cipher_facts(name).key_exchange for name in names}


def _curves(a: Altered) -> str | None:
    """A server of TLSv1.3 may tell its order in a message that binds nobody (RFC 8446, 4.2.7)."""
    if a.directive != "ssl_ecdh_curve":
        return None
    old, new = _useful(a.before), _useful(a.after)
    if old == new:
        return "the same curves can be had, in the same order"
    if a.both("ssl_prefer_server_ciphers", "off") and set(old) == set(new):
        return "the same curves can be had, and the client's order counts"
    return None


def _useful(listener: Listener) -> tuple[str, ...]:
    """The groups that a key exchange can be made in, TLSv1.3 alone having its own."""
    return groups(listener) if legacy(listener) else groups_of_13(listener)


def _ciphers(a: Altered) -> str | None:
    if a.directive != "ssl_ciphers":
        return None
    version = legacy(a.before)
    if not version and not legacy(a.after):
        return "ssl_ciphers governs the versions up to TLSv1.2, and none of them is spoken there"
    if not version or _level(a.before) != _level(a.after):
        return None
    old, new = usable(a.before, version), usable(a.after, version)
    if a.both("ssl_prefer_server_ciphers", "off") and set(old) == set(new):
        return "the same ciphers can be had, and the client's order counts"
    return "the same ciphers can be had, in the same order" if old == new else None


def _level(listener: Listener) -> list[str]:
    words = listener.value("ssl_ciphers").split(":")
    return [word for word in words if word.startswith("@SECLEVEL")]


def usable(listener: Listener, version: str) -> tuple[str, ...]:
    """What a handshake of that version could end in, as this machine's OpenSSL has it."""
    listed = expand(listener.value("ssl_ciphers"))
    return tuple(facts.name for facts in going_with(listener, version, listed, ["anon"]))


def _preference(a: Altered) -> str | None:
    if a.directive != "ssl_prefer_server_ciphers" or "TLSv1.3" in a.before.versions:
        return None
    version = legacy(a.before)
    if not version or len(usable(a.before, version)) < len(("this one", "another")):
        return "there is one cipher, and no other that could be preferred to it"
    return None


RULES: tuple[Rule, ...] = (
    _no_tls, _no_handshake, _too_old, _key_too_new, _superseded, _idle_certificate, _no_dhe,
    _no_ecdhe, _curves, _ciphers, _preference,
)  # fmt: skip
"""In this order: the first that has a reason is taken."""
