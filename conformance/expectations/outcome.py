"""The outcome of a visit: served, refused, or nothing proved.

Each expectation concludes a PASS silently, raises `Deviation` for what breaks
the requirement and `NoVerdict` where the evidence proves nothing. The rules they
keep are DESIGN.md's: never from silence, and for the right reason.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import NoReturn

from conformance.harness.endpoint import Way
from conformance.harness.mail.words import Kind, Reply
from conformance.harness.observation import Ending, Observation, Stage, answered_well
from conformance.harness.transcript import REDACTED, escaped
from conformance.refusals import REFUSALS, declined_in_clear, names_certificate, refusals
from conformance.verdict import Judgement, NotApplicable, NoVerdict, Verdict, conclude, record

# The target itself ended the connection.
ENDED = {Ending.CLOSED, Ending.RESET, Ending.ALERT}
# An end that tells us nothing of the target's opinion: nobody there, or we ourselves gave up.
OURS = {Ending.UNREACHABLE, Ending.LOCAL}
# Nor does this one, of a target that never said a word we understood.
SILENT = {Ending.TIMEOUT, Ending.FLOOD}
SHOWN = 300


def told(reply: Reply | None) -> str:
    """A reply as an observation text: escaped, one line, cut to `SHOWN` characters."""
    if reply is None:
        return "no reply"
    return f"`{escaped(reply.text.encode('latin-1', 'replace'))[:SHOWN]}`"


def seen(observation: Observation) -> str:
    """One line on how a visit went, for `observed`."""
    parts = []
    if observation.tls and observation.tls.version:
        parts.append(f"{observation.tls.version} {observation.tls.cipher}".strip())
    if observation.alert:
        parts.append(f"alert {observation.alert.code} {observation.alert.name}")
    if refusal := _shown_refusal(observation):
        parts.append(told(refusal))
    if observation.ending is not Ending.OPEN and observation.alert is None:
        parts.append(f"{observation.ending} at the {observation.stage}")
    if observation.alive:
        parts.append("service as usual")
    if observation.note:
        parts.append(escaped(observation.note.encode("utf-8", "replace"))[:SHOWN])
    return ", ".join(parts) or f"{observation.ending} at the {observation.stage}"


def _shown_refusal(observation: Observation) -> Reply | None:
    """The first refusal of any kind, whatever it was for."""
    upgrade = observation.upgrade.reply if observation.upgrade else None
    replies = (observation.greeting, upgrade, *observation.unsolicited)
    return next((r for r in replies if r is not None and r.kind in REFUSALS), None)


def is_accepted(observation: Observation) -> bool:
    """The visit got through: its closing probe was answered and, where it logged in, the login.

    Of one that stops at the hello: the server chose a version.
    """
    if observation.offer.hello_only:
        return chose_version(observation)
    if observation.tls is None and _meant_tls(observation):
        return False  # a STARTTLS that was declined leaves a session that is served, in clear
    logged_in = observation.offer.login is None or answered_well(observation.login)
    return observation.alive and logged_in


def _meant_tls(observation: Observation) -> bool:
    """The visit meant to get inside TLS."""
    way, offer = observation.endpoint.way, observation.offer
    return way is Way.IMPLICIT or (way is Way.STARTTLS and offer.upgrade)


def chose_version(observation: Observation) -> bool:
    """The server answered the ClientHello with a hello of its own, and no alert."""
    return bool(observation.tls and observation.tls.version) and observation.alert is None


def is_refused(observation: Observation) -> bool:
    """Positive evidence that what the visit came with was refused.

    That is an alert, a refusal in the mail protocol (also one that comes in clear instead of
    a handshake), or an end of the connection, each only where what was offered had been seen.
    A refusal before that (a busy server's greeting, a STARTTLS declined) is none of a certificate.
    """
    if observation.alert is not None or declined_in_clear(observation):
        return True
    if observation.login is not None and observation.login.reply is not None:
        return observation.login.reply.kind in REFUSALS
    implicit = observation.endpoint.way is Way.IMPLICIT  # there the ClientHello is the first word
    secured = implicit or observation.stage in (Stage.UPGRADE, Stage.HANDSHAKE, Stage.SERVICE)
    return secured and (bool(refusals(observation)) or observation.ending in ENDED)


def accepted(observation: Observation) -> None:
    """The visit was let in and served."""
    settle(is_accepted(observation), f"{observation.offer.shown()} is served", observation)


def refused(observation: Observation, *, control: Observation) -> None:
    """The visit was turned away, with evidence, while the control there was served.

    That it was served is evidence enough against it, whatever became of the control.
    """
    expected = f"{observation.offer.shown()} is refused, while {control.offer.shown()} is served"
    if is_accepted(observation):
        judge(Verdict.FAIL, expected, seen(observation), observation, control)
    needs_control(expected, control)
    if not is_refused(observation):
        no_verdict(expected, f"no evidence of a refusal: {seen(observation)}", observation, control)
    judge(Verdict.PASS, expected, seen(observation), observation, control)


# Alerts that speak of a client's certificate (RFC 8446, section 6.2).
_OF_CERTIFICATES = {
    "bad_certificate", "unsupported_certificate", "certificate_revoked", "certificate_expired",
    "certificate_unknown", "unknown_ca", "certificate_required",
}  # fmt: skip
# Up to TLSv1.2 there is no alert for a certificate that did not come (RFC 5246, section 7.4.6).
_OF_NONE = "handshake_failure"


def not_let_in(observation: Observation, *, shown: bool = True) -> None:
    """The visit was turned away for its certificate (or, none being `shown`, for want of it).

    There is nobody whose service would be the control: so the refusal has to say what it is for.
    """
    expected = f"{observation.offer.shown()} is refused for the certificate"
    if is_accepted(observation):
        judge(Verdict.FAIL, expected, seen(observation), observation)
    greeting = observation.greeting
    if greeting is not None and greeting.kind is Kind.MALFORMED:
        judge(Verdict.FAIL, expected, f"no words of the protocol: {told(greeting)}", observation)
    words = {*_OF_CERTIFICATES, *(() if shown else (_OF_NONE,))}
    alerted = observation.alert is not None and observation.alert.name in words
    if not (alerted or names_certificate(observation)):
        no_verdict(expected, f"no evidence of that: {seen(observation)}", observation)
    judge(Verdict.PASS, expected, seen(observation), observation)


def needs_control(expected: str, control: Observation) -> None:
    """Without a control that was served nothing can be concluded."""
    if not is_accepted(control):
        no_verdict(expected, f"the control was not served: {seen(control)}", control)


def received_alike(first: Observation, last: Observation) -> None:
    """A visit at the end of a run went as the same visit at its beginning.

    What was observed in between proves little otherwise: a target that died half
    way refuses everybody.
    """
    expected = f"received as at the beginning of the run: {seen(first)}"
    right = (first.stage, first.ending, first.alive) == (last.stage, last.ending, last.alive)
    settle(right, expected, last, first)


def negotiated(observation: Observation, *, version: str = "", cipher: str = "") -> None:
    """The server's hello chose this version and this cipher (any, where "" is given)."""
    expected = f"{observation.offer.shown()} gets {version or 'TLS'} {cipher}".strip()
    tls = observation.tls
    right = (
        tls is not None
        and chose_version(observation)
        and version in ("", tls.version)
        and cipher in ("", tls.cipher)
    )
    settle(right, expected, observation)


def without_hello(expected: str, observation: Observation, control: Observation) -> NoReturn:
    """No ServerHello up to TLSv1.2 was seen: whoever refuses such a client has none to show.

    An alert says that he does. Who just hangs up may do so to everybody: then the control tells.
    """
    if not is_refused(observation):
        no_verdict(expected, f"no ServerHello was seen: {seen(observation)}", observation)
    if observation.alert is None:
        needs_control(expected, control)
    raise NotApplicable(f"no version up to TLSv1.2 is negotiated: {seen(observation)}")


def same(what: str, expected: object, observed: object, *evidence: Observation) -> None:
    """A fact read from the evidence equals what the claims make of it."""
    verdict = verdict_on(expected == observed, evidence)
    judge(verdict, f"{what}: {_text(expected)}", f"{what}: {_text(observed)}", *evidence)


def holds(expected: str, right: bool, observed: str, *evidence: Observation) -> None:
    """A condition read from the evidence; `expected` and `observed` are English for it."""
    judge(verdict_on(right, evidence), expected, observed, *evidence)


def settle(right: bool, expected: str, *evidence: Observation) -> None:
    """Conclude on the first observation, told as `seen` tells it."""
    judge(verdict_on(right, evidence), expected, seen(evidence[0]), *evidence)


def verdict_on(right: bool, evidence: Collection[Observation]) -> Verdict:
    """FAIL only on evidence: a visit that never got an answer leaves the matter open."""
    if right:
        return Verdict.PASS
    return Verdict.INCONCLUSIVE if any(map(_proves_nothing, evidence)) else Verdict.FAIL


def _proves_nothing(observation: Observation) -> bool:
    """Nobody answered, or it was our own TLS that gave up."""
    ending = observation.ending
    unheard = observation.stage is Stage.CONNECT and observation.greeting is None
    return ending in OURS or (ending in SILENT and unheard)


def judge(verdict: Verdict, expected: str, observed: str, *evidence: Observation) -> None:
    """Conclude, with no secret of the evidence in the texts."""
    conclude(_judgement(verdict, expected, observed, evidence))


def each_taken(
    observations: Iterable[Observation],
    what: str,
    taken_of: Callable[[Observation], tuple[str, Collection[str]]],
    shown: Callable[[Observation], str],
) -> None:
    """Every one of these hellos got what it offers alone: what was taken, and what was offered."""
    evidence = list(observations)
    expected = f"each of {len(evidence)} {what}"
    if not evidence:
        no_verdict(expected, "none to try")
    hellos = [(one, *taken_of(one)) for one in evidence]
    failed = [(o, all_) for o, taken, all_ in hellos if not chose_version(o) or taken not in all_]
    if failed:
        names = ", ".join(":".join(offered) for _, offered in failed)
        first = failed[0][0]
        holds(expected, False, f"not {names}: {shown(first)}", first)
    holds(expected, True, "all of them", evidence[0])


def no_verdict(expected: str, observed: str, *evidence: Observation) -> NoReturn:
    """What was seen proves neither."""
    judgement = _judgement(Verdict.INCONCLUSIVE, expected, observed, evidence)
    record(judgement)
    raise NoVerdict(judgement)


def _judgement(
    verdict: Verdict, expected: str, observed: str, evidence: tuple[Observation, ...]
) -> Judgement:
    secrets = {secret for observation in evidence for secret in observation.transcript.secrets}
    for secret in sorted(secrets, key=len, reverse=True):
        expected, observed = (
            text.replace(escaped(secret), REDACTED.decode()) for text in (expected, observed)
        )
    return Judgement(verdict, expected, observed, evidence)


def _text(value: object) -> str:
    match value:
        case bytes():
            return escaped(value)[:SHOWN] or "none"
        case list() | tuple() | set() | frozenset():
            return ", ".join(_text(item) for item in value) or "none"
    return escaped(str(value).encode("utf-8", "replace"))[:SHOWN]
