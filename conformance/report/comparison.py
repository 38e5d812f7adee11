"""What differs between two runs, requirement by requirement and listener by listener."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from conformance.report.report import Place, Report
from conformance.report.results import SEVERITY, Check
from conformance.verdict import Verdict

# What a run makes up for itself: names of users, certificates and their hashes, its directory, the
# stamp of an APOP greeting. Two runs on the same target differ in them.
_MADE_UP = (
    (re.compile(r"\b([A-Za-z]+)-[0-9a-f]{6}-[0-9a-f]{8}\b"), r"\1"),
    (re.compile(r"-----BEGIN.*?(-----END [A-Z ]+-----|$)", re.DOTALL), "PEM"),
    (re.compile(r"/tmp/waxseal-\w+(/[0-9a-f]{16}-[\w-]+)?"), "kit"),
    (re.compile(r"\b[0-9a-fA-F]{16,}\b"), "hex"),
    (re.compile(r"<\d+\.\d+@"), "<@"),
)
# Of these the reason counts; why something is not applicable is no news.
_WITH_REASON = tuple(v for v in Verdict if v is not Verdict.NOT_APPLICABLE)


class Change(StrEnum):
    """How a check of the new run differs from that of the old one, the gravest first."""

    FAILS = "newly failing"
    WORSE = "worse"
    UNJUDGED = "no longer judged"
    OPEN = "newly open"
    REASON = "for another reason"
    OTHERWISE = "conforms otherwise"
    JUDGED = "newly judged"
    BETTER = "better"
    PASSES = "newly passing"


@dataclass(frozen=True)
class Difference:
    """One requirement on one pair of listeners; a side without a check there is None."""

    change: Change
    requirement: str
    directive: str
    level: str
    listener: str
    old_listener: str
    new: Check | None
    old: Check | None


@dataclass(frozen=True)
class Comparison:
    """The new run against the old one.

    `compared` checks are in both, of which `same` do not differ. `appeared` and
    `vanished` are listeners, `only_new` and `only_old` requirements that the other
    run knows nothing of. `partial`: what the new run lacks may only have been
    left out, so that its lack says nothing. `notes` say what limits the comparison.
    """

    new: str
    old: str
    new_verdict: str
    old_verdict: str
    differences: tuple[Difference, ...]
    compared: int
    same: int
    appeared: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    only_new: tuple[str, ...] = ()
    only_old: tuple[str, ...] = ()
    same_suite: bool = True
    partial: bool = False
    notes: tuple[str, ...] = ()

    def having(self, change: Change) -> list[Difference]:
        """The differences of that kind, by requirement, then listener."""
        return [x for x in self.differences if x.change is change]

    @property
    def count(self) -> Counter[Change]:
        """How many differences there are of each kind."""
        return Counter(x.change for x in self.differences)

    @property
    def exit_status(self) -> int:
        """0: nothing changed for the worse; 1: something did; 7: nobody can tell."""
        count = self.count
        lacks = bool(count[Change.UNJUDGED] or self.vanished or (self.same_suite and self.only_old))
        if not self.compared:
            return 7
        if count[Change.FAILS] or count[Change.WORSE] or (lacks and not self.partial):
            return 1
        return 7 if lacks or count[Change.OPEN] else 0


def compare(new: Report, old: Report) -> Comparison:
    """Hold the new run against the old one."""
    pairs = list(paired(new.listeners, old.listeners))
    mine, theirs = _index(new.checks), _index(old.checks)
    ids = {r for r, _ in mine}, {r for r, _ in theirs}
    both = sorted(ids[0] & ids[1])
    hosts = _hosts(new.listeners), _hosts(old.listeners)
    differences: list[Difference] = []
    compared = 0
    for requirement in both:
        for here, there in pairs:
            a, b = mine.get((requirement, here)), theirs.get((requirement, there))
            compared += a is not None and b is not None
            change = _change(a, b, hosts)
            one = a or b
            if change and one:
                differences.append(
                    Difference(change, requirement, one.directive, one.level, here, there, a, b)
                )
    within = sum(1 for x in differences if x.new and x.old)
    return Comparison(
        new=new.title,
        old=old.title,
        new_verdict=new.verdict,
        old_verdict=old.verdict,
        differences=tuple(sorted(differences, key=_order)),
        compared=compared,
        same=compared - within,
        appeared=_without({a for a, _ in pairs}, new.listeners),
        vanished=_without({b for _, b in pairs}, old.listeners),
        only_new=tuple(sorted(ids[0] - ids[1])),
        only_old=tuple(sorted(ids[1] - ids[0])),
        same_suite=new.suite.get("catalogue") == old.suite.get("catalogue"),
        partial=new.partial or new.level < old.level,
        notes=tuple(_notes(new, old)),
    )


def paired(new: Sequence[Place], old: Sequence[Place]) -> Iterator[tuple[str, str]]:
    """The names of the listeners that are held against each other.

    Those of one name; and of those of which nothing but the address is known, the
    first with the first of the same protocol and way into TLS, and so on.
    """
    names = {x.name for x in new} & {x.name for x in old}
    yield from ((x.name, x.name) for x in new if x.name in names)
    left: dict[tuple[str, str], list[str]] = {}
    for place in old:
        if place.name not in names and _bare(place):
            left.setdefault((place.protocol, place.tls), []).append(place.name)
    for place in new:
        fit = left.get((place.protocol, place.tls))
        if place.name not in names and _bare(place) and fit:
            yield place.name, fit.pop(0)


def _bare(place: Place) -> bool:
    """The listener is called by its address, since nobody gave it a name."""
    return place.address in place.name


def _index(checks: Iterable[Check]) -> dict[tuple[str, str], Check]:
    return {(c.requirement, c.listener): c for c in checks}


def _hosts(listeners: Iterable[Place]) -> re.Pattern[str]:
    """The hosts of a run: what it says of them is the same on others."""
    hosts = {x.address.rpartition(":")[0] for x in listeners} - {""}
    words = "|".join(re.escape(x) for x in sorted(hosts, key=len, reverse=True))
    return re.compile(rf"(?<![\w.])(?:{words})(:\d+)?(?![\w.]*\w)" if words else r"(?!)")


def _change(
    new: Check | None, old: Check | None, hosts: tuple[re.Pattern[str], re.Pattern[str]]
) -> Change | None:
    a = new.verdict if new else Verdict.NOT_APPLICABLE
    b = old.verdict if old else Verdict.NOT_APPLICABLE
    if a is b:
        if new is None or old is None or a not in _WITH_REASON:
            return None
        if _normal(new, hosts[0]) == _normal(old, hosts[1]):
            return None
        return Change.OTHERWISE if a is Verdict.PASS else Change.REASON
    match a, b:
        case Verdict.FAIL, _:
            return Change.FAILS
        case Verdict.NOT_APPLICABLE, _:
            return Change.UNJUDGED
        case ((Verdict.INCONCLUSIVE | Verdict.ERROR), _):
            return Change.OPEN
        case Verdict.PASS, _ if b is not Verdict.NOT_APPLICABLE:
            return Change.PASSES
        case ((Verdict.PASS | Verdict.KNOWN), Verdict.NOT_APPLICABLE):
            return Change.JUDGED
        case _:
            return Change.WORSE if _rank(a) > _rank(b) else Change.BETTER


def _rank(verdict: Verdict) -> int:
    return SEVERITY.index(verdict)


def _normal(check: Check, hosts: re.Pattern[str]) -> tuple[str, str]:
    """What was seen, without what would differ between two runs on the same target."""
    return normal(check.observed, hosts), normal(check.reason, hosts)


def normal(text: str, hosts: re.Pattern[str]) -> str:
    """The text with whatever a run makes up for itself, and its target's hosts, made alike."""
    text = hosts.sub("host", text)
    for pattern, word in _MADE_UP:
        text = pattern.sub(word, text)
    return text


