"""`starttls`: whether the upgrade is offered, and whether a login has to wait for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from conformance.expectations.outcome import told
from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.mail.words import CAPABILITIES, Command, Kind, Reply, Verb
from conformance.harness.observation import Observation
from conformance.inference.asker import Asker
from conformance.inference.finding import Found, known, one_of, unknown

# Asks to be asked for a name and password, and then takes it back: nobody logs in.
TRYING = Command(Verb.AUTH, "PLAIN")
NAMING = Command(Verb.RAW, "USER nobody")
_NAMES_TLS = re.compile(r"(?i)TLS|SSL|ENCRYPT")
_REFUSED = (Kind.NEGATIVE, Kind.BYE)


@dataclass(frozen=True)
class Upgrade:
    """In clear: what is offered, and what becomes of whoever begins to log in; then the upgrade.

    `naming` is POP3's other way to begin, None elsewhere.
    """

    endpoint: Endpoint
    clear: Observation | None = None
    trying: Observation | None = None
    naming: Observation | None = None
    upgrade: Observation | None = None

    @property
    def taken(self) -> bool:
        """STARTTLS was answered with a yes."""
        asked = self.upgrade.upgrade if self.upgrade else None
        return asked is not None and asked.reply is not None and asked.reply.positive


def look(ask: Asker) -> Upgrade:
    """Three visits in clear, or four; none where TLS comes first."""
    endpoint = ask.endpoint
    if endpoint.way is Way.IMPLICIT:
        return Upgrade(endpoint)
    there = ask.elsewise(way=Way.STARTTLS)
    clear = there(upgrade=False, inside=(CAPABILITIES,), probe=False)
    trying = there(upgrade=False, inside=(TRYING,), probe=False)
    naming = None
    if endpoint.protocol is Protocol.POP3:
        naming = there(upgrade=False, inside=(NAMING,), probe=False)
    # Whoever says nothing of it may have it all the same; the hello ends the visit soon.
    return Upgrade(endpoint, clear, trying, naming, there(hello_only=True))


def findings(facts: Upgrade) -> Found:
    """`on`, `only` or `off`, by what is offered and what is granted."""
    name = "starttls"
    if facts.endpoint.way is Way.IMPLICIT:
        why = "TLS comes first there, and nothing of STARTTLS is left behind it"
        return Found((unknown(name, why),))
    upgrade = facts.upgrade.upgrade if facts.upgrade else None
    asked = upgrade.reply if upgrade else None
    if asked is None:
        return Found((unknown(name, "STARTTLS was not answered", "on", "only", "off"),))
    if not facts.taken:
        return Found((known(name, ("off",), f"STARTTLS is answered {told(asked)}"),))
    begun = {word: reply for word, reply in _begun(facts).items() if reply is not None}
    shown = ", ".join(f"{word} in clear {told(reply)}" for word, reply in begun.items())
    evidence = f"STARTTLS is granted; {shown}"
    if any(reply.kind not in _REFUSED for reply in begun.values()):
        return Found((known(name, ("on",), evidence),))
    if begun and (_says_so(facts) or _needs_tls(begun)):
        return Found((known(name, ("only",), f"{evidence}{_announced(facts)}"),))
    why = f"it does not show whether a login has to wait for it: {evidence}"
    return Found((one_of(name, ("on",), ("on", "only"), why),))


def _begun(facts: Upgrade) -> dict[str, Reply | None]:
    found = {"AUTH PLAIN": facts.trying.answer(TRYING) if facts.trying else None}
    if facts.naming:
        found["USER"] = facts.naming.answer(NAMING)
    return found


def _says_so(facts: Upgrade) -> bool:
    """What is offered in clear has no way to log in: that TLS has to come first is said."""
    offered = _offered(facts)
    if offered is None:
        return False
    words = offered.text.upper().split()
    match facts.endpoint.protocol:
        case Protocol.IMAP:
            return "LOGINDISABLED" in words
        case Protocol.POP3:
            return "STLS" in words and not {"SASL", "USER"} & set(words)
    return "250-STARTTLS" in words or ("STARTTLS" in words and "250-AUTH" not in words)


def _needs_tls(begun: dict[str, Reply]) -> bool:
    """The answer to who does not begin with TLS names it (RFC 3207, section 4; RFC 4954)."""
    return any(_NAMES_TLS.search(reply.text) for reply in begun.values())


def _announced(facts: Upgrade) -> str:
    offered = _offered(facts)
    disabled = offered is not None and "LOGINDISABLED" in offered.text.upper()
    return "; LOGINDISABLED is announced" if disabled else ""


def _offered(facts: Upgrade) -> Reply | None:
    return facts.clear.answer(CAPABILITIES) if facts.clear else None
