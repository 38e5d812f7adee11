"""A small model of a session: what a client may do next, and what a correct server answers.

It is kept apart from any server: a word does one of a few things, and a state is what
matters of all that was said before. Streams are drawn by walking through it, as if each
answer were the right one; oracles walk through it with the answers that came. Where a
correct server has a choice, it expects nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto

from conformance.harness.endpoint import Protocol
from conformance.harness.mail.words import Kind


class Does(Enum):
    """What a word does in a session.

    `NOTHING` is legal at any time. `NAME` is the first half of a login, `PASSWORD` its
    second; `LOGIN` is a whole one, and `WRONG` one that nobody may be let in with; `ASK`
    wants to be asked for the rest. `OPEN` and `MAILBOX` are for who is logged in, the
    latter behind the former where it `needs` that.
    """

    NOTHING = auto()
    UPGRADE = auto()
    NAME = auto()
    PASSWORD = auto()
    LOGIN = auto()
    WRONG = auto()
    ASK = auto()
    ANSWER = auto()
    CANCEL = auto()
    OPEN = auto()
    MAILBOX = auto()
    LEAVE = auto()


@dataclass(frozen=True)
class Word:
    """A line without its end and its tag.

    `answers` are what an `ASK` is answered with, one after the other; `by` is the name under
    which the capabilities have that way to log in; `needs`: something must be open.
    """

    text: bytes
    does: Does
    answers: tuple[bytes, ...] = ()
    by: bytes = b""
    needs: bool = False


_STRANGER = b"AHdheHNlYWwAd2F4c2VhbA=="
_CANCELS = (b"*", b"!!!!")
_ANSWERS = (b"%plain%", b"%user64%", b"%password64%", b"%cram%", b"%password%")


def _sasl(verb: bytes) -> tuple[Word, ...]:
    return (
        Word(verb + b" PLAIN", Does.ASK, (b"%plain%",), b"PLAIN"),
        Word(verb + b" LOGIN", Does.ASK, (b"%user64%", b"%password64%"), b"LOGIN"),
        Word(verb + b" CRAM-MD5", Does.ASK, (b"%cram%",), b"CRAM-MD5"),
    )


WORDS: dict[Protocol, tuple[Word, ...]] = {
    Protocol.IMAP: (
        Word(b"NOOP", Does.NOTHING),
        Word(b"CAPABILITY", Does.NOTHING),
        Word(b"STARTTLS", Does.UPGRADE),
        Word(b"LOGIN %user% %password%", Does.LOGIN),
        Word(b'LOGIN "%user%" "%password%"', Does.LOGIN),
        Word(b"LOGIN {%userlen%}", Does.ASK, (b"%user% {%passwordlen%}", b"%password%")),
        *_sasl(b"AUTHENTICATE"),
        Word(b"LOGIN %user% wrong", Does.WRONG),
        Word(b"LOGIN waxseal waxseal", Does.WRONG),
        Word(b"SELECT INBOX", Does.OPEN),
        Word(b"STATUS INBOX (MESSAGES)", Does.MAILBOX),
        Word(b"SEARCH ALL", Does.MAILBOX, needs=True),
        Word(b"LOGOUT", Does.LEAVE),
    ),
    Protocol.POP3: (
        Word(b"CAPA", Does.NOTHING),
        Word(b"STLS", Does.UPGRADE),
        Word(b"USER %user%", Does.NAME, by=b"USER"),
        Word(b"PASS %password%", Does.PASSWORD, by=b"USER"),
        Word(b"AUTH PLAIN %plain%", Does.LOGIN, by=b"PLAIN"),
        *_sasl(b"AUTH"),
        Word(b"APOP %user% %apop%", Does.LOGIN),
        Word(b"PASS wrong", Does.WRONG),
        Word(b"STAT", Does.OPEN),
        Word(b"NOOP", Does.MAILBOX),
        Word(b"UIDL", Does.MAILBOX),
        Word(b"LIST 1", Does.MAILBOX),
        Word(b"RETR 1", Does.MAILBOX),
        Word(b"QUIT", Does.LEAVE),
    ),
    Protocol.SMTP: (
        Word(b"NOOP", Does.NOTHING),
        Word(b"EHLO waxseal.invalid", Does.NOTHING),
        Word(b"RSET", Does.NOTHING),
        Word(b"STARTTLS", Does.UPGRADE),
        Word(b"AUTH PLAIN %plain%", Does.LOGIN, by=b"PLAIN"),
        *_sasl(b"AUTH"),
        Word(b"AUTH PLAIN " + _STRANGER, Does.WRONG),
        Word(b"MAIL FROM:<waxseal@waxseal.invalid>", Does.OPEN),
        Word(b"RCPT TO:<waxseal@waxseal.invalid>", Does.MAILBOX, needs=True),
        Word(b"QUIT", Does.LEAVE),
    ),
}

_BY_TEXT = {protocol: {word.text: word for word in words} for protocol, words in WORDS.items()}


@dataclass(frozen=True)
class State:
    """What matters of all that was said and answered in one layer.

    `named`: half a login was taken, `just_named`: as the last thing that was said; `entered`: a
    login was taken; `opened`: something is open then.
    `awaited` are the answers that are due, of those that `asked` wanted. `refused` counts
    what was; `guessed`: a wrong login was tried. `lost`: more is wanted, and nobody knows what.
    """

    protocol: Protocol
    inside: bool = False
    introduced: bool = True
    named: bool = False
    just_named: bool = False
    entered: bool = False
    opened: bool = False
    awaited: tuple[bytes, ...] = ()
    asked: Word | None = None
    refused: int = 0
    guessed: bool = False
    lost: bool = False

    @classmethod
    def first(cls, protocol: Protocol, inside: bool = False) -> State:
        """Nothing was said in this layer yet."""
        return cls(protocol, inside, introduced=protocol is not Protocol.SMTP)

    def word(self, line: bytes) -> Word | None:
        """What a line is here; None where nothing is known of it."""
        if self.lost:
            return None
        if self.asked and line == self.awaited[0]:
            return replace(self.asked, text=line, does=Does.ANSWER)
        if self.asked and self.asked.by and line in _CANCELS:
            return Word(line, Does.CANCEL)
        if self.asked:
            return None
        if self.protocol is Protocol.SMTP and line.startswith(b"EHLO "):
            return Word(line, Does.NOTHING)
        if line in _ANSWERS:
            # Nobody has asked for it.
            return Word(line, Does.WRONG)
        return _BY_TEXT[self.protocol].get(line)

    def after(self, word: Word, kind: Kind) -> State:
        """The state behind a word that was answered so."""
        if kind is Kind.CONTINUE:
            return self._asked_on(word)
        guessed = self.guessed or word.does is Does.WRONG
        refused = self.refused + (kind is not Kind.POSITIVE)
        state = replace(
            self, awaited=(), asked=None, just_named=False, guessed=guessed, refused=refused
        )
        if kind is not Kind.POSITIVE:
            return state
        match word.does:
            case Does.NAME:
                return replace(state, named=True, just_named=True)
            case Does.PASSWORD | Does.LOGIN | Does.WRONG | Does.ANSWER | Does.ASK:
                return replace(state, entered=True, named=False)
            case Does.UPGRADE:
                return State.first(self.protocol, inside=True)
            case Does.OPEN:
                return replace(state, opened=True)
            case Does.NOTHING if word.text.startswith((b"EHLO", b"RSET")):
                # Either takes back what was opened.
                introduced = self.introduced or word.text.startswith(b"EHLO")
                return replace(state, opened=False, introduced=introduced)
        return state

    def _asked_on(self, word: Word) -> State:
        if word.does is Does.ASK:
            return replace(self, asked=word, awaited=word.answers, named=False)
        if word.does is Does.ANSWER and self.awaited[1:]:
            return replace(self, awaited=self.awaited[1:])
        return replace(self, asked=None, awaited=(), lost=True)

    def right(self, word: Word) -> Kind:
        """What a correct server answers, as far as who walks on needs to know."""
        match word.does:
            case Does.ASK if not self.entered:
                return Kind.CONTINUE
            case Does.ANSWER if self.awaited[1:]:
                return Kind.CONTINUE
            case Does.WRONG | Does.CANCEL:
                return Kind.NEGATIVE
            case Does.NAME | Does.LOGIN | Does.UPGRADE if self.entered:
                return Kind.NEGATIVE
            case Does.UPGRADE if self.inside:
                return Kind.NEGATIVE
            case Does.PASSWORD if not self.named or self.entered:
                return Kind.NEGATIVE
            case Does.OPEN | Does.MAILBOX if not self.entered or (word.needs and not self.opened):
                return Kind.NEGATIVE
        return Kind.POSITIVE


def ordinary(protocol: Protocol) -> list[Word]:
    """What a client says inside TLS who logs in and does what there is to do: all of it legal."""
    words = WORDS[protocol]
    halves = [word for word in words if word.does in {Does.NAME, Does.PASSWORD}]
    login = halves or [word for word in words if word.does is Does.LOGIN][:1]
    later = (Does.NOTHING, Does.OPEN, Does.MAILBOX)
    return [*login, *(word for does in later for word in words if word.does is does)]
