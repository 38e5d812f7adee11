"""One visit to a listener: bring an offer, do what it says, bring back what was seen.

A visit judges nothing and never raises for what a target does. Every wait has
a deadline, and the connection is over when the visit is.
"""

from __future__ import annotations

import contextlib
import itertools
import time
import typing
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NoReturn, TypeVar

from .conversation import Channel, Closed, Conversation, Role, Settled, settle
from .endpoint import Endpoint, Protocol, Way
from .mail import DIALECTS
from .mail.words import CAPABILITIES, Command, Kind, Reply, Verb
from .observation import (
    Alert,
    AuthRequest,
    BackendSession,
    Ending,
    Exchange,
    Observation,
    Offer,
    Session,
    Stage,
    TlsFacts,
    answered_well,
)
from .patience import Patience
from .tls.client import SecureChannel, obstacle
from .tls.hello import hello
from .tls.outcome import AlertReceived, HandshakeFailed, Unofferable, ending_of
from .tls.versions import has_gap
from .transcript import Layer, Side, Transcript, escaped
from .unsealed import Unsealed
from .wire import Silence, Wire, WireError

if TYPE_CHECKING:
    from .tls.details import DetailedChannel

EXCERPT = 80
# Dovecot lets whoever failed to log in wait for up to 15 s.
LOGIN_FACTOR = 8.0
T = TypeVar("T")


def patience_for(offer: Offer, patience: Patience) -> Patience:
    """How patient a visit with this offer is where others are as patient as that."""
    return patience.longer(LOGIN_FACTOR) if offer.logs_in or offer.patient else patience


class Records(typing.Protocol):
    """What the doubles know of a user's logins, in order."""

    def records(self, user: str) -> tuple[tuple[AuthRequest, ...], tuple[BackendSession, ...]]:
        """The requests at the auth server with that user name, and the back ends' sessions."""


def visit(
    endpoint: Endpoint, offer: Offer, patience: Patience, doubles: Records | None = None
) -> Observation:
    """Pay one visit and tell everything that was seen.

    Raises nothing for what the target does, `ValueError` for an offer that
    cannot be put into bytes. With `doubles`, what they saw of the login is
    attached.
    """
    return _Visit(endpoint, offer, patience).pay(doubles)


def several(calls: Iterable[Callable[[], T]], workers: int = 8) -> list[T]:
    """The results of `calls` in their order; `workers` run at once, so that waits overlap."""
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda call: call(), calls))


class _Sealed(Channel, typing.Protocol):
    @property
    def session(self) -> Session | None: ...

    def close(self) -> None: ...

    @property
    def clean_close(self) -> bool: ...


class _Stop(Exception):
    """The visit has seen what there is to see."""


