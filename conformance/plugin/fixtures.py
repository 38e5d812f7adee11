"""What a test over streams is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from conformance.plugin.state import STREAMS

if TYPE_CHECKING:
    from conformance.applicability import Situation
    from conformance.listener import Listener
    from conformance.streams import Budget, Found


@pytest.fixture
def situation(request: pytest.FixtureRequest) -> Situation:
    """One listener, its claims and what we can bring there."""
    result: Situation = request.param
    return result


@pytest.fixture
def stream_listener(situation: Situation) -> Listener:
    """A listener for the fuzzer."""
    return situation.listener


@pytest.fixture
def fuzz_budget(request: pytest.FixtureRequest) -> Budget:
    """(streams, seconds, seed) for one listener."""
    from conformance.streams import budget

    get = request.config.getoption
    return budget(
        get("waxseal_fuzz_examples"), get("waxseal_fuzz_seconds"), get("waxseal_fuzz_seed")
    )


@pytest.fixture
def record_judged(request: pytest.FixtureRequest) -> Callable[[tuple[str, ...]], None]:
    """Says which requirements a test over streams has judged."""

    def record(requirements: tuple[str, ...]) -> None:
        request.node.stash[STREAMS].judged = requirements

    return record


@pytest.fixture
def record_finding(request: pytest.FixtureRequest) -> Callable[[Found], None]:
    """Takes a finding of the fuzzer into the report."""

    def record(finding: Found) -> None:
        request.node.stash[STREAMS].found.append(finding)

    return record
