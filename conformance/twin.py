"""The other target of twin mode (`--against`): the same visits there, by the same claims."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

from conformance.applicability import Condition, Situation
from conformance.harness.endpoint import Endpoint
from conformance.harness.targets.address import Address, AddressError, parse_address
from conformance.harness.targets.launch import PRODUCTS
from conformance.harness.targets.names import is_loopback
from conformance.judge import Scenario, blank, judge
from conformance.listener import Listener
from conformance.options import Options, UsageError
from conformance.prepare import prepare
from conformance.report.results import Check
from conformance.requirements.catalogue import Requirement
from conformance.suite import Suite
from conformance.verdict import Verdict

NOT_THERE = "the other target has no such listener"


class Twin:
    """The other target, beside the `first`. Raises `UsageError` where it cannot be one.

    An address stands for the first target's listeners, moved there; a product is
    started on a kit of its own, where the first is, too.
    """

    def __init__(self, options: Options, first: Suite) -> None:
        self.options = replace(options, targets=(), launch="", faults=(), against="")
        if options.against in PRODUCTS:
            self.options = replace(self.options, launch=options.against)
            self.suite = _started(self.options, options)
        else:
            self.options = replace(self.options, targets=(options.against,))
            listeners = _moved(options.against, first.listeners)
            self.suite = Suite(self.options, listeners, first.kit, first.conf)

    def begin(self, first: Suite) -> None:
        """Start what is to be started. Raises `NoTarget`."""
        self.suite.begin()
        self.suite.neighbour = first

    def open(self, first: Suite) -> None:
        """See who is there. Raises `NoTarget`."""
        self.begin(first)
        self.suite.open()

    @cached_property
    def _by_name(self) -> dict[str, Situation]:
        return {s.listener.name: s for s in self.suite.situations()}

    def situation(self, first: Situation) -> Situation | None:
        """Where the other target is visited when the first is there."""
        return self.suite.whole if first.whole else self._by_name.get(first.listener.name)

    def judge(
        self,
        scenario: Scenario,
        requirement: Requirement,
        when: Sequence[Condition],
        first: Situation,
        *,
        shown: bool,
    ) -> Check:
        """The scenario there; the check stands under the name of the first target's listener."""
        there = self.situation(first)
        reason = NOT_THERE if there is None else _why_not(when, there)
        if there is None or reason is not None:
            return self._absent(requirement, first, reason or NOT_THERE)
        check = judge(self.suite, scenario, requirement, there, shown=shown)
        return replace(check, listener=first.listener.name)

    def judge_streams(
        self, judged: Callable[[Suite, Situation], Sequence[Check]], first: Situation, asked: bool
    ) -> tuple[Check, ...]:
        """What a test over streams judges there, if streams may be said to that address."""
        there = self.situation(first)
        if there is None or not (asked or is_loopback(there.listener.endpoint.host)):
            return ()
        checks = judged(self.suite, there)
        return tuple(replace(check, listener=first.listener.name) for check in checks)

    def _absent(self, requirement: Requirement, first: Situation, reason: str) -> Check:
        return blank(requirement, first, verdict=Verdict.NOT_APPLICABLE, reason=reason)


def _why_not(when: Sequence[Condition], there: Situation) -> str | None:
    return next((why for condition in when if (why := condition(there))), None)


def _started(options: Options, given: Options) -> Suite:
    if given.targets or given.claims or given.kit:
        raise UsageError(
            f"--against {given.against}: a product is started beside one that is started, too, "
            "each on a kit of its own; here give an address"
        )
    return prepare(options)


def _moved(text: str, listeners: Sequence[Listener]) -> list[Listener]:
    """The listeners at the address; one with a port is one listener's. Raises `UsageError`."""
    try:
        address = parse_address(text)
    except AddressError as error:
        raise UsageError(f"--against: {error}; or the name of a product") from error
    if address.port is not None and len(listeners) > 1:
        raise UsageError(
            f"--against {address}: the target has {len(listeners)} listeners, and this is one "
            "port; give the host alone, where they have the same ports"
        )
    return [x.at(_endpoint(x.endpoint, address)) for x in listeners]


def _endpoint(endpoint: Endpoint, address: Address) -> Endpoint:
    kind = (address.protocol, address.way)
    if kind[0] not in (None, endpoint.protocol) or kind[1] not in (None, endpoint.way):
        raise UsageError(
            f"--against {address}: the target speaks {endpoint.protocol} ({endpoint.way}); "
            "waxseal compare takes others, too"
        )
    return replace(endpoint, host=address.host, port=address.port or endpoint.port)
