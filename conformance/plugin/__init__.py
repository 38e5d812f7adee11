"""pytest glue: options, and whether a run is any business of ours.

This module is loaded in every pytest run of its environment. It costs that run next to nothing: the
rooms of the glue, each with hooks of its own, are opened where an option of ours, one of our
scenarios, or somebody else's asks for them.
"""

from __future__ import annotations

import os
from types import FunctionType
from typing import Any

import pytest

from conformance.declared import FILE, VARIABLE, add_options, given
from conformance.places import PLACES

MARK = "requirement"
# The argument that makes a test one over streams.
STREAM_ARGUMENT = "stream_listener"
# What a process of pytest-xdist brings of ours.
BROUGHT = "waxseal"
_MARKER = f"{MARK}(id, *when): proves one requirement of the catalogue where all of `when` hold"
_ROOMS = (
    "beginning",
    "fleet",
    "collection",
    "running",
    "verdicts",
    "reporting",
    "actions",
    "interrupts",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare our options."""
    add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Where several targets are named, judge each; otherwise the run is a session of pytest's."""
    if config.option.help or config.option.version or not _is_ours(config):
        return None
    open_rooms(config)
    from conformance.plugin.fleet import judge_several

    return judge_several(config)


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark."""
    config.addinivalue_line("markers", _MARKER)


def pytest_pycollect_makeitem(
    collector: pytest.Module | pytest.Class, name: str, obj: object
) -> list[pytest.Item] | None:
    """An item for each listener on which a scenario's requirement arises, or that is fuzzed."""
    if not isinstance(obj, FunctionType) or not isinstance(collector, pytest.Module):
        return None
    marked = any(m.name == MARK for m in getattr(obj, "pytestmark", ()))
    if not marked and not (name.startswith("test") and STREAM_ARGUMENT in obj.__code__.co_varnames):
        return None
    open_rooms(collector.config, collector.session)
    from conformance.plugin.collection import items_of

    return items_of(collector, name, obj)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take what a process of pytest-xdist brought."""
    brought = getattr(node, "workeroutput", {}).get(BROUGHT)
    if brought is not None:
        open_rooms(node.config)
        from conformance.plugin.reporting import take

        take(node.config, brought)


def open_rooms(config: pytest.Config, session: pytest.Session | None = None) -> None:
    """Have the rest of the glue take part from now on, in a session that may have begun."""
    if config.pluginmanager.has_plugin(f"{__name__}.{_ROOMS[0]}"):
        return
    for room in _ROOMS:
        config.pluginmanager.import_plugin(f"{__name__}.{room}")
    from conformance.plugin.actions import take_token

    take_token(config)
    if session is not None:
        from conformance.plugin.reporting import pytest_sessionstart

        pytest_sessionstart(session)


def _is_ours(config: pytest.Config) -> bool:
    """An option may be given, or tests of ours are named, or where they are."""
    return (
        given(vars(config.option))
        or any(name.startswith(VARIABLE) for name in os.environ)
        or (config.invocation_params.dir / FILE).exists()
        or _asked(config)
    )


def _asked(config: pytest.Config) -> bool:
    named = (word.partition("::")[0] for word in config.args)
    if config.option.pyargs:
        return any(word.partition(".")[0] in ("conformance", "fuzz") for word in named)
    within = tuple(f"{place}/" for place in PLACES)
    return any(f"{os.path.abspath(word)}/".startswith(within) for word in named)
