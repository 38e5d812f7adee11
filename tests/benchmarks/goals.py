"""The goals that were set for waxseal, what measures each, and how its words are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# What was measured, and whether that is the goal; None where there is none to reach.
Reading = tuple[str, bool | None]
Read = Callable[[int, str], Reading]


@dataclass(frozen=True)
class Goal:
    """`measure` is a command of Python modules; `quick` the same on less, None where it is short.

    `minutes` is about what `measure` takes on two cores. `read` makes a reading of the exit status
    and of what was printed, and raises LookupError where it finds nothing. `needs` names an option
    of `python -m tests.benchmarks` whose value stands for {} in the commands.
    """

    name: str
    goal: str
    measure: Sequence[str]
    read: Read
    quick: Sequence[str] | None = None
    minutes: float = 1.0
    needs: str = ""


def _found(pattern: str, said: str) -> list[str]:
    found = re.findall(pattern, said, re.M)
    if not found:
        raise LookupError(pattern)
    last = found[-1]
    return [last] if isinstance(last, str) else list(last)


def _suite(status: int, said: str) -> Reading:
    checks, passed = _found(r"(\d+) checks accounted for: (\d+) pass", said)
    seconds, processor = _found(r"^measured: ([\d.]+) s by the clock, ([\d.]+) s of", said)
    not_passed = _found(r"accounted for: ([^\n]*)", said)[0]
    odd = re.search(r"\d+ (FAIL|open|error|warn)", not_passed)
    told = f"{passed} of {checks} judged, {seconds} s, {processor} s of processor"
    met = status == 0 and odd is None and float(seconds) < 20
    return f"{told}{f'; {odd[0]}' if odd else ''}", met


def _mutants(status: int, said: str) -> Reading:
    last = said.strip().split("\n\n")[-1].replace("\n", " ")
    return last, status == 0


def _tests(status: int, said: str) -> Reading:
    return _found(r"^(.*\b(?:passed|failed|skipped)\b.* in [\d.]+s.*)$", said)[0], status == 0


def _tail(status: int, said: str) -> Reading:
    return said.strip().splitlines()[-1], status == 0


def _infer(status: int, said: str) -> Reading:
    share, wrong = _found(r": ([\d.]+) % of the observable.*?(\d+) wrong", said)
    return f"{share} % exact, {wrong} wrong", status == 0


def _throughput(status: int, said: str) -> Reading:
    rows = re.findall(r"^(imap|pop3|smtp)((?:\s+[\d.,]+)+)$", said, re.M)
    if not rows:
        raise LookupError("no row of a protocol")
    ratios = {name: float(cells.split()[5]) for name, cells in rows}
    told = ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items())
    return told, min(ratios.values()) >= 0.5


def _faults(status: int, said: str) -> Reading:
    found, rows, large = _found(r"^(\d+) of (\d+) rows found.*; (\d+) with over", said)
    return f"{found} of {rows} with every seed, {large} not small", (found, large) == (rows, "0")


def _boofuzz(status: int, said: str) -> Reading:
    return said.strip().split("\n\n")[-1].replace("\n", " "), None


def _targets(status: int, said: str) -> Reading:
    clock, processor = _found(r"([\d.]+) by the clock, ([\d.]+) by processor", said)
    (memory,) = _found(r"([\d.]+) MiB at most for all", said)
    (descriptors,) = _found(r"(\d+) in one process", said)
    met = float(processor) >= 0.8 and float(clock) >= 0.8 and float(memory) < 500
    told = f"{clock} by the clock, {processor} by processor, {memory} MiB"
    return f"{told}, {descriptors} descriptors in a process", met and int(descriptors) <= 256


def _interruptions(status: int, said: str) -> Reading:
    rows = re.findall(r"^\S+ +(\d+) interrupted, .*; (\d+) wrong$", said, re.M)
    if not rows:
        raise LookupError("no kind of run")
    many, wrong = (sum(int(row[n]) for row in rows) for n in (0, 1))
    return f"{many} runs of {len(rows)} kinds, {wrong} wrong", status == 0


def _speed(status: int, said: str) -> Reading:
    rows = re.findall(r"^(\w+) +\d+ +\d+ +([\d.]+)$", said, re.M)
    if not rows:
        raise LookupError("no visit")
    return ", ".join(f"{name} {ratio}" for name, ratio in rows), None


def _rates(status: int, said: str) -> Reading:
    clock, processor = _found(r"is ([\d.]+) times theirs by the clock, ([\d.]+) times by", said)
    return f"{clock} times by the clock, {processor} by processor", float(clock) >= 1


def _scanners(status: int, said: str) -> Reading:
    rows = re.findall(r"^(\S.*?) +([\d.]+) +[\d.]+ +[\d.]+  \S", said, re.M)
    if not rows:
        raise LookupError("no tool")
    told = ", ".join(f"{name} {seconds} s" for name, seconds in rows)
    return told, _found(r"^agree: (\w+)", said)[0] == "yes"


def _growth(status: int, said: str) -> Reading:
    rows = re.findall(r"^(\d+) +([\d.]+) +[\d.]+ +([\d.]+)?? +(\d+)$", said, re.M)
    if not rows:
        raise LookupError("no count")
    more = [float(each) for _, _, each, _ in rows if each]
    told = "; ".join(f"{n}: {seconds} s, {mib} MiB" for n, seconds, _, mib in rows)
    # Work that grows with the square would be five times as much for each of the last.
    met = max(more[1:]) <= 2 * more[0] if len(more) > 1 else None
    return f"{told}; of processor for each more {', '.join(map(str, more)) or 'unknown'}", met


def _plugin(status: int, said: str) -> Reading:
    (cost,) = _found(r"^the plugin costs (-?[\d.]+) ms$", said)
    return f"{cost} ms", float(cost) < 10


def _memory(status: int, said: str) -> Reading:
    left = _found(r"^left by churn +[-\d]+ +([-\d]+)", said)[0]
    return f"idle {_found(r'^ratio +([0-9.]+)', said)[0]} of nginx's, churn leaves {left} B", None


def _campaign(status: int, said: str) -> Reading:
    streams = sum(map(int, re.findall(r"^\S+: (\d+) streams", said, re.M)))
    finds = sum(map(int, re.findall(r"failed, (\d+) finds", said)))
    if not streams:
        raise LookupError("no stream")
    known = sum(map(int, re.findall(r"(\d+) explained by the baseline", said)))
    told = f", {known} explained" if known else ""
    return f"{finds} finds in {streams} streams{told}", status == 0 and not finds


_CERTIFY = ("tests.benchmarks.timed", "--launch")
_WAXSEAL = "conformance.cli"
_PYTEST = ("pytest", "-q", "-p", "no:cacheprovider")
_NGINX_BASELINE = ("--pedantic", "--baseline", "fixtures/baselines/nginx-1.22.toml")

GOALS: tuple[Goal, ...] = (
    Goal("suite-reference", "all conformant, over 1,500 checks, under 20 s",
         (*_CERTIFY, "reference", "--fuzz-examples", "0"), _suite),
    Goal("suite-nginx", "all conformant but what its baseline explains, under 20 s",
         (*_CERTIFY, "nginx", "--fuzz-examples", "0", *_NGINX_BASELINE), _suite),
    Goal("catalogue", "at least 250 requirements, no clause open",
         (*_PYTEST, "tests/conformance/requirements"), _tests),
    Goal("faults", "100 % of the reference's faults noticed",
         (_WAXSEAL, "mutants", "--faults-only"), _mutants,
         (_WAXSEAL, "mutants", "--faults-only", "--sample", "12"), 6),
    Goal("mutants-nginx", "100 % of what shows outside noticed",
         (_WAXSEAL, "mutants", "--launch", "nginx"), _mutants,
         (_WAXSEAL, "mutants", "--launch", "nginx", "--sample", "40"), 13),
    Goal("mutants-reference", "100 % of what shows outside noticed",
         (_WAXSEAL, "mutants", "--configuration-only"), _mutants,
         (_WAXSEAL, "mutants", "--configuration-only", "--sample", "40"), 16),
    Goal("configurations", "no false alarm on configurations that nobody has written",
         ("tests.benchmarks.configurations", "--runs", "20"), _tail,
         ("tests.benchmarks.configurations", "--runs", "1"), 12),
    Goal("steady-reference", "no verdict changes in 100 runs",
         ("tests.benchmarks.steadiness", "--runs", "100", "--loaded", "10"), _tail,
         ("tests.benchmarks.steadiness", "--runs", "2", "--loaded", "1"), 60),
    Goal("steady-nginx", "no verdict changes in 100 runs",
         ("tests.benchmarks.steadiness", "--launch", "nginx", "--runs", "100", "--loaded", "10"),
         _tail,
         ("tests.benchmarks.steadiness", "--launch", "nginx", "--runs", "2", "--loaded", "1"), 50),
    Goal("fuzz-faults", "each fault found within 60 s, in at most four lines, with five seeds",
         ("tests.benchmarks.fuzz_table",), _faults,
         ("tests.benchmarks.fuzz_table", "--seeds", "1", "--seconds", "20", "--protocol", "pop3"),
         40),
    Goal("fuzz-clean", "no find in 200,000 streams at the reference",
         (_WAXSEAL, "fuzz", "--launch", "reference", "--examples", "22300", "--seconds", "7200"),
         _campaign,
         (_WAXSEAL, "fuzz", "--launch", "reference", "--examples", "100", "--seconds", "60"), 90),
    Goal("fuzz-clean-nginx", "no find in 50,000 streams at nginx but what its baseline explains",
         (_WAXSEAL, "fuzz", "--launch", "nginx", "--examples", "5000", "--seconds", "3600",
          *_NGINX_BASELINE[1:]),
         _campaign,
         (_WAXSEAL, "fuzz", "--launch", "nginx", "--examples", "100", "--seconds", "60",
          *_NGINX_BASELINE[1:]), 35),
    Goal("fuzz-throughput", "at least half of a bare loop's rate",
         ("tests.benchmarks.fuzz_throughput",), _throughput,
         ("tests.benchmarks.fuzz_throughput", "--count", "100"), 1),
    Goal("fuzz-boofuzz", "all that boofuzz finds, ten times as fast, and what it cannot see",
         ("tests.benchmarks.fuzz_boofuzz", "--environment", "{}"), _boofuzz, None, 90, "boofuzz"),
    Goal("aiosmtpd", "1.4.5 is convicted, 1.4.6 is not",
         (*_PYTEST, "-p", "no:randomly", "tests/fuzz/test_aiosmtpd.py"), _tests),
    Goal("infer-nginx", "at least 95 % exact, none wrong",
         ("tests.benchmarks.infer_accuracy", "--launch", "nginx"), _infer,
         ("tests.benchmarks.infer_accuracy", "--launch", "nginx", "-k", "smtp-plain"), 4),
    Goal("infer-reference", "at least 95 % exact, none wrong",
         ("tests.benchmarks.infer_accuracy",), _infer,
         ("tests.benchmarks.infer_accuracy", "-k", "smtp-plain"), 5),
    Goal("hostile", "at least 20 hostile targets, each with the right end",
         (*_PYTEST, "tests/hostile"), _tests),
    Goal("exit-status", "a test for each exit status",
         (*_PYTEST, "tests/test_exit_status.py"), _tests, None, 2),
    Goal("targets", "100 targets: 0.8 of the rate of one each, 500 MiB, 256 descriptors",
         ("tests.benchmarks.targets", "--targets", "100"), _targets,
         ("tests.benchmarks.targets", "--targets", "8", "--repeat", "1"), 4),
    Goal("listeners", "each listener costs no more among 500 than among ten",
         ("tests.benchmarks.growth",), _growth, ("tests.benchmarks.growth", "1", "10"), 10),
    Goal("interruptions", "nothing is left behind, and the report says interrupted",
         ("tests.benchmarks.interruptions",), _interruptions,
         ("tests.benchmarks.interruptions", "nginx", "--points", "10"), 15),
    Goal("nginx-tests", "at least the rate of assertions of nginx's own mail tests",
         ("tests.benchmarks.nginx_tests", "{}"), _rates, None, 2, "nginx-tests"),
    Goal("scanners", "what all look at, they see alike",
         ("tests.benchmarks.scanners", "{}"), _scanners, None, 5, "scanners"),
    Goal("plugin", "under 10 ms in the pytest runs of other projects",
         ("tests.benchmarks.plugin_cost",), _plugin,
         ("tests.benchmarks.plugin_cost", "--runs", "8"), 1),
    Goal("handshakes", "processor time of the reference, as a ratio to nginx's",
         ("tests.benchmarks.speed",), _speed, ("tests.benchmarks.speed", "--count", "100"), 1),
    Goal("memory", "memory of the reference beside nginx's; churn leaves nothing",
         ("tests.benchmarks.memory",), _memory,
         ("tests.benchmarks.memory", "--idle", "500", "--churn", "2000"), 5),
)  # fmt: skip
"""In the order in which they are printed."""
