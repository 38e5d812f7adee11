"""When a requirement about versions or ciphers arises on a listener."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from conformance.applicability import (
    Condition,
    Situation,
    claimed,
    claims,
    readable,
    reasoned,
    spoken,
)
from conformance.claimed import (
    LEGACY,
    claimed_ciphers,
    legacy,
    negotiable_ciphers,
    none_fits,
    workable_versions,
)
from conformance.conf_commands import commands
from conformance.listener import Listener


@cache
def version_listed(version: str) -> Condition:
    """The version is in `ssl_protocols`."""
    return lambda s: (
        claimed("ssl_protocols")(s)
        or (None if version in s.listener.versions else f"{version} is not in ssl_protocols")
    )


@cache
def version_unlisted(version: str) -> Condition:
    """The version is not in `ssl_protocols`."""
    return lambda s: (
        claimed("ssl_protocols")(s)
        or (None if version not in s.listener.versions else f"{version} is in ssl_protocols")
    )


@cache
def unless_claimed(*names: str) -> Condition:
    """None of these versions or ciphers is claimed."""

    @reasoned
    def condition(s: Situation) -> str | None:
        claimed_too = set(s.listener.versions)
        if s.listener.knows("ssl_ciphers"):
            claimed_too |= set(claimed_ciphers(s.listener))
        named = sorted(claimed_too & set(names))
        return f"{named[0]} is claimed" if named else None

    return condition


@cache
def none_claimed(*versions: str) -> Condition:
    """Nothing is claimed about versions, or one of these is."""
    return lambda s: (
        None
        if not s.listener.knows("ssl_protocols") or set(versions) & set(s.listener.versions)
        else f"ssl_protocols has none of {', '.join(versions)}"
    )


@cache
def served_version(version: str) -> Condition:
    """The version is listed, and the ciphers' security level lets today's OpenSSL have it."""

    def condition(s: Situation) -> str | None:
        if why := version_listed(version)(s):
            return why
        return None if version in workable_versions(s.listener) else why_unserved(s, version)

    return condition


def why_unserved(s: Situation, version: str) -> str:
    """Why a listed version cannot be had there."""
    if version in ("SSLv2", "SSLv3"):
        return f"today's libraries have no {version}"
    if version == "TLSv1.3":
        return "ssl_ecdh_curve lists no group of TLSv1.3"
    if version != "TLSv1.2" and "@SECLEVEL=0" not in s.listener.value("ssl_ciphers"):
        return f"OpenSSL 3 has {version} only with @SECLEVEL=0 in ssl_ciphers"
    return f"no cipher of ssl_ciphers goes with {version} and the certificates"


@reasoned
def governed_by_ciphers(s: Situation) -> str | None:
    """`ssl_ciphers` decides something: a version up to TLSv1.2 works with a listed cipher."""
    if why := claimed("ssl_ciphers")(s) or claimed("ssl_protocols")(s):
        return why
    if not legacy(s.listener):
        old = [version for version in s.listener.versions if version in LEGACY]
        return (
            why_unserved(s, old[-1]) if old else "ssl_ciphers governs no version of ssl_protocols"
        )
    if why := claims("ssl_certificate")(s) or readable("ssl_certificate")(s):
        return why
    negotiable_ciphers(s.listener)  # which raises where a file is not what it should be
    return None


@reasoned
def nothing_fits(s: Situation) -> str | None:
    """TLS is spoken, and no cipher goes with the certificates, so that none can be had."""
    if why := spoken(s) or claimed("ssl_ciphers")(s) or claimed("ssl_protocols")(s):
        return why
    if why := claims("ssl_certificate")(s) or readable("ssl_certificate")(s):
        return why
    return None if none_fits(s.listener) else "some cipher goes with the certificates"


@reasoned
def two_ciphers(s: Situation) -> str | None:
    """Two listed ciphers can be had whose order counts."""
    if why := governed_by_ciphers(s):
        return why
    return None if len(ordered_ciphers(s.listener)) > 1 else "only one listed cipher can be had"


def ordered_ciphers(listener: Listener) -> tuple[str, ...]:
    """The ciphers that can be had, without those that a client may put first against the order."""
    options = (v.lower() for n, v in _commands(listener) if n == "options")
    chacha = any("prioritizechacha" in value.split(",") for value in options)
    found = negotiable_ciphers(listener)
    return tuple(name for name in found if not (chacha and "CHACHA20" in name))


@reasoned
def highest_works(s: Situation) -> str | None:
    """The highest listed version can be had."""
    if why := claimed("ssl_protocols")(s):
        return why
    highest = (s.listener.versions or ("",))[-1]
    return None if highest in workable_versions(s.listener) else why_unserved(s, highest)


def own_suites(s: Situation) -> str | None:
    """TLSv1.3 has the suites that its library has: no command of OpenSSL's chooses among them."""
    named = (name for name, _ in _commands(s.listener))
    return "ssl_conf_command sets the suites of TLSv1.3" if "ciphersuites" in named else None


def _commands(listener: Listener) -> Iterator[tuple[str, str]]:
    return commands(listener.values("ssl_conf_command"))
