"""What a server says when it refuses: the replies of a visit that do, and what they blame."""

from __future__ import annotations

import re

from conformance.harness.endpoint import Protocol, Way
from conformance.harness.mail.words import Kind, Reply
from conformance.harness.observation import Ending, Observation, Stage

REFUSALS = {Kind.NEGATIVE, Kind.BYE}
_CERTIFICATE = re.compile(rb"certificate", re.IGNORECASE)
# How the excerpt of what came instead of TLS begins, where that is a reply which declines.
_DECLINED = {
    Protocol.IMAP: re.compile(r'"\S+ (?:NO|BAD|BYE)\b', re.IGNORECASE),
    Protocol.POP3: re.compile(r'"-ERR\b', re.IGNORECASE),
    Protocol.SMTP: re.compile(r'"[45]\d\d\b'),
}


def refusals(observation: Observation) -> list[Reply]:
    """What took the place of the greeting inside TLS, or of the session after the upgrade."""
    greeting = observation.greeting if observation.endpoint.way is Way.IMPLICIT else None
    probe = observation.probe.reply if observation.probe else None
    replies = (greeting, *observation.unsolicited, probe)
    return [reply for reply in replies if reply is not None and reply.kind in REFUSALS]


def declined_in_clear(observation: Observation) -> bool:
    """A reply that declines came in place of TLS, which had been agreed to.

    That the server goes on in clear then is another matter.
    """
    instead = observation.ending is Ending.GARBAGE and observation.stage is Stage.UPGRADE
    declines = _DECLINED[observation.endpoint.protocol]
    return instead and declines.match(observation.note) is not None


def login_denied(observation: Observation) -> bool:
    """The login was declined, which says nothing of what came before it."""
    reply = observation.login.reply if observation.login else None
    return reply is not None and reply.kind is Kind.NEGATIVE


def names_certificate(observation: Observation) -> bool:
    """Whether a refusal, of a session or of a login, says that a certificate is why."""
    replies = refusals(observation)
    if observation.login and observation.login.reply and login_denied(observation):
        replies.append(observation.login.reply)
    return any(_CERTIFICATE.search(line) for reply in replies for line in reply.lines)
