"""Answering a scenario from a tape: what was asked in the run, in its order, and was answered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn, TypeVar

from conformance.applicability import Situation
from conformance.evidence.codec import Decoder, Encoder
from conformance.evidence.recording import hiding
from conformance.harness.clients import Client, Errand
from conformance.harness.endpoint import Endpoint
from conformance.harness.observation import AuthRequest, BackendSession, Login, Observation, Offer
from conformance.listener import Listener
from conformance.premises import Missing
from conformance.report.evidence import digest
from conformance.trying import Tried, Tries, Values, change_of
from conformance.verdict import Judgement, NotApplicable, NoVerdict, Verdict
from conformance.visitor import USER

T = TypeVar("T")


@dataclass
class Archive:
    """The visits and texts of a report. A visit is decoded when it is first asked for."""

    visits: Mapping[str, Any]
    decoder: Decoder
    _made: dict[str, Observation] = field(default_factory=dict)

    def visit(self, name: str) -> Observation:
        """The observation of that digest. Raises `Missing`, `Undecodable`."""
        if name not in self._made:
            if name not in self.visits:
                raise Missing(f"the report has no visit {name}")
            self._made[name] = self.decoder.value(Observation, self.visits[name])
        return self._made[name]


class Replay:
    """A `Caller` that answers from a tape, and opens no socket.

    Raises `Missing` where the scenario asks for something else than the run did.
    """

    def __init__(self, tape: Sequence[Sequence[Any]], archive: Archive) -> None:
        self._rest = list(tape)
        self._archive = archive

    def visit(self, listener: Listener, offer: Offer, *, log_in: str = "") -> Observation:
        """The observation of this offer at this listener."""
        said, name = self._next("visit")
        made = self._archive.visit(name)
        asked = replace(offer, login=made.offer.login) if log_in else offer
        there, here = self._alike(made.endpoint, made.offer), self._alike(listener.endpoint, asked)
        if said != log_in or there != here:
            self._otherwise(f"{asked.shown()} at {listener.endpoint}", f"{made.offer.shown()}")
        return replace(made, offer=asked)

    def login(self, word: str = USER) -> Login:
        """The login that was handed out, with a stand-in for its password."""
        return Login(*self._next("login"))

    def heard(self, user: str) -> tuple[AuthRequest, ...]:
        """What was heard of that user."""
        return self._value(tuple[AuthRequest, ...], self._of("heard", user))

    def sessions(self, user: str) -> tuple[BackendSession, ...]:
        """What the back ends saw of that user."""
        return self._value(tuple[BackendSession, ...], self._of("sessions", user))

    def errand(self, client: Client, endpoint: Endpoint, login: Login) -> Errand:
        """What became of that client."""
        return self._value(Errand, self._of("errand", client.__name__.partition("_")[0]))

    @property
    def trying(self) -> Tries:
        """What the product made of configurations."""
        return _Tries(self)

    @contextmanager
    def two_workers(self, situation: Situation) -> Iterator[tuple[Situation, Replay, Replay]]:
        """The two workers that were started; either answers from this tape."""
        _, host = self._next("workers")
        endpoint = replace(situation.listener.endpoint, host=host)
        yield replace(situation, listener=situation.listener.at(endpoint)), self, self

    def answer(self, kind: str, asked: str) -> Any:
        """The answer to a question of that kind."""
        return self._of(kind, asked)

    def finish(self) -> None:
        """Nothing may be left over. Raises `Missing`."""
        if self._rest:
            kind, asked, *_ = self._rest[0]
            self._otherwise("nothing more", f"{kind} {asked}".strip())

    def _of(self, kind: str, asked: str) -> Any:
        about, answer = self._next(kind)
        if about != asked:
            self._otherwise(f"{kind} {asked}", f"{kind} {about}")
        return answer

    def _next(self, kind: str) -> tuple[Any, Any]:
        """What the next row says, which is of that kind, or of something that was raised."""
        row = self._rest.pop(0) if self._rest else ["nothing more"]
        match row:
            case ["no verdict", str(asked), [expected, observed, names]] if asked == kind:
                seen = tuple(self._archive.visit(name) for name in names)
                raise NoVerdict(Judgement(Verdict.INCONCLUSIVE, expected, observed, seen))
            case ["not applicable", str(asked), reason] if asked == kind:
                raise NotApplicable(reason)
        if row[0] != kind:
            self._otherwise(kind, str(row[0]))
        _, about, answer = row
        return about, answer

    def _otherwise(self, asks: str, asked: str) -> NoReturn:
        raise Missing(f"the scenario asks for {asks}, where the run asked for {asked}")

    def _alike(self, endpoint: Endpoint, offer: Offer) -> str:
        """What is the same when the same is asked."""
        encoder = Encoder(digest, hiding([]))
        return json.dumps([encoder.value(endpoint), encoder.value(offer)])

    def _value(self, kind: type[T], found: Any) -> T:
        value: T = self._archive.decoder.value(kind, found)
        return value


class _Tries:
    """What was tried, one after the other."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay

    def __call__(
        self,
        *,
        main: Sequence[str] = (),
        mail: Sequence[str] = (),
        servers: Sequence[Mapping[str, Values]] = (),
        **server: Values,
    ) -> Tried:
        change = change_of(main, mail, [server, *servers])
        accepted, words = self._replay.answer("tried", change)
        return Tried(change, accepted, words)

    @contextmanager
    def pipe(self, content: bytes) -> Iterator[str]:
        yield self._replay.answer("pipe", "")
