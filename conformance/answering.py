"""Who still answers: a listener that lets us wait is not asked in the same way for ever."""

from __future__ import annotations

from typing import NoReturn

from conformance.harness.endpoint import Way
from conformance.harness.mail.words import STARTTLS
from conformance.harness.observation import Ending, Observation, Offer
from conformance.harness.patience import Patience
from conformance.harness.transcript import Layer, Side
from conformance.harness.visit import patience_for
from conformance.listener import Listener
from conformance.verdict import Judgement, NoVerdict, Verdict

# So many visits of a kind in a row may end in waiting: the next ones would only wait again.
WAITS = 2
WAITS_AFTER_A_SLOW_START = 1

_WAITED = (Ending.TIMEOUT, Ending.FLOOD)
_WORDLESS = (Ending.CLOSED, Ending.RESET, Ending.TIMEOUT, Ending.UNREACHABLE)

# A listener by name, the way into TLS, and how far the visit means to get.
_Kind = tuple[str, Way, str]


class Answering:
    """Remembers, for each listener and each kind of visit, how the last ones ended.

    Kinds differ in how far a visit means to get: a listener whose handshake
    stalls can still be judged by what it says in clear, and one that lets those
    wait who log in, or ask for TLS inside TLS, by what it says to all others.
    """

    def __init__(self) -> None:
        self._silent: dict[tuple[str, Way], Observation] = {}
        self._slow: dict[str, Observation] = {}
        self._waits: dict[_Kind, list[Observation]] = {}

    def greeted(self, listener: Listener, first: Observation) -> None:
        """Take the run's first visit: who says nothing at all then is not asked again."""
        if not spoke(first):
            self._silent[listener.name, listener.way] = first
        if first.ending in _WAITED:
            self._slow[listener.name] = first

    def note(self, listener: Listener, made: Observation, patience: Patience) -> None:
        """Take a visit that was made with that patience."""
        waits = self._waits.setdefault(_kind(listener, made.offer), [])
        patience = patience_for(made.offer, patience)
        too_long = made.seconds >= patience.answer * patience.factor
        if too_long or made.ending in _WAITED:
            waits.append(made)
        else:
            waits.clear()

    def is_slow(self, listener: Listener) -> bool:
        """The run's first visit said nothing to us, or let us wait."""
        return listener.name in self._slow or (listener.name, listener.way) in self._silent

    def check(self, listener: Listener, offer: Offer) -> None:
        """Raises `NoVerdict` where a visit would only be one more wait."""
        waits = self._waits.get(_kind(listener, offer), [])
        last = self._silent.get((listener.name, listener.way))
        slow = listener.name in self._slow
        if last is None and len(waits) >= (WAITS_AFTER_A_SLOW_START if slow else WAITS):
            last = waits[-1]
        if last is not None:
            _give_up(offer, last)

    def check_streams(self, listener: Listener) -> None:
        """Raises `NoVerdict` where an ordinary visit waits: each stream would, too."""
        self.check(listener, Offer())
        if listener.name in self._slow:
            _give_up(Offer(), self._slow[listener.name])


def _give_up(offer: Offer, last: Observation) -> NoReturn:
    expected = f"{offer.shown()} is answered"
    observed = f"not asked again: an earlier visit ended {how(last)}"
    if offer.logs_in:
        observed += "; who keeps logins back may need --patience"
    raise NoVerdict(Judgement(Verdict.INCONCLUSIVE, expected, observed, (last,)))


def spoke(observation: Observation) -> bool:
    """The target sent anything: lines about the handshake are our own notes."""
    if observation.ending not in _WORDLESS or observation.tls or observation.alert:
        return True
    lines = observation.transcript.lines
    return any(x.side is Side.SERVER and x.layer is not Layer.HANDSHAKE for x in lines)


def how(observation: Observation) -> str:
    """How a visit ended, and where: `no answer in time at the handshake`."""
    note = f" ({observation.note})" if observation.note else ""
    return f"with {observation.ending} at the {observation.stage}{note}"


def why_silent(observation: Observation) -> str:
    """One line on a target that did not say a word."""
    match observation.ending:
        case Ending.UNREACHABLE:
            note = observation.note.removeprefix(f"{observation.endpoint.address}: ")
            why = f"cannot be reached: {note}" if note else "cannot be reached"
        case Ending.CLOSED | Ending.RESET:
            why = "accepts the connection and closes it without a word"
        case _:
            why = f"accepts the connection and says nothing within {observation.seconds:.1f} s"
    return f"{observation.endpoint.address} {why}"


def _kind(listener: Listener, offer: Offer) -> _Kind:
    into_tls = listener.way is Way.IMPLICIT or (listener.way is Way.STARTTLS and offer.upgrade)
    depth = "clear" if not into_tls else "hello" if offer.hello_only or offer.spoil else "service"
    depth += ", logging in" if offer.logs_in else ""
    depth += ", upgrading again" if into_tls and STARTTLS in offer.inside else ""
    return listener.name, listener.way, depth
