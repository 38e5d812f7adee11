"""The fuzzer's place in a run: which listeners it gets, on what budget, and what its findings amount to.

fuzz/ knows nothing of requirements; it names them by id. Here each of those ids
gets its check on every listener, like any other requirement.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from conformance.applicability import Condition, Situation, admitted, way
from conformance.harness.endpoint import Endpoint, Way
from conformance.report.results import Check, Finding
from conformance.requirements.catalogue import Requirement, catalogue
from conformance.run import Run, blank
from conformance.verdict import Verdict

PREFIX = "starttls.stream."
EXAMPLES = 60
SECONDS = 1.5
DIRECTORY = Path("waxseal-findings")
NOT_ASKED = "fuzzing an address that is not loopback takes --fuzz-examples or --fuzz-seconds"


class Found(Protocol):
    """What plugins know of a finding of the fuzzer."""

    @property
    def requirement(self) -> str:
        """The id of the requirement it breaks."""

    @property
    def evidence(self) -> str:
        """What was seen, in one line."""

    def save(self, directory: Path) -> Path:
        """Write stream, transcript and reproducer; return their directory."""


Budget = tuple[int, float, int]


def requirements() -> list[Requirement]:
    """What the fuzzer's oracles prove."""
    return [r for r in catalogue().values() if r.id.startswith(PREFIX)]


def budget(examples: int | None, seconds: float | None, seed: int) -> Budget:
    """(streams, seconds, seed) for one listener; time alone lifts the limit on streams."""
    streams = examples if examples is not None else EXAMPLES if seconds is None else 10**9
    return streams, seconds if seconds is not None else max(SECONDS, streams / 20), seed


def chosen(run: Run, asked: bool) -> list[Situation]:
    """One listener of each kind (protocol and STARTTLS mode); what is left out is accounted for.

    Of a remote target, every listener: the operator named them.
    """
    conditions: list[Condition] = [way(Way.STARTTLS), admitted, _no_certificate, _polite(asked)]
    if not run.options.targets:
        conditions.append(_first_of_its_kind())
    picked: list[Situation] = []
    for situation in run.situations:
        reason = next((why for why in (c(situation) for c in conditions) if why), None)
        if reason is None:
            picked.append(situation)
            continue
        for requirement in requirements():
            run.not_applicable(requirement, situation, reason)
    return picked


def _no_certificate(s: Situation) -> str | None:
    return "streams bring no client certificate" if s.listener.value("ssl_verify_client") == "on" else None


def _polite(asked: bool) -> Condition:
    return lambda s: None if asked or is_loopback(s.listener.endpoint) else NOT_ASKED


def _first_of_its_kind() -> Condition:
    taken: dict[tuple[str, str], str] = {}

    def condition(s: Situation) -> str | None:
        kind = (s.listener.protocol, s.listener.value("starttls"))
        first = taken.setdefault(kind, s.listener.name)
        return None if first == s.listener.name else f"{first}, of the same kind, is fuzzed"

    return condition


def is_loopback(endpoint: Endpoint) -> bool:
    """The address cannot leave this machine."""
    try:
        return ipaddress.ip_address(endpoint.host).is_loopback
    except ValueError:
        return endpoint.host == "localhost"


def checks(
    situation: Situation, judged: Iterable[str], found: Sequence[Found], save: Callable[[Found], Finding]
) -> tuple[list[Check], list[Finding]]:
    """One check for each requirement that was judged by streams, and the findings as the report has them."""
    result = []
    for identifier in judged:
        requirement = catalogue()[identifier]
        broken = [finding for finding in found if finding.requirement == identifier]
        result.append(
            blank(
                requirement,
                situation,
                verdict=Verdict.FAIL if broken else Verdict.PASS,
                expected=requirement.reading,
                observed=broken[0].evidence if broken else "no stream broke it",
            )
        )
    return result, [save(finding) for finding in found]
