"""Interrupted at any point, does a run leave anything behind, and does its report say so?

Runs of several kinds are first let through, and what they do is written down: which files they
open to write, which processes they start, what they import. Then each is run again and again,
with a signal at one of these events or some calls of functions behind it; half of them get a second
one while they end. Looked for are processes, among all descendants (and so ports, which nobody else
can hold), temporary files, and a report that agrees with the exit status. Ends with status 1 where
anything is wrong.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from conformance.claims import read_claims
from conformance.harness.patience import Patience
from conformance.harness.pki.kit import write_kit
from conformance.harness.targets.launch import launch
from conformance.harness.targets.loopback import free_loopback
from tests.benchmarks.interrupted import Outcome, Step, adopt, run

# A few scenarios, on doubles and with one that starts a server of its own.
FEW = ("-k", "greeting or two_workers or login", "--fuzz-examples", "3")
PORTS = (22080, 22143, 22995)
CONF = """
worker_processes 1;
events {{ worker_connections 64; }}
mail {{
    auth_http            {host}:22080/auth;
    ssl_certificate      {kit}/pki/rsa.pem;
    ssl_certificate_key  {kit}/pki/rsa.key;
    ssl_session_cache    builtin;
    server {{ server_name imap;  listen {host}:22143; protocol imap; starttls on; }}
    server {{ server_name pop3s; listen {host}:22995 ssl; protocol pop3; }}
}}
"""


@dataclass(frozen=True)
class Stage:
    """What the runs are about: a configuration that nobody has started, and an nginx on another."""

    idle: Path
    busy: Path
    kit: Path
    targets: Path

    @property
    def host(self) -> str:
        """Where the running one is."""
        return read_claims(self.busy)[0].endpoint.host


def _certify(*words: object) -> list[str]:
    return ["conformance.cli", "certify", "--report", "report.json", *FEW, *map(str, words)]


def _waxseal(*words: object) -> list[str]:
    return ["conformance.cli", *map(str, words)]


_FUZZED = ("--examples", "10", "--keep", "../finds")


SCENES: Mapping[str, Callable[[Stage], list[str]]] = {
    "nginx": lambda s: _certify("--launch", "nginx", "--claims", s.idle, "--kit", s.kit),
    "reference": lambda s: _certify("--claims", s.idle, "--kit", s.kit),
    "address": lambda s: _certify("--target", s.host, "--claims", s.busy, "--kit", s.kit),
    "many": lambda s: _certify("--targets", s.targets),
    "cores": lambda s: _certify("-n", 2, "--target", s.host, "--claims", s.busy),
    "adapter": lambda s: _certify("--launch", "stunnel", "--claims", s.idle, "--kit", s.kit),
    "kit": lambda s: _certify("-k", "imap-crl and revoked"),
    "twin": lambda s: _certify("-k", "imap-crl and revoked", "--against", "nginx"),
    "fuzz": lambda s: _waxseal("fuzz", *_FUZZED, f"imap://{s.host}:22143"),
    "launched": lambda s: _waxseal("fuzz", *_FUZZED, "--launch", "reference", "--protocol", "imap"),
    "infer": lambda s: _waxseal("infer", f"{s.host}:22995", "--kit", s.kit),
    "compare": lambda s: _waxseal(
        "compare", "reference", "reference", "-k", "imap-crl and revoked"
    ),
    "scoreboard": lambda s: _waxseal("scoreboard", "../board", "--product", "hitch"),
    "mutants": lambda s: _waxseal("mutants", "-k", "imap-depth-1: ssl_verify_depth"),
}
"""A command line for each kind of run."""


@contextmanager
def stage(directory: Path) -> Iterator[Stage]:
    """Set it."""
    kit, files = directory / "kit", []
    write_kit(kit)
    for name in ("idle", "busy"):
        files.append(directory / f"{name}.conf")
        files[-1].write_text(CONF.format(host=free_loopback(PORTS), kit=kit))
    idle, busy = files
    listeners = read_claims(busy)
    targets = directory / "targets"
    targets.write_text("".join(f"{x.endpoint.address} --claims {busy}\n" for x in listeners * 2))
    with launch("nginx", busy, [x.endpoint for x in listeners], Patience(factor=5)):
        yield Stage(idle, busy, kit, targets)


def points(events: Sequence[str], count: int, chance: random.Random) -> list[Step]:
    """Where to interrupt: so many events, first one of each kind, then by chance."""
    seen, all_of_them = Counter[str](), list[tuple[str, int]]()
    for line in events:
        kind = line.split()[0]
        seen[kind] += 1
        all_of_them.append((kind, seen[kind]))
    firsts = [(kind, number) for kind, number in all_of_them if number == 1]
    # What is imported is nine of ten events, and leaves nothing.
    weights = [0.05 if kind == "import" else 1.0 for kind, _ in all_of_them]
    drawn = firsts + chance.choices(all_of_them, weights, k=max(count - len(firsts), 0))
    return [_step(event, chance) for event in drawn[:count]]


def _step(event: tuple[str, int], chance: random.Random) -> Step:
    calls = chance.choice((0, 1, 5, 30, 200, 1000))
    return Step(*event, calls, chance.choice((signal.SIGINT, signal.SIGTERM, signal.SIGHUP)))


def twice(step: Step, chance: random.Random) -> list[Step]:
    """With another signal soon after, every second time."""
    if chance.random() < 0.5:
        return [step]
    return [step, _step(("*", chance.randrange(1, 12)), chance)]


def main() -> int:
    """Sweep, and print; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.interruptions", description=__doc__
    )
    parser.add_argument("scenes", nargs="*", metavar="KIND", help=f"of {', '.join(SCENES)}")
    parser.add_argument("--points", type=int, default=40, help="of each kind (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="(default: %(default)s)")
    options = parser.parse_args()
    if unknown := set(options.scenes) - set(SCENES):
        parser.error(f"no such kind: {', '.join(sorted(unknown))}")
    adopt()
    chance, wrong = random.Random(options.seed), 0
    with tempfile.TemporaryDirectory() as place:
        for scene in options.scenes or SCENES:
            found = list(_swept(scene, Path(place), options.points, chance))
            wrong += sum(bool(outcome.wrong) for outcome in found)
            ended = Counter(outcome.status for outcome in found)
            told = ", ".join(f"{n} with {status}" for status, n in sorted(ended.items()))
            bad = sum(bool(outcome.wrong) for outcome in found)
            print(f"{scene:<10} {len(found)} interrupted, ended: {told}; {bad} wrong", flush=True)
    return 1 if wrong else 0


def _swept(scene: str, place: Path, count: int, chance: random.Random) -> Iterator[Outcome]:
    with tempfile.TemporaryDirectory(dir=place) as directory, stage(Path(directory)) as on:
        words = SCENES[scene](on)
        whole = run(Path(directory) / "whole", words)
        # That a product deviates does not matter here.
        if whole.status not in (0, 1) or whole.wrong:
            raise SystemExit(f"{scene}: undisturbed it ended with {whole.status}\n{whole.said}")
        for number, point in enumerate(points(whole.events, count, chance)):
            steps = twice(point, chance)
            outcome = run(Path(directory) / str(number), words, steps)
            for line in outcome.wrong:
                print(f"{scene}: {', then '.join(map(str, steps))}: {line}", flush=True)
            if outcome.wrong:
                last = "\n".join(outcome.said.splitlines()[-8:])
                print(textwrap.indent(last, "    "), flush=True)
            yield outcome


if __name__ == "__main__":
    sys.exit(main())
