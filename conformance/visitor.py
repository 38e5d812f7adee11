"""The `visit` of scenarios: calls at one listener with defaults, and remembers what it saw."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, cast

from conformance.applicability import Evidence, Situation
from conformance.claimed_groups import why_barred
from conformance.harness.clients import Client, Errand
from conformance.harness.endpoint import Endpoint, Way
from conformance.harness.mail import DIALECTS
from conformance.harness.mail.words import Command, Verb
from conformance.harness.observation import AuthRequest, BackendSession, Login, Observation, Offer
from conformance.harness.pki.person import Person
from conformance.harness.pki.standing import Standing
from conformance.listener import Listener
from conformance.phrases import on_mailbox
from conformance.premises import premises
from conformance.refusals import login_denied, names_certificate
from conformance.trying import Tries
from conformance.verdict import NotApplicable

# "Bring no certificate", where leaving it out would mean "bring what gets you in".
NOBODY = Person("nobody", Path("/nonexistent"), Path("/nonexistent"))
EVERY_VERSION = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
# Whose login the target lets in, and whose the auth server always refuses.
USER = "user"
DENIED = "denied"


class Caller(Protocol):
    """What makes visits and hands out logins: the suite, or a stored report."""

    def visit(self, listener: Listener, offer: Offer, *, log_in: str = "") -> Observation:
        """Visit the listener; with `log_in` under a login of its own (`USER`, `DENIED`)."""

    def login(self, word: str = USER) -> Login:
        """A login that the target lets in (a fresh name, where the doubles are behind it)."""

    def heard(self, user: str) -> tuple[AuthRequest, ...]:
        """What the auth double was asked about a user."""

    def sessions(self, user: str) -> tuple[BackendSession, ...]:
        """What the back ends saw of a user."""

    def errand(self, client: Client, endpoint: Endpoint, login: Login) -> Errand:
        """Send somebody else's client there."""

    @property
    def trying(self) -> Tries | None:
        """What tries configurations on the target's product; None where we did not start it."""


class Starter(Caller, Protocol):
    """Who started the target can start a server of it once more."""

    def two_workers(
        self, situation: Situation
    ) -> AbstractContextManager[tuple[Situation, Caller, Caller]]:
        """The server in another place with two workers, and who visits each of them."""


