"""When a requirement arises on a listener: conditions on its claims and on what we bring.

A condition looks at a `Situation` and returns None, or the reason why the
requirement is NOT_APPLICABLE there. Reasons are sentences for the report.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache, wraps

from conformance.cast import Cast
from conformance.claimed import (
    claimed_ciphers,
    intermediates,
    negotiable_ciphers,
    workable_versions,
)
from conformance.harness.endpoint import Protocol, Way
from conformance.harness.pki.standing import Standing
from conformance.listener import Listener
from conformance.verdict import NotApplicable


class Evidence(IntEnum):
    """L1 only the address; L2 our doubles are its auth server and back ends; L3 we started it."""

    L1 = 1
    L2 = 2
    L3 = 3


@dataclass(frozen=True)
class Situation:
    """One listener, what it claims, whom we can send there and what we can see.

    `can_login` tells whether a name and password are at hand that the target lets
    in; `twin` names an earlier listener of the same endpoint (protocol and way into
    TLS) that lets an ordinary client in, "" where there is none before this one,
    `session_twin` one that claims the same of sessions too, and `cache_twin` one with
    the same kind of session cache. `same_but_keys`, `same_but_sessions` and
    `same_but_clients` are earlier ones that claim the same but for keys and how they
    are used, but of sessions, or but of clients' certificates.
    `neighbours` may know this listener's sessions, as they share a zone or a ticket key
    with it (one of each kind: `company`); `outsider` has a cache of its own. They know of no
    neighbours themselves.
    `has_kit` tells whether the kit's files are at hand. `whole`: it is no listener but
    the target as a whole, under the name of its first one. `adapted`: the target was set up in
    its own language. With evidence of L2, `unasked` is why our auth server hears nothing of
    logins all the same, `unreached` why our back ends do not.
    """

    listener: Listener
    cast: Cast
    evidence: Evidence
    can_login: bool
    twin: str = ""
    session_twin: str = ""
    cache_twin: str = ""
    same_but_keys: str = ""
    same_but_sessions: str = ""
    same_but_clients: str = ""
    neighbours: tuple[Situation, ...] = field(default=(), repr=False, compare=False)
    outsider: Situation | None = field(default=None, repr=False, compare=False)
    has_kit: bool = False
    whole: bool = False
    adapted: bool = False
    unasked: str = ""
    unreached: str = ""

    def __str__(self) -> str:
        return self.listener.name


Condition = Callable[[Situation], str | None]


def reasoned(condition: Condition) -> Condition:
    """What cannot be worked out from the claims is a reason too."""

    @wraps(condition)
    def with_reason(s: Situation) -> str | None:
        try:
            return condition(s)
        except NotApplicable as why:
            return str(why)

    return with_reason


@cache
def protocol(*names: Protocol) -> Condition:
    """The listener speaks one of these."""
    wanted = " or ".join(name.upper() for name in names)
    return lambda s: None if s.listener.protocol in names else f"it is for {wanted}"


@cache
def way(*ways: Way) -> Condition:
    """The way into TLS is one of these."""
    return lambda s: None if s.listener.way in ways else f"the way into TLS is {s.listener.way}"


_ADAPTED = "the target is set up by an adapter: it reads no nginx configuration itself"


spoken = way(Way.IMPLICIT, Way.STARTTLS)
"""TLS is spoken, if perhaps nothing of what is claimed of it can work."""


def TLS(s: Situation) -> str | None:
    """TLS is spoken, and something of what is claimed of it can work."""
    return spoken(s) or workable(s)


def workable(s: Situation) -> str | None:
    """Where TLS is spoken, some claimed version of it can be had."""
    if s.listener.way is Way.NONE or not s.listener.knows("ssl_protocols"):
        return None
    if workable_versions(s.listener):
        return None
    return "no version of ssl_protocols works with the ciphers, certificates and groups"


CLEAR_START = way(Way.STARTTLS, Way.NONE)


@cache
def claimed(directive: str) -> Condition:
    """Something (if only a default) is claimed about the directive."""
    return lambda s: (
        None if s.listener.knows(directive) else f"nothing is claimed about {directive}"
    )


@cache
def claims(directive: str, *values: str) -> Condition:
    """The directive is claimed with one of these values (with any, when none is named)."""

    def condition(s: Situation) -> str | None:
        if not s.listener.knows(directive):
            return f"nothing is claimed about {directive}"
        if values and s.listener.value(directive) not in values:
            return f"{directive} is {s.listener.value(directive) or 'not set'}"
        if not values and not s.listener.value(directive):
            return f"{directive} is not set"
        return None

    return condition


@cache
def has_method(name: str) -> Condition:
    """This way to log in is among those of `imap_auth`, `pop3_auth` or `smtp_auth`."""
    return lambda s: (
        None
        if name in s.listener.values(f"{s.listener.protocol}_auth")
        else f"{s.listener.protocol}_auth does not name {name}"
    )


def has_challenge(s: Situation) -> str | None:
    """The greeting of POP3 has a challenge: some way to log in wants one."""
    if {"apop", "cram-md5"} & set(s.listener.values("pop3_auth")):
        return None
    return "pop3_auth names neither apop nor cram-md5"


def common_method(s: Situation) -> str | None:
    """Every client's library knows one of the ways to log in that are claimed."""
    claimed = s.listener.values(f"{s.listener.protocol}_auth")
    if not claimed or {"plain", "login", "cram-md5"} & set(claimed):
        return None
    return f"few clients know how to log in by {' or '.join(claimed)} alone"


