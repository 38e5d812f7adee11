"""The fuzzer beside boofuzz: the same faults, machine and seconds; who finds what, how soon.

boofuzz comes from the package index into an environment of its own, and runs as a
process of its own; nothing of it is imported here. It has a session graph written by
hand (see boofuzz_session) and is counted twice: with what it notices as shipped, and
with the TLS probe that anybody would add to it as a callback. What a target without
faults makes it say for as long counts for nothing. It mutates in a fixed order, so
one try is all its tries; the fuzzer is tried with several seeds. Seconds are those
until it was noticed; those of the fuzzer until it was made small and confirmed, which
boofuzz does not do, stand beside them.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from conformance.harness.endpoint import Endpoint
from conformance.mutants.bench import Bench
from tests.benchmarks.fuzz_faults import server
from tests.benchmarks.fuzz_table import REFERENCE, arguments, chosen, measured
from tests.fuzz.environments import environment

REQUIREMENTS = "boofuzz==0.4.2\n"
MODES = ("own", "probe")
_SESSION = Path(__file__).with_name("boofuzz_session.py")
# Over its own seconds: it starts slowly, and looks at the clock between two cases only.
_GRACE = 60.0


@dataclass(frozen=True)
class Compared:
    """One fault: median seconds to notice it, by who looks; None who does not.

    `whole` are the fuzzer's until the find was made small and confirmed.
    """

    fault: str
    protocol: str
    ours: float | None
    whole: float | None
    own: float | None
    probe: float | None

    @property
    def best(self) -> float | None:
        """The sooner one of boofuzz's two."""
        return min((x for x in (self.own, self.probe) if x is not None), default=None)


def main() -> None:
    """Measure and print the table."""
    parser = arguments(__doc__ or "", "fuzz_boofuzz")
    parser.add_argument(
        "--environment",
        type=Path,
        default=Path(tempfile.gettempdir(), "waxseal-boofuzz"),
        help="where boofuzz is installed, or is to be (default: %(default)s)",
    )
    options = parser.parse_args()
    python = environment(options.environment, REQUIREMENTS)
    columns = f"{'fuzzer':>8}{'(all)':>8}{'boofuzz':>9}{'+ probe':>9}"
    print(f"{'fault':<48}{'protocol':<9}{columns}  seconds")
    rows = []
    with Bench() as bench, tempfile.TemporaryDirectory() as place:
        theirs = Boofuzz(bench, python, place, options.seconds)
        for fault, protocol, oracles in chosen(options.faults, options.protocol):
            tries = [
                measured(bench, fault, protocol, oracles, seed, options.seconds)
                for seed in range(1, options.seeds + 1)
            ]
            there = [x for x in tries if x]
            own, probe = (theirs.find(fault, protocol, mode) for mode in MODES)
            # Found is what most tries find.
            ours = whole = None
            if 2 * len(there) > len(tries):
                ours, whole = (median(x.noticed for x in there), median(x.seconds for x in there))
            rows.append(Compared(fault, protocol, ours, whole, own, probe))
            print(f"{fault:<48}{protocol:<9}{_written(rows[-1])}", flush=True)
    print(_summary(rows))


class Boofuzz:
    """Runs it on faults, and knows what it says of a target that has none."""

    def __init__(self, bench: Bench, python: Path, place: str, seconds: float) -> None:
        self.bench, self.python, self.place, self.seconds = bench, python, place, seconds
        self._said: dict[tuple[str, str], list[str]] = {}

    def find(self, fault: str, protocol: str, mode: str) -> float | None:
        """After how many seconds it told of a failure, None if it did not in time."""
        listener = server(fault, protocol)
        overlooked = self._of_no_fault(listener, protocol, mode)
        with self.bench.trial(REFERENCE, [listener], faults=fault.split(",")) as trial:
            told = self._run(trial.endpoint(listener), mode, overlooked)
        return min((seconds for seconds, _ in told["failures"].values()), default=None)

    def _of_no_fault(self, listener: str, protocol: str, mode: str) -> list[str]:
        if (listener, mode) not in self._said:
            with self.bench.trial(REFERENCE, [listener]) as trial:
                told = self._run(trial.endpoint(listener), f"{mode}-all", [])
            self._said[listener, mode] = list(told["failures"])
        return self._said[listener, mode]

    def _run(self, endpoint: Endpoint, mode: str, overlooked: Sequence[str]) -> Any:
        where = [endpoint.protocol, endpoint.host, str(endpoint.port), str(self.seconds), mode]
        done = subprocess.run(
            [str(self.python), str(_SESSION), *where, *overlooked],
            cwd=self.place,
            capture_output=True,
            text=True,
            check=True,
            timeout=self.seconds + _GRACE,
        )
        return json.loads(done.stdout.splitlines()[-1])


def _written(row: Compared) -> str:
    shown = ["-" if x is None else f"{x:.2f}" for x in (row.ours, row.whole, row.own, row.probe)]
    return f"{shown[0]:>8}{shown[1]:>8}{shown[2]:>9}{shown[3]:>9}"


def _summary(rows: Iterable[Compared]) -> str:
    """How many each finds, how soon, and what one finds that the other does not."""
    every = list(rows)
    told = [""]
    for name in ("ours", "own", "probe"):
        found = [x for row in every if (x := getattr(row, name)) is not None]
        who = {"ours": "fuzzer", "own": "boofuzz", "probe": "boofuzz + probe"}[name]
        spent = f", median {median(found):.2f} s" if found else ""
        told.append(f"{who}: {len(found)} of {len(every)} noticed{spent}")
    both = [row.best / row.ours for row in every if row.best and row.ours]
    if both:
        told.append(f"found by both: {len(both)}; boofuzz takes {median(both):.1f} times as long")
    missed = [f"{x.fault} ({x.protocol})" for x in every if x.best is not None and x.ours is None]
    told.append(f"found by boofuzz alone: {', '.join(missed) or 'none'}")
    return "\n".join(told)


if __name__ == "__main__":
    main()
