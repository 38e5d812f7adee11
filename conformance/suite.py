"""A run's world: the target, what it claims, the doubles behind it, the people we can send.

Knows nothing of pytest; the plugin asks it. `prepare` makes one from the options.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

from conformance.adapting import agreed, brief_of
from conformance.answering import Answering, spoke, why_silent
from conformance.applicability import Evidence, Situation, admitted
from conformance.applying import the_whole
from conformance.cast import cast
from conformance.harness.clients import Client, Errand, errand
from conformance.harness.doubles.apart import DoublesApart, doubles_at
from conformance.harness.doubles.doubles import Doubles, DoublesError
from conformance.harness.endpoint import Endpoint, Way
from conformance.harness.observation import (
    AuthRequest,
    BackendSession,
    Login,
    Observation,
    Offer,
)
from conformance.harness.patience import Patience
from conformance.harness.pki.kit import Kit
from conformance.harness.pki.person import Person
from conformance.harness.targets.adapted import answers_of, is_adapted, start_adapter
from conformance.harness.targets.launch import start, until_ready
from conformance.harness.targets.names import is_loopback
from conformance.harness.targets.product import LaunchError
from conformance.harness.targets.running import Running
from conformance.harness.transcript import escaped
from conformance.harness.visit import several, visit
from conformance.listener import Listener
from conformance.once import Once
from conformance.options import Options
from conformance.pacing import paced
from conformance.relations import related
from conformance.resumption import come_early
from conformance.session_claims import brief
from conformance.trying import Trying
from conformance.visitor import EVERY_VERSION, Visitor
from conformance.workers import Worker, two_workers

# Listeners on which the one login is tried that shows whether the doubles are behind the target.
PROBED = 3


# Connections at the same time to somebody else's host, which may limit them.
POLITE = 2
AT_ONCE = 8


def side_by_side(hosts: Iterable[str]) -> int:
    """How many visits may be paid to these hosts at the same time."""
    return AT_ONCE if all(map(is_loopback, hosts)) else POLITE


class NoTarget(Exception):
    """There is nobody to judge (exit status 7). One line."""


class Suite:
    """The prepared run. `open` starts what is to be started; `close` ends it, whatever happened.

    `evidence` is settled once it is open, `evidence_note` says why it is no better.
    """

    def __init__(
        self, options: Options, listeners: list[Listener], kit: Kit | None, conf: Path | None = None
    ) -> None:
        self.options = options
        self.listeners = listeners
        self.kit = kit
        self.conf = conf
        self.patience = Patience(factor=options.patience)
        self.evidence = Evidence.L1 if options.targets else Evidence.L3
        self.evidence_note = ""
        self.doubles: Doubles | DoublesApart | None = None
        self.running: Running | None = None
        self.trying: Trying | None = None
        self.greeted: dict[str, Observation] = {}
        self.answering = Answering()
        # A suite beside this one, whose doubles are behind this target as well.
        self.neighbour: Suite | None = None
        self._made = Once[tuple[Endpoint, Offer, str], Observation]()
        self._stack = ExitStack()
        self._opened = False
        self.adapted = not options.targets and is_adapted(options.product)
        self._unasked = self._unreached = ""
        # Worked out once, for what is known then: every file of the claims is read for them.
        self._situations: list[Situation] = []
        self._known: tuple[object, ...] = ()

    def situations(self) -> list[Situation]:
        """Every listener with its cast, in the order of the claims."""
        known = self.evidence, self._unasked, self._unreached
        if self._situations and self._known == known:
            return self._situations
        self._known = known
        people = self.kit.people if self.kit else ()
        can_login = self.evidence >= Evidence.L2 or bool(self.options.login)
        self._situations = related(
            [
                Situation(
                    listener,
                    cast(listener, people, self.given),
                    self.evidence,
                    can_login,
                    adapted=self.adapted,
                    unasked=self._unasked,
                    unreached=self._unreached,
                )
                for listener in self.listeners
            ]
        )
        return self._situations

    @property
    def given(self) -> dict[str, Person]:
        """The operator's own people, by role."""
        return {role: Person(role, path, path) for role, path in self.options.client_certs.items()}

    @property
    def whole(self) -> Situation:
        """The target as a whole, under the name of its first listener, and with no claims."""
        whole = the_whole(self.listeners[0], self.evidence, has_kit=self.kit is not None)
        return replace(whole, adapted=self.adapted)

    def begin(self) -> None:
        """Start doubles and target, if that is for us to do, and do not wait for them.

        Raises `NoTarget`. Idempotent.
        """
        if self.options.targets or self.running is not None:
            return
        assert self.conf is not None
        auth = auth_address(self.listeners)
        try:
            if auth:
                self.doubles = self._stack.enter_context(doubles_at(auth[0], auth[1], auth[0]))
            self.running = self._stack.enter_context(self._start(self.conf))
        except (DoublesError, LaunchError) as error:
            raise NoTarget(str(error)) from error

    def start_again(self) -> int:
        """Start the target anew that we started; its first process. Raises `LaunchError`."""
        assert self.conf is not None and self.running is not None  # noqa: PT018
        self.running.stop()
        self.running = self._stack.enter_context(self._start(self.conf))
        self._await(self.running)
        return self.running.pid

    def open(self) -> None:
        """`begin`, and greet every listener. Raises `NoTarget`. Idempotent."""
        if self._opened:
            return
        self._opened = True
        self.begin()
        if self.running is not None:
            self._await(self.running)
            if self.kit is not None and not self.adapted:
                self.try_on(self.options.product, self.options.faults)
        self._greet_everybody()
        if self.options.targets:
            self._stand_behind()
            self._try_login()
        elif self.adapted:
            self._look_behind()
        self._come_early()

    def close(self) -> None:
        """End everything that was started. Idempotent."""
        self._stack.close()

    def keep(self, directory: str) -> None:
        """Remove this directory at the end."""
        self._stack.callback(shutil.rmtree, directory, ignore_errors=True)

    def login(self, word: str = "user") -> Login:
        """A login that the target lets in: a fresh name at the doubles, else the operator's."""
        if self.doubles is not None:
            return Login(self.doubles.new_user(word), self.doubles.password)
        return Login(self.options.login, os.environ.get("WAXSEAL_PASSWORD", ""))

    def heard(self, user: str) -> tuple[AuthRequest, ...]:
        """What the auth double was asked about a user."""
        return self.doubles.requests(user) if self.doubles is not None else ()

    def sessions(self, user: str) -> tuple[BackendSession, ...]:
        """What the back ends saw of a user."""
        return self.doubles.sessions(user) if self.doubles is not None else ()

    def errand(self, client: Client, endpoint: Endpoint, login: Login) -> Errand:
        """What becomes of somebody else's client there."""
        return errand(client, endpoint, login)

    def visit(self, listener: Listener, offer: Offer, *, log_in: str = "") -> Observation:
        """The observation of this offer at this listener; each is made once a run.

        An observation holds no judgement, so one visit serves every requirement
        that needs it. With a `Login` of the scenario's own in the offer the visit
        is always made. Raises `NoVerdict` where it would only be one more wait.
        """
        make = partial(self._make, listener, offer, log_in)
        if offer.login is not None:
            return make()
        return self._made.get((listener.endpoint, offer, log_in), make)

    def _make(self, listener: Listener, offer: Offer, log_in: str) -> Observation:
        def once() -> Observation:
            made = replace(offer, login=self.login(log_in)) if log_in else offer
            return visit(listener.endpoint, made, self.patience, self.doubles)

        return self.answering.take(listener, offer, once, self.patience)

    def two_workers(
        self, situation: Situation
    ) -> AbstractContextManager[tuple[Situation, Worker, Worker]]:
        """The situation's server started once more, with two workers that are visited apart."""
        assert self.conf is not None
        options = self.options
        return two_workers(options.product, self.conf, options.faults, situation, self.patience)

    def greet_again(self) -> dict[str, Observation]:
        """Visit every listener that received us at once, once more."""
        return self._greet([x for x in self._there if not self.answering.is_slow(x)])

    @property
    def _there(self) -> list[Listener]:
        """The listeners that an adapter has not declined."""
        return [x for x in self.listeners if not x.declined]

    def _start(self, conf: Path) -> Running:
        product, faults = self.options.product, self.options.faults
        if not self.adapted:
            return start(product, conf, faults)
        if faults:
            raise LaunchError(f"{product} has no faults to switch on: {', '.join(faults)}")
        if self.doubles is None:
            raise LaunchError(
                f"{product} is started by an adapter, which is told of back ends: say auth_http "
                "HOST:PORT in the configuration, and the suite has its own beside that address"
            )
        return start_adapter(product, conf, brief_of(self.listeners, self.doubles))

    def _await(self, running: Running) -> None:
        names = [listener.name for listener in self.listeners]
        try:
            if self.adapted:
                answers = answers_of(running, names, self.patience)
                self.listeners = agreed(self.listeners, answers)
                self._situations = []
            until_ready(running, [x.endpoint for x in self._there], self.patience)
        except LaunchError as error:
            raise NoTarget(str(error)) from error

    def try_on(self, product: str, faults: Sequence[str]) -> None:
        """Have configurations tried on that product, with these faults."""
        assert self.kit is not None
        self.trying = Trying(product, self.kit, self.patience, faults)
        self._stack.callback(self.trying.close)

    @property
    def _at_once(self) -> int:
        """How many visits may be paid side by side."""
        return side_by_side(x.endpoint.host for x in self.listeners)

    def _greet(self, listeners: Sequence[Listener]) -> dict[str, Observation]:
        """One ordinary visit to each, side by side."""
        offer = Offer(versions=EVERY_VERSION)
        calls = [partial(visit, listener.endpoint, offer, self.patience) for listener in listeners]
        seen = several(calls, self._at_once)
        return dict(zip((x.name for x in listeners), seen, strict=True))

    def _greet_everybody(self) -> None:
        """Who is there, and how long does it take?"""
        self.greeted = self._greet(self._there)
        for listener in self._there:
            self.answering.greeted(listener, self.greeted[listener.name])
        dead = [seen for seen in self.greeted.values() if not spoke(seen)]
        if len(dead) == len(self._there) and not any(
            several([partial(self._seals, x) for x in dead], self._at_once)
        ):
            raise NoTarget("; ".join(dict.fromkeys(map(why_silent, dead))))
        self.patience = paced(self.greeted.values(), self.patience, self._at_once)

    def _come_early(self) -> None:
        """Get the sessions whose end is to be seen: by the time they are looked at it has come."""
        in_time = [
            s
            for s in self.situations()
            if not s.listener.declined and brief(s.listener) and admitted(s) is None
        ]
        several([partial(come_early, Visitor(self, s)) for s in in_time], self._at_once)

    def _seals(self, observation: Observation) -> bool:
        """Silent in clear where a greeting is claimed: does it wait for a ClientHello?"""
        if observation.endpoint.way is Way.IMPLICIT:
            return False
        endpoint = replace(observation.endpoint, way=Way.IMPLICIT)
        other = visit(endpoint, Offer(versions=EVERY_VERSION), self.patience, None)
        return bool(other.tls or other.alert)

    def _stand_behind(self) -> None:
        """Be the target's auth server and back ends, if a login arrives there (L2)."""
        auth = self.options.doubles or (auth_address(self.listeners) if self.kit else None)
        if auth is None:
            return
        hosts = (auth[0], *(x.endpoint.host for x in self.listeners))
        if not self.options.doubles and not all(map(is_loopback, hosts)):
            self.evidence_note = (
                "the target or its auth server is on another machine, and no --doubles says "
                "where it would find ours"
            )
            return
        try:
            self.doubles = self._shared_doubles() or self._stack.enter_context(
                doubles_at(auth[0], auth[1], auth[0])
            )
        except DoublesError as error:
            self.evidence_note = str(error)
            return
        if self._login_arrives():
            self.evidence = Evidence.L2
        else:
            self.doubles = None
            self.evidence_note = f"no login arrived at our auth server on {auth[0]}:{auth[1]}"

    def _look_behind(self) -> None:
        """See what logins at a product of another kind show of themselves at the doubles."""
        asked = reached = False
        for situation in self._probed():
            login = self.login()
            Visitor(self, situation)(login=login)
            asked |= bool(self.heard(login.user))
            reached |= bool(self.sessions(login.user))
        name = self.options.product
        self._unasked = "" if asked else f"{name} does not ask an auth server who may log in"
        self._unreached = "" if reached else f"no login at {name} is passed on to a back end"

    def _probed(self, suited: Callable[[Situation], bool] = lambda s: True) -> list[Situation]:
        """The first few (of those that are `suited`) that let us in."""
        there = (s for s in self.situations() if not s.listener.declined and admitted(s) is None)
        return list(islice(filter(suited, there), PROBED))

    def _shared_doubles(self) -> Doubles | DoublesApart | None:
        """A neighbour's, where both have the same auth server."""
        other = self.neighbour
        if other is None or other.options.doubles != self.options.doubles:
            return None
        same = auth_address(other.listeners) == auth_address(self.listeners)
        return other.doubles if same or self.options.doubles else None

    def _try_login(self) -> None:
        """Is the operator's login let in anywhere? What a mistyped one shows is no target's fault.

        Raises `NoTarget` where it is refused at the first few listeners that let us in.
        """
        if not self.options.login or self.doubles is not None:
            return
        seen = [Visitor(self, situation)(login=True) for situation in self._probed()]
        replies = [x.login.reply for x in seen if x.login and x.login.reply]
        if replies and not any(reply.positive for reply in replies):
            raise NoTarget(
                f"--login {self.options.login}: {seen[0].endpoint.address} refuses it "
                f'("{escaped(replies[0].lines[-1])}"): are name and WAXSEAL_PASSWORD right?'
            )

    def _login_arrives(self) -> bool:
        """Whether logins at the first few listeners that let us in reach the doubles."""
        asked_for = self.options.doubles is not None
        for situation in self._probed(lambda s: asked_for or bool(s.listener.value("auth_http"))):
            login = self.login()
            Visitor(self, situation)(login=login)
            if self.heard(login.user):
                return True
        return False


def auth_address(listeners: Sequence[Listener]) -> tuple[str, int] | None:
    """Host and port of the one auth server that the listeners claim, None where there is none."""
    for listener in listeners:
        match = re.match(r"(?:http://)?([^/:]+|\[[^]]+\]):(\d+)", listener.value("auth_http"))
        if match:
            return match[1].strip("[]"), int(match[2])
    return None
