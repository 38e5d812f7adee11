"""What becomes of STARTTLS, and of what is said around it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from conformance.expectations.mail import reply_is, was_said
from conformance.expectations.outcome import (
    ENDED,
    holds,
    is_accepted,
    needs_control,
    no_verdict,
    seen,
    told,
)
from conformance.harness.mail.words import Command, Kind, Reply
from conformance.harness.observation import (
    AuthRequest,
    Ending,
    Observation,
    Offer,
    Stage,
    answered_well,
)
from conformance.harness.transcript import Layer, Side, escaped
from conformance.refusals import REFUSALS, declined_in_clear
from conformance.verdict import NotApplicable

# A line that only a mail server says.
_MAIL_LINE = re.compile(rb"^(?:\* |\+OK|-ERR|[245]\d\d[ -]|\S+ (?:OK|NO|BAD) )", re.MULTILINE)


def _granted(observation: Observation) -> Reply | None:
    """The reply to STARTTLS."""
    return observation.upgrade.reply if observation.upgrade else None


def upgraded(observation: Observation) -> None:
    """STARTTLS was granted and the handshake completed."""
    expected, reply = "STARTTLS is granted", _granted(observation)
    if observation.upgrade is None:
        no_verdict(expected, f"it could not be sent: {seen(observation)}", observation)
    holds(expected, answered_well(observation.upgrade), told(reply), observation)
    served = observation.stage is Stage.SERVICE
    holds("the handshake completes", served, seen(observation), observation)


def either_declined_or_upgraded(
    observation: Observation, command: Command, *, control: Observation
) -> None:
    """A doubtful STARTTLS was declined and clear text goes on, or granted and that is over."""
    expected = f"{command.shown()} is declined, or starts TLS"
    needs_control(expected, control)
    reply = observation.answer(command)
    if reply is None:
        no_verdict(expected, f"no reply: {seen(observation)}", observation, control)
    match reply.kind:
        case Kind.NEGATIVE:
            right = observation.alive
        case Kind.POSITIVE | Kind.BYE:
            right = not observation.alive
        case _:
            right = False
    holds(expected, right, f"{told(reply)}, {seen(observation)}", observation)


def quiet_after_upgrade(observation: Observation) -> None:
    """After the upgrade nothing came that nobody had asked for."""
    expected = "nothing unasked after the upgrade"
    if not is_accepted(observation):
        no_verdict(expected, seen(observation), observation)
    said = observation.unsolicited
    holds(expected, not said, "; ".join(map(told, said)) or "nothing", observation)


def not_executed(observation: Observation, *, control: Observation) -> None:
    """Clear text behind STARTTLS had no effect inside TLS.

    Discarding it, refusing STARTTLS, declining it in clear, and feeding it to TLS (both of
    which end the connection) are all right; only answering or completing it is wrong.
    """
    expected = "clear text behind STARTTLS is not executed"
    needs_control(expected, control)
    if surplus := _answers_to_nothing(observation):
        text = f"answered inside TLS: {'; '.join(map(told, surplus))}"
        holds(expected, False, text, observation, control)
    if odd := _odd_reply(observation):
        text = f"the session inside TLS is not the usual one: {told(odd)}"
        holds(expected, False, text, observation, control)
    if observation.asked_otherwise and not _whole_lines(observation.offer):
        text = "our first word inside TLS is declined anyway: nothing shows what it was glued to"
        no_verdict(expected, text, observation, control)
    reply = _granted(observation)
    declined = reply is not None and reply.kind in REFUSALS
    declined |= declined_in_clear(observation)
    ended = observation.upgrade is not None and observation.ending in ENDED
    if not (is_accepted(observation) or declined or ended):
        no_verdict(expected, f"nothing shows it: {seen(observation)}", observation, control)
    holds(expected, True, seen(observation), observation, control)


def _whole_lines(offer: Offer) -> bool:
    """What stands behind STARTTLS ends where a line does."""
    return (offer.glued + offer.trailing).endswith(b"\n")


def _answers_to_nothing(observation: Observation) -> tuple[Reply, ...]:
    """Replies inside TLS to commands that were not said there; a goodbye to the client is none."""
    if observation.tls is None:
        return ()
    surplus = (*observation.unsolicited, *observation.strays)
    parted = not observation.alive and all(reply.kind is Kind.BYE for reply in surplus)
    return () if parted else surplus


def _odd_reply(observation: Observation) -> Reply | None:
    """The first reply to one of our own words inside TLS that is not what the control got."""
    if observation.tls is None or observation.stage is not Stage.SERVICE:
        return None
    replies = [x.reply for x in (observation.login, observation.probe) if x and x.reply]
    return next((reply for reply in replies if not reply.positive), None)


def state_did_not_survive(
    observation: Observation,
    second: Command,
    heard: Sequence[AuthRequest],
    *,
    control: Observation,
) -> None:
    """The second half of a login, alone inside TLS, was not taken as its completion."""
    expected = "half a login from before TLS is forgotten"
    reply = _granted(observation)
    if reply is not None and not reply.positive:
        raise NotApplicable(
            "STARTTLS is declined in the middle of a login: nothing can be carried over"
        )
    needs_control(expected, control)
    answer = observation.answer(second)
    cut_off = was_said(observation, second) and observation.ending in ENDED
    if answer is None and not cut_off:
        no_verdict(expected, seen(observation), observation, control)
    declined = answer is None or answer.kind in REFUSALS
    asked = "; the auth server was asked" if heard else ""
    holds(expected, declined and not heard, told(answer) + asked, observation, control)


def refused_or_relayed(observation: Observation, command: Command) -> None:
    """After the login STARTTLS is declined, or it was the back end that got it."""
    expected = "the proxy starts no TLS after the login"
    if not answered_well(observation.login):
        no_verdict(expected, f"the login did not succeed: {seen(observation)}", observation)
    lines = [line for session in observation.backend for line in session.lines]
    if any(b"STARTTLS" in line or b"STLS" in line for line in lines):
        holds(expected, True, "the back end got it", observation)
    else:
        reply_is(REFUSALS, expected, observation, command)


def not_served_in_clear(observation: Observation, *, control: Observation) -> None:
    """After what came in place of a ClientHello, nothing of the mail protocol came in clear.

    The control shows that the listener serves; that these bytes were sent, that
    somebody was there to take them.
    """
    expected = "no mail reply in clear"
    needs_control(expected, control)
    answer = _after_spoil(observation)
    if answer is None or observation.ending is Ending.UNREACHABLE:
        no_verdict(expected, f"it could not be tried: {seen(observation)}", observation, control)
    replies = [x.reply for x in observation.after_failure if x.reply]
    said = any(reply.kind is not Kind.MALFORMED for reply in replies)
    said = said or bool(_MAIL_LINE.search(answer))
    text = f"`{escaped(answer[:200])}`" if said else str(observation.ending)
    holds(expected, not said, text, observation, control)


def _after_spoil(observation: Observation) -> bytes | None:
    """What the server sent in clear behind the spoiled hello; None if that was never sent."""
    lines, spoil = observation.transcript.lines, observation.offer.spoil
    at = next((i for i, x in enumerate(lines) if x.side is Side.CLIENT and x.data == spoil), None)
    if at is None:
        return None
    return b"".join(x.data for x in lines[at:] if x.side is Side.SERVER and x.layer is Layer.CLEAR)


def clear_bytes(observation: Observation) -> bytes:
    """What the server said in clear; on an implicit listener, where nothing should be."""
    return observation.transcript.sent_by(Side.SERVER, Layer.CLEAR)
