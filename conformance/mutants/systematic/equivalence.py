"""Mutants that nobody outside could notice, by rule, each with the reason.

A rule may not hide what a client could see. It looks at the claims before and
after the change; only where certificates are judged does it look at those that
the authorities have issued, and then at all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from conformance.conf_commands import commands
from conformance.directives import FILES
from conformance.harness.endpoint import Protocol, Way
from conformance.harness.pki.person import Person
from conformance.listener import Listener
from conformance.mutants.systematic import (
    equivalence_of_people,
    equivalence_of_sessions,
    equivalence_of_tls,
)
from conformance.mutants.systematic.altered import Altered, Rule

# Commands of OpenSSL's that come to no more than what directives say.
_AS_DIRECTIVES = {"minprotocol", "maxprotocol", "protocol", "cipherstring", "groups", "curves"}


def why_equivalent(
    directive: str,
    before: Sequence[Listener],
    after: Sequence[Listener],
    people: Sequence[Person],
    company: Sequence[Listener] = (),
) -> str:
    """Why nobody could notice the change of a block's listeners; "" where somebody could.

    `company`: the listeners of the other blocks.
    """
    reasons = []
    for old, new in zip(before, after, strict=True):
        altered = Altered(directive, old, new, people, company)
        reason = next((why for rule in _RULES if (why := rule(altered))), None)
        if reason is None:
            return ""
        reasons.append(reason)
    return "; ".join(dict.fromkeys(reasons))


def _same(a: Altered) -> str | None:
    """Also where a file of another name says the same."""
    old, new = a.before, a.after
    names = (set(old.claims) | set(new.claims)) - {"listen"}
    if a.directive == "ssl_conf_command" and _as_directives(a):
        names.discard(a.directive)
    ways = old.values("listen")[1:] == new.values("listen")[1:]
    differing = [name for name in names if old.values(name) != new.values(name)]
    if ways and all(n in FILES and _content(old, n) == _content(new, n) for n in differing):
        return "it amounts to the same value"
    return None


def _content(listener: Listener, directive: str) -> tuple[bytes, ...]:
    return tuple(content for _, content in listener.contents(directive))


def _as_directives(a: Altered) -> bool:
    """Whatever commands there are, before and after, the other claims tell what comes of them."""
    said = (command for x in (a.before, a.after) for command in commands(x.values(a.directive)))
    return all(name in _AS_DIRECTIVES for name, _ in said)


def _starttls_inside(a: Altered) -> str | None:
    if a.directive == "starttls" and {a.before.way, a.after.way} == {Way.IMPLICIT}:
        return "TLS comes first there, and nothing of STARTTLS is left behind it"
    return None


def _unsaid_name(a: Altered) -> str | None:
    """nginx says it in SMTP's greeting, and in the challenges of APOP and CRAM-MD5."""
    if a.directive != "server_name" or a.before.protocol is Protocol.SMTP:
        return None
    methods = a.before.values(f"{a.before.protocol}_auth")
    if {"apop", "cram-md5"}.isdisjoint(methods):
        return "nothing that is said there has the name in it"
    return None


_RULES: tuple[Rule, ...] = (
    _same,
    _starttls_inside,
    _unsaid_name,
    *equivalence_of_tls.RULES,
    *equivalence_of_sessions.RULES,
    *equivalence_of_people.RULES,
)
