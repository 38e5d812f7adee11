"""The catalogue: what is required, by whom, how strongly; and the mark on its scenario."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from conformance.applicability import Condition

F = TypeVar("F", bound=Callable[..., Any])


def requirement(identifier: str, *when: Condition) -> Callable[[F], F]:
    """Mark a scenario as the proof of one requirement, on the listeners where all of `when` hold.

    `identifier` is an id of the catalogue; an unknown one is a usage error at collection.
    """
    # Whoever only reads the catalogue need not wait for pytest.
    import pytest

    return pytest.mark.requirement(identifier, *when)
