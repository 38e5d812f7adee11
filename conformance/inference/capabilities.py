"""What is offered to clients, and the name that the server gives itself."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.harness.endpoint import Protocol, Way
from conformance.harness.mail.words import CAPABILITIES, Command, Reply, Verb
from conformance.harness.observation import Observation
from conformance.harness.pki.person import Person
from conformance.harness.transcript import escaped
from conformance.inference.asker import Asker
from conformance.inference.finding import Finding, Found, known, one_of, unknown

CHALLENGE = Command(Verb.AUTH, "CRAM-MD5")
_METHODS = {"plain": "PLAIN", "login": "LOGIN", "cram-md5": "CRAM-MD5", "external": "EXTERNAL"}
# nginx's pop3_auth has no word for LOGIN: it comes with plain.
_OF_POP3 = ("plain", "cram-md5", "external")
_STAMP = re.compile(r"<[^<>@\s]+@([^<>\s]+)>")
_NAME = re.compile(r"[A-Za-z0-9_.:\[\]-]+")


@dataclass(frozen=True)
class Capabilities:
    """What was offered in clear and inside TLS, and a challenge where one is to be had."""

    protocol: Protocol
    clear: Observation | None = None
    inside: Observation | None = None
    challenge: Observation | None = None

    @property
    def offered(self) -> Reply | None:
        """The answer where logins are offered: inside TLS, else in clear."""
        return _reply(self.inside) or _reply(self.clear)

    @property
    def greeting(self) -> Reply | None:
        """The greeting, in whichever layer it came."""
        found = (one.greeting for one in (self.clear, self.inside) if one)
        return next((greeting for greeting in found if greeting and greeting.positive), None)


def _reply(observation: Observation | None) -> Reply | None:
    reply = observation.answer(CAPABILITIES) if observation else None
    return reply if reply and reply.positive else None


def look(ask: Asker, versions: tuple[str, ...], person: Person | None) -> Capabilities:
    """One visit for each layer; one more where an IMAP server has challenges."""
    way, protocol = ask.endpoint.way, ask.endpoint.protocol
    clear = inside = challenge = None
    if way is not Way.IMPLICIT:
        there = ask.elsewise(way=Way.STARTTLS)
        clear = there(upgrade=False, inside=(CAPABILITIES,), probe=False)
    if way is not Way.NONE and versions:
        inside = ask(versions=versions[-1:], person=person, inside=(CAPABILITIES,))
    facts = Capabilities(protocol, clear, inside)
    if protocol is Protocol.IMAP and "CRAM-MD5" in _mechanisms(facts):
        top = (
            {"versions": versions[-1:], "person": person} if _reply(inside) else {"upgrade": False}
        )
        there = ask.elsewise(way=way if _reply(inside) else Way.STARTTLS)
        challenge = there(**top, inside=(CHALLENGE,), probe=False)
    return Capabilities(protocol, clear, inside, challenge)


def findings(facts: Capabilities) -> Found:
    """The two directives of the protocol, and `server_name` where it is said."""
    return Found((_capabilities(facts), _auth(facts), _server_name(facts)))


def _where(facts: Capabilities) -> str:
    return "inside TLS" if _reply(facts.inside) else "in clear"


def _words(facts: Capabilities) -> list[str]:
    """The capabilities as they came, one by one; those of the upgrade and of logins too."""
    if facts.offered is None:
        return []
    lines = [line.decode("latin-1") for line in facts.offered.lines]
    match facts.protocol:
        case Protocol.IMAP:
            listed = (x for x in lines if x.upper().startswith("* CAPABILITY "))
            return [word for line in listed for word in line.split()[2:]]
        case Protocol.POP3:
            return lines[1:-1]
    return [line[4:] for line in lines[1:]]


def _plain(facts: Capabilities) -> list[str]:
    """Those that are neither of the upgrade nor of logins."""
    logins = re.compile(r"(?i)(AUTH[= ].*|AUTH|SASL( .*)?|STARTTLS|STLS|LOGINDISABLED)$")
    return [word for word in _words(facts) if not logins.match(word)]


def _capabilities(facts: Capabilities) -> Finding:
    name = f"{facts.protocol}_capabilities"
    if facts.offered is None:
        return unknown(name, "nobody was told: no listing was to be had")
    words = _plain(facts)
    if not all(word.isascii() and word.isprintable() for word in words):
        return unknown(name, f"strange ones are listed: {_shown(words)}")
    evidence = f"listed {_where(facts)}"
    if not words:
        return known(name, (), f"none is {evidence}")
    hidden = facts.inside is not None and not _reply(facts.inside)
    if facts.protocol is Protocol.POP3 and hidden and not _mechanisms(facts):
        # With TLS required nginx takes USER out of the list; where it stands does not show.
        return unknown(name, f"{evidence}, where some may be left out: {_shown(words)}", *words)
    return known(name, tuple(words), evidence)


def _mechanisms(facts: Capabilities) -> set[str]:
    found = set()
    for word in _words(facts):
        upper = word.upper()
        if upper.startswith("AUTH="):
            found |= set(upper[5:].split())
        elif upper.split()[:1] in (["SASL"], ["AUTH"]):
            found |= set(upper.split()[1:])
    return found


def _auth(facts: Capabilities) -> Finding:
    name = f"{facts.protocol}_auth"
    listed = _mechanisms(facts)
    hidden = facts.inside is not None and not _reply(facts.inside)
    if facts.offered is None or (hidden and not listed):
        return unknown(name, "mechanisms are listed inside TLS alone, and no list came there")
    evidence = f"{' '.join(sorted(map(_escaped, listed))) or 'none'} listed {_where(facts)}"
    able = _OF_POP3 if facts.protocol is Protocol.POP3 else tuple(_METHODS)
    values = tuple(word for word in able if _METHODS[word] in listed)
    stamped = facts.greeting is not None and _STAMP.search(facts.greeting.text) is not None
    if facts.protocol is Protocol.POP3 and stamped:
        evidence += "; the greeting has a time stamp"
        if "cram-md5" in values:
            both = (" ".join(values), " ".join((*values, "apop")))
            return one_of(name, values, both, f"{evidence}, which is of CRAM-MD5 or APOP")
        values = (*values, "apop")
    if foreign := listed - set(_METHODS.values()):
        words = " ".join(sorted(map(_escaped, foreign)))
        evidence += f"; nginx has no word for {words}"
    if not values:
        none = facts.protocol is Protocol.SMTP and not listed
        return known(name, ("none",), evidence) if none else unknown(name, evidence)
    return known(name, values, evidence)


def _server_name(facts: Capabilities) -> Finding:
    """nginx says it in SMTP's greeting, and in the challenges of APOP and CRAM-MD5."""
    name, greeting = "server_name", facts.greeting
    if facts.protocol is Protocol.SMTP and greeting is not None:
        words = greeting.text[4:].split()
        if words and _NAME.fullmatch(words[0]):
            return known(name, (words[0],), "said in the greeting")
    challenge = facts.challenge.answer(CHALLENGE) if facts.challenge else None
    texts = [greeting.text if greeting else "", _decoded(challenge) if challenge else ""]
    stamps = [found[1] for text in texts if (found := _STAMP.search(text))]
    if stamps and _NAME.fullmatch(stamps[0]):
        return known(name, (stamps[0],), "said in a challenge")
    return unknown(name, "nothing that is said there has the name in it")


def _decoded(reply: Reply) -> str:
    words = reply.text.split()
    try:
        return base64.b64decode(words[-1], validate=True).decode("latin-1") if words else ""
    except (binascii.Error, ValueError):
        return ""


def _escaped(text: str) -> str:
    return escaped(text.encode("latin-1", "replace"))[:40]


def _shown(words: Sequence[str]) -> str:
    return " ".join(map(_escaped, words))[:200]
