"""How soon the fuzzer finds each fault of the reference, from scratch: a table.

The reference is started anew for each fault and seed, on the certification
configuration, and hunted at the one listener where the fault shows, with every
oracle on and no corpus, until one of the oracles that may tell of it has made a
find: drawn, made small, and confirmed. Seconds are wall clock from the first
connection to that, or, under `noticed`, to the stream that showed it first. A find
of another oracle counts for nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any
from unittest.mock import patch

from conformance.harness.patience import Patience
from conformance.harness.targets.product import LaunchError
from conformance.mutants.bench import Bench, Trial
from fuzz.account import account_of
from fuzz.campaign import campaign
from fuzz.command import Place, judge_at
from fuzz.finding import Finding
from fuzz.hunt import Hunt, Stop
from fuzz.judge import Unfit
from fuzz.oracles import Oracle
from fuzz.reviving import Revival
from tests.benchmarks.fuzz_faults import FAULTS, server

REFERENCE = "reference"
MOST_LINES = 4
_STARTS = 4

Row = tuple[str, str, tuple[str, ...]]


@dataclass(frozen=True)
class Find:
    """The first find of a right oracle: after how long, and how many lines its stream has.

    `noticed` are the seconds until a stream had shown it, `seconds` those until the
    find was made small and confirmed, `streams` what was said until then.
    """

    noticed: float
    seconds: float
    streams: int
    oracle: str
    lines: int


def main() -> None:
    """Measure and print the table."""
    options = arguments(__doc__ or "", "fuzz_table").parse_args()
    rows = chosen(options.faults, options.protocol)
    print(
        f"{'fault':<48}{'protocol':<9}{'found':>6}{'seconds':>9}{'worst':>7}{'streams':>8}", end=""
    )
    print(f"{'lines':>6}  oracle")
    made: list[list[Find | None]] = []
    with Bench() as bench:
        for fault, protocol, oracles in rows:
            finds = [
                measured(bench, fault, protocol, oracles, seed, options.seconds)
                for seed in range(1, options.seeds + 1)
            ]
            made.append(finds)
            print(f"{fault:<48}{protocol:<9}{_written(finds)}", flush=True)
    print(_summary(made, options.seeds))


def arguments(text: str, name: str) -> argparse.ArgumentParser:
    """What tables over faults can be asked for."""
    parser = argparse.ArgumentParser(
        prog=f"python -m tests.benchmarks.{name}",
        description=text,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("faults", nargs="*", metavar="FAULT", help="only these (default: all)")
    parser.add_argument("--protocol", choices=("imap", "pop3", "smtp"), help="only in this one")
    parser.add_argument("--seeds", type=int, default=5, help="tries of each (default 5)")
    parser.add_argument("--seconds", type=float, default=60.0, help="for a try (default 60)")
    return parser


def chosen(faults: Sequence[str], protocol: str | None) -> list[Row]:
    """The rows asked for, in the order of the list. Exits for a fault that is not in it."""
    if unknown := set(faults) - {fault for fault, _, _ in FAULTS}:
        raise SystemExit(f"no such fault in fuzz_faults: {', '.join(sorted(unknown))}")
    return [
        row for row in FAULTS if row[0] in (faults or [row[0]]) and row[1] in (protocol or row[1])
    ]


def measured(
    bench: Bench, fault: str, protocol: str, oracles: Sequence[str], seed: int, seconds: float
) -> Find | None:
    """The find of one try, None where there was none in time."""
    place = server(fault, protocol)
    with _started(bench, place, fault.split(",")) as trial:
        assert trial.start_again is not None
        account, revival = account_of(trial.suite.login()), Revival(trial.start_again)
        there = Place(place, trial.endpoint(place), account=account, revival=revival)
        return first_find(there, oracles, seed, seconds)


@contextlib.contextmanager
def _started(bench: Bench, place: str, faults: Sequence[str]) -> Iterator[Trial]:
    """The reference with these faults; where the machine has no time for it, tried again."""
    with contextlib.ExitStack() as stack:
        for tries_left in reversed(range(_STARTS)):
            try:
                trial = stack.enter_context(bench.trial(REFERENCE, [place], faults=faults))
                break
            except LaunchError:
                if not tries_left:
                    raise
        yield trial


def first_find(place: Place, oracles: Sequence[str], seed: int, seconds: float) -> Find | None:
    """The first find of one of these oracles at a listener, None where there was none in time."""
    began, stop, found = time.monotonic(), Stop(), list[Find]()
    noticed: list[float] = []
    hunt: Hunt | None = None

    def worst(*given: Any, **named: Any) -> Oracle | None:
        oracle = judges(*given, **named)
        if oracle and oracle.name in oracles:
            noticed.append(time.monotonic() - began)
        return oracle

    def tell(finding: Finding) -> None:
        if finding.oracle.name in oracles and finding.steady:
            spent, said = time.monotonic() - began, hunt.said if hunt else 0
            name, lines = finding.oracle.name, len(finding.stream)
            found.append(Find(noticed[0] if noticed else spent, spent, said + 1, name, lines))
            stop.asked = True

    try:
        judge = judge_at(place, Patience())
        judge.revival = place.revival
    except Unfit:
        return None
    if judge.unfit:
        for finding in campaign(judge.endpoint, 0):
            tell(finding)
        return found[0] if found else None
    judges = judge.worst
    with patch.object(judge, "worst", worst):
        hunt = Hunt(judge, place.name, seed, stop=stop, found=tell)
        hunt.turn(seconds)
    return found[0] if found else None


def _written(finds: Sequence[Find | None]) -> str:
    there = [find for find in finds if find]
    number = f"{len(there)}/{len(finds)}"
    if not there:
        return f"{number:>6}"
    spent = [find.seconds for find in there]
    streams = median(find.streams for find in there)
    oracles = ", ".join(sorted({find.oracle for find in there}))
    noticed = median(find.noticed for find in there)
    return (
        f"{number:>6}{noticed:>9.1f}{median(spent):>9.1f}{max(spent):>7.1f}{streams:>8.0f}"
        f"{max(find.lines for find in there):>6}  {oracles}"
    )


def _summary(made: Iterable[Sequence[Find | None]], seeds: int) -> str:
    """Of rows and of tries: how many found, how soon, how small."""
    rows = list(made)
    tries = [find for row in rows for find in row]
    there = [find for find in tries if find]
    whole = sum(all(row) for row in rows)
    told = f"\n{whole} of {len(rows)} rows found with every one of {seeds} seeds; "
    told += f"{len(there)} of {len(tries)} tries"
    if there:
        large = sum(find.lines > MOST_LINES for find in there)
        told += (
            f"; median {median(x.noticed for x in there):.1f} s to notice, "
            f"{median(x.seconds for x in there):.1f} s to the find, "
            f"{median(x.streams for x in there):.0f} streams, slowest "
            f"{max(x.seconds for x in there):.1f} s; {large} with over {MOST_LINES} lines"
        )
    return told


if __name__ == "__main__":
    main()
