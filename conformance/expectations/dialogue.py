"""What the RFCs say of single replies: their codes, their form, what an exchange leaves behind."""

from __future__ import annotations

import re
from collections.abc import Mapping

from conformance.expectations.auth import login_tried
from conformance.expectations.mail import (
    declined,
    listed_capabilities,
    reply_is,
    was_said,
)
from conformance.expectations.outcome import holds, no_verdict, seen, told
from conformance.harness.endpoint import Protocol
from conformance.harness.mail.words import QUIT, Command, Kind, Reply
from conformance.harness.observation import Ending, Observation
from conformance.verdict import NotApplicable

# RFC 3501 and 9051 section 9, RFC 5034 section 4, RFC 4954 section 4.
_CHALLENGES = {
    Protocol.IMAP: re.compile(rb"\+ (?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2,3}=?=?)?"),
    Protocol.POP3: re.compile(rb"\+ (?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2,3}=?=?)?"),
    Protocol.SMTP: re.compile(rb"334 (?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2,3}=?=?)?"),
}
# A domain or an address literal behind the code (RFC 5321 sections 4.1.2 and 4.2).
_NAMED = re.compile(rb"2[0-9]{2}[ -]([A-Za-z0-9][A-Za-z0-9.-]*|\[[^]\s]+\])(?:\s.*)?")


def advertises(observation: Observation, mechanism: str) -> None:
    """Where the capabilities do not name this SASL mechanism, the requirement does not arise."""
    if f"AUTH={mechanism}" not in listed_capabilities(observation, f"{mechanism} is advertised"):
        raise NotApplicable(f"SASL {mechanism} is not advertised")


def exchange_declined(observation: Observation, opening: Command, response: Command) -> None:
    """The exchange was opened; the response ended it negatively, and the connection goes on."""
    reply = observation.answer(opening)
    if reply is None or reply.kind is not Kind.CONTINUE:
        text = f"no exchange was opened: {told(reply)}; {seen(observation)}"
        no_verdict(f"{response.shown()} ends the exchange", text, observation)
    declined(observation, response)


def challenge_well_formed(observation: Observation, opening: Command) -> None:
    """The reply that asks for a response is the protocol's prefix and base64."""
    expected = "the challenge is base64 behind the protocol's prefix"
    reply = observation.answer(opening)
    if reply is None or reply.kind not in (Kind.CONTINUE, Kind.MALFORMED):
        no_verdict(expected, f"no challenge came: {told(reply)}; {seen(observation)}", observation)
    form = _CHALLENGES[observation.endpoint.protocol]
    right = reply.kind is Kind.CONTINUE and form.fullmatch(reply.lines[-1]) is not None
    holds(expected, right, told(reply), observation)


def has_code(observation: Observation, command: Command, codes: Mapping[Protocol, str]) -> None:
    """The command was declined with the code (in IMAP, the word) that the RFCs have for it."""
    wanted = codes[observation.endpoint.protocol]
    _coded(observation, command, observation.answer(command), wanted)


def login_has_code(observation: Observation, codes: Mapping[Protocol, str]) -> None:
    """The login was declined with that code or word."""
    wanted = codes[observation.endpoint.protocol]
    login = login_tried(observation, f"a login is declined with {wanted}")
    _coded(observation, login.command, login.reply, wanted)


def _coded(observation: Observation, command: Command, reply: Reply | None, codes: str) -> None:
    expected = f"{command.shown()} is declined with {' or '.join(codes.split())}"
    if reply is None:
        no_verdict(expected, f"no reply: {seen(observation)}", observation)
    holds(expected, _code(observation, reply) in codes.split(), told(reply), observation)


def _code(observation: Observation, reply: Reply) -> str:
    if observation.endpoint.protocol is Protocol.SMTP:
        return reply.tag
    words = reply.lines[-1].decode("latin-1").upper().split()
    return words[1] if len(words) > 1 else ""


def takes_leave(observation: Observation) -> None:
    """QUIT's reply has its protocol's form: IMAP's an untagged BYE as well, SMTP's the code 221."""
    reply_is({Kind.POSITIVE, Kind.BYE}, "QUIT is answered", observation, QUIT)
    reply = observation.answer(QUIT)
    assert reply is not None
    if observation.endpoint.protocol is Protocol.SMTP:
        holds("QUIT is answered with 221", reply.tag == "221", told(reply), observation)
    else:
        untagged = any(line.upper().startswith(b"* BYE") for line in reply.lines)
        holds("LOGOUT brings an untagged BYE", untagged, told(reply), observation)


def names_itself(observation: Observation, hello: Command) -> None:
    """Greeting and the reply to EHLO begin with the server's name, the same in both."""
    expected = "greeting and reply to EHLO begin with the same name"
    greeting, reply = observation.greeting, observation.answer(hello)
    if greeting is None or reply is None or not (greeting.positive and reply.positive):
        no_verdict(expected, f"not both were seen: {seen(observation)}", observation)
    first, second = (_NAMED.fullmatch(r.lines[0]) for r in (greeting, reply))
    right = first is not None and second is not None and first[1].lower() == second[1].lower()
    holds(expected, right, f"{told(greeting)}, {told(reply)}", observation)


def ends_tls_in_order(observation: Observation) -> None:
    """After the goodbye the server sent close_notify before it ended the connection."""
    expected = "close_notify before the end of the connection"
    if not was_said(observation, QUIT) or observation.ending is not Ending.CLOSED:
        no_verdict(expected, f"no end was seen: {seen(observation)}", observation)
    text = "close_notify" if observation.close_notify else "the connection ended without it"
    holds(expected, bool(observation.close_notify), text, observation)


def upgrade_has_code(observation: Observation, code: str) -> None:
    """STARTTLS was granted with this code."""
    expected = f"STARTTLS is answered with {code}"
    reply = observation.upgrade.reply if observation.upgrade else None
    if reply is None or not reply.positive:
        no_verdict(expected, f"not granted: {told(reply)}; {seen(observation)}", observation)
    holds(expected, reply.tag == code, told(reply), observation)
