"""The same streams at two listeners: what differs that could not differ between two right ones.

Two correct servers say different things in different words, close after a different
number of errors, and take lines of different lengths. So answers are compared by what
they mean, line by line, and only as far as both lasted; of an early end only whether
it comes at all. What remains is a difference to look at: who is right it does not say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from conformance.harness.endpoint import Endpoint, Protocol
from conformance.harness.mail.words import Kind, Reply
from conformance.harness.observation import Ending
from conformance.harness.patience import Patience
from conformance.harness.transcript import Layer, Line, Side, Transcript
from conformance.harness.wire import Unreachable

from .account import NOBODY, Account
from .gesture import Move
from .judge import Judge, Unfit
from .oracles.oracle import Oracle, Severity, Violation
from .pace import UNHURRIED, Pace
from .replies import UNTAGGED
from .stream import Stream
from .trace import Trace, Upgrade

_CLAUSE = "none: two targets differ, and one of them may be right"


def _unused(stream: Stream, trace: Trace, control: Trace) -> str | None:
    raise AssertionError("a difference is seen in two traces of one stream")


def _difference(name: str) -> Oracle:
    return Oracle(f"twins_differ_in_{name}", "", Severity.MEDIUM, _CLAUSE, _unused)


UPGRADE, CLEAR, INSIDE, END = map(_difference, ("upgrade", "clear", "tls", "end"))
DIFFERENCES = {oracle.name: oracle for oracle in (UPGRADE, CLEAR, INSIDE, END)}


@dataclass(frozen=True)
class Outcome:
    """What a trace comes to, texts left out: the meaning of each answer, by layer."""

    upgrade: str
    clear: tuple[str, ...]
    inside: tuple[str, ...]
    finished: bool
    hangs: bool


def outcome(protocol: Protocol, trace: Trace) -> Outcome:
    """The trace, normalised."""
    return Outcome(
        str(trace.upgrade),
        tuple(_meanings(protocol, trace.clear[0 if trace.implicit else 1 :])),
        tuple(_meanings(protocol, trace.inside[1 if trace.implicit else 0 :])),
        trace.finished,
        trace.ending is Ending.TIMEOUT,
    )


def differences(stream: Stream, one: Trace, other: Trace) -> Iterator[tuple[Oracle, str]]:
    """What differs, the first of it first: behind one difference the others follow from it."""
    here, there = outcome(stream.protocol, one), outcome(stream.protocol, other)
    # A ClientHello that comes with the upgrade is something said behind it, too.
    if here.upgrade != there.upgrade and (stream.makes({Move.GLUED}) or _free(one, other)):
        return
    layers = ((CLEAR, here.clear, there.clear), (INSIDE, here.inside, there.inside))
    for oracle, mine, yours in layers:
        at = _parting(mine, yours, here.finished, there.finished)
        if at is not None:
            yield oracle, f"answer {at + 1}: {_shown(mine, at)} here, {_shown(yours, at)} there"
            return
        if oracle is CLEAR and here.upgrade != there.upgrade:
            # Who closed before it came to the upgrade has a limit, and no opinion of it.
            if any(
                x.upgrade == Upgrade.NONE and not (x.finished or x.hangs) for x in (here, there)
            ):
                return
            yield UPGRADE, f"the upgrade is {here.upgrade} here, {there.upgrade} there"
            return
    if here.hangs != there.hangs:
        told = {True: "waits for ever", False: "ends"}
        yield END, f"the session {told[here.hangs]} here, {told[there.hangs]} there"


def _parting(
    mine: Sequence[str], yours: Sequence[str], finished: bool, its_finished: bool
) -> int | None:
    """Where two lists of answers part; None where they do not as far as both lasted.

    The last answer before an early close may be about why it closes.
    """
    common = min(
        len(mine) if finished else len(mine) - 1, len(yours) if its_finished else len(yours) - 1
    )
    for at in range(max(common, 0)):
        if mine[at] != yours[at]:
            return at
    both = finished and its_finished
    return common if both and len(mine) != len(yours) else None


def _shown(answers: Sequence[str], at: int) -> str:
    return answers[at] if at < len(answers) else "none"


def _meanings(protocol: Protocol, replies: Sequence[Reply]) -> Iterator[str]:
    """The kind of each answer, and of SMTP's the first digit: tags have an oracle of their own."""
    for reply in replies:
        untagged = protocol is Protocol.IMAP and reply.tag == UNTAGGED
        if reply.kind is Kind.BYE or (untagged and reply.kind is Kind.POSITIVE):
            continue
        yield f"{reply.kind} {reply.tag[:1]}xx" if protocol is Protocol.SMTP else str(reply.kind)


def _free(one: Trace, other: Trace) -> bool:
    """Whether something was said in clear behind an accepted upgrade.

    It may be discarded, refused or taken for TLS, so that the upgrade itself may end otherwise.
    """
    return any(
        trace.upgraded_at is not None
        and any(
            said.layer is Layer.CLEAR and (said.position or 0) > trace.upgraded_at
            for said in trace.said
        )
        for trace in (one, other)
    )


def _joined(here: Transcript, there: Transcript, other: Endpoint) -> Transcript:
    between = Line(0.0, Side.CLIENT, Layer.HANDSHAKE, f"the same at {other}".encode())
    return Transcript([*here.lines, between, *there.lines], here.secrets | there.secrets)


class Twins(Judge):
    """Judges by a second listener, which is told the same."""

    def __init__(
        self,
        endpoint: Endpoint,
        other: Endpoint,
        patience: Patience,
        accounts: tuple[Account, Account] = (NOBODY, NOBODY),
    ) -> None:
        super().__init__(endpoint, patience, accounts[0])
        self.other = Judge(other, patience, accounts[1])
        if NOBODY in {self.account, self.other.account}:
            # What only one of them lets in is no difference.
            self.account = self.other.account = NOBODY
        self.unfit = self.unfit or self.other.unfit
        if self.unfit:
            raise Unfit(self.unfit)

    def violations(self, stream: Stream, pace: Pace = UNHURRIED) -> tuple[Trace, list[Violation]]:
        """The stream's trace at the first listener, and in what the second one's differs."""
        try:
            here = self.play(stream, pace)
            there = self.other.play(stream, pace)
        except Unreachable as error:
            raise Unfit(str(error)) from error
        found = list(differences(stream, here, there))
        if found:
            both = _joined(here.transcript, there.transcript, self.other.endpoint)
            here = replace(here, transcript=both)
        return here, [Violation(oracle, evidence) for oracle, evidence in found]
