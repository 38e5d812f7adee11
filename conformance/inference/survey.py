"""All that is to be seen at one address: the rooms in their order, each with its visits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from conformance.harness.endpoint import Endpoint, Way
from conformance.harness.patience import Patience
from conformance.harness.pki.person import Person
from conformance.inference import (
    alpn,
    capabilities,
    certificates,
    ciphers,
    dh,
    groups,
    protocols,
    sessions,
    starttls,
    trust,
    verification,
)
from conformance.inference.asker import LIMIT, Asker, GivenUp
from conformance.inference.finding import Finding, Found, Surety, known, unknown

# What never shows, and why.
_HIDDEN = {
    "ssl_password_file": "a pass-phrase opens a key when the server starts; nothing of it shows",
    "auth_http_pass_client_cert": "the auth server alone is told: waxseal certify plays it",
    "auth_http": "it is behind the proxy: the one above is made up, since nginx wants one",
    "ssl_conf_command": "what it changes shows as if another directive had said it",
}


@dataclass(frozen=True)
class Means:
    """What is brought along: people, a kit's files, ticket keys by path, and time."""

    people: tuple[Person, ...] = ()
    files: trust.Files | None = None
    keys: Mapping[str, bytes] = field(default_factory=dict)
    wait: float = 0.0
    limit: int = LIMIT


@dataclass(frozen=True)
class Survey:
    """What was found at an endpoint, in how many visits; `halted` says why it is not all."""

    endpoint: Endpoint
    found: Found
    visits: int
    halted: str = ""

    def get(self, directive: str) -> tuple[Finding, ...]:
        """The findings of a directive: of files there is one for each."""
        return tuple(one for one in self.found.findings if one.directive == directive)


def survey(
    endpoint: Endpoint,
    patience: Patience,
    means: Means,
    tell: Callable[[str, int], None] = lambda room, made: None,
    stem: str = "",
) -> Survey:
    """Look at an endpoint, one visit at a time; `tell` hears which room is at work.

    The names of files begin with `stem`, by default `imap-993`.

    Where the target stops answering, what was found until then is kept.
    """
    room = [""]
    ask = Asker(endpoint, patience, means.limit, lambda made: tell(room[0], made))
    stem = stem or f"{endpoint.protocol}-{endpoint.port}"
    surveyor = _Surveyor(ask, means, room, stem)
    try:
        surveyor.run()
    except GivenUp as reason:
        return Survey(endpoint, _completed(endpoint, surveyor.found), ask.made, str(reason))
    return Survey(endpoint, _completed(endpoint, surveyor.found), ask.made)


class _Surveyor:
    spoken: tuple[str, ...] = ()

    def __init__(self, ask: Asker, means: Means, room: list[str], stem: str) -> None:
        self.ask = ask
        self.means = means
        self.found = Found()
        self._room = room
        self.stem = stem

    def _enter(self, room: str) -> None:
        self._room[0] = room

    def run(self) -> None:
        """Every room, the later ones with what the earlier ones found."""
        self._enter("starttls")
        upgrade = starttls.look(self.ask)
        self.found += starttls.findings(upgrade)
        secured = self.ask.endpoint.way is Way.IMPLICIT or upgrade.taken
        if secured and self.ask.endpoint.way is Way.NONE:
            # It has what it does not speak of.
            self.ask.endpoint = upgrade.upgrade.endpoint if upgrade.upgrade else self.ask.endpoint
        person = self._tls() if secured else None
        self._enter("capabilities")
        self.found += capabilities.findings(
            capabilities.look(self.ask, self.spoken if secured else (), person)
        )

    def _tls(self) -> Person | None:
        """The rooms of TLS; somebody who is served, where a certificate is needed and given."""
        ask = self.ask
        self._enter("protocols")
        versions = protocols.look(ask)
        self.spoken, version = versions.spoken, versions.legacy
        self.found += protocols.findings(versions)
        if not self.spoken:
            return None
        self._enter("certificates")
        shown = certificates.look(ask, version, self.spoken)
        self.found += certificates.findings(shown, self.stem)
        self._enter("ciphers")
        listed = ciphers.look(ask, version, self.spoken, certificates.signers(shown))
        self.found += ciphers.findings(listed)
        self._enter("groups")
        self.found += groups.findings(groups.look(ask, version, self.spoken, listed.had))
        self._enter("dh")
        self.found += dh.findings(dh.look(ask, version, listed.had), self.stem)
        person = self._clients(version)
        self._enter("sessions")
        self.found += sessions.findings(
            sessions.look(ask, version, self.spoken, person, self.means.wait),
            self.means.keys,
            self.stem,
        )
        self._enter("alpn")
        self.found += alpn.findings(alpn.look(ask, self.spoken))
        return person

    def _clients(self, version: str) -> Person | None:
        """Who is asked for, and judged by what; somebody who is served."""
        self._enter("verification")
        facts = verification.look(self.ask, version, self.spoken, self.means.people)
        files = self.means.files
        found = verification.findings(facts, self.stem, files.authorities if files else {})
        self.found += found + trust.findings(
            facts.mode, _authority(found.findings), facts.people, files
        )
        return facts.served if facts.mode == "on" else None


def _authority(findings: Sequence[Finding]) -> str | None:
    """The kit's CA file that the server named, "" for none; None where it is not known."""
    for one in findings:
        if one.directive == "ssl_client_certificate" and one.surety is Surety.KNOWN:
            return next(iter(one.values), "")
    return None


def _completed(endpoint: Endpoint, found: Found) -> Found:
    """With what the address itself tells, and what never shows."""
    implicit = endpoint.way is Way.IMPLICIT
    first = "a TLS handshake comes first there" if implicit else "it greets in clear"
    own = (
        known("listen", (endpoint.address, *(("ssl",) if implicit else ())), first),
        known("protocol", (str(endpoint.protocol),), "its greeting is of that protocol"),
    )
    return Found(own) + found + Found(tuple(unknown(name, why) for name, why in _HIDDEN.items()))
