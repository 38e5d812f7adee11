"""Goal and measured, for all figures that were set as goals.

Without names, what takes up to two minutes is measured, one after the other; the rest is chosen by
name. A row that was not measured says so, and why; with --quick each is measured on less, and says
so. Ends with status 1 if a goal was missed, or could not be read from what its benchmark printed.
"""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Sequence

from tests.benchmarks.goals import GOALS, Goal
from tests.benchmarks.timed import ROOT, timed

SHORT_MINUTES = 2
_WORDS = {True: "met", False: "MISSED", None: ""}
_OPTIONS = {
    "nginx-tests": "where a clone of github.com/nginx/nginx-tests is",
    "scanners": "for that benchmark: '--testssl PATH --sslyze PATH', or '' for s_client alone",
    "boofuzz": "a directory for an environment with boofuzz, made where it is not there",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print the table; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description=__doc__,
        epilog="names:\n" + "\n".join(f"  {x.name:<18}{_told(x)}" for x in GOALS),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these; see below")
    parser.add_argument("--quick", action="store_true", help="measure on less, and say so")
    for name, text in _OPTIONS.items():
        parser.add_argument(f"--{name}", metavar="WHERE", help=text)
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - {x.name for x in GOALS}:
        parser.error(f"no such name: {', '.join(sorted(unknown))}")
    given = {name: getattr(options, name.replace("-", "_")) for name in _OPTIONS}
    missed = False
    for goal in GOALS:
        measured, met = _measured(goal, options.names, options.quick, given)
        missed |= met == _WORDS[False]
        lines = textwrap.wrap(measured, 74) or [""]
        print(f"{goal.name:<18}{met:<8}{goal.goal}")
        print("".join(f"{'':<26}{line}\n" for line in lines), end="", flush=True)
    return 1 if missed else 0


def _told(goal: Goal) -> str:
    needs = f"; needs --{goal.needs}" if goal.needs else ""
    return f"{goal.goal} ({goal.minutes:g} min{needs})"


def _measured(
    goal: Goal, names: Sequence[str], quick: bool, given: dict[str, str | None]
) -> tuple[str, str]:
    """What was measured, or why nothing was; and a word for it."""
    if names and goal.name not in names:
        return "not measured: it was not named", "-"
    if goal.needs and given[goal.needs] is None:
        return f"not measured: say --{goal.needs} WHERE", "-"
    less = quick and goal.quick is not None
    if not names and not less and goal.minutes > SHORT_MINUTES:
        return f"not measured: it takes about {goal.minutes:g} minutes, name it", "-"
    words = goal.quick if less and goal.quick else goal.measure
    where = (given[goal.needs] or "") if goal.needs else ""
    words = [part for word in words for part in (where.split() if word == "{}" else [word])]
    cost = timed([sys.executable, "-m", *words], {"PYTHONPATH": str(ROOT)}, ROOT)
    part = f" [quick: {' '.join(words)}]" if less else ""
    try:
        said, met = goal.read(cost.status, cost.said)
    except LookupError:
        last = cost.said.strip().splitlines()[-1:] or ["it said nothing"]
        return f"no figure: exit status {cost.status}: {last[0]}{part}", _WORDS[False]
    return f"{said}{part}", _WORDS[met]


if __name__ == "__main__":
    sys.exit(main())
