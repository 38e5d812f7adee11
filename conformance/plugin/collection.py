"""Which tests there are on which listeners, in what order, and how many."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

import pytest

from conformance.places import ROOT
from conformance.plugin import MARK
from conformance.plugin.items import Judging, Scenario, Streams, is_ours
from conformance.plugin.state import RESULTS, SELECTED, run_of

if TYPE_CHECKING:
    from conformance.applicability import Situation
    from conformance.requirements.catalogue import Requirement

# A usage error met while collecting, where it would be taken for one more collection error: it is
# told once everything is collected.
_MISUSE: pytest.StashKey[str] = pytest.StashKey()


def items_of(collector: pytest.Module, name: str, obj: FunctionType) -> list[pytest.Item]:
    """The items of a test of ours: a scenario, if it has the mark, or one over streams."""
    mark = next((m for m in getattr(obj, "pytestmark", ()) if m.name == MARK), None)
    try:
        if mark is not None:
            return _scenarios(collector, name, obj, mark)
        return _streams(collector, name, obj)
    except pytest.UsageError as error:
        collector.config.stash.setdefault(_MISUSE, str(error))
        return []


def _scenarios(
    collector: pytest.Module, name: str, obj: FunctionType, mark: pytest.Mark
) -> list[pytest.Item]:
    requirement = _requirement(f"{collector.nodeid}::{name}", obj, mark)
    situations = run_of(collector.config).applicable(requirement, mark.args[1:])
    return [
        _item(Scenario, collector, name, obj, s, requirement=requirement, when=mark.args[1:])
        for s in situations
    ]


def _streams(collector: pytest.Module, name: str, obj: FunctionType) -> list[pytest.Item]:
    from conformance.streams import budget, chosen

    get = collector.config.getoption
    examples, seconds = get("waxseal_fuzz_examples"), get("waxseal_fuzz_seconds")
    on = budget(examples, seconds, get("waxseal_fuzz_seed"))
    asked = (examples, seconds) != (None, None)
    situations = chosen(run_of(collector.config), asked=asked)
    return [_item(Streams, collector, name, obj, s, budget=on, asked=asked) for s in situations]


def _item(
    kind: type[Judging],
    collector: pytest.Module,
    name: str,
    obj: FunctionType,
    situation: Situation,
    **rest: Any,
) -> pytest.Item:
    named = f"{name}[{situation.listener.name}]"
    # The id is said outright: newer pytests take a bracket in a bare name for no parameter.
    ours = {"name": named, "nodeid": f"{_module(collector.path, collector.nodeid)}::{named}"}
    item: Judging = kind.from_parent(collector, obj=obj, situation=situation, **ours, **rest)
    return item


@cache
def _module(place: Path, nodeid: str) -> str:
    """Its id; of our own the same wherever they are installed, since machines may share a run."""
    return place.relative_to(ROOT).as_posix() if place.is_relative_to(ROOT) else nodeid


def _requirement(where: str, function: FunctionType, mark: pytest.Mark) -> Requirement:
    from conformance.judge import GIVEN, arguments
    from conformance.requirements.catalogue import catalogue

    if odd := set(arguments(function)) - GIVEN:
        raise pytest.UsageError(
            f"{where}: a scenario takes {', '.join(sorted(GIVEN))}, not {', '.join(sorted(odd))}"
        )
    identifier = mark.args[0] if mark.args else None
    if identifier not in catalogue():
        raise pytest.UsageError(f"{where}: no requirement {identifier!r} in the catalogue")
    return catalogue()[identifier]


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Iterator[None]:
    """Streams come last, in whatever order the rest is.

    They say what no client would, and nobody else is to be judged by a target
    that has not recovered.
    """
    if _MISUSE in config.stash:
        raise pytest.UsageError(config.stash[_MISUSE])
    config.stash[SELECTED] = sum(map(is_ours, items))
    result = yield
    items.sort(key=lambda item: isinstance(item, Streams))
    return result


def pytest_deselected(items: list[pytest.Item]) -> None:
    """A report over a selection says so."""
    for item in items:
        if is_ours(item):
            item.config.stash[RESULTS].deselected += 1
