"""What is wrong with a stream at one listener, against a control that is taken first."""

from __future__ import annotations

from collections.abc import Container, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from conformance.harness.endpoint import Endpoint, Way
from conformance.harness.patience import Patience
from conformance.harness.transcript import Layer, Side
from conformance.harness.wire import Unreachable

from .account import NOBODY, Account
from .aftermath import aftermath
from .control import nonsense, survey, welcome
from .executor import run
from .oracles import ALIVE, SEGMENTATION, Oracle, Violation, comparable, let_in, oracles_at
from .pace import CERTAIN, HURRIED, PATIENT, UNHURRIED, Pace
from .reviving import Revival
from .stream import Stream
from .trace import Trace, Upgrade

# Times as long as one error takes is no answer waited for in vain.
ERRORS_TAKE = 1.5
# Streams at a time, where the target keeps every error back for seconds.
OVERLAP = 16
# Seconds over one error from which on several may be late, for all that is known.
DELIBERATE = 1.0


class Unfit(Exception):
    """Nothing can be learnt here: an ordinary session, or the upgrade alone, does not work."""

    inconclusive = True


class Judge:
    """Runs streams at one listener and judges them.

    `unfit` tells why the control, which is the upgrade alone, does not work; "" if
    it does. Raises `Unfit` when nobody listens there. `account` is whom streams may log in as;
    where an ordinary session of his is not let in, `stranger` is True and they are nobody's.
    """

    def __init__(self, endpoint: Endpoint, patience: Patience, account: Account = NOBODY) -> None:
        self.endpoint = endpoint
        self._implicit = endpoint.way is Way.IMPLICIT
        self._oracles = oracles_at(endpoint.way)
        self.control = self._control(patience, UNHURRIED)
        self.patience = patience.measured(_greeting_and_handshake(self.control))
        if self.control.doubtful or not self._works(self.control):
            # Oracles hold back where the control's answers did not come: no haste may be why.
            self.control = self._control(patience, PATIENT)
        how = f"{self.control.upgrade}, {self.control.ending}"
        what = "TLS at connect" if self._implicit else "the upgrade alone"
        self.unfit = "" if self._works(self.control) else f"{endpoint}: {what}: {how}"
        # Who slows down those that guess keeps errors back for seconds: that is no silence.
        seconds = 0.0 if self.unfit else self._error_takes(patience)
        self.control = replace(self.control, deliberate=seconds >= DELIBERATE)
        self._grace = ERRORS_TAKE * seconds
        self.account = account
        self.stranger = False
        self.patience = replace(self.patience, answer=max(self.patience.answer, self._grace))
        if account is not NOBODY and not self.unfit:
            self._enter()
        # Other cuts of the same words mostly follow each other.
        self._last_uncut: tuple[Stream | None, Trace | None] = None, None
        # Who can start the target again, if anybody.
        self.revival: Revival | None = None
        # What a stream brought after which no session came about: it cannot be said again.
        self.deadly: dict[Stream, Trace] = {}

    def _control(self, patience: Patience, pace: Pace) -> Trace:
        try:
            asked = survey(self.endpoint.protocol, self._implicit)
            return run(asked, self.endpoint, patience, pace)
        except Unreachable as error:
            raise Unfit(str(error)) from error

    def _error_takes(self, patience: Patience) -> float:
        """How long the target takes over one error, in seconds; 0.0 if it says nothing."""
        try:
            trace = run(nonsense(self.endpoint.protocol), self.endpoint, patience, PATIENT)
        except Unreachable as error:
            raise Unfit(str(error)) from error
        lines = iter(trace.transcript.lines)
        line = next((said.octets for said in trace.said if said.position == 0), b"")
        asked = next((x.seconds for x in lines if x.data == line), 0.0)
        return next((x.seconds - asked for x in lines if x.side is Side.SERVER), 0.0)

    @property
    def let_in(self) -> bool:
        """Whether streams can log in."""
        return self.control.welcome is not None

    def _enter(self) -> None:
        """Take the account for a stranger's unless it is let in."""
        asked = welcome(self.endpoint.protocol, self._implicit)
        trace = self.play(asked, PATIENT)
        if let_in(asked, trace):
            self.control = replace(self.control, welcome=trace)
        else:
            self.account, self.stranger = NOBODY, True

    def play(self, stream: Stream, pace: Pace) -> Trace:
        """What the stream brings here."""
        pace = replace(pace, grace=max(pace.grace, self._grace))
        return run(stream, self.endpoint, self.patience, pace, self.account)

    def _works(self, control: Trace) -> bool:
        wanted = Upgrade.NONE if self.endpoint.way is Way.NONE else Upgrade.DONE
        return control.upgrade is wanted and control.finished

    def violations(self, stream: Stream, pace: Pace = UNHURRIED) -> tuple[Trace, list[Violation]]:
        """The stream's trace and what the oracles see in it, the worst first.

        The least of them compares other cuts of the stream, so these are said
        only where nothing else is wrong and they could show something.
        """
        try:
            trace = self.play(stream, pace)
            if not trace.finished and not self.unfit:
                trace = replace(
                    trace, aftermath=aftermath(self.endpoint, self.patience, self.control)
                )
            if trace.aftermath:
                self.deadly.setdefault(stream, trace)
            outside = trace.outside()
            told = (
                oracle(stream, trace if oracle.everywhere else outside, self.control)
                for oracle in self._oracles
            )
            seen = [x for x in told if x]
            return trace, seen or self._of_segmentation(stream, trace, pace)
        except Unreachable as error:
            trace = Trace(aftermath=f"no session came about: {error}")
            return trace, [Violation(ALIVE, trace.aftermath)]

    # Whether what a stream leaves behind is looked at, so that none may stand beside it.
    one_at_a_time = False

    @property
    def at_once(self) -> int:
        """How many streams are best said at a time: where errors are kept back, waits overlap."""
        return OVERLAP if self.control.deliberate else 1

    def suspects(self, streams: Sequence[Stream]) -> list[Stream]:
        """Those of several streams that show something when all are said at a time.

        They are to be said again alone: this tells neither what, nor for sure of which. One
        stream is not said at all for that.
        """
        if len(streams) <= 1:
            return list(streams)
        with ThreadPoolExecutor(len(streams)) as pool:
            looks = pool.map(self._first_look, streams)
            return [stream for stream, seen in zip(streams, looks, strict=True) if seen]

    def _first_look(self, stream: Stream) -> list[Violation]:
        return self.violations(stream, HURRIED)[1]

    def _of_segmentation(self, stream: Stream, trace: Trace, pace: Pace) -> list[Violation]:
        whole = stream.whole()
        if whole == stream or not comparable(stream, trace):
            return []
        seen = SEGMENTATION(stream, trace.outside(), self._uncut(whole, pace).outside())
        return [seen] if seen else []

    def _uncut(self, whole: Stream, pace: Pace) -> Trace:
        """What the words bring uncut: at a first look, what they brought just now will do."""
        stream, trace = self._last_uncut
        if pace is not HURRIED or stream != whole or trace is None:
            trace = self.play(whole, pace)
            self._last_uncut = whole, trace
        return trace

    def worst(self, stream: Stream, pace: Pace, known: Container[Oracle] = ()) -> Oracle | None:
        """The oracle whose violation stands for the stream; it must show again without hurry.

        That of a known kind need not.
        """
        seen = [x.oracle for x in self.violations(stream, pace)[1]]
        if not seen or seen[0] in known:
            return seen[0] if seen else None
        again = [x.oracle for x in self.violations(stream)[1]]
        return next((oracle for oracle in seen if oracle in again), None)

    def shows(self, oracle: Oracle, stream: Stream) -> bool:
        """Whether a stream that failed, or one made of it, shows that, its segments kept apart."""
        return self.worst(stream, CERTAIN) is oracle


def _greeting_and_handshake(control: Trace) -> float:
    """Seconds that both took: what comes later may have been waited for in vain."""
    lines = control.transcript.lines
    greeted = next((x.seconds for x in lines if x.side is Side.SERVER), 0.0)
    shaking = [x.seconds for x in lines if x.layer is Layer.HANDSHAKE]
    return greeted + (shaking[-1] - shaking[0] if shaking else 0.0)