@cache
def not_set(directive: str) -> Condition:
    """The directive is known to be unset."""
    return lambda s: (
        None
        if s.listener.knows(directive) and not s.listener.value(directive)
        else f"{directive} is set or unknown"
    )


@cache
def readable(directive: str) -> Condition:
    """The files that the directive names can be read here."""

    @reasoned
    def condition(s: Situation) -> str | None:
        s.listener.read(directive)
        return None

    return condition


asks = claims("ssl_verify_client", "on", "optional", "optional_no_ca")
verifying = claims("ssl_verify_client", "on", "optional")


@cache
def only_in(directive: str) -> Condition:
    """Somebody at hand is trusted by the CAs of this directive's file alone."""
    return lambda s: (
        None
        if directive in s.cast.by_authority
        else s.cast.why_empty or f"nobody at hand is trusted by {directive} alone"
    )


@reasoned
def roots_alone(s: Situation) -> str | None:
    """Every authority that is trusted is a root: where a chain is cut, its issuer is unknown."""
    for directive in ("ssl_client_certificate", "ssl_trusted_certificate"):
        if intermediates(s.listener, directive):
            return f"{directive} trusts an intermediate"
    return None


@cache
def at_depth(offset: int) -> Condition:
    """Somebody at hand is trusted with `ssl_verify_depth` (plus `offset`) intermediates."""

    def condition(s: Situation) -> str | None:
        if why := claims("ssl_verify_depth")(s):
            return why
        depth = int(s.listener.value("ssl_verify_depth")) + offset
        if depth in s.cast.by_intermediates:
            return None
        return s.cast.why_empty or f"nobody at hand is trusted with {depth} intermediates"

    return condition


@reasoned
def modern_stranger(s: Situation) -> str | None:
    """An ordinary client without a certificate gets in (in clear, or with TLSv1.2 or TLSv1.3)."""
    if s.listener.way is Way.NONE:
        return None if s.listener.value("starttls") != "only" else "a login takes TLS"
    if s.listener.value("ssl_verify_client") not in ("", "off"):
        return "it is for listeners that ask for no client certificate"
    if s.listener.knows("ssl_protocols") and "TLSv1.2" not in workable_versions(s.listener):
        return "today's clients want TLSv1.2"
    if s.listener.knows("ssl_ciphers") and not _modern(s.listener):
        return "today's clients have none of the ciphers"
    return None


def first_of_its_endpoint(s: Situation) -> str | None:
    """No earlier listener has the same endpoint and STARTTLS mode: one of each is enough."""
    return f"{s.twin}, of the same endpoint, stands for it" if s.twin else None


def _modern(listener: Listener) -> bool:
    """Some cipher that can be had is ephemeral and encrypts with authentication."""
    usable = set(claimed_ciphers(listener))
    if listener.value("ssl_certificate") and listener.knows("ssl_protocols"):
        usable &= set(negotiable_ciphers(listener))
    return any(c.startswith("ECDHE-") and ("GCM" in c or "POLY1305" in c) for c in usable)


