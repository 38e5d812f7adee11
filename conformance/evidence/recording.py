"""Noting what a scenario asks and is answered: between it and whoever makes its visits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from conformance.applicability import Situation
from conformance.evidence.codec import Encoder, plainly
from conformance.harness.clients import Client, Errand
from conformance.harness.endpoint import Endpoint
from conformance.harness.mail.dialect import secret_forms
from conformance.harness.observation import AuthRequest, BackendSession, Login, Observation, Offer
from conformance.listener import Listener
from conformance.report.evidence import Evidence, compact, digest
from conformance.trying import Tried, Tries, Values
from conformance.verdict import NotApplicable, NoVerdict
from conformance.visitor import USER, Caller, Starter

T = TypeVar("T")

# What stands for a password says how long it is (as a literal of IMAP does) and nothing else.
_STANDS = "~^"


def stand_in(password: str) -> str:
    """What stands for that password in the evidence."""
    size = len(password.encode())
    return (_STANDS * size)[:size]


class Shelf:
    """Keeps observations and long texts, each once, for all the tapes of a process.

    Headers of the auth server's with `private` names are kept without their values.
    """

    def __init__(self, private: frozenset[str] = frozenset()) -> None:
        self._private = private
        self.evidence = Evidence()
        self._known: set[str] = set()
        self._seen: dict[int, tuple[Observation, str]] = {}

    def keep(self, text: str) -> str:
        """Keep a long text; returns its digest."""
        return self._put("texts", text, compact(text))

    def keep_visit(self, made: Observation, logins: Sequence[Login], invented: str = "") -> str:
        """Keep an observation, its own password and those of these logins hidden.

        A password that a scenario `invented` is nobody's. Returns the digest.
        """
        name = self._seen.get(id(made), (made, ""))[1]
        if not name:
            login = made.offer.login
            own = [login] if login and login.password != invented else []
            text = compact(self.encoded(made, [*logins, *own]))
            name = self._put("visits", text, text)
            # Held, so that its id stays its own. Where somebody logs in it may yet become known
            # that a password is in it.
            if not logins:
                self._seen[id(made)] = (made, name)
        return name

    def encoded(self, value: Any, logins: Sequence[Login]) -> Any:
        """The JSON of a value, the passwords of these logins hidden."""
        return Encoder(self.keep, hiding(logins), self._private).value(value)

    def _put(self, section: str, content: str, text: str) -> str:
        name = digest(content)
        if name not in self._known:
            self._known.add(name)
            self.evidence.sections[section][name] = text
        return name


def hiding(logins: Sequence[Login]) -> Callable[[bytes], bytes]:
    """What puts the stand-in, in whatever form, for the passwords of these logins."""
    pairs = {
        real.encode(): other.encode()
        for login in logins
        for real, other in zip(
            secret_forms(login.user, login.password),
            secret_forms(login.user, stand_in(login.password)),
            strict=True,
        )
        if real
    }
    if not pairs:
        return plainly
    longest_first = sorted(pairs, key=len, reverse=True)

    def hide(data: bytes) -> bytes:
        for real in longest_first:
            if real in data:
                data = data.replace(real, pairs[real])
        return data

    return hide


class Recording:
    """Stands before a `Caller` for one check, and notes each call and its answer on `tape`.

    A row of the tape is the kind of the call, what it was called with, and the answer.
    """

    def __init__(self, caller: Caller, shelf: Shelf) -> None:
        self._caller = caller
        self._shelf = shelf
        self._logins: list[Login] = []
        self.tape: list[list[Any]] = []

    def visit(self, listener: Listener, offer: Offer, *, log_in: str = "") -> Observation:
        """Have the visit made; the tape has the observation's digest."""
        made = self._asked("visit", lambda: self._caller.visit(listener, offer, log_in=log_in))
        own = offer.login.password if offer.login else ""
        invented = "" if own in {login.password for login in self._logins} else own
        kept = self._shelf.keep_visit(made, self._logins, invented)
        self.tape.append(["visit", log_in, kept])
        return made

    def login(self, word: str = USER) -> Login:
        """The tape has a stand-in for the password."""
        login = self._caller.login(word)
        self._logins.append(login)
        self.tape.append(["login", login.user, stand_in(login.password)])
        return login

    def heard(self, user: str) -> tuple[AuthRequest, ...]:
        """The tape has the requests."""
        found = self._caller.heard(user)
        self.tape.append(["heard", user, self._encoded(found)])
        return found

    def sessions(self, user: str) -> tuple[BackendSession, ...]:
        """The tape has the sessions."""
        found = self._caller.sessions(user)
        self.tape.append(["sessions", user, self._encoded(found)])
        return found

    def errand(self, client: Client, endpoint: Endpoint, login: Login) -> Errand:
        """The tape has what became of it."""
        done = self._caller.errand(client, endpoint, login)
        self.tape.append(["errand", done.client, self._encoded(done)])
        return done

    @property
    def trying(self) -> Tries | None:
        """What tries configurations, and notes what became of them."""
        real = self._caller.trying
        return _Tries(real, self) if real is not None else None

    @contextmanager
    def two_workers(self, situation: Situation) -> Iterator[tuple[Situation, Recording, Recording]]:
        """The tape has where they were; what is asked of either goes to the same tape."""
        start = cast(Starter, self._caller).two_workers(situation)
        moved, *callers = self._asked("workers", start.__enter__)
        self.tape.append(["workers", "", moved.listener.endpoint.host])
        one, other = (Recording(caller, self._shelf) for caller in callers)
        one.tape = other.tape = self.tape
        try:
            yield moved, one, other
        finally:
            start.__exit__(None, None, None)

    def note(self, kind: str, asked: str, answer: Any) -> None:
        """Put what a part of this saw on the tape."""
        self.tape.append([kind, asked, answer])

    def _encoded(self, value: Any) -> Any:
        return self._shelf.encoded(value, self._logins)

    def _asked(self, kind: str, call: Callable[[], T]) -> T:
        """What was answered; what was raised is an answer, too."""
        try:
            return call()
        except NoVerdict as error:
            judgement = error.judgement
            seen = [x for x in judgement.evidence if isinstance(x, Observation)]
            kept = [self._shelf.keep_visit(x, self._logins) for x in seen]
            self.tape.append(["no verdict", kind, [judgement.expected, judgement.observed, kept]])
            raise
        except NotApplicable as error:
            self.tape.append(["not applicable", kind, str(error)])
            raise


class _Tries:
    """Tries configurations, and notes what became of each."""

    def __init__(self, real: Tries, recording: Recording) -> None:
        self._real, self._recording = real, recording

    def __call__(
        self,
        *,
        main: Sequence[str] = (),
        mail: Sequence[str] = (),
        servers: Sequence[Mapping[str, Values]] = (),
        **server: Values,
    ) -> Tried:
        tried = self._real(main=main, mail=mail, servers=servers, **server)
        self._recording.note("tried", tried.change, [tried.accepted, tried.words])
        return tried

    @contextmanager
    def pipe(self, content: bytes) -> Iterator[str]:
        """The name is noted."""
        with self._real.pipe(content) as name:
            self._recording.note("pipe", "", name)
            yield name
