"""The reference with a fault, and servers with one canned answer: who notices."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from conformance.harness.targets.product import LaunchError, output_of
from conformance.mutants.bench import Bench
from conformance.mutants.faults import FAULTS, FaultMutant
from conformance.mutants.faults_of_keys import TARGET
from conformance.mutants.faults_of_streams import STREAMS, TIRING, UNSEEN, StreamMutant
from conformance.mutants.matrix import Fate, Kind, Row, fate_of
from conformance.mutants.relics import RELICS, Relic
from conformance.requirements.catalogue import catalogue
from conformance.verdict import DEVIATIONS

REFERENCE = "reference"
# Where a fault is looked for of which nobody has said where it shows.
_ANYWHERE = (
    "imap-starttls", "pop3-starttls", "smtp-starttls", "imap-implicit", "pop3-implicit",
    "smtp-implicit", "imap-plain", "imap-only", "imap-verify-on", "imap-verify-optional",
)  # fmt: skip
_CLAUSES = re.compile(r"\(([^()]+)\)$")
_CLAUSE = re.compile(r"[a-z][a-z0-9_]*")
_RUN_SECONDS = 240.0
_STREAMS_SAID = 150


@dataclass(frozen=True)
class Fault:
    """What the reference says of one: `clauses` are the directives (or rfc, security) it breaks."""

    name: str
    text: str

    @property
    def clauses(self) -> tuple[str, ...]:
        """The words in the parenthesis at the end that are names; others are references."""
        found = _CLAUSES.search(self.text)
        words = found[1].split(", ") if found else []
        return tuple(word for word in words if _CLAUSE.fullmatch(word))


def registry() -> dict[str, Fault]:
    """The faults of the reference by name, as it lists them itself. Raises `LaunchError`."""
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "reference_proxy", "--faults", "list"]
    status, text = output_of(command, {**os.environ, "PYTHONPATH": path})
    if status:
        raise LaunchError(f"the reference does not list its faults: {text.strip()}")
    pairs = (line.partition(": ") for line in text.splitlines())
    return {name: Fault(name, said) for name, _, said in pairs}


@dataclass(frozen=True)
class Trying:
    """One thing to be tried: its name, and what tries it."""

    name: str
    kind: Kind
    run: Callable[[Bench], Row]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def tryings(faults: Mapping[str, Fault]) -> list[Trying]:
    """Every fault, also such as no table names, and every relic."""
    streams = (*STREAMS, TIRING)
    tried = {n for m in FAULTS for n in m.faults} | {n for s in streams for n in str(s).split(",")}
    nameless = [FaultMutant((name,), {}, {}) for name in faults if name not in tried]
    return [
        *(Trying(str(m), Kind.FAULT, partial(_fault, m, faults)) for m in (*FAULTS, *nameless)),
        *(Trying(f"{s} (by streams)", Kind.FAULT, partial(_stream, s, faults)) for s in streams),
        *(Trying(str(relic), Kind.RELIC, partial(_relic, relic)) for relic in RELICS),
    ]


def _fault(mutant: FaultMutant, faults: Mapping[str, Fault], bench: Bench) -> Row:
    """Where the table looks for it, all that applies there is judged.

    Without a fault the reference keeps every requirement, so there is nothing to leave out.
    """
    servers = sorted(mutant.servers) if mutant.kills else list(_ANYWHERE)
    looked_at = {place for places in mutant.kills.values() for place in places}
    with bench.trial(REFERENCE, servers, faults=mutant.faults) as trial:
        caught = {
            name: trial.caught(name, [n for n, where in mutant.kills.items() if name in where])
            for place in (*servers, *({TARGET} & looked_at))
            for name in trial.listeners(place)
        }
    missing = [
        f"{name} on {listener}"
        for name, listeners in mutant.kills.items()
        for listener in listeners
        if name not in caught[listener]
    ]
    killers = frozenset[str]().union(*caught.values())
    return _row(str(mutant), faults, killers, mutant.kills, missing)


def _stream(mutant: StreamMutant, faults: Mapping[str, Fault], _: Bench) -> Row:
    """A run of the suite on its own, of which no more is asked than this one thing."""
    words = "test_greeting" if mutant is TIRING else "(streams or corpus)"
    with tempfile.TemporaryDirectory() as place:
        report = Path(place, "report.json")
        command = [
            sys.executable, "-m", "conformance.cli", "certify", "--faults", mutant.faults,
            "-k", f"{words} and {mutant.listener}", "--report", str(report),
            "--fuzz-examples", str(_STREAMS_SAID),
        ]  # fmt: skip
        subprocess.run(
            command, cwd=place, stdin=subprocess.DEVNULL, capture_output=True, check=False,
            timeout=_RUN_SECONDS,
        )  # fmt: skip
        checks = json.loads(report.read_text())["checks"]
    killers = {check["requirement"] for check in checks if check["verdict"] in DEVIATIONS}
    missing = [] if mutant.requirement in killers else [mutant.requirement]
    return _row(f"{mutant} (by streams)", faults, killers, [mutant.requirement], missing)


def _row(
    name: str,
    faults: Mapping[str, Fault],
    killers: Iterable[str],
    named: Iterable[str],
    missing: list[str],
) -> Row:
    concerned = [faults[part] for part in name.removesuffix(" (by streams)").split(",")]
    clauses = tuple(dict.fromkeys(clause for fault in concerned for clause in fault.clauses))
    directives = {r.id: r.directive for r in catalogue().values()}
    killers, named = sorted(killers), tuple(named)
    fate = fate_of(killers, clauses, named, directives)
    reason = f"not noticed by {', '.join(missing)}" if missing else ""
    if name in UNSEEN and not killers:
        fate, reason = Fate.UNOBSERVABLE, UNSEEN[name]
    if missing and fate is Fate.KILLED:
        fate = Fate.UNCLAIMED
    return Row(
        name, Kind.FAULT, REFERENCE, clauses or ("nothing named",),
        "; ".join(fault.text for fault in concerned), fate, tuple(killers), named, reason,
    )  # fmt: skip


def _relic(relic: Relic, bench: Bench) -> Row:
    with bench.relic(relic) as trial:
        killers = sorted(trial.caught(relic.listener))
    directives = {r.id: r.directive for r in catalogue().values()}
    clauses = tuple(dict.fromkeys(directives[name] for name in relic.kills))
    fate = fate_of(killers, clauses, relic.kills, directives)
    said = f"a server that knows nothing but {relic}"
    return Row(str(relic), Kind.RELIC, "relic", clauses, said, fate, tuple(killers), relic.kills)
