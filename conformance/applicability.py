"""When a requirement arises on a listener: conditions read from its claims and from what we can bring.

A condition looks at a `Situation` and returns None, or the reason why the
requirement is NOT_APPLICABLE there. Reasons are sentences for the report.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from conformance.cast import Cast
from conformance.harness.endpoint import Protocol, Way
from conformance.harness.pki.standing import Standing
from conformance.listener import PROTOCOL_VERSIONS, Listener


class Evidence(IntEnum):
    """L1 only the address; L2 the doubles are the target's auth server and back ends; L3 we started it."""

    L1 = 1
    L2 = 2
    L3 = 3


@dataclass(frozen=True)
class Situation:
    """One listener, what it claims, whom we can send there and what we can see.

    `can_login` tells whether a name and password are at hand that the target lets in.
    """

    listener: Listener
    cast: Cast
    evidence: Evidence
    can_login: bool

    def __str__(self) -> str:
        return self.listener.name


Condition = Callable[[Situation], str | None]


def protocol(*names: Protocol) -> Condition:
    """The listener speaks one of these."""
    wanted = " or ".join(name.upper() for name in names)
    return lambda s: None if s.listener.protocol in names else f"it is for {wanted}"


def way(*ways: Way) -> Condition:
    """The way into TLS is one of these."""
    return lambda s: None if s.listener.way in ways else f"the way into TLS is {s.listener.way}"


TLS = way(Way.IMPLICIT, Way.STARTTLS)
CLEAR_START = way(Way.STARTTLS, Way.NONE)


def claimed(directive: str) -> Condition:
    """Something (if only a default) is claimed about the directive."""
    return lambda s: None if s.listener.knows(directive) else f"nothing is claimed about {directive}"


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


def not_set(directive: str) -> Condition:
    """The directive is known to be unset."""
    return lambda s: (
        None
        if s.listener.knows(directive) and not s.listener.value(directive)
        else f"{directive} is set or unknown"
    )


def readable(directive: str) -> Condition:
    """The files that the directive names can be read here."""

    def condition(s: Situation) -> str | None:
        try:
            s.listener.read(directive)
        except OSError as error:
            return f"{error.filename} cannot be read: {error.strerror}"
        return None

    return condition


def version_listed(version: str) -> Condition:
    """The version is in `ssl_protocols`."""
    return lambda s: (
        claimed("ssl_protocols")(s)
        or (None if version in s.listener.versions else f"{version} is not in ssl_protocols")
    )


def version_unlisted(version: str) -> Condition:
    """The version is not in `ssl_protocols`."""
    return lambda s: (
        claimed("ssl_protocols")(s)
        or (None if version not in s.listener.versions else f"{version} is in ssl_protocols")
    )


def some_version(*versions: str) -> Condition:
    """One of these versions is in `ssl_protocols`."""
    wanted = ", ".join(versions)
    return lambda s: (
        claimed("ssl_protocols")(s)
        or (None if set(versions) & set(s.listener.versions) else f"ssl_protocols has none of {wanted}")
    )


def someone(*parts: Standing) -> Condition:
    """For each of these standings there is a person whom we can send."""

    def condition(s: Situation) -> str | None:
        for part in parts:
            if s.cast.get(part) is None:
                return s.cast.why_empty or f"no certificate at hand is {part.value} under these claims"
        return None

    return condition


def admitted(s: Situation) -> str | None:
    """We can get in: no client certificate is demanded, or we have one that is trusted."""
    if s.listener.value("ssl_verify_client") != "on" or s.cast.get(Standing.TRUSTED):
        return None
    return s.cast.why_empty or "a client certificate is demanded and none at hand is trusted"


def sees_logins(s: Situation) -> str | None:
    """The doubles are behind the target (L2), so that logins can be followed."""
    return None if s.evidence >= Evidence.L2 else "the target does not talk to our auth server (L2)"


def can_login(s: Situation) -> str | None:
    """A login that the target lets in is at hand."""
    return None if s.can_login else "no login is at hand: give --login, or put our auth server behind the target"


def newest(listener: Listener) -> str:
    """The highest claimed version, TLSv1.2 when nothing is claimed."""
    return (listener.versions or PROTOCOL_VERSIONS[4:5])[-1]
