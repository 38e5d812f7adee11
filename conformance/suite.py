"""A run's world: the target, what it claims, the doubles behind it, the people we can send.

    launch  =  write the kit, start the doubles, start the target on it
    remote  =  an address, against the claims that the operator gives (or none)

Knows nothing of pytest; the plugin asks it, `waxseal` subcommands do too.
"""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from conformance.applicability import Evidence, Situation, modern_stranger
from conformance.cast import ROLES, cast
from conformance.claims import ClaimsError, parse_claims, read_claims
from conformance.harness.doubles.doubles import Doubles, DoublesError
from conformance.harness.endpoint import Endpoint, Way
from conformance.harness.fixtures import fixture
from conformance.harness.observation import AuthRequest, BackendSession, Ending, Login, Observation, Offer, Stage
from conformance.harness.patience import Patience
from conformance.harness.pki.kit import Kit, KitError, read_kit, write_kit
from conformance.harness.pki.person import Person
from conformance.harness.targets.address import Address, AddressError, parse_address
from conformance.harness.targets.launch import launch
from conformance.harness.targets.loopback import free_loopback
from conformance.harness.targets.product import LaunchError
from conformance.harness.targets.recognise import recognise
from conformance.harness.targets.running import Running
from conformance.harness.visit import several, visit
from conformance.harness.wire import WireError
from conformance.listener import Listener, way_of
from conformance.options import Options, UsageError
from conformance.visitor import EVERY_VERSION

BASE_PORT = 20000


class NoTarget(Exception):
    """There is nobody to judge (exit status 7). One line."""


