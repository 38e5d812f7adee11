"""Which listeners have to do with each other: what one remembers may be known at another."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from conformance.applicability import Evidence, Situation, modern_stranger
from conformance.company import Company
from conformance.harness.endpoint import Way
from conformance.session_claims import cache

# Directives that decide how a session is made, and nothing of what is said in it.
_OF_KEYS = (
    "ssl_certificate",
    "ssl_certificate_key",
    "ssl_password_file",
    "ssl_dhparam",
    "ssl_ecdh_curve",
    "ssl_ciphers",
    "ssl_prefer_server_ciphers",
)
_OF_SESSIONS = (
    "ssl_session_cache",
    "ssl_session_tickets",
    "ssl_session_ticket_key",
    "ssl_session_timeout",
)
# Directives that say who may come, once the server has said its part of the handshake.
_OF_CLIENTS = (
    "ssl_verify_client",
    "ssl_client_certificate",
    "ssl_trusted_certificate",
    "ssl_crl",
    "ssl_verify_depth",
    "auth_http_pass_client_cert",
)
_OF_WORKERS = frozenset(
    {"ssl_session_cache.shared_among_workers", "ssl_session_cache.builtin_of_one_worker"}
)
# What the server says of itself, whoever comes.
_ITS_OWN_PART = frozenset(
    {
        *("ssl_protocols", "ssl_ciphers", "ssl_prefer_server_ciphers", "ssl_ecdh_curve"),
        *("ssl_dhparam", "ssl_certificate", "ssl_certificate_key", "ssl_password_file"),
        "security",
    }
)


def related(situations: Sequence[Situation]) -> list[Situation]:
    """The same situations, each knowing its neighbours, an outsider, and who stands for it.

    Whom an adapter declined is there for nobody.
    """
    there = iter(_related([s for s in situations if not s.listener.declined]))
    return [s if s.listener.declined else next(there) for s in situations]


def dropped(s: Situation, requirement: str, directive: str) -> str:
    """Why an adapter has the requirement not arise there, "" where none says so."""
    withdrawn = s.listener.withdrawn
    return s.listener.declined or withdrawn.get(requirement) or withdrawn.get(directive, "")


def _related(situations: Sequence[Situation]) -> list[Situation]:
    open_to_all = {s.listener.name for s in situations if not modern_stranger(s)}
    company = Company(situations, open_to_all)
    twins = partial(_twins, situations, open_to_all)
    session_twins = twins(lambda s: (*_endpoint(s)[:2], _only(s, _OF_SESSIONS)))
    return [
        replace(
            one,
            neighbours=company.neighbours(at),
            outsider=company.outsider(at),
            twin=twin,
            session_twin=session_twin,
            cache_twin=cache_twin,
            same_but_keys=keys,
            same_but_sessions=sessions,
            same_but_clients=clients,
        )
        for at, one, twin, session_twin, cache_twin, keys, sessions, clients in zip(
            range(len(situations)),
            situations,
            twins(_endpoint),
            session_twins,
            twins(lambda s: cache(s.listener).mode),
            *(_same_but(situations, apart) for apart in (_OF_KEYS, _OF_SESSIONS, _OF_CLIENTS)),
            strict=True,
        )
    ]


def _twins(
    situations: Sequence[Situation],
    open_to_all: Collection[str],
    like: Callable[[Situation], Hashable],
) -> Iterator[str]:
    """For each in turn, the first earlier listener that is like it and lets anybody in."""
    first: dict[Hashable, str] = {}
    for one in situations:
        key, name = like(one), one.listener.name
        yield first.get(key, "")
        if name in open_to_all:
            first.setdefault(key, name)


def _same_but(situations: Sequence[Situation], apart: Sequence[str]) -> Iterator[str]:
    """For each in turn, the first earlier one that claims all the same but its place, and these."""
    # Of those that claim all the same, the first that says each thing of what is left apart.
    earlier: dict[Hashable, dict[Hashable, str]] = {}
    for one in situations:
        alike, own = earlier.setdefault(_without(one, apart), {}), _only(one, apart)
        yield next((name for other, name in alike.items() if other != own), "")
        alike.setdefault(own, one.listener.name)


def _without(s: Situation, apart: Sequence[str]) -> Hashable:
    left_out = {*apart, "listen", "server_name"}
    claims = frozenset(item for item in s.listener.claims.items() if item[0] not in left_out)
    return s.listener.protocol, s.listener.way, claims


def _only(s: Situation, directives: Sequence[str]) -> Hashable:
    return tuple(map(s.listener.values, directives))


def _endpoint(s: Situation) -> tuple[Hashable, ...]:
    """Protocol, way into TLS and, where that is a matter of it, the STARTTLS mode."""
    listener = s.listener
    mode = "" if listener.way is Way.IMPLICIT else listener.value("starttls")
    return listener.protocol, listener.way, mode


def stood_for(s: Situation, requirement: str, directive: str) -> str | None:
    """Why a requirement need not be judged here: another listener of the target stands for it.

    Only where both are servers of one program that we start: a stranger's may differ
    in more than he claims.
    """
    if s.evidence < Evidence.L3:
        return None
    if alike := _of_the_program(s, requirement):
        return f"{alike}, which is like it in that, stands for it"
    if s.same_but_sessions and not directive.startswith("ssl_session_"):
        return f"{s.same_but_sessions}, which differs from it in sessions alone, stands for it"
    if s.same_but_keys and _of_dialogue(requirement, directive):
        return f"{s.same_but_keys}, which claims the same but for keys, stands for it"
    if s.same_but_clients and (directive in _ITS_OWN_PART or directive in ("rfc", "server_name")):
        return f"{s.same_but_clients}, which claims the same but of clients, stands for it"
    return None


def _of_the_program(s: Situation, requirement: str) -> str:
    """Who stands for it in what is a matter of the program rather than of a listener."""
    if requirement in _OF_WORKERS:
        return s.cache_twin
    return s.twin if requirement == "ssl_ecdh_curve.auto_several" else ""


def _of_dialogue(requirement: str, directive: str) -> bool:
    """Whose key the session is under makes no difference to it."""
    about_tls = requirement.startswith("auth_http.ssl_")
    said = directive in ("rfc", "starttls", "auth_http", "ssl")
    return requirement in _SAID or (said and not about_tls)


_SAID = frozenset(f"security.{x}" for x in ("no_reflection", "long_line", "no_clear_after_garbage"))