class Visitor:
    """Visits one listener: `visit(person, versions=…, inside=…)` takes the fields of `Offer`.

    Without a person it brings what the listener demands: the trusted client
    where `ssl_verify_client on` is claimed, nobody elsewhere. Without versions
    it offers all of TLSv1 to TLSv1.3, so that it gets in wherever TLS works.
    Whoever brings a certificate and nothing else of his own also logs in, where
    logins can be followed: one visit then shows what becomes of the client and
    what the auth server hears of him. The
    passwords of the logins that it hands out are shown nowhere, in whatever form
    and place a scenario says them.
    """

    def __init__(self, caller: Caller, situation: Situation) -> None:
        self._caller = caller
        self._situation = situation
        self.seen: list[Observation] = []
        self._secrets: set[bytes] = set()

    def __call__(
        self, person: Person | None = None, *, login: bool | str | Login = False, **fields: Any
    ) -> Observation:
        """One visit; `login=True` logs in with a name of its own, a `Login` with that one.

        `login=DENIED` takes the right password, and a name that the auth server refuses.
        """
        listener = self._situation.listener
        followed = self._situation.evidence >= Evidence.L2 and not login and not fields
        if followed and (self._brought(person) or (person is NOBODY and self._demanding)):
            seen = self._call(listener, person, True, fields)
            # One whom the login was denied may have been served until then; but where that names
            # the certificate, or others get in, it is denied for that.
            if not login_denied(seen) or names_certificate(seen) or self._others_log_in(person):
                return seen
        return self._call(listener, person, login, fields)

    @property
    def _demanding(self) -> bool:
        """Nobody is let in without a certificate."""
        return self._situation.listener.value("ssl_verify_client") == "on"

    def _others_log_in(self, person: Person | None) -> bool:
        """Somebody trusted logs in where this one was denied."""
        trusted = self._situation.cast.get(Standing.TRUSTED)
        if trusted is None or trusted == self._brought(person):
            return False
        seen = self._call(self._situation.listener, trusted, True, {})
        return seen.login is not None and not login_denied(seen)

    @property
    def situation(self) -> Situation:
        """Where it is."""
        return self._situation

    def at(self, situation: Situation) -> Visitor:
        """A visitor to another listener, whose visits are evidence here."""
        other = Visitor(self._caller, situation)
        other.seen = self.seen
        return other

    @contextmanager
    def two_workers(self) -> Iterator[tuple[Visitor, Visitor]]:
        """Visitors to each of two workers of this server; `started_by_us` makes sure."""
        starter = cast(Starter, self._caller)
        with starter.two_workers(self._situation) as (moved, *callers):
            visitors = [Visitor(caller, moved) for caller in callers]
            for visitor in visitors:
                visitor.seen = self.seen
            yield visitors[0], visitors[1]

    def until(self, moment: float) -> None:
        """Wait for that moment of the monotonic clock, which is no target's doing."""
        premises().wait(moment)

    def by(self, way: Way, person: Person | None = None, **fields: Any) -> Observation:
        """One visit by another way into TLS than the claimed one."""
        listener = self._situation.listener
        endpoint = replace(listener.endpoint, way=way)
        return self._call(listener.at(endpoint), person, False, fields)

    def new_login(self, password: str | None = None) -> Login:
        """A login for one use; with a password of the scenario's own, nobody lets it in."""
        login = self._caller.login()
        return self._handed_out(login if password is None else Login(login.user, password))

    def _handed_out(self, login: Login) -> Login:
        dialect = DIALECTS[self._situation.listener.protocol]
        self._secrets |= dialect.secrets(Command(Verb.LOGIN, f"{login.user} {login.password}"))
        return login

    def errand(self, client: Client) -> Errand:
        """What becomes of somebody else's client here, with a login of its own."""
        return self._caller.errand(client, self._situation.listener.endpoint, self.new_login())

    def heard(self, login: Login) -> tuple[AuthRequest, ...]:
        """What the auth server was asked about this login's user."""
        return self._caller.heard(login.user)

    def sessions(self, login: Login) -> tuple[BackendSession, ...]:
        """What the back ends saw of this login's user."""
        return self._caller.sessions(login.user)

    def _brought(self, person: Person | None) -> Person | None:
        """Who comes, where a scenario says `person`."""
        if person is None and self._situation.listener.value("ssl_verify_client") == "on":
            return self._situation.cast.get(Standing.TRUSTED)
        return None if person is NOBODY else person

    def _call(
        self,
        listener: Listener,
        person: Person | None,
        login: bool | str | Login,
        fields: dict[str, Any],
    ) -> Observation:
        own = login if isinstance(login, Login) else None
        word = "" if own or not login else USER if login is True else str(login)
        if word == USER and self._situation.evidence >= Evidence.L2:
            # What is relayed is a question about every login; one visit answers it.
            fields = {"inside": (on_mailbox(listener.protocol),), **fields}
        offer = Offer(
            person=self._brought(person),
            login=own,
            **{"versions": EVERY_VERSION, **_frozen(fields)},
        )
        _check_certificate(listener, offer)
        observation = self._caller.visit(listener, offer, log_in=word)
        # In a RAW command or behind STARTTLS nobody else knows them for secrets.
        observation.transcript.secrets |= self._secrets
        self.seen.append(observation)
        return observation


def _check_certificate(listener: Listener, offer: Offer) -> None:
    """Raises `NotApplicable` where a client's certificate cannot be shown at all."""
    if offer.person is None or offer.person is NOBODY or offer.hello_only:
        return
    if why := why_barred(listener, offer.person.certificate, offer.versions, offer.groups):
        raise NotApplicable(why)


def _frozen(fields: dict[str, Any]) -> dict[str, Any]:
    """Lists, which read better in scenarios, as the tuples that an Offer holds."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}
