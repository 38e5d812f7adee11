"""The fuzzer's place in a run: which listeners it gets, on what budget, and what it finds.

fuzz/ knows nothing of requirements; it names them by id. Here each of those ids
gets its check on every listener, like any other requirement.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from conformance.applicability import Condition, Situation, admitted, way
from conformance.applying import Split
from conformance.claimed import workable_versions
from conformance.evidence.keeping import Keeper
from conformance.harness.endpoint import Way
from conformance.harness.targets.names import is_loopback
from conformance.judge import Judged, arguments, blank
from conformance.report.results import Check, Finding
from conformance.requirements.catalogue import Level, Requirement, catalogue
from conformance.run import Run
from conformance.suite import Suite
from conformance.verdict import DEVIATIONS, NoVerdict, Verdict

PREFIX = "stream."
# What is about the words before an upgrade, or an upgrade's traces in the words after it.
OF_AN_UPGRADE = frozenset(
    PREFIX + name
    for name in (
        *("plaintext_survives", "login_in_clear", "past_forgotten"),
        *("preauth", "said_unasked", "upgrade_steady"),
    )
)
NO_UPGRADE = "TLS comes first: nothing is said before it"
# What cannot be seen by who is not let in.
OF_A_LOGIN = frozenset({PREFIX + "login_leads_on"})
NO_LOGIN = "no login is known that is let in"
EXAMPLES = 60
DIRECTORY = Path("waxseal-findings")
NOT_ASKED = "fuzzing an address that is not loopback takes --fuzz-examples or --fuzz-seconds"


class Found(Protocol):
    """What the plugin knows of a finding of the fuzzer. `steady`: repetitions show it."""

    @property
    def requirement(self) -> str:
        """The id of the requirement it breaks."""

    @property
    def evidence(self) -> str:
        """What was seen, in one line."""

    @property
    def note(self) -> str:
        """Why a smaller stream may show it, too; "" if none does."""

    @property
    def rate(self) -> str:
        """How often repetitions showed it: `5/5`."""

    @property
    def steady(self) -> bool:
        """Whether most repetitions show it."""

    @property
    def oracle(self) -> Any:
        """The oracle that saw it; it has a `name`."""

    @property
    def stream(self) -> object:
        """The shrunk stream; its `str` is readable."""

    def save(self, directory: Path) -> Path:
        """Write stream, transcript and reproducer; return their directory."""


# Streams, seconds (None: however long it takes) and seed.
# What a test over streams may take: the listener, the budget, whom it may log in as, and where to
# say what was judged and what was found.
GIVEN = ("stream_listener", "fuzz_budget", "stream_login", "record_judged", "record_finding")
Budget = tuple[int, float | None, int]


def requirements() -> list[Requirement]:
    """What the fuzzer's oracles prove."""
    return [r for r in catalogue().values() if r.id.startswith(PREFIX)]


def budget(examples: int | None, seconds: float | None, seed: int) -> Budget:
    """What one listener gets. Only who asks for seconds is held to them, for all the streams."""
    streams = examples if examples is not None else EXAMPLES if seconds is None else 10**9
    return streams, seconds, seed


def chosen(run: Run, asked: bool) -> list[Situation]:
    """One listener of each kind (protocol and STARTTLS mode); what is left out is accounted for.

    Of a remote target, every listener: the operator named them.
    """
    picked, left_out = where_said(run.situations, asked=asked, remote=bool(run.options.targets))
    for situation, reason in left_out:
        for requirement in requirements():
            run.not_applicable(requirement, situation, reason)
    return picked


def where_said(situations: Sequence[Situation], *, asked: bool, remote: bool) -> Split:
    """Where streams are said, and why not elsewhere."""
    conditions = [*_suited(), _polite(asked)]
    if not remote:
        conditions.append(_first_of_its_kind())
    reasons = [(situation, _why_not(situation, conditions)) for situation in situations]
    return [s for s, why in reasons if why is None], [(s, why) for s, why in reasons if why]


def first_of_each_kind(situations: Iterable[Situation]) -> list[Situation]:
    """The first listener of each kind to which streams can be said."""
    conditions = [*_suited(), _first_of_its_kind()]
    return [x for x in situations if _why_not(x, conditions) is None]


def _suited() -> list[Condition]:
    on = way(Way.STARTTLS, Way.IMPLICIT)
    return [_not_dropped, on, admitted, _no_certificate, _today]


def _why_not(situation: Situation, conditions: Iterable[Condition]) -> str | None:
    return next((why for why in (c(situation) for c in conditions) if why), None)


def _not_dropped(s: Situation) -> str | None:
    return s.listener.declined or s.listener.withdrawn.get("stream") or None


def _no_certificate(s: Situation) -> str | None:
    if s.listener.value("ssl_verify_client") == "on":
        return "streams bring no client certificate"
    return None


def _today(s: Situation) -> str | None:
    """Who is given a reproducer can run it with the TLS that he has."""
    versions = workable_versions(s.listener)
    old = s.listener.knows("ssl_protocols") and not {"TLSv1.2", "TLSv1.3"} & set(versions)
    return "streams are said in TLSv1.2 or TLSv1.3" if old else None


def _polite(asked: bool) -> Condition:
    return lambda s: None if asked or is_loopback(s.listener.endpoint.host) else NOT_ASKED


