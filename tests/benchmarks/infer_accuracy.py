"""How much of a configuration `waxseal infer` recovers, directive by directive.

    python -m tests.benchmarks.infer_accuracy [--launch nginx] [--no-kit] [-k WORDS]

A product is launched on both configurations of the kit, every listener is looked at
from outside, and what was found is compared with what the configuration says. A value
counts as observable where somebody outside could tell it from others (`class`: from all but
a few, and the few were named); where not, the table gives the reason. Exit status 0: at
least 95 % of the observable values are exact, and none is wrong.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from conformance.claims import read_claims
from conformance.harness.patience import Patience
from conformance.harness.pki.kit import Kit, write_kit
from conformance.harness.targets.launch import launch
from conformance.harness.targets.loopback import free_loopback
from conformance.inference.command import Choice, means_of
from conformance.inference.survey import Means, Survey, survey
from conformance.listener import Listener
from tests.benchmarks.observable import DIRECTIVES, why_hidden
from tests.benchmarks.recovered import Result, compared

SHARE = 0.95


@dataclass(frozen=True)
class Row:
    """One directive at one listener."""

    listener: str
    directive: str
    result: Result
    told: str


@contextmanager
def launched(product: str, words: str = "") -> Iterator[tuple[Kit, list[Listener]]]:
    """The listeners of both configurations, those with all the words in their names."""
    with tempfile.TemporaryDirectory(prefix="waxseal-") as directory, ExitStack() as stack:
        host = free_loopback([20101, 20901])
        kit = write_kit(Path(directory, "kit"), host, 20000)
        found = []
        for conf in (kit.conf, kit.defaults):
            listeners = read_claims(conf)
            endpoints = [x.endpoint for x in listeners]
            stack.enter_context(launch(product, conf, endpoints, Patience(factor=5)))
            found += [x for x in listeners if all(w in x.name for w in words.split())]
        yield kit, found


def measured(listeners: Iterable[Listener], means: Means, at_once: int = 2) -> list[Row]:
    """Every directive of every listener."""

    def one(listener: Listener) -> list[Row]:
        return rows(listener, survey(listener.endpoint, Patience(), means), means)

    with ThreadPoolExecutor(at_once) as pool:
        return [row for some in pool.map(one, listeners) for row in some]


def rows(listener: Listener, found: Survey, means: Means) -> list[Row]:
    """What was found against what is claimed."""
    result = []
    for directive in DIRECTIVES:
        hidden = why_hidden(directive, listener, means)
        outcome, told = compared(directive, listener, found, means, hidden)
        result.append(Row(listener.name, directive, outcome, told or hidden))
    if found.halted:
        result.append(Row(listener.name, "halted", Result.WRONG, found.halted))
    return result


def table(measured_: list[Row]) -> list[str]:
    """A line for each directive, and one for all."""
    counts: dict[str, Counter[Result]] = {}
    for row in measured_:
        counts.setdefault(row.directive, Counter())[row.result] += 1
    head = f"{'directive':28}" + "".join(f"{result:>10}" for result in Result)
    lines = [head]
    total = Counter[Result]()
    for directive, count in sorted(counts.items()):
        total += count
        lines.append(f"{directive:28}" + "".join(f"{count[r] or '·':>10}" for r in Result))
    lines.append(f"{'all':28}" + "".join(f"{total[r] or '·':>10}" for r in Result))
    return lines


def share(measured_: list[Row]) -> float:
    """Of the observable values those recovered exactly."""
    total = Counter(row.result for row in measured_)
    observable = total[Result.EXACT] + total[Result.UNKNOWN] + total[Result.WRONG]
    return total[Result.EXACT] / observable if observable else 0.0


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--launch", default="reference", metavar="NAME")
    parser.add_argument("--no-kit", action="store_true", help="bring no certificates")
    parser.add_argument("-k", dest="words", default="", metavar="WORDS")
    parsed = parser.parse_args()
    with launched(parsed.launch, parsed.words) as (kit, listeners):
        means = Means() if parsed.no_kit else means_of(Choice((), kit=kit.directory))
        found = measured(listeners, means)
    for row in found:
        if row.result in (Result.WRONG, Result.UNKNOWN):
            print(f"{row.result}: {row.listener}: {row.directive}: {row.told}")
    print("\n".join(table(found)))
    why = Counter((r.directive, r.told) for r in found if r.result is Result.HIDDEN)
    print("\nnot observable:")
    for (directive, reason), count in sorted(why.items()):
        print(f"{count:5} {directive}: {reason}")
    part, wrong = share(found), sum(row.result is Result.WRONG for row in found)
    strict = share([row for row in found if row.result is not Result.CLASS])
    print(
        f"\n{parsed.launch}: {100 * part:.1f} % of the observable values are exact "
        f"({100 * strict:.1f} % where a value can be told from every other), {wrong} wrong"
    )
    return 0 if part >= SHARE and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