class Suite:
    """The prepared run. `open` starts what is to be started; `close` ends it, whatever happened."""

    def __init__(
        self, options: Options, listeners: list[Listener], kit: Kit | None, conf: Path | None = None
    ) -> None:
        self.options = options
        self.listeners = listeners
        self.kit = kit
        self.conf = conf
        self.patience = Patience(factor=options.patience)
        self.evidence = Evidence.L1 if options.targets else Evidence.L3
        self.doubles: Doubles | None = None
        self.running: Running | None = None
        self.greeted: dict[str, Observation] = {}
        self._deaf: dict[str, Observation] = {}
        self._made: dict[tuple[Endpoint, Offer, bool], Observation] = {}
        self._stack = ExitStack()
        self._opened = False

    def situations(self) -> list[Situation]:
        """Every listener with its cast, in the order of the claims."""
        people = self.kit.people if self.kit else ()
        given = {role: Person(role, path, path) for role, path in self.options.client_certs.items()}
        can_login = self.evidence >= Evidence.L2 or bool(self.options.login)
        result: list[Situation] = []
        for listener in self.listeners:
            alone = Situation(listener, cast(listener, people, given), self.evidence, can_login)
            result.append(replace(alone, twin=_twin(alone, result)))
        return result

    def open(self) -> None:
        """Start the doubles and the target, and greet every listener. Raises `NoTarget`. Idempotent."""
        if self._opened:
            return
        self._opened = True
        if not self.options.targets:
            self._start()
        self._greet_everybody()

    def close(self) -> None:
        """End everything that was started. Idempotent."""
        self._stack.close()

    def keep(self, directory: str) -> None:
        """Remove this directory at the end."""
        self._stack.callback(shutil.rmtree, directory, ignore_errors=True)

    def listen_for_logins(self, auth: tuple[str, int]) -> None:
        """Be the auth server and the back ends. Raises `DoublesError`."""
        self.doubles = self._stack.enter_context(Doubles(auth[0], auth[1], auth[0]))

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

    def visit(self, listener: Listener, offer: Offer, *, log_in: bool = False) -> Observation:
        """The observation of this offer at this listener; each is made once a run.

        An observation holds no judgement, so one visit serves every requirement
        that needs it. A listener that never greeted is not asked again: the
        answer would be the same wait. With a `Login` of the scenario's own in the
        offer the visit is always made.
        """
        deaf = self._deaf.get(listener.name)
        if deaf is not None and deaf.endpoint.way is listener.way:
            return replace(deaf, offer=offer)
        key = (listener.endpoint, offer, log_in)
        if offer.login is not None or key not in self._made:
            made = replace(offer, login=self.login()) if log_in else offer
            self._made[key] = visit(listener.endpoint, made, self.patience, self.doubles)
        return self._made[key]

    def _start(self) -> None:
        assert self.conf is not None
        auth = auth_address(self.listeners)
        try:
            if auth:
                self.listen_for_logins(auth)
            self.running = self._stack.enter_context(
                launch(
                    self.options.launch or "reference",
                    self.conf,
                    [listener.endpoint for listener in self.listeners],
                    self.patience,
                    faults=self.options.faults,
                )
            )
        except (DoublesError, LaunchError) as error:
            raise NoTarget(str(error)) from error

    def _greet_everybody(self) -> None:
        """Visit each listener once, side by side: who is there, and how long does it take?"""
        offer = Offer(versions=EVERY_VERSION)
        calls = [partial(visit, listener.endpoint, offer, self.patience) for listener in self.listeners]
        for listener, observation in zip(self.listeners, several(calls, workers=8), strict=True):
            self.greeted[listener.name] = observation
            if _is_deaf(observation):
                self._deaf[listener.name] = observation
        dead = [name for name, seen in self._deaf.items() if not self._speaks_tls(name, seen)]
        if len(dead) == len(self.listeners):
            raise NoTarget("; ".join(sorted({_why_dead(self._deaf[name]) for name in dead})))
        seconds = [o.seconds for o in self.greeted.values() if o.stage is Stage.SERVICE]
        if seconds:
            self.patience = self.patience.measured(sorted(seconds)[len(seconds) // 2])

    def greet_again(self) -> dict[str, Observation]:
        """Visit every listener that greeted us once more, as at the beginning."""
        offer = Offer(versions=EVERY_VERSION)
        greeted = [x for x in self.listeners if x.name in self.greeted and x.name not in self._deaf]
        calls = [partial(visit, listener.endpoint, offer, self.patience) for listener in greeted]
        return dict(zip((x.name for x in greeted), several(calls, workers=8), strict=True))

    def _speaks_tls(self, name: str, observation: Observation) -> bool:
        """Silent in clear where a greeting is claimed: does it wait for a ClientHello?"""
        if observation.endpoint.way is Way.IMPLICIT:
            return False
        endpoint = replace(observation.endpoint, way=Way.IMPLICIT)
        other = visit(endpoint, Offer(versions=EVERY_VERSION), self.patience, None)
        return bool(other.tls or other.alert)


def _twin(situation: Situation, before: Sequence[Situation]) -> str:
    """The first earlier listener of the same endpoint and STARTTLS mode that lets anybody in."""
    listener = situation.listener
    for other in before:
        same = other.listener.protocol is listener.protocol and other.listener.way is listener.way
        modes = other.listener.value("starttls"), listener.value("starttls")
        if same and (listener.way is Way.IMPLICIT or modes[0] == modes[1]) and not modern_stranger(other):
            return other.listener.name
    return ""


def _is_deaf(observation: Observation) -> bool:
    """It never sent a byte: nobody to ask a second time."""
    said = any(line.side == "server" for line in observation.transcript.lines)
    return not said and observation.ending is not Ending.OPEN


def _why_dead(observation: Observation) -> str:
    match observation.ending:
        case Ending.UNREACHABLE:
            why = f"cannot be reached ({observation.note})" if observation.note else "cannot be reached"
        case Ending.CLOSED | Ending.RESET:
            why = "accepts the connection and closes it without a word"
        case _:
            why = f"accepts the connection and says nothing within {observation.seconds:.1f} s"
    return f"{observation.endpoint.address} {why}"


def auth_address(listeners: Sequence[Listener]) -> tuple[str, int] | None:
    """Host and port of the one auth server that the listeners claim, None where there is none."""
    for listener in listeners:
        match = re.match(r"(?:http://)?([^/:]+|\[[^]]+\]):(\d+)", listener.value("auth_http"))
        if match:
            return match[1].strip("[]"), int(match[2])
    return None


def prepare(options: Options) -> Suite:
    """Work out whom to judge against which claims. Raises `UsageError` or `NoTarget`."""
    try:
        _check_people(options.client_certs)
        return _remote(options) if options.targets else _launched(options)
    except (ClaimsError, KitError, AddressError, LaunchError) as error:
        raise UsageError(str(error)) from error


def _launched(options: Options) -> Suite:
    """What we start: on the operator's own configuration, or on a kit of our own."""
    if options.claims or options.kit:
        kit = read_kit(options.kit) if options.kit else None
        conf = options.claims or (kit.conf if kit else Path())
        return Suite(options, read_claims(conf, options.claim), kit, conf)
    text = fixture("certification.conf").read_text()
    ports = sorted({int(port) for port in re.findall(r"127\.0\.0\.1:(2\d{4})\b", text)})
    directory = tempfile.mkdtemp(prefix="waxseal-")
    try:
        kit = write_kit(Path(directory) / "kit", free_loopback(ports), BASE_PORT)
        suite = Suite(options, read_claims(kit.conf, options.claim), kit, kit.conf)
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    suite.keep(directory)
    return suite


def _remote(options: Options) -> Suite:
    kit = read_kit(options.kit) if options.kit else None
    claims = options.claims or (kit.conf if kit else None)
    claimed = read_claims(claims, options.claim) if claims else None
    listeners: list[Listener] = []
    for text in options.targets:
        address = parse_address(text)
        if claimed is None:
            listeners.append(_unclaimed(address, options))
        else:
            listeners += _claimed(address, claimed, options, claims)
    suite = Suite(options, listeners, kit)
    auth = auth_address(listeners)
    if kit and auth and all(_is_loopback(host) for host in (auth[0], *(x.endpoint.host for x in listeners))):
        try:
            suite.listen_for_logins(auth)
            suite.evidence = Evidence.L2
        except DoublesError:
            suite.doubles = None  # somebody else is the auth server there: judge what can be seen without
    return suite


def _unclaimed(address: Address, options: Options) -> Listener:
    """Nothing but `--claim`s: what the address is has to be seen."""
    claims = parse_claims(options.claim)
    try:
        endpoint = recognise(address, Patience(factor=options.patience))
    except WireError as error:
        raise NoTarget(str(error)) from error
    if "starttls" in claims or "ssl" in claims:
        endpoint = replace(endpoint, way=way_of(claims))
    return Listener(str(endpoint), endpoint, claims)


def _claimed(
    address: Address, claimed: list[Listener], options: Options, source: Path | None
) -> list[Listener]:
    """The listeners of the claims that an address stands for, moved to that address."""
    chosen = [x for x in claimed if options.claims_server in ("", x.name, x.value("server_name"))]
    if not chosen:
        names = ", ".join(x.name for x in claimed)
        raise UsageError(f"--claims-server {options.claims_server}: {source} has {names}")
    if address.port is not None and not (options.claims_server and len(chosen) == 1):
        on_port = [x for x in chosen if x.endpoint.port == address.port]
        if not on_port:
            ports = ", ".join(str(x.endpoint.port) for x in chosen)
            raise UsageError(
                f"--target {address.host}:{address.port}: no server in {source} listens on that port "
                f"(they listen on {ports}); name one with --claims-server"
            )
        chosen = on_port[:1]
    return [x.at(_moved(x.endpoint, address)) for x in chosen]


def _moved(endpoint: Endpoint, address: Address) -> Endpoint:
    if address.protocol is not None and address.protocol is not endpoint.protocol:
        raise UsageError(f"--target says {address.protocol}, the claims for that port say {endpoint.protocol}")
    return replace(endpoint, host=address.host, port=address.port or endpoint.port)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_people(certs: Mapping[str, Path]) -> None:
    for role, path in certs.items():
        if role not in ROLES:
            raise UsageError(f"--client-cert {role}=…: the roles are {', '.join(ROLES)}")
        try:
            text = path.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"--client-cert {role}={path}: {error}") from error
        if "PRIVATE KEY" not in text or "BEGIN CERTIFICATE" not in text:
            raise UsageError(f"--client-cert {role}={path}: it must hold the certificate and its private key")
