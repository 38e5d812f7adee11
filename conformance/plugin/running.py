"""The run around the tests: the target is started before them, and looked at afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.plugin.scenarios import judge_ahead
from conformance.plugin.state import AHEAD, RUN, is_distributing, is_ours, open_run


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Iterator[None]:
    """Start the target when there is something to ask it; see at the end if it still stands."""
    run = session.config.stash.get(RUN, None)
    ours = any(map(is_ours, session.items)) or (
        run is not None and hasattr(session.config, "workerinput")
    )
    if (
        run is None
        or not ours
        or session.config.option.collectonly
        or is_distributing(session.config)
    ):
        return (yield)
    open_run(run)
    with judge_ahead(session.items, run) as ahead:
        session.config.stash[AHEAD] = ahead
        result = yield
    run.finish()
    return result
