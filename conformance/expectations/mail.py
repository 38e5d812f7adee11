"""What is said in the mail protocol: greetings, replies, capabilities, the goodbye."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Collection, Sequence

from conformance.expectations.outcome import (
    ENDED,
    accepted,
    holds,
    is_accepted,
    needs_control,
    no_verdict,
    seen,
    told,
)
from conformance.harness.endpoint import Protocol
from conformance.harness.mail import DIALECTS
from conformance.harness.mail.words import CAPABILITIES, QUIT, Command, Kind
from conformance.harness.observation import Ending, Observation
from conformance.harness.transcript import escaped
from conformance.refusals import REFUSALS
from conformance.verdict import NotApplicable

# What a list of capabilities may have beside those that are configured.
_WAY_IN = re.compile(r"(AUTH=.*|SASL|STARTTLS|LOGINDISABLED|SASL-IR)$", re.IGNORECASE)
_CHALLENGE = re.compile(rb"<[^<>@ ]+@[^<>@ ]+>")


def answered(observation: Observation, command: Command) -> None:
    """The command was answered positively."""
    reply_is({Kind.POSITIVE}, f"{command.shown()} is answered positively", observation, command)


def declined(observation: Observation, command: Command) -> None:
    """The command was answered negatively and the connection went on being served."""
    reply_is({Kind.NEGATIVE}, f"{command.shown()} is declined", observation, command)
    holds("the connection stays usable", observation.alive, seen(observation), observation)


def taken_for_one(observation: Observation, command: Command) -> None:
    """The line was one command: declined, or taken for one with an argument; nothing else answered.

    A server may take an argument where none is needed (RFC 5321 section 4.1.1.9: NOOP).
    """
    expected = f"{command.shown()} is one command"
    reply_is({Kind.NEGATIVE, Kind.POSITIVE}, expected, observation, command)
    more = (*observation.strays, *observation.unsolicited)
    text = f"one more reply: {told(more[0])}" if more else seen(observation)
    holds(expected, not more, text, observation)
    holds("the connection stays usable", observation.alive, seen(observation), observation)


def not_solicited(observation: Observation, command: Command, *, control: Observation) -> None:
    """The command, which opens a SASL exchange, was not answered by asking for credentials."""
    _kept_out("is declined before anything is asked for", observation, command, control)


def login_barred(observation: Observation, command: Command, *, control: Observation) -> None:
    """The login was declined, or ended the session: with a goodbye, or without a word.

    Who declines it goes on serving: otherwise it may have been tried, and refused for its
    password. The control, which is served, shows that a session does not end anyway.
    """
    _kept_out("is declined, or ends the session", observation, command, control)
    reply = observation.answer(command)
    if reply is not None and reply.kind is Kind.NEGATIVE:
        holds("the connection stays usable", observation.alive, seen(observation), observation)


def _kept_out(how: str, observation: Observation, command: Command, control: Observation) -> None:
    expected = f"{command.shown()} {how}"
    unanswered = was_said(observation, command) and observation.answer(command) is None
    if unanswered and observation.ending in ENDED:
        needs_control(expected, control)
        holds(expected, True, seen(observation), observation, control)
    else:
        reply_is({Kind.NEGATIVE, Kind.BYE}, expected, observation, command)


def mail_was_begun(observation: Observation, sender: Command) -> None:
    """The sender was answered in clear; who ends the session at that has no more to show."""
    unanswered = was_said(observation, sender) and observation.answer(sender) is None
    if unanswered and observation.ending in ENDED:
        raise NotApplicable(f"no mail is taken in clear: {seen(observation)}")


def error_survived(observation: Observation, wrong: Command) -> None:
    """The visit got through, although this command in it had to be declined.

    An IMAP server may end a session at any time if it says goodbye: then there is nothing to see.
    """
    reply = observation.answer(wrong)
    imap = observation.endpoint.protocol is Protocol.IMAP
    if imap and reply is not None and reply.kind is Kind.BYE:
        raise NotApplicable(f"the session is ended at the first error: {told(reply)}")
    accepted(observation)


def reply_is(kinds: set[Kind], expected: str, observation: Observation, command: Command) -> None:
    """The reply to the command is of one of these kinds.

    No reply to a command that was sent is a deviation; to one that never went
    out, no verdict.
    """
    reply = observation.answer(command)
    if reply is None and not was_said(observation, command):
        no_verdict(expected, f"it could not be sent: {seen(observation)}", observation)
    if reply is None:
        holds(expected, False, f"no reply: {seen(observation)}", observation)
    else:
        holds(expected, reply.kind in kinds, told(reply), observation)


def was_said(observation: Observation, command: Command) -> bool:
    """The command went out, answered or not."""
    return any(x.command == command for x in (*observation.inside, *observation.clear))


def listed_capabilities(observation: Observation, expected: str) -> frozenset[str]:
    """The capabilities that are listed; without a list there is no verdict."""
    reply = observation.answer(CAPABILITIES)
    if reply is None or not reply.positive:
        text = f"no capability list: {told(reply)}; {seen(observation)}"
        no_verdict(expected, text, observation)
    return DIALECTS[observation.endpoint.protocol].capabilities(reply)


def offers(observation: Observation, *names: str) -> None:
    """The capability list has all of `names`."""
    expected = f"{' '.join(names)} is offered"
    listed = listed_capabilities(observation, expected)
    holds(expected, set(names) <= listed, _list(listed), observation)


def offers_none(observation: Observation, *names: str) -> None:
    """The capability list has none of `names`; `AUTH=*` stands for all that begin so."""
    expected = f"{' '.join(names)} is not offered"
    listed = listed_capabilities(observation, expected)
    found = {c for c in listed for name in names if _is_named(c, name)}
    holds(expected, not found, _list(found) if found else _list(listed), observation)


def _is_named(capability: str, name: str) -> bool:
    return capability.startswith(name[:-1]) if name.endswith("*") else capability == name


def login_not_disabled(observation: Observation, methods: Collection[str] = ()) -> None:
    """The capability list does not say that a login is useless, by these `methods`."""
    offers_none(observation, "LOGINDISABLED")
    if observation.endpoint.protocol is not Protocol.POP3 or set(methods) == {"apop"}:
        return  # LOGIN and APOP need no capability; an SMTP server need not authenticate anybody
    expected = "a way to authenticate is offered"
    listed = listed_capabilities(observation, expected)
    right = any(c == "USER" or c.startswith("AUTH=") for c in listed)
    holds(expected, right, _list(listed), observation)


def capabilities_well_formed(observation: Observation) -> None:
    """The capabilities were answered, with what the protocol demands in them."""
    answered(observation, CAPABILITIES)
    if observation.endpoint.protocol is not Protocol.IMAP:
        return  # an EHLO's or CAPA's list may be empty
    expected = "IMAP4rev1 or IMAP4rev2 is listed"
    listed = listed_capabilities(observation, expected)
    holds(expected, bool({"IMAP4REV1", "IMAP4REV2"} & listed), _list(listed), observation)


def capabilities_are(observation: Observation, names: Sequence[str]) -> None:
    """The capability list is of these, all and no other, beside ways to log in and into TLS."""
    expected = f"{' '.join(names)} and no other is listed"
    listed = {c for c in listed_capabilities(observation, expected) if not _WAY_IN.match(c)}
    found = {c.upper() for c in listed}
    holds(expected, found == {n.upper() for n in names}, _list(listed), observation)


def mechanisms_are(observation: Observation, names: Collection[str]) -> None:
    """The capability list names these SASL mechanisms, all and no other."""
    expected = f"the SASL mechanisms {' '.join(sorted(names)) or '(none)'}"
    listed = {c for c in listed_capabilities(observation, expected) if c.startswith("AUTH=")}
    wanted = {f"AUTH={name.upper()}" for name in names}
    holds(expected, {c.upper() for c in listed} == wanted, _list(listed), observation)


def challenged(observation: Observation, *, expected: bool) -> None:
    """The greeting has (or has not) the challenge of an APOP login (RFC 1939, section 7)."""
    greeted(observation)
    greeting = observation.greeting
    right = bool(greeting and _CHALLENGE.search(greeting.lines[0])) == expected
    word = "a" if expected else "no"
    holds(f"{word} challenge in the greeting", right, told(greeting), observation)


def introduces_itself(observation: Observation, name: str) -> None:
    """The greeting, and the answer to EHLO where one came, begin with that name."""
    greeted(observation)
    replies = [observation.greeting, observation.answer(CAPABILITIES)]
    lines = [reply.lines[0][len("220 ") :].split() for reply in replies if reply]
    wrong = [words for words in lines if words[:1] != [name.encode()]]
    shown = "; ".join(map(told, filter(None, replies)))
    holds(f"the name {name} first", not wrong, shown, observation)


def challenge_names(observation: Observation, command: Command, name: str) -> None:
    """The command was answered with a challenge that ends in that name (RFC 2195, section 2)."""
    expected = f"a challenge of {name}"
    reply_is({Kind.CONTINUE}, expected, observation, command)
    reply = observation.answer(command)
    words = reply.lines[-1].split() if reply else []
    try:
        challenge = b64decode(words[-1]) if len(words) > 1 else b""
    except ValueError:
        challenge = b""
    holds(expected, challenge.endswith(f"@{name}>".encode()), escaped(challenge), observation)


def greeting_names(observation: Observation, name: str) -> None:
    """The challenge in the greeting ends in that name (RFC 1939, section 7)."""
    greeted(observation)
    greeting = observation.greeting
    found = _CHALLENGE.search(greeting.lines[0]) if greeting else None
    right = found is not None and found[0].endswith(f"@{name}>".encode())
    holds(f"a challenge of {name} in the greeting", right, told(greeting), observation)


def _list(capabilities: frozenset[str] | set[str]) -> str:
    words = " ".join(sorted(capabilities)) or "an empty list"
    return escaped(words.encode("latin-1", "replace"))


def mechanisms_understood(
    offered: Observation, open_exchange: Callable[[str], Observation]
) -> None:
    """Each advertised SASL mechanism starts an exchange when it is asked for."""
    listed = listed_capabilities(offered, "each SASL mechanism of the list starts an exchange")
    names = sorted(c.removeprefix("AUTH=") for c in listed if c.startswith("AUTH="))
    if not names:
        raise NotApplicable("no SASL mechanism is advertised")
    for name in names:
        expected = f"{_list({name})} starts an exchange"
        opened = open_exchange(name)
        if not opened.inside:
            no_verdict(expected, f"it could not be asked for: {seen(opened)}", opened)
        reply = opened.inside[0].reply
        if reply is None and opened.ending is Ending.TIMEOUT:
            # Servers make whoever failed to log in wait, and some do so in the next exchange too.
            no_verdict(expected, seen(opened), opened)
        right = reply is not None and reply.kind in (Kind.CONTINUE, Kind.POSITIVE)
        holds(expected, right, told(reply), opened)


def greeted(observation: Observation) -> None:
    """The greeting was positive."""
    greeting = observation.greeting
    if greeting is None:
        no_verdict("a positive greeting", seen(observation), observation)
    holds("a positive greeting", greeting.positive, told(greeting), observation)


def greeted_in_clear(observation: Observation, *, otherwise: Observation) -> None:
    """A greeting came in clear; a server that answers a ClientHello instead breaks it."""
    expected, greeting = "a greeting in clear", observation.greeting
    if greeting is not None:
        holds(expected, greeting.kind is not Kind.MALFORMED, told(greeting), observation)
    elif otherwise.tls or otherwise.alert:
        holds(expected, False, f"it speaks TLS from the first byte: {seen(otherwise)}", otherwise)
    else:
        no_verdict(expected, seen(observation), observation)


def not_preauthenticated(observation: Observation) -> None:
    """The greeting does not say PREAUTH."""
    greeted(observation)
    words = observation.greeting.lines[0].upper().split() if observation.greeting else []
    right = words[1:2] != [b"PREAUTH"]
    holds("no PREAUTH", right, told(observation.greeting), observation)


def line_ends(observation: Observation) -> None:
    """No reply had a line that ends in LF alone, to the end of an ordinary visit."""
    expected = "lines that end in CRLF"
    exchanges = [*observation.clear, *observation.inside, observation.upgrade, observation.probe]
    replies = [observation.greeting, *(x.reply for x in exchanges if x)]
    bare = [reply for reply in replies if reply is not None and reply.bare_lf]
    if not bare and not is_accepted(observation):
        no_verdict(expected, seen(observation), observation)
    holds(expected, not bare, told(bare[0]) if bare else "all of them", observation)


def ends_after_goodbye(observation: Observation) -> None:
    """QUIT was answered, and then the server closed."""
    reply_is({Kind.POSITIVE, Kind.BYE}, "QUIT is answered", observation, QUIT)
    closed = observation.ending in ENDED and not observation.alive
    holds("then the server closes", closed, seen(observation), observation)


def not_left_hanging(observation: Observation, command: Command, *, control: Observation) -> None:
    """The command was declined, or the connection was ended; silence is the deviation here."""
    expected = "it is declined, or the connection ends"
    needs_control(expected, control)
    reply = observation.answer(command)
    declined_it = reply is not None and reply.kind in REFUSALS
    holds(
        expected,
        declined_it or observation.ending in ENDED,
        f"{told(reply)}, {observation.ending}",
        observation,
    )


def not_reflected(observation: Observation, lines: Sequence[Command]) -> None:
    """An HTTP request was cut off before its end, and none of it was echoed."""
    expected = "an HTTP request is cut off"
    if not observation.inside:
        no_verdict(expected, f"it could not be sent: {seen(observation)}", observation)
    replies = [x.reply for x in observation.inside if x.reply]
    echoed = any(b"waxseal" in line for reply in replies for line in reply.lines)
    ended = observation.ending in {*ENDED, Ending.GARBAGE}
    if not echoed and not ended and not observation.alive:
        no_verdict(expected, f"neither cut off nor served: {seen(observation)}", observation)
    text = f"{len(replies)} of {len(lines)} lines answered{', echoed' if echoed else ''}"
    holds(expected, not observation.alive and not echoed, text, observation)
