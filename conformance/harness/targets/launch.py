"""Starting a product on a kit, and knowing when it is ready to be judged."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..endpoint import Endpoint
from ..patience import Deadline, Patience
from .listening import is_covered, listeners_of
from .nginx import nginx
from .product import LaunchError, Product
from .reference import reference
from .running import Running, private_directory

PRODUCTS: dict[str, Product] = {"nginx": nginx, "reference": reference}
# A start takes longer than an answer: every certificate of the kit is read.
STARTS_PER_ANSWER = 4.0
# Looking costs more than the shortest of these: who takes long to start is looked at less often.
_PAUSES = (0.002, 0.05)


def launch(
    name: str,
    conf: Path,
    endpoints: Sequence[Endpoint],
    patience: Patience,
    faults: Sequence[str] = (),
    within: Path | None = None,
) -> Running:
    """Start product `name` on a configuration and return it alive, and itself on every endpoint.

    Raises `LaunchError` for an unknown or missing product, for a configuration
    that it refuses (with its own message), when a stranger holds a port, and when
    it is not ready in time. Nothing is left running then. Its files go into a directory
    of its own, `within` one that is given: who may be killed leaves its removal to others.
    """
    running = start(name, conf, faults, within)
    try:
        until_ready(running, endpoints, patience)
    except BaseException:
        running.stop()
        raise
    return running


def start(name: str, conf: Path, faults: Sequence[str] = (), within: Path | None = None) -> Running:
    """Start product `name` and do not wait for it. Raises `LaunchError` as `launch` does."""
    product = _product(name)
    run = private_directory(within)
    try:
        return Running(name, product(conf, run, faults), run)
    except BaseException:
        shutil.rmtree(run, ignore_errors=True)
        raise


def startable(name: str, faults: Sequence[str] = ()) -> str:
    """What the product calls itself (`nginx/1.22.1`).

    Raises `LaunchError` for one that is unknown or missing, or lacks one of the faults.
    """
    return _product(name)(Path(), Path(), faults).software


@dataclass(frozen=True)
class Outcome:
    """Whether a product takes a configuration (exit status 0, or it starts), and its words."""

    accepted: bool
    words: str


def try_configuration(
    name: str,
    conf: Path,
    endpoints: Sequence[Endpoint],
    patience: Patience,
    faults: Sequence[str] = (),
    within: Path | None = None,
) -> Outcome:
    """Have the product test a configuration, or start on it where it has no test of its own.

    Its files go `within` as they do for `launch`.
    """
    run = private_directory(within)
    try:
        plan = _product(name)(conf, run, faults)
        if plan.test is not None:
            status, words = plan.test()
            return Outcome(status == 0, words)
    finally:
        shutil.rmtree(run, ignore_errors=True)
    try:
        with launch(name, conf, endpoints, patience, faults, within) as running:
            return Outcome(True, running.output())
    except LaunchError as error:
        return Outcome(False, str(error))


def _product(name: str) -> Product:
    if name not in PRODUCTS:
        raise LaunchError(f"unknown product {name!r}; known: {', '.join(PRODUCTS)}")
    return PRODUCTS[name]


def until_ready(running: Running, endpoints: Sequence[Endpoint], patience: Patience) -> None:
    """Wait until it holds every endpoint. Raises `LaunchError` as `launch` does."""
    seconds = STARTS_PER_ANSWER * patience.answer * patience.factor
    deadline = Patience(seconds).deadline()
    pause, longest = _PAUSES
    while missing := _unheld(running, endpoints):
        pause = min(2 * pause, longest)
        if running.died_within(pause):
            raise LaunchError(_obituary(running))
        if deadline.left() <= 0:
            raise LaunchError(
                f"{running.software} did not listen on {missing[0].address} within "
                f"{seconds:.0f} s ({len(missing)} of {len(endpoints)} missing). "
                f"{running.output()}{running.log()}".strip()
            )
    for endpoint in endpoints:
        _knock(running, endpoint, deadline)


def _unheld(running: Running, endpoints: Sequence[Endpoint]) -> list[Endpoint]:
    """The endpoints that do not belong to the product yet."""
    places = listeners_of(running.pid)
    if places is None:
        return [] if all(_accepts(endpoint, 1.0) for endpoint in endpoints) else list(endpoints)
    return [
        endpoint for endpoint in endpoints if not is_covered(endpoint.host, endpoint.port, places)
    ]


def _knock(running: Running, endpoint: Endpoint, deadline: Deadline) -> None:
    if not _accepts(endpoint, deadline.left()):
        what = _obituary(running) if not running.alive() else f"{endpoint.address} refuses"
        raise LaunchError(f"{running.software} listens, but {what}")


def _accepts(endpoint: Endpoint, seconds: float) -> bool:
    try:
        with socket.create_connection((endpoint.host, endpoint.port), timeout=max(seconds, 0.01)):
            return True
    except OSError:
        return False


def _obituary(running: Running) -> str:
    """Why it ended, in its own words where it had any."""
    words = running.output().strip() or running.log().strip() or "it said nothing"
    return f"{running.software} did not start: {words}"
