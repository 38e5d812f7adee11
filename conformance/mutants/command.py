"""`waxseal mutants`: choose mutants, try them, and say what noticed which."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from conformance.ahead import Lost
from conformance.harness.pki.kit import Kit
from conformance.harness.targets.launch import PRODUCTS, startable
from conformance.harness.targets.product import LaunchError
from conformance.mutants.bench import Bench, all_scenarios
from conformance.mutants.changes import CHANGES
from conformance.mutants.configuration import Change
from conformance.mutants.matrix import Fate, Kind, Matrix, Row
from conformance.mutants.progress import Progress
from conformance.mutants.report.text import short_text
from conformance.mutants.report.write import check_report_path, write_report
from conformance.mutants.running import (
    baseline,
    claimed,
    judge_round,
    rounds_of,
    side_by_side,
)
from conformance.mutants.running_faults import REFERENCE, Trying, registry, tryings
from conformance.mutants.systematic.mutants import Mutant, Systematic, distinct
from conformance.report.files import ReportError
from conformance.requirements.catalogue import catalogue

INTERNAL, USAGE, NO_TARGET = 3, 4, 7
_PARTS = 16


@dataclass(frozen=True)
class Choice:
    """What is tried: `words` must all be in a mutant's name, `sample` takes so many of them."""

    launch: str = REFERENCE
    faults: bool = True
    configuration: bool = True
    words: str = ""
    sample: int | None = None
    seed: int = 1
    reports: tuple[Path, ...] = ()
    listing: bool = False

    @property
    def selection(self) -> str:
        """How it differs from the whole matrix; "" where it does not."""
        parts = [
            "" if self.configuration else "faults only",
            "" if self.faults else "configuration only",
            f"those with {self.words!r} in their names" if self.words else "",
            f"a sample of {self.sample} (seed {self.seed})" if self.sample is not None else "",
        ]
        return ", ".join(filter(None, parts))

    def of(self, changes: Sequence[Change], faults: Sequence[Trying]) -> _Chosen:
        """The chosen ones, in their order."""
        words = self.words.lower().split()
        every: list[Change | Trying] = [*changes, *faults]
        left = [x for x in every if all(word in str(x).lower() for word in words)]
        if self.sample is not None and self.sample < len(left):
            picked = random.Random(self.seed).sample(range(len(left)), self.sample)
            left = [left[at] for at in sorted(picked)]
        return _Chosen(
            [x for x in left if isinstance(x, Change)], [x for x in left if isinstance(x, Trying)]
        )


@dataclass(frozen=True)
class _Chosen:
    changes: list[Change]
    faults: list[Trying]


def run(choice: Choice, conf: Callable[[Kit], Path] = lambda kit: kit.conf) -> int:
    """Try them, print the report, write the files; the exit status, as `waxseal mutants --help`.

    What is changed is the configuration `conf`, which is in the kit and has its files.
    """
    try:
        for path in choice.reports:
            check_report_path(path)
        if choice.launch not in PRODUCTS:
            known = ", ".join(PRODUCTS)
            raise ReportError(f"--launch {choice.launch}: unknown product; known: {known}")
    except ReportError as error:
        print(f"waxseal mutants: {error}", file=sys.stderr)
        return USAGE
    try:
        startable(choice.launch)
        with Bench(conf) as bench:
            return _tried(choice, bench)
    except LaunchError as error:
        print(f"waxseal mutants: {error}", file=sys.stderr)
        return NO_TARGET
    except Lost as error:
        print(f"waxseal mutants: {error}", file=sys.stderr)
        return INTERNAL


def _tried(choice: Choice, bench: Bench) -> int:
    systematic = Systematic(bench.conf, bench.kit.people)
    chosen = choice.of(
        _all_changes(systematic, bench) if choice.configuration else [],
        tryings(registry()) if choice.faults else [],
    )
    if not chosen.changes and not chosen.faults:
        print(f"waxseal mutants: -k {choice.words!r}: no mutant is so named", file=sys.stderr)
        return USAGE
    mutants = _judged(systematic, chosen.changes, bench.scratch)
    if choice.listing:
        for mutant in mutants:
            print(f"{mutant}  ({mutant.equivalent})" if mutant.equivalent else mutant)
        for fault in chosen.faults:
            print(fault)
        return 0
    matrix = _matrix(choice, bench, mutants, chosen.faults)
    print(*short_text(matrix), sep="\n")
    for path in choice.reports:
        write_report(path, matrix)
        print(f"the whole matrix: {path}")
    if not choice.reports:
        print("--report FILE (.json, .md, .html, .txt) writes the whole matrix")
    return matrix.exit_status


def _all_changes(systematic: Systematic, bench: Bench) -> list[Change]:
    """Every wrong value by rule, and those that were written down for a requirement beside."""
    servers = {situation.listener.value("server_name") for situation in bench.situations.values()}
    written = (mutant.change for mutant in CHANGES if mutant.change.server in servers)
    return distinct([*systematic.changes(), *written])


def _judged(systematic: Systematic, changes: Sequence[Change], scratch: str) -> list[Mutant]:
    """The changes with the reasons of those that nobody could notice."""
    size = max(1, -(-len(changes) // _PARTS))
    parts = [changes[at : at + size] for at in range(0, len(changes), size)]
    found: list[Mutant] = []
    jobs = {str(at): partial(systematic.judged, part) for at, part in enumerate(parts)}
    side_by_side(jobs, found.extend, scratch)
    return found


def _matrix(
    choice: Choice, bench: Bench, mutants: Sequence[Mutant], faults: Sequence[Trying]
) -> Matrix:
    matrix = Matrix(
        choice.launch,
        startable(choice.launch),
        {r.id: r.directive for r in catalogue().values()},
        choice.selection,
    )
    all_scenarios()  # once, before there are processes
    tried = [mutant for mutant in mutants if not mutant.equivalent]
    progress = Progress(len(tried) + len(faults))
    matrix.rows += [_unobservable(bench, choice.launch, m) for m in mutants if m.equivalent]

    def done(rows: list[Row]) -> None:
        matrix.rows += rows
        progress.tell(rows)

    if tried:
        servers = list(dict.fromkeys(mutant.change.server for mutant in tried))
        usual = baseline(bench, choice.launch, servers)
        jobs: dict[str, Callable[[], list[Row]]] = {
            str(number): partial(judge_round, bench, choice.launch, several, usual)
            for number, several in enumerate(rounds_of(tried))
        }
        side_by_side(jobs, done, bench.scratch)
    if faults:
        side_by_side({str(x): partial(_one, x, bench) for x in faults}, done, bench.scratch)
    matrix.rows.sort(key=lambda row: (list(Kind).index(row.kind), row.name))
    return matrix


def _one(trying: Trying, bench: Bench) -> list[Row]:
    return [trying.run(bench)]


def _unobservable(bench: Bench, product: str, mutant: Mutant) -> Row:
    return Row(
        str(mutant), Kind.CONFIGURATION, product, (mutant.change.directive,),
        claimed(bench, mutant), Fate.UNOBSERVABLE, reason=mutant.equivalent,
    )  # fmt: skip
