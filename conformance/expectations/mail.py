"""What is said in the mail protocol: replies, capabilities, and everything around STARTTLS."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from conformance.expectations.outcome import holds, is_accepted, is_refused, no_verdict, seen, settle, told
from conformance.harness.endpoint import Protocol, Way
from conformance.harness.mail import DIALECTS
from conformance.harness.mail.words import CAPABILITIES, NOOP, QUIT, Command, Kind
from conformance.harness.observation import AuthRequest, Ending, Exchange, Observation, Stage
from conformance.harness.transcript import Layer, Side, escaped
from conformance.verdict import NotApplicable

# A line that only a mail server says.
_MAIL_LINE = re.compile(rb"^(?:\* |\+OK|-ERR|[245]\d\d[ -]|\S+ (?:OK|NO|BAD) )", re.MULTILINE)
_BASE = {Protocol.IMAP: "IMAP4REV1", Protocol.POP3: "", Protocol.SMTP: ""}
_HAS_ENDED = (Ending.CLOSED, Ending.RESET, Ending.ALERT)


def answered(observation: Observation, command: Command) -> None:
    """The command was answered positively."""
    _reply(observation, command, {Kind.POSITIVE}, "answered positively")


def declined(observation: Observation, command: Command) -> None:
    """The command was answered negatively and the connection went on being served."""
    _reply(observation, command, {Kind.NEGATIVE}, "declined")
    holds("the connection stays usable", observation.alive, seen(observation), observation)


def not_solicited(observation: Observation, command: Command) -> None:
    """The command, which opens a SASL exchange, was not answered by asking for credentials."""
    _reply(observation, command, {Kind.NEGATIVE, Kind.BYE}, "declined before anything is asked for")


def _reply(observation: Observation, command: Command, kinds: set[Kind], word: str) -> None:
    reply, expected = observation.answer(command), f"{command.shown()} is {word}"
    if reply is None:
        _unanswered(observation, command, expected)
        return
    holds(expected, reply.kind in kinds, told(reply), observation)


def _unanswered(observation: Observation, command: Command, expected: str) -> None:
    """No reply to a command that was sent is a deviation; to one that never went out, no verdict."""
    if any(x.command == command for x in (*observation.inside, *observation.clear)):
        holds(expected, False, f"no reply: {seen(observation)}", observation)
    no_verdict(expected, f"it could not be sent: {seen(observation)}", observation)


def _capabilities(observation: Observation, expected: str) -> frozenset[str]:
    """The listed capabilities; without a list there is no verdict."""
    reply = observation.answer(CAPABILITIES)
    if reply is None or not reply.positive:
        no_verdict(expected, f"no capability list: {told(reply)}; {seen(observation)}", observation)
    return DIALECTS[observation.endpoint.protocol].capabilities(reply)


def offers(observation: Observation, *names: str) -> None:
    """The capability list has all of `names`."""
    expected = f"{' '.join(names)} is offered"
    listed = _capabilities(observation, expected)
    holds(expected, set(names) <= listed, " ".join(sorted(listed)) or "an empty list", observation)


def offers_none(observation: Observation, *names: str) -> None:
    """The capability list has none of `names`; `AUTH=*` stands for all that begin so."""
    expected = f"{' '.join(names)} is not offered"
    listed = _capabilities(observation, expected)
    found = [c for c in listed for name in names if c == name or (name[-1] == "*" and c.startswith(name[:-1]))]
    holds(expected, not found, " ".join(sorted(found)) or "not offered", observation)


def login_not_disabled(observation: Observation) -> None:
    """The capability list does not say that a login is useless."""
    offers_none(observation, "LOGINDISABLED")
    expected = "a way to authenticate is offered"
    if observation.endpoint.protocol is Protocol.SMTP:
        return  # an SMTP server need not authenticate anybody
    listed = _capabilities(observation, expected)
    ways = {c for c in listed if c.startswith("AUTH=") or c == "USER"}
    plain_imap = observation.endpoint.protocol is Protocol.IMAP  # LOGIN needs no capability
    holds(expected, plain_imap or bool(ways), " ".join(sorted(ways)) or "none", observation)


def capabilities_well_formed(observation: Observation) -> None:
    """The capabilities were answered, with what the protocol demands in them."""
    answered(observation, CAPABILITIES)
    base = _BASE[observation.endpoint.protocol]
    listed = _capabilities(observation, "a capability list")
    wanted = base in listed if base else True
    if base and not wanted:
        wanted = "IMAP4REV2" in listed
    holds(f"the list has {base or 'its form'}", wanted, " ".join(sorted(listed)), observation)


def mechanisms_understood(offered: Observation, open_exchange: Callable[[str], Observation]) -> None:
    """Each advertised SASL mechanism is known: opening it is not answered as an unknown command is."""
    names = sorted(c.removeprefix("AUTH=") for c in _capabilities(offered, "mechanisms") if c.startswith("AUTH="))
    if not names:
        raise NotApplicable("no SASL mechanism is advertised")
    for name in names:
        opened = open_exchange(name)
        exchange = opened.inside[0] if opened.inside else None
        reply = exchange.reply if exchange else None
        if reply is None and opened.ending is Ending.TIMEOUT:
            # Servers make whoever failed to log in wait, and some do so in the middle of the next try.
            no_verdict(f"AUTH {name} starts an exchange", seen(opened), opened)
        right = reply is not None and reply.kind in (Kind.CONTINUE, Kind.POSITIVE)
        holds(f"AUTH {name} starts an exchange", right, told(reply), opened)


def greeted(observation: Observation) -> None:
    """The greeting was positive."""
    greeting = observation.greeting
    if greeting is None:
        no_verdict("a positive greeting", seen(observation), observation)
    holds("a positive greeting", greeting.positive, told(greeting), observation)


def greeted_in_clear(observation: Observation, *, otherwise: Observation) -> None:
    """The greeting came in clear; a server that answers a ClientHello instead breaks it."""
    expected = "a greeting in clear"
    if observation.greeting is None and (otherwise.tls or otherwise.alert):
        holds(expected, False, f"it speaks TLS from the first byte: {seen(otherwise)}", otherwise)
    if observation.greeting is None:
        no_verdict(expected, seen(observation), observation)
    holds(expected, True, told(observation.greeting), observation)


def not_preauthenticated(observation: Observation) -> None:
    """The greeting does not say PREAUTH."""
    greeted(observation)
    words = observation.greeting.lines[0].split()[:2] if observation.greeting else []
    holds("no PREAUTH", words[1:] != [b"PREAUTH"], told(observation.greeting), observation)


def line_ends(observation: Observation) -> None:
    """No reply had a line that ends in LF alone."""
    exchanges = [*observation.clear, *observation.inside, observation.upgrade, observation.probe]
    replies = [observation.greeting, *(x.reply for x in exchanges if x)]
    bare = [reply for reply in replies if reply is not None and reply.bare_lf]
    if not any(replies):
        no_verdict("lines that end in CRLF", seen(observation), observation)
    holds("lines that end in CRLF", not bare, told(bare[0]) if bare else "all of them", observation)


def ends_after_goodbye(observation: Observation) -> None:
    """QUIT was answered, and then the server closed."""
    reply = observation.answer(QUIT)
    if reply is None:
        _unanswered(observation, QUIT, "QUIT is answered")
        return
    holds("QUIT is answered", reply.kind in (Kind.POSITIVE, Kind.BYE), told(reply), observation)
    ended = observation.ending in _HAS_ENDED or (observation.probe is None or observation.probe.reply is None)
    holds("then the server closes", ended and not observation.alive, seen(observation), observation)


def upgraded(observation: Observation) -> None:
    """STARTTLS was granted and the handshake completed."""
    reply = observation.upgrade.reply if observation.upgrade else None
    if reply is None and observation.greeting is None:
        no_verdict("STARTTLS is granted", seen(observation), observation)
    holds("STARTTLS is granted", reply is not None and reply.positive, told(reply), observation)
    holds("the handshake completes", observation.stage is Stage.SERVICE, seen(observation), observation)


def either_declined_or_upgraded(observation: Observation, command: Command, *, control: Observation) -> None:
    """A doubtful STARTTLS was declined and clear text goes on, or granted and clear text is over."""
    expected = f"{command.shown()} is declined, or starts TLS"
    reply = observation.answer(command)
    if not is_accepted(control) or reply is None:
        no_verdict(expected, seen(observation), observation, control)
    right = observation.alive if reply.kind is Kind.NEGATIVE else not observation.alive
    holds(expected, right and reply.kind in (Kind.NEGATIVE, Kind.POSITIVE, Kind.BYE), f"{told(reply)}, {seen(observation)}", observation)


def quiet_after_upgrade(observation: Observation) -> None:
    """After the upgrade nothing came that nobody had asked for."""
    if not is_accepted(observation):
        no_verdict("silence after the upgrade", seen(observation), observation)
    said = observation.unsolicited
    text = "; ".join(told(reply) for reply in said) or "nothing"
    holds("nothing unasked after the upgrade", not said, text, observation)


def not_executed(observation: Observation, *, control: Observation) -> None:
    """Clear text behind STARTTLS had no effect inside TLS.

    Discarding it, refusing STARTTLS, and feeding it to TLS (which ends the
    connection) are all right; only answering or completing it is wrong.
    """
    expected = "clear text behind STARTTLS is not executed"
    if not is_accepted(control):
        no_verdict(expected, f"the control was not served: {seen(control)}", control)
    surplus = (*observation.unsolicited, *(observation.strays if observation.tls else ()))
    if surplus:
        holds(expected, False, f"answered inside TLS: {'; '.join(map(told, surplus))}", observation)
    served_otherwise = observation.tls is not None and not is_accepted(observation)
    if served_otherwise and observation.stage is Stage.SERVICE and not is_refused(observation):
        holds(expected, False, f"the session inside TLS is not the usual one: {_last(observation)}", observation)
    if not is_accepted(observation) and not is_refused(observation):
        no_verdict(expected, f"neither served nor refused: {seen(observation)}", observation, control)
    holds(expected, True, seen(observation), observation, control)


def _last(observation: Observation) -> str:
    exchange = observation.login or observation.probe
    return told(exchange.reply) if exchange else seen(observation)


def state_did_not_survive(
    observation: Observation, second: Command, heard: Sequence[AuthRequest], *, control: Observation
) -> None:
    """The second half of a login, alone inside TLS, was not taken as its completion."""
    expected = "half a login from before TLS is forgotten"
    if observation.upgrade and observation.upgrade.reply and not observation.upgrade.reply.positive:
        raise NotApplicable("STARTTLS is declined in the middle of a login: nothing can be carried over")
    reply = observation.answer(second)
    if reply is None or not is_accepted(control):
        no_verdict(expected, seen(observation), observation, control)
    right = reply.kind in (Kind.NEGATIVE, Kind.BYE) and not heard
    asked = "; the auth server was asked" if heard else ""
    holds(expected, right, told(reply) + asked, observation)


def refused_or_relayed(observation: Observation, command: Command) -> None:
    """After the login STARTTLS is declined, or it was the back end that got it."""
    reply = observation.answer(command)
    if reply is None:
        _unanswered(observation, command, "STARTTLS after the login is declined")
        return
    relayed = any(b"STARTTLS" in line or b"STLS" in line for s in observation.backend for line in s.lines)
    right = reply.kind in (Kind.NEGATIVE, Kind.BYE) or relayed
    holds("the proxy starts no TLS after the login", right, told(reply), observation)


def not_served_in_clear(observation: Observation, *, control: Observation) -> None:
    """A mail command in clear, where a ClientHello was due, got no mail reply."""
    if not is_accepted(control):
        no_verdict("no mail in clear", f"the control was not served: {seen(control)}", control)
    no_mail_in_clear(observation)


def no_mail_in_clear(observation: Observation) -> None:
    """After what we sent in place of a ClientHello, nothing of the mail protocol came in clear."""
    expected = "no mail reply in clear"
    replies = [x.reply for x in observation.after_failure if x.reply and x.reply.kind is not Kind.MALFORMED]
    data = b"".join(reply.lines[0] for reply in replies) or _after_spoil(observation)
    said = bool(replies) or bool(_MAIL_LINE.search(data))
    holds(expected, not said, escaped(data[:200]) if said else str(observation.ending), observation)


def _after_spoil(observation: Observation) -> bytes:
    """What the server sent in clear behind the spoiled hello."""
    lines = observation.transcript.lines
    at = next((i for i, x in enumerate(lines) if x.side is Side.CLIENT and x.data == observation.offer.spoil), 0)
    return b"".join(x.data for x in lines[at:] if x.side is Side.SERVER and x.layer is Layer.CLEAR)


def clear_bytes(observation: Observation) -> bytes:
    """What the server said in clear."""
    return observation.transcript.sent_by(Side.SERVER, Layer.CLEAR)


def not_left_hanging(observation: Observation, command: Command, *, control: Observation) -> None:
    """The command was declined, or the connection was ended; silence is the deviation here."""
    expected = "it is declined, or the connection ends"
    if not is_accepted(control):
        no_verdict(expected, f"the control was not served: {seen(control)}", control)
    reply = observation.answer(command)
    over = observation.ending in (Ending.CLOSED, Ending.RESET)
    declined_it = reply is not None and reply.kind in (Kind.NEGATIVE, Kind.BYE)
    holds(expected, declined_it or over, f"{told(reply)}, {observation.ending}", observation, control)


def not_reflected(observation: Observation, lines: Sequence[Command]) -> None:
    """An HTTP request was cut off before its end, and none of it was echoed."""
    replies = [x.reply for x in observation.inside if x.reply]
    echoed = any(b"waxseal" in line for reply in replies for line in reply.lines)
    cut_off = observation.probe is None or observation.probe.reply is None
    told_of = f"{len(replies)} of {len(lines)} lines answered"
    holds("an HTTP request is cut off", cut_off and not echoed, told_of + (", echoed" if echoed else ""), observation)