@cache
def someone(*parts: Standing) -> Condition:
    """For each of these standings there is a person whom we can send."""

    def condition(s: Situation) -> str | None:
        for part in parts:
            if s.cast.get(part) is None:
                return (
                    s.cast.why_empty or f"no certificate at hand is {part.value} under these claims"
                )
        return None

    return condition


def nobody_trusted(s: Situation) -> str | None:
    """There are people whom we can send, and none of them is trusted."""
    if s.cast.get(Standing.TRUSTED):
        return "somebody at hand is trusted"
    return None if s.cast.people else s.cast.why_empty or "nobody is at hand"


def has_control(s: Situation) -> str | None:
    """Somebody is let in, if need be without a certificate."""
    if s.listener.value("ssl_verify_client") != "on":
        return None
    return someone(Standing.TRUSTED)(s)


def somebody_served(s: Situation) -> str | None:
    """Somebody at hand is let in with his certificate, verified or not."""
    unverified = s.listener.value("ssl_verify_client") == "optional_no_ca"
    parts = (Standing.TRUSTED, *((Standing.UNKNOWN_ISSUER,) if unverified else ()))
    if any(s.cast.get(part) for part in parts):
        return None
    return s.cast.why_empty or "nobody at hand is let in with a certificate"


def somebody_unacceptable(s: Situation) -> str | None:
    """Somebody at hand has to be refused."""
    return None if s.cast.unacceptable else s.cast.why_empty or "nobody at hand has to be refused"


def admitted(s: Situation) -> str | None:
    """We get in: a claimed version works, no client certificate is demanded that we lack."""
    if s.listener.way is Way.NONE:
        return None
    if why := workable(s):
        return why
    if s.listener.value("ssl_verify_client") != "on" or s.cast.get(Standing.TRUSTED):
        return None
    return s.cast.why_empty or "a client certificate is demanded and none at hand is trusted"


def greets(s: Situation) -> str | None:
    """The greeting and the capabilities can be seen: in clear, or inside TLS where we get in."""
    return admitted(s) if s.listener.way is Way.IMPLICIT else None


def lists_mechanisms(s: Situation) -> str | None:
    """The ways to log in can be seen: in clear where that is not barred, or inside TLS."""
    barred = s.listener.value("starttls") == "only"
    return admitted(s) if barred or s.listener.way is Way.IMPLICIT else None


def configurable(s: Situation) -> str | None:
    """We started the target, and can try other configurations on it, with the kit's files."""
    if s.evidence < Evidence.L3:
        return "the suite did not start the target (L3)"
    if s.adapted:
        return _ADAPTED
    return None if s.has_kit else "it needs the kit's files: give --kit DIR"


def sees_logins(s: Situation) -> str | None:
    """The doubles are behind the target (L2), so that logins can be followed."""
    if s.evidence < Evidence.L2:
        return "the target does not talk to our auth server (L2)"
    return s.unasked or None


def refuses_or_tells(s: Situation) -> str | None:
    """What becomes of whom nobody knows can be seen: he is refused, or the auth server is told."""
    lets_in = s.listener.value("ssl_verify_client") == "optional_no_ca"
    return sees_logins(s) if lets_in else None


def sees_sessions(s: Situation) -> str | None:
    """Whoever logs in is seen at our back ends (L2), whoever let him in."""
    if s.evidence < Evidence.L2:
        return "the target does not talk to our auth server (L2)"
    return s.unreached or None


def started_by_us(s: Situation) -> str | None:
    """The suite starts the target (L3), and so may start it once more."""
    if s.adapted:
        return _ADAPTED
    return None if s.evidence >= Evidence.L3 else "the suite does not start the target (L3)"


def can_login(s: Situation) -> str | None:
    """A login that the target lets in is at hand."""
    return (
        None
        if s.can_login
        else "no login is at hand: give --login, or put our auth server behind the target"
    )


def wants_login(s: Situation) -> str | None:
    """The claims have an auth server and do not let anybody in without it (`smtp_auth none`)."""
    if not s.listener.knows("auth_http") or not s.listener.value("auth_http"):
        return "nothing is claimed about auth_http"
    free = s.listener.knows("smtp_auth") and "none" in s.listener.values("smtp_auth")
    return "smtp_auth has none" if free else None


def starttls_not_only(s: Situation) -> str | None:
    """A login in clear is allowed."""
    return (
        None if s.listener.value("starttls") in ("on", "off") else "a login in clear is not allowed"
    )
