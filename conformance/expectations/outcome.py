"""The outcome of a visit: served, refused, or nothing proved.

Each function concludes a PASS silently, raises `Deviation` for what breaks the
requirement and `NoVerdict` where the evidence proves nothing. The rules they
keep are DESIGN.md's: never from silence, and for the right reason.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NoReturn

from conformance.harness.endpoint import Way
from conformance.harness.mail.words import Kind, Reply
from conformance.harness.observation import Ending, Exchange, Observation, Stage, answered_well
from conformance.harness.transcript import escaped
from conformance.verdict import Judgement, NoVerdict, Verdict, conclude

# An end that tells us nothing of the target's opinion.
SILENT = {Ending.TIMEOUT, Ending.UNREACHABLE, Ending.FLOOD, Ending.LOCAL}
REFUSALS = {Kind.NEGATIVE, Kind.BYE}


def told(reply: Reply | None) -> str:
    """A reply as an observation text: escaped, one line."""
    return "no reply" if reply is None else f"`{escaped(reply.text.encode('latin-1', 'replace'))}`"


def seen(observation: Observation) -> str:
    """One line on how a visit went, for `observed`."""
    parts = []
    if observation.tls and observation.tls.version:
        parts.append(f"{observation.tls.version} {observation.tls.cipher}".strip())
    if observation.alert:
        parts.append(f"alert {observation.alert.code} {observation.alert.name}")
    refusal = _refusal_line(observation)
    if refusal:
        parts.append(told(refusal))
    if observation.ending is not Ending.OPEN and observation.alert is None:
        parts.append(f"{observation.ending} at the {observation.stage}")
    if observation.alive:
        parts.append("service as usual")
    if observation.note:
        parts.append(observation.note)
    return ", ".join(parts) or f"{observation.ending} at the {observation.stage}"


def is_accepted(observation: Observation) -> bool:
    """The visit got through: its closing NOOP was answered and, where it logged in, so was the login."""
    if observation.offer.hello_only:
        return observation.tls is not None and bool(observation.tls.version) and not observation.alert
    if observation.tls is None and _meant_tls(observation):
        return False  # a STARTTLS that was declined leaves a session that is served, in clear
    logged_in = observation.offer.login is None or answered_well(observation.login)
    return observation.alive and logged_in


def _meant_tls(observation: Observation) -> bool:
    """The visit meant to get inside TLS."""
    way, offer = observation.endpoint.way, observation.offer
    return way is Way.IMPLICIT or (way is Way.STARTTLS and offer.upgrade)


def is_refused(observation: Observation) -> bool:
    """Positive evidence of a refusal: an alert, a refusing reply, or an end of the connection."""
    if observation.alert is not None or _refusal_line(observation) is not None:
        return True
    if observation.offer.login is not None and observation.login is not None and observation.login.reply:
        return observation.login.reply.kind in REFUSALS
    implicit = observation.endpoint.way is Way.IMPLICIT  # there the ClientHello is the first word
    reached_tls = implicit or observation.stage in (Stage.UPGRADE, Stage.HANDSHAKE, Stage.SERVICE)
    return reached_tls and observation.ending in (Ending.CLOSED, Ending.RESET)


def _refusal_line(observation: Observation) -> Reply | None:
    """A refusal in the mail protocol: in place of the greeting, unsolicited after the upgrade, or to STARTTLS."""
    upgrade = observation.upgrade.reply if observation.upgrade else None
    for reply in (observation.greeting, upgrade, *observation.unsolicited):
        if reply is not None and reply.kind in REFUSALS:
            return reply
    return None


def accepted(observation: Observation) -> None:
    """The visit was let in and served."""
    settle(is_accepted(observation), f"{observation.offer.shown()} is served", observation)


def refused(observation: Observation, *, control: Observation) -> None:
    """The visit was turned away, with evidence, while the control on the same listener was served.

    That it was served is evidence enough against it, whatever became of the control.
    """
    expected = f"{observation.offer.shown()} is refused, while {control.offer.shown()} is served"
    if is_accepted(observation):
        conclude(Judgement(Verdict.FAIL, expected, seen(observation), (observation, control)))
    if not is_accepted(control):
        no_verdict(expected, f"the control was not served: {seen(control)}", control)
    if not is_refused(observation):
        no_verdict(expected, f"no evidence of a refusal: {seen(observation)}", observation, control)
    conclude(Judgement(Verdict.PASS, expected, seen(observation), (observation, control)))


def received_alike(first: Observation, last: Observation) -> None:
    """A visit at the end of a run went as the same visit at its beginning.

    What was observed in between proves little otherwise: a target that died half
    way refuses everybody.
    """
    expected = f"received as at the beginning of the run: {seen(first)}"
    right = (first.stage, first.ending, first.alive) == (last.stage, last.ending, last.alive)
    settle(right, expected, last, first)


def negotiated(observation: Observation, *, version: str = "", cipher: str = "") -> None:
    """The handshake went through (or the server's hello was read) with this version and cipher."""
    expected = f"{observation.offer.shown()} gets {version or 'TLS'} {cipher}".strip()
    tls = observation.tls
    right = (
        tls is not None
        and (not version or tls.version == version)
        and (not cipher or tls.cipher == cipher)
        and observation.alert is None
    )
    settle(right, expected, observation)


def same(what: str, expected: object, observed: object, *evidence: Observation) -> None:
    """A fact read from the evidence equals what the claims make of it."""
    right = expected == observed
    text = f"{what}: {_text(expected)}"
    verdict = verdict_on(right, evidence)
    conclude(Judgement(verdict, text, f"{what}: {_text(observed)}", evidence))


def holds(expected: str, right: bool, observed: str, *evidence: Observation) -> None:
    """A condition read from the evidence; `expected` and `observed` are English for it."""
    conclude(Judgement(verdict_on(right, evidence), expected, observed, evidence))


def settle(right: bool, expected: str, *evidence: Observation) -> None:
    """Conclude on the first observation, told as `seen` tells it."""
    verdict = verdict_on(right, evidence)
    conclude(Judgement(verdict, expected, seen(evidence[0]), evidence))


def verdict_on(right: bool, evidence: Collection[Observation]) -> Verdict:
    """FAIL only on evidence: a visit that never got an answer leaves the matter open."""
    if right:
        return Verdict.PASS
    silent = any(
        observation.ending in SILENT and observation.stage is Stage.CONNECT and observation.greeting is None
        for observation in evidence
    )
    return Verdict.INCONCLUSIVE if silent else Verdict.FAIL


def no_verdict(expected: str, observed: str, *evidence: Observation) -> NoReturn:
    """What was seen proves neither."""
    judgement = Judgement(Verdict.INCONCLUSIVE, expected, observed, evidence)
    conclude(judgement)
    raise NoVerdict(judgement)


def _text(value: object) -> str:
    if isinstance(value, Exchange):
        return told(value.reply)
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(_text(item) for item in value) or "none"
    return escaped(str(value).encode("utf-8", "replace"))
