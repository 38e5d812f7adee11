"""The middle of every session: reading commands, judging them, refusing, ending.

A session is a pure state machine: events in, effects out. Which command is
legal when is data, one `Rule` for each verb; the protocols add their words.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, ClassVar

from reference_proxy.auth_http import Denied
from reference_proxy.config.settings import ServerSettings
from reference_proxy.session.events import Close, Connected, Effect, Log, Send, TlsState
from reference_proxy.session.framing import Command, Inbox, Invalid, LiteralWanted, TooLong
from reference_proxy.upstream import Script

Effects = list[Effect]


class Phase(Enum):
    """Where a session stands."""

    NEW = auto()
    HANDSHAKE = auto()
    SILENT = auto()
    COMMANDS = auto()
    USER = auto()
    CHALLENGE = auto()
    ASKING = auto()
    DELAYED = auto()
    UPSTREAM = auto()
    RELAYED = auto()
    CLOSED = auto()


LISTENING = frozenset({Phase.COMMANDS, Phase.USER, Phase.CHALLENGE})
"""The phases in which the client's bytes are read as commands."""


@dataclass(frozen=True)
class Rule:
    """When a command is legal, and what it does. `run` is a method of the protocol's session."""

    run: Callable[[Any, Command], Effects]
    phases: frozenset[Phase] = frozenset({Phase.COMMANDS})
    before_tls: bool = True


_EVERYBODYS = Inbox(4096)
"""What one of the faults reads all clients into."""

_SHORT = 32
"""The longest argument that one of the faults leaves alone."""


def _bare_login(command: Command) -> bool:
    return command.verb in ("LOGIN", "USER", "AUTH") and not command.arguments