def _first_of_its_kind() -> Condition:
    taken: dict[tuple[str, str, str], str] = {}

    def condition(s: Situation) -> str | None:
        kind = (s.listener.protocol, s.listener.way, s.listener.value("starttls"))
        first = taken.setdefault(kind, s.listener.name)
        return None if first == s.listener.name else f"{first}, of the same kind, is fuzzed"

    return condition


@dataclass
class Outcome:
    """What one test over streams brought: which requirements it judged, and what it found."""

    judged: tuple[str, ...] = ()
    found: list[Found] = field(default_factory=list)

    def judge(self, requirements: tuple[str, ...]) -> None:
        """These were judged, whatever was found."""
        self.judged = requirements

    def checks(self, situation: Situation, error: BaseException | None) -> list[Check]:
        """A check for each requirement. What the fuzzer cannot judge stays open."""
        first = situation.listener.way is Way.IMPLICIT
        # Whatever a test raised: what it judged tells whether streams could log in.
        told = self.judged or error is None
        shut_out = OF_A_LOGIN - set(self.judged) if told else frozenset()
        reasons = dict.fromkeys(shut_out, NO_LOGIN)
        reasons |= dict.fromkeys(OF_AN_UPGRADE if first else (), NO_UPGRADE)
        excused = [r for r in requirements() if r.id in reasons]
        na = Verdict.NOT_APPLICABLE
        return [
            *self._checks(situation, error, [r for r in requirements() if r not in excused]),
            *(blank(r, situation, verdict=na, reason=reasons[r.id]) for r in excused),
        ]

    def _checks(
        self, situation: Situation, error: BaseException | None, arising: list[Requirement]
    ) -> list[Check]:
        judged = [self._check(catalogue()[identifier], situation) for identifier in self.judged]
        open_ = isinstance(error, NoVerdict) or getattr(error, "inconclusive", False)
        if error is None or (judged and not open_):
            return judged
        verdict = Verdict.INCONCLUSIVE if open_ else Verdict.ERROR
        reason = str(error) if open_ else f"{type(error).__name__}: {error}"
        failed = {check.requirement: check for check in judged if check.verdict in DEVIATIONS}
        return [
            failed.get(r.id) or blank(r, situation, verdict=verdict, reason=reason) for r in arising
        ]

    def told(self, error: BaseException | None) -> dict[str, Any]:
        """All that the checks depend on, as JSON."""
        open_ = isinstance(error, NoVerdict) or getattr(error, "inconclusive", False)
        said = ("requirement", "evidence", "note", "rate", "steady")
        return {
            "judged": list(self.judged),
            "found": [{name: getattr(found, name) for name in said} for found in self.found],
            "error": [type(error).__name__, str(error), open_] if error else None,
        }

    def _check(self, requirement: Requirement, situation: Situation) -> Check:
        broken = [finding for finding in self.found if finding.requirement == requirement.id]
        if not broken:
            observed = "no stream broke it"
            return blank(
                requirement,
                situation,
                verdict=Verdict.PASS,
                expected=requirement.reading,
                observed=observed,
            )
        shown = next((finding for finding in broken if finding.steady), broken[0])
        deviates = Verdict.FAIL if requirement.level is Level.MUST else Verdict.WARN
        told = f"{shown.evidence or 'shown once'} (seen {shown.rate})"
        return blank(
            requirement,
            situation,
            verdict=deviates if shown.steady else Verdict.INCONCLUSIVE,
            expected=requirement.reading,
            observed="; ".join(filter(None, (told, shown.note))),
        )

    def findings(self, listener: str, launched: bool) -> list[Finding]:
        """The steady findings, saved below `DIRECTORY`, as the report has them."""
        return [
            Finding(
                f.oracle.name,
                f.requirement,
                listener,
                str(f.stream),
                _run_it(f.save(DIRECTORY), launched),
            )
            for f in self.found
            if f.steady
        ]


def _run_it(place: Path, launched: bool) -> str:
    """How to show a finding again; a target that we started is gone by then."""
    command = f"python3 {shlex.quote(str(place / 'repro.py'))}"
    return (
        f"{command} HOST PORT   (of a target that runs: the launched one is gone)"
        if launched
        else command
    )


def judge_streams(
    suite: Suite,
    test: Callable[..., None],
    situation: Situation,
    budget: Budget,
    keeper: Keeper | None = None,
) -> Judged:
    """Run a test over streams there, with those of `GIVEN` that it takes.

    It is not tried where an ordinary visit is not answered. Whatever it raises
    becomes its verdict; only an interrupt gets through.
    """
    outcome, started = Outcome(), time.perf_counter()
    given = (situation.listener, budget, suite.login(), outcome.judge, outcome.found.append)
    error: BaseException | None = None
    try:
        suite.answering.check_streams(situation.listener)
        test(**{name: dict(zip(GIVEN, given, strict=True))[name] for name in arguments(test)})
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as raised:  # noqa: BLE001 - whatever it is, it becomes the check's verdict
        error = raised
    seconds = round(time.perf_counter() - started, 6)
    checks = [replace(check, seconds=seconds) for check in outcome.checks(situation, error)]
    found = outcome.findings(situation.listener.name, launched=suite.running is not None)
    if keeper is None:
        return Judged(tuple(checks), tuple(found))
    keeper.note_streams(situation, outcome.told(error))
    return Judged(tuple(checks), tuple(found), keeper.taken())