def _order(difference: Difference) -> tuple[int, str]:
    return list(Change).index(difference.change), difference.requirement


def _without(names: set[str], listeners: Iterable[Place]) -> tuple[str, ...]:
    return tuple(x.name for x in listeners if x.name not in names)


def _notes(new: Report, old: Report) -> Iterator[str]:
    a, b = new.suite, old.suite
    if a.get("catalogue") != b.get("catalogue"):
        versions = f"{a.get('version', '?')} and {b.get('version', '?')}"
        yield (
            f"the catalogues differ (waxseal {versions}): only requirements of both are compared, "
            "and one may have another meaning"
        )
    elif a.get("seed") != b.get("seed"):
        yield f"the fuzzer's seeds differ ({a.get('seed')} and {b.get('seed')})"
    if new.level != old.level:
        yield (
            f"the evidence of NEW is of level {new.level}, that of OLD of level {old.level}: "
            "more of one can be judged than of the other"
        )
    for word, report in (("NEW", new), ("OLD", old)):
        if report.interrupted:
            yield f"{word} was interrupted: it is not the whole suite"
        elif report.deselected:
            yield f"{word} is not the whole suite: {report.deselected} checks were deselected"


def sum_of(comparison: Comparison) -> str:
    """The counts in one sentence."""
    count = comparison.count
    parts = [f"{count[change]} {change.value}" for change in Change if count[change]]
    for names, word in (
        (comparison.vanished, "vanished"),
        (comparison.appeared, "appeared"),
    ):
        parts += [f"{len(names)} {_plural('listener', names)} {word}"] if names else []
    text = ", ".join(parts) or "no difference"
    return f"{text}; {comparison.compared} checks in both, {comparison.same} of them the same"


def _plural(word: str, things: Sequence[Any]) -> str:
    return word if len(things) == 1 else f"{word}s"


def lists_of(comparison: Comparison) -> Mapping[str, tuple[str, ...]]:
    """What only one of the runs has, by what it is; those that are empty are left out."""
    lists = {
        "listeners that vanished": comparison.vanished,
        "listeners that appeared": comparison.appeared,
        "requirements only in OLD": comparison.only_old,
        "requirements only in NEW": comparison.only_new,
    }
    return {title: names for title, names in lists.items() if names}
