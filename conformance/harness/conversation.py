"""Commands and replies over one layer of a connection, and which reply answers which command.

We speak in lockstep: a command is sent when the one before it is answered. A
server that still executes what it was sent in an earlier layer then answers
once too often. Where replies carry tags that is plain. In POP3 and SMTP it is
seen without waiting for quiet: whatever is there already when we speak is too
much, and so is, counted at the end of a connection we have taken leave of,
every reply beyond the number of commands. Those too many came first, unless
nothing had been said before.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import NoReturn, Protocol

from .mail.dialect import Dialect, Reader
from .mail.words import QUIT, Command, Kind, Reply, Verb
from .observation import Exchange
from .patience import Deadline
from .transcript import Layer, Side
from .wire import ConnectionReset, Silence, Wire, WireError


class Closed(WireError):
    """The peer ended the connection, in order."""


class Channel(Protocol):
    """What carries bytes: a `Wire` or a TLS channel over it; with the errors of `Wire`."""

    def send(self, data: bytes) -> None:
        """Send all of `data`."""

    def receive(self, deadline: Deadline) -> bytes:
        """At least one byte, or b"" at the end."""


class Role(Enum):
    """What a command is for, in a visit."""

    INTRODUCTION = auto()
    BEFORE = auto()
    UPGRADE = auto()
    LOGIN = auto()
    INSIDE = auto()
    PROBE = auto()
    AFTER_FAILURE = auto()
    PARTING = auto()


@dataclass
class Said:
    """One line sent: a step of `whole` (mostly the only one), and what was taken for its answer."""

    step: Command
    tag: str
    whole: Command
    role: Role
    answer: Reply | None = None


@dataclass(frozen=True)
class Settled:
    """Each step with its answer, and the replies that answer none: ahead of all answers, later."""

    said: tuple[Said, ...]
    ahead: tuple[Reply, ...]
    later: tuple[Reply, ...]

    def exchanges(self, role: Role) -> tuple[Exchange, ...]:
        """The commands said in that role; of several steps the last one's answer counts."""
        last_steps = {id(s.whole): s for s in self.said if s.role is role}
        return tuple([Exchange(s.whole, s.answer) for s in last_steps.values()])


