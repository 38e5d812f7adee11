"""Whether a survey tells what a listener claims, directive by directive."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from conformance.claimed import ca_names, chains, key_type_of, legacy, workable_versions
from conformance.claimed_groups import DhGroup, _group, dh_group, groups
from conformance.harness.endpoint import Way
from conformance.harness.times import seconds
from conformance.harness.tls.suites import cipher_facts
from conformance.inference.distinguished import readable
from conformance.inference.finding import Finding, Surety
from conformance.inference.survey import Means, Survey
from conformance.listener import Listener
from conformance.mutants.systematic.equivalence import why_equivalent
from conformance.mutants.systematic.equivalence_of_tls import usable
from conformance.session_claims import cache, timeout
from tests.benchmarks.observable import AUTO, JUDGING, class_of, pool


class Result(StrEnum):
    """What became of one value: `hidden` is not observable, and was not stated wrongly.

    `class`: it is one of several that nobody outside can tell apart, and just those were named.
    """

    EXACT = "exact"
    CLASS = "class"
    UNKNOWN = "unknown"
    WRONG = "wrong"
    HIDDEN = "hidden"


_DEFAULTS = {
    "imap_capabilities": ("IMAP4", "IMAP4rev1", "UIDPLUS"),
    "pop3_capabilities": ("TOP", "USER", "UIDL"),
    "imap_auth": ("plain",),
    "pop3_auth": ("plain",),
    "smtp_auth": ("plain", "login"),
}


def compared(
    directive: str, x: Listener, found: Survey, means: Means, hidden: str
) -> tuple[Result, str]:
    """How what was found of a directive stands to what is claimed."""
    if directive.endswith(("_capabilities", "_auth")):
        directive = directive.replace("*", str(x.protocol))
    all_ = found.get(directive)
    said = [one for one in all_ if one.surety is not Surety.UNKNOWN]
    if not said or (x.way is Way.NONE and directive.startswith("ssl_")):
        stated = [one for one in said if one.surety is Surety.KNOWN]
        if stated:
            return Result.WRONG, f"{stated[0].values} where {hidden}"
        why = "; ".join(one.evidence for one in all_)
        return (Result.HIDDEN, "") if hidden else (Result.UNKNOWN, why)
    right = _SAME.get(directive, _equal)(directive, x, said, found, means)
    if right is None:
        return (Result.HIDDEN, "") if hidden else (Result.UNKNOWN, f"{said[0].candidates}")
    if not right:
        told = " / ".join(" ".join(one.values) for one in said)
        return Result.WRONG, f"{told} where {_claimed(directive, x)}: {said[0].evidence}"
    exact = Result.EXACT if said[0].surety is Surety.KNOWN else Result.CLASS
    return (Result.HIDDEN if hidden else exact), ""


def _claimed(directive: str, x: Listener) -> tuple[str, ...]:
    return x.values(directive) or _DEFAULTS.get(directive, ())


Same = Callable[[str, Listener, list[Finding], Survey, Means], bool | None]


def _equal(
    directive: str, x: Listener, said: list[Finding], found: Survey, means: Means
) -> bool | None:
    """The same words; one of several is right where they are among them, and not known."""
    claimed = _claimed(directive, x)
    if said[0].surety is Surety.ONE_OF:
        return None if " ".join(claimed) in said[0].candidates else False
    return said[0].values == claimed


def _ssl(directive: str, x: Listener, said: list[Finding], *rest: object) -> bool:
    return ("ssl" in said[0].values) is (x.way is Way.IMPLICIT)


def _as_set(directive: str, x: Listener, said: list[Finding], *rest: object) -> bool:
    values = [text.split() for text in said[0].candidates] or [list(said[0].values)]
    return set(_claimed(directive, x)) in [set(one) for one in values]


def _versions(directive: str, x: Listener, said: list[Finding], *rest: object) -> bool:
    return set(said[0].values) == set(workable_versions(x))


def _ciphers(directive: str, x: Listener, said: list[Finding], *rest: object) -> bool:
    after = x.claiming(ssl_ciphers=said[0].values)
    return bool(why_equivalent(directive, [x], [after], ()))


def _chains(directive: str, x: Listener, said: list[Finding], found: Survey, means: Means) -> bool:
    seen = {
        tuple(c.public_bytes(Encoding.DER) for c in x509.load_pem_x509_certificates(file.content))
        for file in found.found.files
        if b"CERTIFICATE" in file.content
    }
    # Of two of one type nginx shows the last.
    claimed = {key_type_of(chain[0]): chain for chain in chains(x)}
    return seen == set(claimed.values())


def _curves(directive: str, x: Listener, said: list[Finding], *rest: object) -> bool:
    claimed, told = (groups(y) or AUTO for y in (x, x.claiming(ssl_ecdh_curve=said[0].values)))
    modern = "TLSv1.3" in x.versions
    if not modern:
        claimed, told = ([g for g in some if not g.startswith("ffdhe")] for some in (claimed, told))
    able = [cipher_facts(c) for c in usable(x, legacy(x))] if legacy(x) else []
    free = [c for c in able if c.key_exchange == "ECDHE" and c.authentication == "RSA"]
    if not free or x.value("ssl_prefer_server_ciphers") == "off":
        return set(claimed) == set(told)
    shown = [[g for g in some if not g.startswith("ffdhe")] for some in (claimed, told)]
    return set(claimed) == set(told) and shown[0] == shown[1]


def _dh(directive: str, x: Listener, said: list[Finding], found: Survey, means: Means) -> bool:
    files = {file.name: file.content for file in found.found.files}
    told: DhGroup | None = _group(files[said[0].values[0]])
    return told == dh_group(x)


def _authorities(
    directive: str, x: Listener, said: list[Finding], found: Survey, means: Means
) -> bool:
    names = list(ca_names(x, directive))
    if said[0].surety is Surety.KNOWN:
        return names == list(ca_names(x.claiming(ssl_client_certificate=said[0].values), directive))
    return f": {', '.join(map(readable, names))};" in said[0].evidence


def _people(
    directive: str, x: Listener, said: list[Finding], found: Survey, means: Means
) -> bool | None:
    """Of the class of the claims, and nothing else; wrong where the claim itself is not in it."""
    names = {Path(value).name or "not set": value for value in pool(directive, means)}
    told = {names[name] for name in said[0].candidates} or {next(iter(said[0].values), "")}
    ours = class_of(x, directive, means)
    claimed = next(iter(x.values(directive)), "")
    if claimed not in told:
        return False
    return True if told <= ours else None


def _remembering(directive: str, x: Listener, said: list[Finding], *rest: object) -> bool:
    if said[0].surety is Surety.ONE_OF:
        return cache(x).remembers
    return said[0].values == (cache(x).mode,)


def _times(directive: str, x: Listener, said: list[Finding], *rest: object) -> bool | None:
    if said[0].surety is Surety.ONE_OF:
        return None
    return seconds(said[0].values) == timeout(x)


def _first_key(directive: str, x: Listener, said: list[Finding], *rest: object) -> bool:
    return said[0].values == x.values(directive)[:1]


_SAME: dict[str, Same] = {
    "listen": _ssl,
    "ssl_protocols": _versions,
    "ssl_ciphers": _ciphers,
    "ssl_certificate": _chains,
    "ssl_certificate_key": lambda *_: True,
    "ssl_ecdh_curve": _curves,
    "ssl_dhparam": _dh,
    "ssl_client_certificate": _authorities,
    **dict.fromkeys(JUDGING, _people),
    "ssl_session_cache": _remembering,
    "ssl_session_timeout": _times,
    "ssl_session_ticket_key": _first_key,
    "imap_auth": _as_set,
    "pop3_auth": _as_set,
    "smtp_auth": _as_set,
}
