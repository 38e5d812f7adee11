"""Finding out a server's list by elimination: what it chose is offered no more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from conformance.expectations.outcome import chose_version, is_refused, seen
from conformance.harness.observation import Observation

_NOTHING_SHARED = ("handshake_failure", "insufficient_security")


@dataclass(frozen=True)
class Elimination:
    """What the server chose, one after the other, from what it was offered in this order.

    `complete`: it refused the rest, with evidence, or nothing was left; `clear`: and that
    for want of something in common.
    """

    offered: tuple[str, ...]
    chosen: tuple[str, ...]
    complete: bool
    end: str
    clear: bool = True


class Order(StrEnum):
    """Whose order counts, as far as it shows."""

    SERVER = "the server's"
    CLIENT = "the client's"
    NEITHER = "neither"
    HIDDEN = "hidden"


def eliminate(
    offered: Sequence[str],
    hello: Callable[[tuple[str, ...]], Observation],
    choice: Callable[[Observation], str],
    kept: Sequence[str] = (),
) -> Elimination:
    """Offer all, then all but what was chosen, until the server refuses what is left.

    What is `kept` stays in every offer, at its end; once it is chosen nothing more can be learnt.
    """
    left, chosen = tuple(offered), list[str]()
    while left:
        observation = hello((*left, *kept))
        one = choice(observation) if chose_version(observation) else ""
        if not one:
            refused, end = is_refused(observation), seen(observation)
            alert = observation.alert.name if observation.alert else ""
            return Elimination(
                tuple(offered), tuple(chosen), refused, end, alert in _NOTHING_SHARED
            )
        if one in kept:
            return Elimination(tuple(offered), (*chosen, one), False, f"{one} comes before others")
        if one not in left:
            return Elimination(tuple(offered), tuple(chosen), False, f"{one} was not offered")
        chosen.append(one)
        left = tuple(name for name in left if name != one)
    return Elimination(tuple(offered), tuple(chosen), True, "nothing was left to offer")


def order(forth: Elimination, back: Elimination) -> Order:
    """Whose order counts, by two eliminations that offer the same in opposite orders."""
    if len(forth.chosen) < len(("one", "another")):
        return Order.HIDDEN
    if forth.chosen == back.chosen:
        return Order.SERVER
    return Order.CLIENT if _as_offered(forth) and _as_offered(back) else Order.NEITHER


def _as_offered(one: Elimination) -> bool:
    return one.chosen == tuple(name for name in one.offered if name in one.chosen)
