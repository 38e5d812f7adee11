"""Observations made by hand: what a visit to a target of some kind would have brought."""

from __future__ import annotations

from dataclasses import replace

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.mail.words import NOOP, STARTTLS, Command, Kind, Reply, Verb
from conformance.harness.observation import (
    Alert,
    AuthRequest,
    Ending,
    Exchange,
    Login,
    Observation,
    Offer,
    Stage,
    TlsFacts,
)
from conformance.harness.transcript import Transcript
from conformance.verdict import Verdict, begin

GREETING = Reply(Kind.POSITIVE, (b"* OK ready",), "*")
OK = Reply(Kind.POSITIVE, (b"w1 OK done",), "w1")
NO = Reply(Kind.NEGATIVE, (b"w1 NO never",), "w1")
BYE = Reply(Kind.BYE, (b"* BYE go away",), "*")
MORE = Reply(Kind.CONTINUE, (b"+ ",), "+")
JUNK = Reply(Kind.MALFORMED, (b"HTTP/1.1 400",))
TLS = TlsFacts(
    version="TLSv1.2", cipher="AES128-SHA", request_seen=False, compression=0,
    secure_renegotiation=True,
)  # fmt: skip
UNKNOWN_CA = Alert(48, "unknown_ca")
LOGIN = Login("joe", "geheim")
TRIED = Command(Verb.LOGIN, "joe geheim")
# What is said to who does not know the probe.
INSTEAD = Command(Verb.RAW, "USER waxseal")


def endpoint(way: Way = Way.STARTTLS, protocol: Protocol = Protocol.IMAP) -> Endpoint:
    return Endpoint("127.0.0.1", 143, protocol, way)


def served(**fields: object) -> Observation:
    """A visit that got through to its closing NOOP; `fields` replace any of it."""
    facts: dict[str, object] = {
        "endpoint": endpoint(), "offer": Offer(), "stage": Stage.SERVICE, "ending": Ending.OPEN,
        "transcript": Transcript(), "greeting": GREETING, "upgrade": Exchange(STARTTLS, OK),
        "tls": TLS, "probe": Exchange(NOOP, OK),
    }  # fmt: skip
    return Observation(**{**facts, **fields})  # type: ignore[arg-type]


def failed(ending: Ending, stage: Stage = Stage.CONNECT, **fields: object) -> Observation:
    """A visit that ended there before anything was served."""
    greeting = None if stage is Stage.CONNECT else GREETING
    upgrade = None if stage in (Stage.CONNECT, Stage.GREETING) else Exchange(STARTTLS, OK)
    tls = TLS if stage in (Stage.HANDSHAKE, Stage.SERVICE) else None
    nothing: dict[str, object] = {
        "greeting": greeting, "upgrade": upgrade, "tls": tls, "probe": None,
    }  # fmt: skip
    return served(stage=stage, ending=ending, **{**nothing, **fields})


def alerted(stage: Stage = Stage.UPGRADE, **fields: object) -> Observation:
    return failed(Ending.ALERT, stage, **{"alert": UNKNOWN_CA, **fields})


def asked(*headers: tuple[str, str], **fields: object) -> Observation:
    """A login that the auth server was asked about with these headers, and that succeeded."""
    request = AuthRequest(tuple((name.lower(), value) for name, value in headers))
    facts = {"offer": Offer(login=LOGIN), "login": Exchange(TRIED, OK), "auth": (request,)}
    return served(**{**facts, **fields})


def implicitly(observation: Observation) -> Observation:
    """The same on a listener with implicit TLS."""
    return replace(observation, endpoint=endpoint(Way.IMPLICIT), upgrade=None)


UNREACHABLE = failed(Ending.UNREACHABLE)
SILENT = failed(Ending.TIMEOUT)
CLOSING = failed(Ending.CLOSED)
RESETTING = failed(Ending.RESET)
DEAD = [
    kind(observation)
    for observation in (UNREACHABLE, SILENT, CLOSING, RESETTING)
    for kind in (lambda o: o, implicitly)
]


def passes(expectation, *arguments, **more):
    """Whether the expectation judges, and finds all that it judges as it should be."""
    judgements = begin()
    expectation(*arguments, **more)
    return bool(judgements) and {x.verdict for x in judgements} == {Verdict.PASS}
