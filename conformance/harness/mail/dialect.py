"""What the three protocols have in common for a client, and where they differ.

A `Dialect` is the protocol's words, without state; a `Reader` turns what one
server sends on one connection, in one layer, into replies. Neither ever raises
for what a server sends.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from base64 import b64encode
from collections.abc import Generator

from .framing import Line, Lines
from .words import NOOP, Command, Kind, Reply, Verb

# Says the steps of one command, is told the reply to each, and returns after the last.
Script = Generator[Command, Reply, None]


class Reader(ABC):
    """Bytes in, complete replies out."""

    def __init__(self) -> None:
        self._lines = Lines()
        self.expecting: Command | None = None
        self.tag = ""

    @property
    def rest(self) -> bytes:
        """What has arrived of a line that is not finished."""
        return self._lines.rest

    def expect(self, command: Command, tag: str) -> None:
        """`command` has been sent under `tag`: it tells which shape its reply has."""
        self.expecting = command
        self.tag = tag

    def feed(self, data: bytes) -> list[Reply]:
        """The replies that `data` completes, in order."""
        return [reply for line in self._lines.feed(data) for reply in self.read(line)]

    @abstractmethod
    def read(self, line: Line) -> list[Reply]:
        """The replies that one more line completes."""


class Dialect(ABC):
    """The words of one protocol."""

    @abstractmethod
    def reader(self) -> Reader:
        """A fresh reader, which expects a greeting until told of a command."""

    @abstractmethod
    def line(self, command: Command) -> str:
        """The words of a command other than RAW and LOGIN, without tag and line end."""

    @abstractmethod
    def login(self, user: str, password: str) -> Script:
        """The steps of a login; the reply to the last one said is the login's."""

    @abstractmethod
    def capabilities(self, reply: Reply) -> frozenset[str]:
        """What a reply to CAPABILITIES lists, in upper case and in one form for all protocols.

        `STARTTLS` stands for STLS too, and each SASL mechanism is an `AUTH=NAME`
        of its own; any other capability is its line or word as it came.
        """

    def answers(self, reply: Reply, command: Command, tag: str) -> bool:
        """`reply` may be the answer to `command`, sent under `tag`, by its form alone."""
        return command.verb is Verb.RAW or reply.kind is not Kind.MALFORMED

    @property
    def tagged(self) -> bool:
        """Replies tell by a tag what they answer; elsewhere only the order tells."""
        return False

    def probe(self, logged_in: bool) -> Command:
        """The harmless command that shows that somebody still listens."""
        return NOOP

    def instead(self, reply: Reply) -> Command | None:
        """What shows it where the probe, said before a login, is declined so: it may be unknown."""
        return None

    def claims(self, reply: Reply, tag: str) -> bool:
        """`reply` says itself that it answers `tag`: only where replies are tagged."""
        return False

    def asides(self, reply: Reply) -> tuple[Reply, ...]:
        """Status lines inside `reply` that need no command, such as a second greeting."""
        return ()

    def parting(self, reply: Reply, tag: str) -> bool:
        """`reply` can only be the answer to the QUIT sent under `tag`."""
        return False

    def render(self, command: Command, tag: str) -> bytes:
        """A command other than LOGIN as it travels; `tag` counts only where there are tags."""
        line = command.argument if command.verb is Verb.RAW else self.line(command)
        return line.encode("latin-1") + (b"" if line.endswith("\n") else b"\r\n")

    def script(self, command: Command) -> Script:
        """The steps of any command: of most, the command itself."""
        if command.verb is Verb.LOGIN:
            user, _, password = command.argument.partition(" ")
            yield from self.login(user, password)
        else:
            yield command

    def secrets(self, command: Command) -> set[bytes]:
        """What of `command` must never be shown, in every form in which it may travel."""
        match command.verb:
            case Verb.LOGIN:
                user, _, password = command.argument.partition(" ")
                return {text.encode() for text in secret_forms(user, password) if text}
            case Verb.AUTH:
                return {word.encode("latin-1") for word in command.argument.split()[1:]}
            case _:
                return set()


def raw(line: str) -> Command:
    """A whole line to say (behind a tag, in IMAP); other than latin-1 text travels as UTF-8."""
    return Command(Verb.RAW, line.encode().decode("latin-1"))


def quoted(text: str) -> str:
    """`text` as an IMAP quoted string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def plain_response(user: str, password: str) -> str:
    """The SASL PLAIN response (RFC 4616) for a user, in base64."""
    return b64encode(f"\0{user}\0{password}".encode()).decode()


def secret_forms(user: str, password: str) -> tuple[str, ...]:
    """The forms in which a password travels, always in this order."""
    coded = plain_response(user, password), b64encode(password.encode()).decode()
    return password, quoted(password)[1:-1], *coded


def normal(keyword: str, arguments: list[str]) -> set[str]:
    """One capability line of POP3 or SMTP in the common form."""
    if keyword in {"SASL", "AUTH"} and arguments:
        return {f"AUTH={name}" for name in arguments}
    return {"STARTTLS" if keyword == "STLS" else " ".join([keyword, *arguments])}
