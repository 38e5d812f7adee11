"""`waxseal fuzz` and `waxseal replay`, once it is known whom to talk to."""

from __future__ import annotations

import contextlib
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import FrameType

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.patience import Patience

from . import sweep
from .account import NOBODY, Account
from .campaign import campaign
from .corpus import corpus
from .excusing import Excuse
from .finding import Finding
from .hunt import MOST_KINDS, Hunt, Part, Stop
from .judge import Judge, Unfit
from .kinds import kind_of
from .notes import Notes, finds_in, notes_in
from .oracles import Oracle
from .progress import Progress
from .reviving import Revival
from .sharing import Shared, database
from .stream import Stream
from .trace import Upgrade
from .twins import Twins
from .watch import Watched

FOUND, INTERRUPTED, NO_VERDICT = 1, 2, 7
# How long one listener is spoken to before it is the next one's turn.
TURN_SECONDS = 1.0
# Two right servers differ in many small things.
MOST_DIFFERENCES = 20


@dataclass(frozen=True)
class Place:
    """A listener, by the name it has in what is reported.

    `against` is told the same, if any; `pid` is the target's first process, where it is known.
    `account` is whom streams may log in as there, `theirs` the same of the other; `revival`
    starts the target again, where that is for us to do.
    """

    name: str
    endpoint: Endpoint
    against: Endpoint | None = None
    pid: int | None = None
    account: Account = NOBODY
    theirs: Account = NOBODY
    revival: Revival | None = None


@dataclass(frozen=True)
class Choice:
    """How a campaign is made.

    `examples` are streams at each listener, `seconds` are for all of it (None: no end),
    `keep` is where the finds go; `resume` goes on with the campaign that stopped there.
    `part` is this process's share, and `database` where failing streams are shared; "": nowhere.
    `sweep`: every split and join around the upgrade is said before any stream is drawn.
    What `excuses` explain is told apart, and is no find.
    """

    keep: Path
    seed: int = 1
    examples: int | None = None
    seconds: float | None = None
    resume: bool = False
    part: Part = field(default_factory=Part)
    database: str = ""
    sweep: bool = False
    excuses: tuple[Excuse, ...] = ()


def fuzz(places: Sequence[Place], choice: Choice, patience: Patience) -> int:
    """A campaign at these listeners; returns its exit status (INTERFACE.md).

    Raises ValueError in one line where there is no campaign to go on with.
    """
    part = choice.part
    notes = notes_in(choice.keep, part) if choice.resume else Notes(choice.seed, part=part)
    with contextlib.ExitStack() as stack:
        store = stack.enter_context(database(choice.database)) if choice.database else None
        shared = {x: Shared(store, x) for x in Protocol} if store else {}
        stop = stack.enter_context(stoppable())
        return Campaign(places, choice, notes, patience, stop, shared).run()


def judge_at(place: Place, patience: Patience) -> Judge:
    """The judge of a listener, which may take an upgrade that it does not advertise.

    Raises `Unfit` when nobody listens there, and where there are two, when one does not work.
    """
    judge = Judge(place.endpoint, patience, place.account)
    endpoint = place.endpoint
    if endpoint.way is Way.NONE and judge.control.upgrade is Upgrade.DONE:
        endpoint = replace(endpoint, way=Way.STARTTLS)
        judge = Judge(endpoint, patience, place.account)
    if place.against:
        return Twins(endpoint, place.against, patience, (place.account, place.theirs))
    if place.pid is not None:
        return Watched(endpoint, patience, place.pid, place.account)
    return judge


