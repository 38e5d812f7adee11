"""Rules for what is never seen of how a client's certificate is judged."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.cast import cast
from conformance.claimed import authorities, ca_names
from conformance.harness.endpoint import Way
from conformance.harness.pki.person import Person
from conformance.harness.pki.standing import Standing
from conformance.listener import Listener
from conformance.mutants.systematic.altered import Altered, Rule

_CA_DIRECTIVES = ("ssl_client_certificate", "ssl_trusted_certificate")
_JUDGED_BY = (*_CA_DIRECTIVES, "ssl_verify_depth", "ssl_crl")
_OF_CLIENTS = (*_CA_DIRECTIVES, "ssl_verify_depth", "ssl_crl", "auth_http_pass_client_cert")
# Whom optional_no_ca serves, and tells the auth server of.
_TOLERATED = (Standing.UNKNOWN_ISSUER, Standing.SELF_SIGNED)


def _nobody_asked(a: Altered) -> str | None:
    if a.directive in _OF_CLIENTS and a.both("ssl_verify_client", "off", ""):
        return "no client certificate is asked for, so none is judged or passed on"
    return None


def _nobody_inside(a: Altered) -> str | None:
    """Before STARTTLS the capabilities are listed, and unless it is demanded, logins are taken."""
    if a.directive.startswith("ssl") or a.directive in ("listen", "protocol", "starttls"):
        return None
    clear = Way.NONE in (a.before.way, a.after.way) or a.before.value("starttls") == "on"
    listed = a.directive.endswith("_capabilities") or a.directive == "server_name"
    if (a.before.way is Way.STARTTLS and (clear or listed)) or not a.nobody_gets_in:
        return None
    return "nobody gets in there, neither before nor after"


def _same_people(a: Altered) -> str | None:
    """Where the mode refuses whoever does not verify, the cause of a refusal is not seen."""
    strict = a.both("ssl_verify_client", "on", "optional")
    if a.directive == "auth_http_pass_client_cert" and strict:
        served = cast(a.before, a.people, {}).get(Standing.TRUSTED)
        return None if served else "every certificate is refused there, so none is passed on"
    if a.directive == "ssl_verify_depth" and not _trusted(a.before):
        return "no authority is trusted there, so no chain is verified to any depth"
    if a.directive not in _JUDGED_BY or _named(a.before) != _named(a.after):
        return None
    told = a.both("ssl_verify_client", "optional_no_ca")
    old, new = (_standings(x, a.people, told) for x in (a.before, a.after))
    if old == new:
        return "whoever has a certificate of one of the authorities is judged as before"
    return None


def _trusted(listener: Listener) -> bytes:
    return b"".join(authorities(listener, directive) for directive in _CA_DIRECTIVES)


def _named(listener: Listener) -> list[bytes]:
    """Whom the server names when it asks for a certificate."""
    return list(ca_names(listener, "ssl_client_certificate"))


def _standings(listener: Listener, people: Sequence[Person], told: bool) -> dict[str, Standing]:
    """What each is to the listener who is served; where he is `told` of, what is wrong with him."""
    found = cast(listener, people, {}).people
    served = (Standing.TRUSTED, *(_TOLERATED if told else ()))
    return {person.name: part for part in served for person in found.get(part, ())}


RULES: tuple[Rule, ...] = (_nobody_asked, _nobody_inside, _same_people)
"""In this order: the first that has a reason is taken."""
