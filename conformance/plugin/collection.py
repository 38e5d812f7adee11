"""Which scenario, on which listener: one test each where the requirement arises."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from conformance.plugin.state import (
    RESULTS,
    SELECTED,
    STREAM_FIXTURE,
    is_ours,
    requirement_of,
    run_of,
)

if TYPE_CHECKING:
    from conformance.applicability import Condition, Situation

_NOWHERE = "nowhere"
_MISUSE: pytest.StashKey[str] = pytest.StashKey()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per listener on which the scenario's requirement arises."""
    try:
        _generate(metafunc)
    except pytest.UsageError as error:
        # Raised from here it would be one more collection error; it is told once they are all in.
        metafunc.config.stash.setdefault(_MISUSE, str(error))


def _generate(metafunc: pytest.Metafunc) -> None:
    if STREAM_FIXTURE in metafunc.fixturenames:
        _parametrize(metafunc, _stream_situations(metafunc.config))
        return
    marked = requirement_of(metafunc)
    if marked is None:
        return
    requirement, when = marked
    if "situation" not in metafunc.fixturenames:
        raise pytest.UsageError(
            f"{metafunc.definition.nodeid}: a scenario takes visit, kit or listener"
        )
    conditions = cast("tuple[Condition, ...]", when)
    _parametrize(metafunc, run_of(metafunc.config).applicable(requirement, conditions))


def _parametrize(metafunc: pytest.Metafunc, situations: list[Situation]) -> None:
    if situations:
        ids = [s.listener.name for s in situations]
        metafunc.parametrize("situation", situations, ids=ids, indirect=True)
    else:
        metafunc.parametrize("situation", [None], ids=[_NOWHERE], indirect=True)


def _stream_situations(config: pytest.Config) -> list[Situation]:
    from conformance.streams import chosen

    options = (config.getoption("waxseal_fuzz_examples"), config.getoption("waxseal_fuzz_seconds"))
    return chosen(run_of(config), asked=options != (None, None))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What applies nowhere is accounted for already: it is no test."""
    if _MISUSE in config.stash:
        raise pytest.UsageError(config.stash[_MISUSE])
    items[:] = [item for item in items if not item.name.endswith(f"[{_NOWHERE}]")]
    config.stash[SELECTED] = sum(map(is_ours, items))


def pytest_deselected(items: list[pytest.Item]) -> None:
    """A report over a selection says so."""
    for item in items:
        if is_ours(item):
            item.config.stash[RESULTS].deselected += 1
