"""What a run keeps for `waxseal judge`: its world, a tape for each check, what streams found."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from conformance.applicability import Situation
from conformance.baseline import Baseline
from conformance.evidence.codec import Encoder, plainly
from conformance.evidence.recording import Recording, Shelf
from conformance.harness.observation import Observation
from conformance.harness.pki.person import Person
from conformance.judge import Judged, judge
from conformance.listener import Listener, shown_claims
from conformance.premises import Noted
from conformance.report.evidence import Evidence, compact, digest
from conformance.requirements.catalogue import Requirement, catalogue
from conformance.visitor import Caller

# What a situation has of the whole target beside its evidence.
OF_THE_TARGET = ("adapted", "unasked", "unreached")
Sections = Mapping[str, Mapping[str, str]]


class Keeper:
    """Keeps the evidence of one process of a run.

    `premises` are to hold while it does. Each of several processes that judge targets of their
    own has a world of its own, which its tapes name. What a proxy shows its auth server to be
    known by (`auth_http_header` of the `listeners`) is not kept.
    """

    def __init__(self, listeners: Iterable[Listener]) -> None:
        named = (x.values("auth_http_header")[::2] for x in listeners)
        self.premises = Noted()
        self.world = secrets.token_hex(4)
        self._shelf = Shelf(frozenset(name.lower() for names in named for name in names))
        self._noted = Evidence()
        self._told: set[tuple[str, str]] = set()

    def judge(
        self,
        caller: Caller,
        scenario: Callable[..., None],
        requirement: Requirement,
        situation: Situation,
    ) -> Judged:
        """The check, with the tape of it."""
        recording = Recording(caller, self._shelf)
        check = judge(recording, scenario, requirement, situation)
        self._add("checks", tape_name(scenario, situation), recording.tape)
        return Judged((check,), evidence=self.taken())

    def note_streams(
        self, test: Callable[..., None], situation: Situation, told: Mapping[str, Any]
    ) -> None:
        """What came of a test over streams there."""
        self._add("streams", tape_name(test, situation), told)

    def note_steady(
        self, name: str, situation: Situation, greetings: Sequence[Observation | None], died: str
    ) -> None:
        """How a listener received us at both ends of the run, and how the target `died`."""
        kept = [self._shelf.keep_visit(made, ()) if made else None for made in greetings]
        self._add("checks", f"{name}[{situation.listener.name}]", [["steady", died, kept]])

    def note_world(
        self,
        situations: Sequence[Situation],
        people: Sequence[Person],
        given: Mapping[str, Person],
        **more: Any,
    ) -> None:
        """The listeners and their claims, whom we could send, and the level of evidence."""
        encoder = Encoder(str, plainly)
        world = {
            "now": self.premises.moment.isoformat(),
            "listeners": [_listener(s.listener, encoder) for s in situations],
            "people": [[person.name, str(person.certificate)] for person in people],
            "given": {role: str(person.certificate) for role, person in given.items()},
            "evidence": situations[0].evidence.value,
            "can_login": situations[0].can_login,
            **{name: getattr(situations[0], name) for name in OF_THE_TARGET},
            **more,
        }
        self._shelf.evidence.add("world", self.world, world)

    def taken(self) -> Sections:
        """What was kept since the last time."""
        for section, noted in (("files", self.premises.files), ("facts", self.premises.facts)):
            for name in noted.keys() - self._noted.sections[section].keys():
                self._noted.add(section, name, noted[name])
                self._shelf.evidence.sections[section][name] = self._noted.sections[section][name]
        return self._shelf.evidence.taken()

    def _add(self, section: str, name: str, value: Any) -> None:
        self._shelf.evidence.add(section, name, [self.world, value])


def tape_name(scenario: Callable[..., None], situation: Situation) -> str:
    """What the tape of a scenario, or of a test over streams, on a listener is called."""
    room = scenario.__module__.rpartition(".")[2]
    return f"{room}::{scenario.__name__}[{situation.listener.name}]"


def _listener(listener: Listener, encoder: Encoder) -> dict[str, Any]:
    return {
        "name": listener.name,
        "endpoint": encoder.value(listener.endpoint),
        "claims": shown_claims(listener),
        "where": listener.where,
        "declined": listener.declined,
        "withdrawn": dict(listener.withdrawn),
        "instead": {name: list(values) for name, values in listener.instead.items()},
    }


def rules(baseline: Baseline) -> dict[str, Any]:
    """A baseline as JSON."""
    entries = [
        {**vars(known), "expires": known.expires.isoformat() if known.expires else None}
        for known in baseline.entries
    ]
    return {"today": baseline.today.isoformat(), "entries": entries}


def requirements() -> dict[str, str]:
    """The catalogue by id: level, basis, and the digest of everything else that is said."""
    return {
        name: compact([r.level.value, r.basis.value, digest(compact(
            [r.directive, r.source, r.quote, r.reading, r.subject.value]))])
        for name, r in catalogue().items()
    }  # fmt: skip