@contextlib.contextmanager
def stoppable() -> Iterator[Stop]:
    """The first interrupt, SIGTERM or SIGHUP asks for an end in order, the second ends at once.

    Who has SIGHUP ignored, as nohup does, means to go on.
    """
    stop = Stop()

    def ask(number: int, frame: FrameType | None) -> None:
        if stop.asked:
            raise KeyboardInterrupt
        stop.asked = True

    deaf = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    stops = (signal.SIGINT, signal.SIGTERM, *(() if deaf else (signal.SIGHUP,)))
    before = {number: signal.signal(number, ask) for number in stops}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Campaign:
    """Hunts at several listeners in turn, with one budget, one directory and one progress."""

    def __init__(
        self,
        places: Sequence[Place],
        choice: Choice,
        notes: Notes,
        patience: Patience,
        stop: Stop,
        shared: Mapping[Protocol, Shared],
    ) -> None:
        self.choice = choice
        self.notes = notes
        self.stop = stop
        self.progress = Progress()
        self.findings: list[Finding] = []
        self.unfit: list[str] = []
        # How many streams each excuse has explained, by the listener.
        self.known: Counter[tuple[str, Excuse]] = Counter()
        self.shared = shared
        self.until = None if choice.seconds is None else time.monotonic() + choice.seconds
        self.hunts = [hunt for place in places if (hunt := self._hunt(place, patience))]

    def run(self) -> int:
        """Hunt until the budget is used up, all is over, or somebody stops it."""
        print(f"seed {self.notes.seed}; finds are kept in {self.choice.keep}/", flush=True)
        try:
            while going := [hunt for hunt in self.hunts if self._goes_on(hunt)]:
                for hunt in going:
                    self._turn(hunt)
        finally:
            self.progress.clear()
            self._note()
        return self._conclude()

    def _hunt(self, place: Place, patience: Patience) -> Hunt | None:
        """The hunt at a listener, None where nothing can be learnt or all is found at once."""
        try:
            judge = judge_at(place, patience)
            judge.revival = place.revival
            if judge.unfit:
                for finding in campaign(judge.endpoint, 0, listener=place.name, patience=patience):
                    self._tell(finding)
                return None
        except Unfit as unfit:
            self.unfit.append(f"{place.name}: {unfit}")
            return None
        if judge.stranger:
            print(f"{place.name}: the login is not let in, so no stream logs in", flush=True)
        kept = [x for x in finds_in(self.choice.keep) if x.listener == place.name]
        hunt = Hunt(
            judge,
            place.name,
            self.notes.seed,
            ahead=[
                *(x.stream for x in kept if not self.choice.resume),
                *corpus(place.endpoint.protocol).values(),
                *(sweep.streams(place.endpoint.protocol) if self.choice.sweep else ()),
            ],
            at=self.notes.said.get(place.name, 0),
            part=self.choice.part,
            stop=self.stop,
            most_kinds=MOST_DIFFERENCES if place.against else MOST_KINDS,
            excuses=self.choice.excuses,
            met=partial(self._tell_known, place.name),
            found=self._tell,
        )
        for find in kept if self.choice.resume else ():
            hunt.remember(find.oracle, find.stream)
        return hunt

    def _goes_on(self, hunt: Hunt) -> bool:
        if self.stop.asked or hunt.over:
            return False
        if self.until is not None and time.monotonic() >= self.until:
            return False
        more = self.choice.examples is None or hunt.said < self.choice.examples
        return more or hunt.ahead > 0

    def _turn(self, hunt: Hunt) -> None:
        shared = self.shared.get(hunt.judge.endpoint.protocol)
        if shared:
            hunt.hear_of(shared.new())
        left = None if self.until is None else max(self.until - time.monotonic(), 0.0)
        seconds = min(TURN_SECONDS, TURN_SECONDS if left is None else left)
        hunt.turn(seconds, float("inf") if self.choice.examples is None else self.choice.examples)
        said = sum(x.said - x.began_at + x.said_first for x in self.hunts)
        finds = [x.oracle.name for x in self.findings]
        first = f", {hunt.ahead} known ones first" if hunt.ahead else ""
        self.progress.tell(said, finds, left, hunt.listener + first)
        self._note()

    def _tell(self, finding: Finding) -> None:
        self.findings.append(finding)
        place = finding.save(self.choice.keep)
        if self.shared:
            self.shared[finding.stream.protocol].save(finding.stream)
        self.progress.clear()
        steps = "".join(f"    {line}\n" for line in str(finding.stream).splitlines())
        print(
            f"FOUND  {finding.oracle.name}  {finding.oracle.severity}  at {finding.listener}  "
            f"{finding.rate}\n{steps}  {finding.evidence}\n"
            + (f"  {finding.note}\n" if finding.note else "")
            + f"  kept in {place}",
            flush=True,
        )

    def _tell_known(self, listener: str, excuse: Excuse, oracle: Oracle, stream: Stream) -> None:
        self.known[listener, excuse] += 1
        if self.known[listener, excuse] == 1:
            self.progress.clear()
            print(
                f"KNOWN  {oracle.name}  {oracle.severity}  at {listener}\n"
                f"    {kind_of(stream)}\n  {excuse.reason}",
                flush=True,
            )

    def _note(self) -> None:
        said = {**self.notes.said, **{x.listener: x.said for x in self.hunts}}
        Notes(self.notes.seed, said, self.choice.part).write(self.choice.keep)

    def _conclude(self) -> int:
        for hunt in self.hunts:
            new = f", {hunt.said - hunt.began_at} of them now" if hunt.began_at else ""
            known = sum(n for (name, _), n in self.known.items() if name == hunt.listener)
            excused = f", {known} explained by the baseline" if known else ""
            ended = f"; ended: {hunt.over}" if hunt.over else ""
            print(
                f"{hunt.listener}: {hunt.said} streams{new}, beside {hunt.said_first} known ones, "
                f"{hunt.failed} failed, "
                f"{len(hunt.findings)} finds{excused}{ended}"
            )
        for why in self.unfit:
            print(f"no verdict: {why}")
        if self.stop.asked:
            print("stopped; --resume goes on from here")
            return INTERRUPTED
        if any(finding.steady for finding in self.findings):
            return FOUND
        # What shows but now and then, and who was not spoken to, is no verdict.
        cut_short = any(hunt.over for hunt in self.hunts)
        return NO_VERDICT if self.findings or self.unfit or cut_short else 0
