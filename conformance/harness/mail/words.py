"""What can be said to a mail server, free of protocol, and what it answers.

Scenarios run on all three protocols, so they speak in these words; the modules
beside this one render them as IMAP, POP3 or SMTP and read the replies.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verb(StrEnum):
    """The commands that all three protocols have in some form."""

    STARTTLS = "STARTTLS"
    CAPABILITIES = "capabilities"
    NOOP = "NOOP"
    LOGIN = "login"
    AUTH = "AUTH"
    QUIT = "QUIT"
    RAW = "raw"


_LOGINS = ("LOGIN", "AUTHENTICATE", "AUTH", "USER", "PASS", "APOP")


@dataclass(frozen=True)
class Command:
    """One thing to say: `argument` follows the verb.

    Of a RAW one `argument` is the whole line, each character one byte
    (latin-1), CRLF added unless it ends in a line feed of its own; IMAP puts a
    tag in front, except where `tagged` is false (the next line of a SASL
    exchange or of a literal, or nonsense). Of a LOGIN one it is the user, a
    blank, the password. Of CAPABILITIES in SMTP it is the name to greet with.
    """

    verb: Verb
    argument: str = ""
    tagged: bool = True

    @property
    def logs_in(self) -> bool:
        """Whether it begins a login, a right or a wrong one, in any of the protocols."""
        if self.verb is Verb.RAW:
            return self.argument.upper().split()[:1] in [[verb] for verb in _LOGINS]
        return self.verb in {Verb.LOGIN, Verb.AUTH}

    def shown(self) -> str:
        """For reports; a login's argument is not shown."""
        secret = self.verb in {Verb.LOGIN, Verb.AUTH}
        argument = "…" if secret and self.argument else self.argument
        return f"{self.verb} {argument}".strip() if self.verb is not Verb.RAW else repr(argument)


NOOP = Command(Verb.NOOP)
STARTTLS = Command(Verb.STARTTLS)
CAPABILITIES = Command(Verb.CAPABILITIES)
QUIT = Command(Verb.QUIT)


class Kind(StrEnum):
    """What a reply means."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    CONTINUE = "continuation"
    BYE = "goodbye"
    MALFORMED = "malformed"


@dataclass(frozen=True)
class Reply:
    """A complete reply: its meaning, its lines without line ends, and its tag or code.

    A multi-line reply is one Reply. For IMAP, `lines` are the untagged lines and
    the tagged one last; an untagged reply that stands alone has the tag `*`, a
    continuation `+`. Of a MALFORMED one `lines` is what came instead. `bare_lf`:
    some line of it ended without its carriage return.
    """

    kind: Kind
    lines: tuple[bytes, ...]
    tag: str = ""
    bare_lf: bool = False

    @property
    def positive(self) -> bool:
        """The command did what it is for."""
        return self.kind is Kind.POSITIVE

    @property
    def text(self) -> str:
        """The lines joined by a slash, as latin-1; not escaped."""
        return " / ".join(line.decode("latin-1") for line in self.lines)
