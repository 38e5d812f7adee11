"""What proves a requirement, and what proves that the proof bites."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType

from conformance import scenarios
from conformance.applicability import Evidence

# The conditions, by name, that a level of evidence is behind; without them an address will do.
_NEEDS = {
    "sees_logins": Evidence.L2,
    "sees_sessions": Evidence.L2,
    "started_by_us": Evidence.L3,
    "configurable": Evidence.L3,
}


@dataclass(frozen=True)
class Proof:
    """The scenario of a requirement: its file below the checkout, its function, what it needs.

    `evidence` is the least level at which it arises.
    """

    file: str
    function: str
    evidence: Evidence


def proof(identifier: str) -> Proof | None:
    """The scenario of a requirement, None where the fuzzer or the run itself judges it."""
    for module in pkgutil.iter_modules(scenarios.__path__):
        path = Path(scenarios.__path__[0]) / f"{module.name}.py"
        # Importing all of them would take longer than everything else here.
        if f'"{identifier}"' in path.read_text("utf-8"):
            room = importlib.import_module(f"{scenarios.__name__}.{module.name}")
            return _scenario(room, identifier)
    return None


def _scenario(room: ModuleType, identifier: str) -> Proof | None:
    for _, function in inspect.getmembers(room, inspect.isfunction):
        for mark in getattr(function, "pytestmark", ()):
            if mark.args[:1] == (identifier,):
                return _proof(function, [getattr(x, "__name__", "") for x in mark.args[1:]])
    return None


def _proof(function: FunctionType, conditions: list[str]) -> Proof:
    file = f"conformance/scenarios/{function.__module__.rpartition('.')[2]}.py"
    levels = [_NEEDS.get(name, Evidence.L1) for name in conditions]
    return Proof(file, function.__name__, max(levels, default=Evidence.L1))


def breakers(identifier: str) -> list[str]:
    """What is known to break the requirement: faults of the reference, changes, canned answers."""
    from conformance.mutants.changes import CHANGES
    from conformance.mutants.faults import FAULTS
    from conformance.mutants.relics import RELICS

    found = [f"the reference's fault {mutant}" for mutant in FAULTS if identifier in mutant.kills]
    found += [f"the change {mutant}" for mutant in CHANGES if identifier in mutant.kills]
    found += [
        f"a server that answers with {relic}" for relic in RELICS if identifier in relic.kills
    ]
    return found