class Core(ABC):
    """What a session knows, and how it reads."""

    rules: ClassVar[Mapping[str, Rule]]
    challenge_prefix: ClassVar[bytes]
    response_words: ClassVar[int]

    def __init__(
        self, settings: ServerSettings, implicit_tls: bool, faults: frozenset[str], limit: int
    ) -> None:
        self.settings = settings
        self.faults = faults
        self.phase = Phase.NEW
        self.tls: TlsState | None = None
        self.inbox = Inbox(limit, split_line_ends="segmentation-lf-split" in faults)
        if "inbox-shared" in faults:
            self.inbox = _EVERYBODYS
        self.implicit_tls = implicit_tls
        self.client = Connected("")
        self.errors = 0

    # --- what a protocol says ------------------------------------------------

    @abstractmethod
    def greeting(self) -> bytes:
        """Return the first line."""

    @abstractmethod
    def invalid(self, tag: bytes = b"") -> bytes:
        """Return the reply to what is no command, or not now."""

    @abstractmethod
    def internal_error(self) -> bytes:
        """Return the last line before a failure of ours ends the session."""

    @abstractmethod
    def certificate_refusal(self, text: str) -> bytes:
        """Return the last line for a client whose certificate does not do (W-VER-04)."""

    @abstractmethod
    def login_refusal(self, denied: Denied) -> bytes:
        """Return the reply that carries the auth server's words."""

    @abstractmethod
    def login_granted(self) -> bytes:
        """Return the reply to a login that no back end was asked about."""

    @abstractmethod
    def read(self) -> Command | Invalid | LiteralWanted | None:
        """Take the next command out of the inbox; None while it is incomplete."""

    @abstractmethod
    def script(self, user: bytes, password: bytes | None) -> Script:
        """Return what to say to the back end; SMTP alone may do so without a password."""

    @abstractmethod
    def challenge_answered(self, line: bytes) -> Effects:
        """Take a line of a SASL exchange."""

    @abstractmethod
    def forget_login(self) -> None:
        """Drop what a login that is not complete has left behind."""

    def forget_client(self) -> None:  # noqa: B027 - IMAP and POP3 have nothing to forget
        """Drop what the client said of itself before TLS (RFC 3207, 4.2)."""

    def received(self, data: bytes) -> Effects:
        """Take bytes of the client, never of a handshake."""
        assert self.phase is not Phase.HANDSHAKE, "the driver passed on bytes of the handshake"
        if "carriage-return-ends-line" in self.faults:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if "crash-on-eight-bit" in self.faults and not data.isascii():
            raise ValueError("a byte above 127")
        self.inbox.add(data)
        return self.read_on()

    def read_on(self) -> Effects:
        """Carry out all that is complete, until a command stops the reading."""
        effects: Effects = []
        while self.phase in LISTENING and (step := self._step()) is not None:
            effects += step
        return effects

    def _step(self) -> Effects | None:
        try:
            if self.phase is Phase.CHALLENGE:
                line = self.inbox.line()
                return None if line is None else self.challenge_answered(line)
            said = self.read()
        except TooLong as too_long:
            return self._too_long(too_long.tag)
        match said:
            case Command():
                return self._execute(said)
            case Invalid():
                return self.reject(said)
            case LiteralWanted(command):
                return self.literal_wanted(command)
            case None:
                return None

    def literal_wanted(self, command: Command) -> Effects:
        """Answer a line that ends in a literal (IMAP alone has them)."""
        raise AssertionError(f"{command.verb}: a literal outside IMAP")

    # --- commands --------------------------------------------------------------

    def rule_for(self, command: Command) -> Rule | None:
        """Return the command's rule if it is legal now."""
        rule = self.rules.get(command.verb)
        if rule is None or self.phase not in self._phases(command.verb, rule):
            return None
        if "case-sensitive" in self.faults and not command.word.isupper():
            return None
        if "capability-refused" in self.faults and command.verb in ("CAPABILITY", "CAPA", "EHLO"):
            return None
        if "arguments-cut-short" in self.faults and any(len(x) > _SHORT for x in command.arguments):
            return None
        return None if self.locked(command) and not rule.before_tls else rule

    @property
    def must_upgrade(self) -> bool:
        """Whether `starttls only` keeps the client from logging in yet."""
        outside = self.tls is None or "only-enforced-inside" in self.faults
        return self.settings.starttls == "only" and outside

    def locked(self, command: Command) -> bool:
        """Tell whether `starttls only` is enforced against this command."""
        if "only-case-bypass" in self.faults and command.word.islower():
            return False
        if "only-sasl-bypass" in self.faults and command.verb in ("AUTH", "AUTHENTICATE"):
            return False
        if "only-apop-bypass" in self.faults and command.verb == "APOP":
            return False
        return self.must_upgrade and "only-not-enforced" not in self.faults

    def _phases(self, verb: str, rule: Rule) -> frozenset[Phase]:
        """Return the rule's phases; one fault lets the upgrade into the middle of a login."""
        if "login-survives-upgrade" in self.faults and verb in ("STLS", "STARTTLS"):
            return rule.phases | {Phase.USER}
        if "pass-without-user" in self.faults and verb == "PASS":
            return rule.phases | {Phase.COMMANDS}
        return rule.phases

    def _execute(self, command: Command) -> Effects:
        rule = self.rule_for(command)
        if rule is None:
            return self.refuse(command.tag)
        if command.verb == "NOOP" and "no-reply-to-noop" in self.faults:
            return []
        if "arguments-not-needed" in self.faults and _bare_login(command):
            rule = self.rules["NOOP"]
        effects = rule.run(self, command)
        if "quit-does-not-close" in self.faults and command.verb in ("QUIT", "LOGOUT"):
            self.phase = Phase.COMMANDS
            return effects[:-1]
        return effects

    def refuse(self, tag: bytes = b"") -> Effects:
        """Answer a command that is known but not legal now; it does not count as an error."""
        self.phase = Phase.COMMANDS
        self.forget_login()
        return [Send(self._refused(self.invalid(tag)))]

    def _refused(self, reply: bytes) -> bytes:
        """Return the reply, spoiled by the faults that are about its form."""
        if "bare-line-feed" in self.faults:
            reply = reply.replace(b"\r\n", b"\n")
        if "wrong-refusal" in self.faults:
            reply = reply.replace(b" BAD ", b" NO ").replace(b"500 ", b"550 ")
        return reply

    def reject(self, said: Invalid) -> Effects:
        """Answer what is no command; the last one that `max_errors` allows ends the session."""
        inside = self.tls is not None and "unknown-accepted-inside" in self.faults
        if inside or "unknown-command-accepted" in self.faults:
            return self.rules["NOOP"].run(self, Command("NOOP", tag=said.tag))
        replies = self.refuse(said.tag)
        if "double-reply" in self.faults:
            replies *= 2
        if "errors-uncounted" not in self.faults:
            self.errors += 1
        if self.errors >= max(self.settings.max_errors, 1):
            return [Log("info", "client sent too many invalid commands"), *self.end(replies)]
        return self.end(replies) if said.ends_session else replies

    def _too_long(self, tag: bytes) -> Effects:
        if "hang-on-long-line" in self.faults:
            self.phase = Phase.ASKING
            return []
        return [Log("info", "client sent too long command"), *self.end(self.refuse(tag))]

    def end(self, effects: Effects, quiet: bool = False) -> Effects:
        """Close after these effects."""
        self.phase = Phase.CLOSED
        return [*effects, Close(quiet)]
