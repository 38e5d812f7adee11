"""Which tests over streams there are, and the order and count of what was collected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from conformance.plugin.state import (
    MISUSE,
    RESULTS,
    SELECTED,
    STREAM_FIXTURE,
    is_ours,
    is_over_streams,
    run_of,
)

if TYPE_CHECKING:
    from conformance.applicability import Situation

_NOWHERE = "nowhere"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test over streams per listener that is fuzzed."""
    if STREAM_FIXTURE not in metafunc.fixturenames:
        return
    try:
        situations = _stream_situations(metafunc.config)
    except pytest.UsageError as error:
        metafunc.config.stash.setdefault(MISUSE, str(error))
        situations = []
    ids = [s.listener.name for s in situations] or [_NOWHERE]
    metafunc.parametrize("situation", situations or [None], ids=ids, indirect=True)


def _stream_situations(config: pytest.Config) -> list[Situation]:
    from conformance.streams import chosen

    options = (config.getoption("waxseal_fuzz_examples"), config.getoption("waxseal_fuzz_seconds"))
    return chosen(run_of(config), asked=options != (None, None))


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Iterator[None]:
    """What applies nowhere is accounted for already: it is no test.

    Streams come last, in whatever order the rest is: they say what no client
    would, and nobody else is to be judged by a target that has not recovered.
    """
    if MISUSE in config.stash:
        raise pytest.UsageError(config.stash[MISUSE])
    items[:] = [item for item in items if not item.name.endswith(f"[{_NOWHERE}]")]
    config.stash[SELECTED] = sum(map(is_ours, items))
    result = yield
    items.sort(key=is_over_streams)
    return result


def pytest_deselected(items: list[pytest.Item]) -> None:
    """A report over a selection says so."""
    for item in items:
        if is_ours(item):
            item.config.stash[RESULTS].deselected += 1