class Conversation:
    """Speaks `dialect` over `channel`, recording on `wire` as `layer`.

    Raises `Closed` at the peer's orderly end, and what `channel` raises.
    """

    def __init__(
        self, channel: Channel, wire: Wire, dialect: Dialect, layer: Layer, tags: Iterator[str]
    ) -> None:
        self.said: list[Said] = []
        self.replies: list[Reply] = []
        self.dialect = dialect
        self.layer = layer
        self.reader: Reader = dialect.reader()
        self._channel = channel
        self._wire = wire
        self._tags = tags
        # How many replies have been looked at, and how many there were when we last spoke.
        self._taken = 0
        self._told = 0

    def greeting(self) -> Reply:
        """The first reply, whatever it is; it answers nothing and is not among `replies`."""
        deadline = self._wire.patience.deadline()
        while not self.replies:
            self._receive(deadline)
        return self.replies.pop(0)

    def ask(self, command: Command, role: Role, glued: bytes = b"", trailing: bytes = b"") -> Reply:
        """Say `command`, all its steps, and return the reply to the last.

        `glued` travels behind it in the same segment, `trailing` in the next.
        """
        self._wire.transcript.secrets |= self.dialect.secrets(command)
        # A fresh object: the same command said twice is two commands.
        whole = replace(command)
        script = self.dialect.script(command)
        step = next(script)
        try:
            while True:
                reply = self._step(step, whole, role, glued, trailing)
                step = script.send(reply)
        except StopIteration:
            return reply

    def say(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._wire.note(Side.CLIENT, self.layer, data)
        try:
            self._channel.send(data)
        except ConnectionReset:
            # What the peer said before it went away tells why.
            self.hear_out()

    def hear_out(self) -> NoReturn:
        """Read until the peer ends the connection or the deadline passes; raises which."""
        deadline = self._wire.patience.deadline()
        while True:
            self._receive(deadline)

    def part(self) -> None:
        """Say QUIT and read until the server has no more to say."""
        said = self._say(QUIT, QUIT, Role.PARTING)
        deadline = self._wire.patience.deadline()
        while not any(self.dialect.parting(r, said.tag) for r in self.replies[self._told :]):
            self._receive(deadline)
            self._take(said)

    def quit(self) -> None:
        """Say QUIT and wait for nothing."""
        self.say(self.dialect.render(QUIT, next(self._tags)))

    @property
    def garbled(self) -> bool:
        """Something that is no reply came after the last command."""
        return any(r.kind is Kind.MALFORMED for r in self.replies[self._told :])

    def fork(self) -> Conversation:
        """The same conversation from here on, with an account of its own.

        Replies that have arrived and were not needed move over.
        """
        later = Conversation(self._channel, self._wire, self.dialect, self.layer, self._tags)
        later.reader = self.reader
        self.replies, later.replies = self.replies[: self._taken], self.replies[self._taken :]
        return later

    def _step(
        self, step: Command, whole: Command, role: Role, glued: bytes, trailing: bytes
    ) -> Reply:
        said = self._say(step, whole, role, glued)
        if trailing:
            self.say(trailing)
        deadline = self._wire.patience.deadline()
        while said.answer is None:
            self._take(said)
            if said.answer is None:
                self._receive(deadline)
        return said.answer

    def _say(self, step: Command, whole: Command, role: Role, glued: bytes = b"") -> Said:
        self._taken = self._told = len(self.replies)
        said = Said(step, next(self._tags), whole, role)
        self.said.append(said)
        self.reader.expect(step, said.tag)
        self.say(self.dialect.render(step, said.tag) + glued)
        return said

    def _take(self, said: Said) -> None:
        while said.answer is None and self._taken < len(self.replies):
            reply = self.replies[self._taken]
            self._taken += 1
            if self.dialect.answers(reply, said.step, said.tag):
                said.answer = reply

    def _receive(self, deadline: Deadline) -> None:
        if deadline.left() == 0.0:
            raise Silence(f"{self._wire.endpoint.address} did not finish an answer in time")
        data = self._channel.receive(deadline)
        if not data:
            raise Closed(f"{self._wire.endpoint.address} closed the connection")
        self._wire.note(Side.SERVER, self.layer, data)
        self.replies += self.reader.feed(data)


def settle(
    dialect: Dialect,
    said: Sequence[Said],
    replies: Sequence[Reply],
    upgraded: bool,
    opening: bool = False,
) -> Settled:
    """Which of `replies`, in the order in which they came, answers which of `said`.

    `upgraded`: this is what was spoken inside TLS after STARTTLS, where a
    refusal of the connection takes the place of the first answer. `opening`: nothing was said
    on the connection before, which could be executed late.
    """
    said, replies = _completed(dialect, said, replies)
    by = _by_tag if dialect.tagged else _by_order
    answers = [s.answer for s in said] if opening else by(dialect, said, replies, upgraded)
    used = {id(answer) for answer in answers if answer}
    first = next((n for n, reply in enumerate(replies) if id(reply) in used), len(replies))
    asides = dialect.asides(replies[first]) if upgraded and first < len(replies) else ()
    return Settled(
        tuple(replace(s, answer=answer) for s, answer in zip(said, answers, strict=True)),
        tuple(replies[:first]) + asides,
        tuple(reply for reply in replies[first:] if id(reply) not in used),
    )


def _completed(
    dialect: Dialect, said: Sequence[Said], replies: Sequence[Reply]
) -> tuple[list[Said], list[Reply]]:
    """An untagged BAD with the tagged answer behind it was a warning (RFC 9051 7.1.3)."""
    kept, settled = list(replies), []
    for one in said:
        warned = one.answer if one.answer and one.answer.tag == "*" else None
        answer = next((r for r in kept if warned and dialect.claims(r, one.tag)), None)
        if answer and warned and warned.kind is Kind.NEGATIVE:
            kept = [reply for reply in kept if reply is not warned]
            one = replace(one, answer=answer)
        settled.append(one)
    return settled, kept


def _by_tag(
    dialect: Dialect, said: Sequence[Said], replies: Sequence[Reply], upgraded: bool
) -> list[Reply | None]:
    answers = [s.answer for s in said]
    if upgraded and answers and answers[0] and answers[0].kind is Kind.BYE:
        answers[0] = None
    return answers


def _by_order(
    dialect: Dialect, said: Sequence[Said], replies: Sequence[Reply], upgraded: bool
) -> list[Reply | None]:
    taken = {id(s.answer) for s in said}
    counted = [r for r in replies if r.kind is not Kind.MALFORMED or id(r) in taken]
    surplus = sum(id(reply) not in taken for reply in counted)
    if upgraded and (_only_refusal(said, counted) or _parted(dialect, said, counted)):
        surplus = max(surplus, 1)
    answers: list[Reply | None] = [*counted[surplus:]]
    return (answers + [None] * len(said))[: len(said)]


def _parted(dialect: Dialect, said: Sequence[Said], counted: Sequence[Reply]) -> bool:
    """Something that can only answer a QUIT came before we had said one."""
    before = itertools.takewhile(lambda s: s.whole.verb is not Verb.QUIT, said)
    tags = [s.tag for s in before if s.whole.verb is not Verb.RAW]
    return any(map(dialect.parting, counted, tags))


def _only_refusal(said: Sequence[Said], counted: Sequence[Reply]) -> bool:
    """One refusal came, and nothing more, though more was said: it was meant for the connection.

    A first line that may well be refused for itself, a RAW one, proves nothing.
    """
    match [reply.kind for reply in counted]:
        case [Kind.BYE]:
            return said[0].whole.verb is not Verb.QUIT
        case [Kind.NEGATIVE]:
            return len(said) > 1 and said[0].whole.verb is not Verb.RAW
    return False