class _Visit:
    """The state of one visit under way."""

    def __init__(self, endpoint: Endpoint, offer: Offer, patience: Patience) -> None:
        self.endpoint = endpoint
        self.offer = offer
        self.patience = patience_for(offer, patience)
        self.transcript = Transcript()
        self.stage = Stage.CONNECT
        self.ending = Ending.OPEN
        self.note = ""
        self.local_host = ""
        self.alert: Alert | None = None
        self.tls: TlsFacts | None = None
        self.greeting: Reply | None = None
        self.sealed: _Sealed | None = None
        self.detailed: DetailedChannel | None = None
        self.dialect = DIALECTS[endpoint.protocol]
        self.logged_in = False
        self.reaction: tuple[str, ...] = ()
        self.talks: list[Conversation] = []
        self.tags = (f"w{number}" for number in itertools.count(1))

    @property
    def upgrading(self) -> bool:
        """The visit means to go into TLS by STARTTLS."""
        return self.endpoint.way is Way.STARTTLS and self.offer.upgrade

    def pay(self, doubles: Records | None) -> Observation:
        """Do everything, in order; see `visit`."""
        start = time.monotonic()
        try:
            with Wire(self.endpoint, self.patience, self.transcript) as wire:
                self.local_host = wire.local_host
                self._run(wire)
        except _Stop:
            pass
        except HandshakeFailed as failure:
            self._saw(failure.facts)
            self._end(failure.ending, failure.note, failure.alert)
        except WireError as error:
            self._fail(error)
        return self._observation(time.monotonic() - start, doubles)

    def _run(self, wire: Wire) -> None:
        if self.endpoint.way is Way.IMPLICIT:
            talk = self._inside_tls(wire)
            self._greet(talk)
        else:
            talk = self._talk(wire, wire, Layer.CLEAR)
            self._greet(talk)
            self.stage = Stage.GREETING
            # A second EHLO is a question of its own, which not everybody takes.
            if self.offer.before[:1] != (CAPABILITIES,):
                self._introduce(talk)
            self._say(talk, self.offer.before, Role.BEFORE)
            if self.offer.login_before_tls:
                self._login(talk)
            if self.upgrading:
                talk = self._upgrade(wire, talk)
        self._serve(talk)
        self._leave(talk)

    def _talk(self, channel: Channel, wire: Wire, layer: Layer) -> Conversation:
        talk = Conversation(channel, wire, self.dialect, layer, self.tags)
        self.talks.append(talk)
        return talk

    def _greet(self, talk: Conversation) -> None:
        self.greeting = greeting = talk.greeting()
        if greeting.kind is Kind.MALFORMED:
            self._end(Ending.GARBAGE, escaped(greeting.lines[0][:EXCERPT]))
            raise _Stop
        if not greeting.positive:
            talk.hear_out()

    def _upgrade(self, wire: Wire, talk: Conversation) -> Conversation:
        offer = self.offer
        reply = talk.ask(offer.starttls, Role.UPGRADE, offer.glued, offer.trailing)
        rest = talk.fork()
        self.talks.append(rest)
        if not reply.positive:
            return rest
        self.stage = Stage.UPGRADE
        return self._inside_tls(wire)

    def _inside_tls(self, wire: Wire) -> Conversation:
        if self.offer.spoil:
            self._spoil(wire)
            raise _Stop
        self.sealed = self._handshake(wire)
        self.stage = Stage.HANDSHAKE
        return self._talk(self.sealed, wire, Layer.TLS)

    def _handshake(self, wire: Wire) -> _Sealed:
        offer, deadline = self.offer, self.patience.deadline()
        if offer.hello_only or has_gap(offer.versions):
            self._hello(wire)
        if not (offer.request_details or offer.provoke or obstacle(offer)):
            channel = SecureChannel(wire, offer)
            self.tls = channel.handshake(deadline)
            return channel
        # What it stands on takes a tenth of a second to import, and few visits need it.
        from .tls.details import detailed_handshake

        try:
            self.tls, self.detailed = detailed_handshake(wire, offer, deadline)
        except Unofferable:
            self._hello(wire)
        return self.detailed

    def _hello(self, wire: Wire) -> NoReturn:
        seen = hello(wire, self.offer, self.patience.deadline())
        self._saw(seen.facts)
        self.reaction = seen.reaction
        self._end(seen.ending, seen.note, seen.alert)
        raise _Stop

    def _saw(self, facts: TlsFacts) -> None:
        """Keep what a handshake showed that was not completed, if anything."""
        self.tls = facts if facts != TlsFacts() else None

    def _spoil(self, wire: Wire) -> None:
        wire.note(Side.CLIENT, Layer.CLEAR, self.offer.spoil)
        wire.send(self.offer.spoil)
        unsealed = Unsealed(wire)
        try:
            # A server that says nothing may still have gone back to plain commands.
            with contextlib.suppress(Silence):
                unsealed.reaction(self.patience.deadline())
            self._say(
                self._talk(unsealed, wire, Layer.CLEAR),
                self.offer.after_failure,
                Role.AFTER_FAILURE,
            )
        finally:
            if unsealed.alert:
                self._end(Ending.ALERT, alert=unsealed.alert)

    def _serve(self, talk: Conversation) -> None:
        """What is said where the visit meant to get, or where a refused upgrade left it."""
        secured = talk.layer is Layer.TLS
        if self.offer.provoke and self.detailed is not None:
            self.reaction = self.detailed.renegotiate(self.patience.deadline())
            raise _Stop
        # Behind smuggled octets our first words must be the ones that are looked at.
        if secured and not (self.offer.glued or self.offer.trailing):
            self._introduce(talk)
        if (secured or not self.upgrading) and not self.offer.login_before_tls:
            self._login(talk)
        if secured or not self.upgrading:
            self._say(talk, self.offer.inside, Role.INSIDE)
        if self.offer.probe:
            self._probe(talk)

    def _probe(self, talk: Conversation) -> None:
        """The closing probe; who declines it twice does not know it, and is asked something else.

        Declined once only, it may have been taken for what was asked for before.
        """
        probe = self.dialect.probe(self.logged_in)
        if self._say(talk, (probe,), Role.PROBE) or self.logged_in:
            return
        declined = talk.said[-1].answer
        other = self.dialect.instead(declined) if declined else None
        if other and not self._say(talk, (probe,), Role.PROBE):
            self._say(talk, (other,), Role.PROBE)

    def _introduce(self, talk: Conversation) -> None:
        """An SMTP server may take nothing else first, and forgets us at the upgrade (RFC 3207)."""
        if self.offer.introduce and self.endpoint.protocol is Protocol.SMTP:
            self._say(talk, (CAPABILITIES,), Role.INTRODUCTION)

    def _login(self, talk: Conversation) -> None:
        if login := self.offer.login:
            command = Command(Verb.LOGIN, f"{login.user} {login.password}")
            self.logged_in = self._say(talk, (command,), Role.LOGIN)

    def _say(self, talk: Conversation, commands: tuple[Command, ...], role: Role) -> bool:
        """Whether all of them were answered positively."""
        replies = []
        for command in commands:
            replies.append(talk.ask(command, role))
            if replies[-1].kind is Kind.BYE:
                talk.hear_out()
        return all(reply.positive for reply in replies)

    def _leave(self, talk: Conversation) -> None:
        """QUIT; after an upgrade was asked for, to the very end, so that every reply is counted."""
        try:
            if not self.offer.probe:
                pass  # whatever we said now would be part of the exchange that is open
            elif self.upgrading:
                talk.part()
            else:
                talk.quit()
        except WireError as error:
            # Once somebody has served us, how he takes our leave is only worth a remark.
            served = any(said.answer and said.answer.positive for said in talk.said)
            if isinstance(error, AlertReceived) or not served:
                self._fail(error)
            elif not isinstance(error, Closed):
                self.note = f"after QUIT: {error}"
        if self.sealed:
            self.sealed.close()

    def _fail(self, error: WireError) -> None:
        match error:
            case Closed():
                self._end(Ending.CLOSED, str(error))
            case AlertReceived(alert=alert):
                self._end(Ending.ALERT, alert=alert)
            case Silence() if self.talks and self.talks[-1].garbled:
                self._end(Ending.GARBAGE, str(error))
            case _:
                self._end(ending_of(error), str(error))

    def _end(self, ending: Ending, note: str = "", alert: Alert | None = None) -> None:
        if self.alert is None:
            self.ending, self.alert, self.note = ending, alert, note

    def _observation(self, seconds: float, doubles: Records | None) -> Observation:
        upgraded = self.upgrading and self.sealed is not None
        accounts = [
            settle(
                self.dialect,
                talk.said,
                talk.replies,
                upgraded=upgraded and talk is self.talks[-1],
                opening=talk is self.talks[0],
            )
            for talk in self.talks
        ]
        roles = {said.role for account in accounts for said in account.said}
        found = {r: tuple([e for a in accounts for e in a.exchanges(r)]) for r in roles}
        login = self.offer.login
        auth, backend = doubles.records(login.user) if doubles and login else ((), ())
        return Observation(
            endpoint=self.endpoint,
            offer=self.offer,
            stage=self._stage_reached(accounts),
            ending=self.ending,
            transcript=self.transcript,
            greeting=self.greeting,
            clear=found.get(Role.BEFORE, ()),
            upgrade=_only(found.get(Role.UPGRADE, ())),
            tls=self.tls,
            alert=self.alert,
            unsolicited=accounts[-1].ahead if upgraded else (),
            inside=found.get(Role.INSIDE, ()),
            login=_only(found.get(Role.LOGIN, ())),
            probe=_counting(found.get(Role.PROBE, ())),
            after_failure=found.get(Role.AFTER_FAILURE, ()),
            strays=_strays(accounts, upgraded),
            close_notify=self.sealed.clean_close if self.sealed else None,
            auth=auth,
            backend=backend,
            note=self.note,
            seconds=seconds,
            local_host=self.local_host,
            reaction=self.reaction,
            session=self.sealed.session if self.sealed and self.offer.keep_session else None,
        )

    def _stage_reached(self, accounts: Sequence[Settled]) -> Stage:
        if self.endpoint.way is Way.IMPLICIT:
            served = self.greeting is not None and self.greeting.positive
        elif self.upgrading and self.sealed is None:
            served = False
        else:
            roles = (Role.LOGIN, Role.INSIDE, Role.PROBE)
            served = any(s.answer for a in accounts[-1:] for s in a.said if s.role in roles)
        return Stage.SERVICE if served else self.stage


def _strays(accounts: Sequence[Settled], upgraded: bool) -> tuple[Reply, ...]:
    listed = [(a.ahead, a.later) for a in accounts]
    if upgraded:
        listed[-1] = ((), accounts[-1].later)
    return tuple(reply for ahead, later in listed for reply in (*ahead, *later))


def _only(exchanges: tuple[Exchange, ...]) -> Exchange | None:
    return exchanges[0] if exchanges else None


def _counting(probes: tuple[Exchange, ...]) -> Exchange | None:
    """The first, or what was granted in place of one that is not known."""
    return probes[-1] if len(probes) > 2 and answered_well(probes[-1]) else _only(probes)
