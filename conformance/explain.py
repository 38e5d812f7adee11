"""The catalogue as people read it: the list, one requirement's page, what covers each clause."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict
from difflib import get_close_matches
from typing import Any

from conformance.proofs import breakers, proof
from conformance.requirements.catalogue import Requirement, catalogue
from conformance.requirements.coverage import Clause, Source, sources
from conformance.requirements.pages import Page, page

_WIDTH = 92
_NAMED = 4
# What the remedies are worded for; newer versions may call an option otherwise.
_VERSIONS = "nginx 1.22, Dovecot 2.3, HAProxy 2.6, stunnel 5.68, Perdition 2.2"


def chosen(directive: str | None = None, level: str | None = None) -> list[Requirement]:
    """The requirements of a directive and a level, or of any. LookupError for no such directive."""
    if directive is not None:
        _known(directive, {r.directive for r in catalogue().values()}, "directive")
    return [
        r
        for r in catalogue().values()
        if directive in (None, r.directive) and level in (None, r.level)
    ]


def _known(name: str, names: Collection[str], what: str) -> None:
    if name not in names:
        near = get_close_matches(name, names, _NAMED)
        hint = f"do you mean {' or '.join(near)}?" if near else "see waxseal requirements"
        raise LookupError(f"no {what} {name!r}; {hint}")


def listed(requirements: Iterable[Requirement]) -> Iterator[str]:
    """Two lines or more for each."""
    for requirement in requirements:
        yield _head(requirement)
        yield _indented(requirement.reading)


def as_json(requirements: Iterable[Requirement]) -> list[dict[str, Any]]:
    """For programs: a requirement's fields and, as `page`, its page's (null where it has none)."""
    return [asdict(requirement) | {"page": _fields(requirement)} for requirement in requirements]


def _fields(requirement: Requirement) -> dict[str, Any] | None:
    found = page(requirement.id)
    return None if found is None else {**vars(found), "fix": dict(found.fix)}


def explained(name: str) -> Iterator[str]:
    """A requirement's page, or the list of a directive's. LookupError, with near ones, for none."""
    directives = {r.directive for r in catalogue().values()}
    if name in directives:
        yield from listed(chosen(name))
        return
    _known(name, {*catalogue(), *directives}, "requirement")
    requirement = catalogue()[name]
    yield _head(requirement)
    yield _indented(requirement.reading)
    yield f"directive   {requirement.directive}"
    yield f"source      {requirement.source}"
    if requirement.quote:
        yield _indented(f"“{requirement.quote}”")
    found = page(name)
    yield from _told(found) if found else ["no page has been written for it yet"]
    yield from _proved(name)


def _head(requirement: Requirement) -> str:
    return f"{requirement.id}  ({requirement.level}, {requirement.basis})"


def _told(found: Page) -> Iterator[str]:
    for title, text in (
        ("what is tested", found.tested),
        ("where it arises", found.arises),
        ("why it matters", found.matters),
        ("what is lost where it is broken", found.loses),
    ):
        yield title
        yield _indented(text)
    yield f"how to fix it ({_VERSIONS})"
    for product, remedy in found.fix.items():
        yield _indented(f"{product:11}{remedy}", hang=13)


def _proved(name: str) -> Iterator[str]:
    found = proof(name)
    if found is not None:
        yield f"evidence    {found.evidence.name}"
        yield f"proved by   {found.file}: {found.function}"
        yield f"judge it    waxseal certify ADDRESS -k {found.function}"
    elif name.startswith("stream."):
        yield "evidence    L1"
        yield "proved by   the fuzzer: fuzz/oracles"
        yield "judge it    waxseal certify ADDRESS -k stream --fuzz-examples 200"
    else:
        yield "evidence    L1"
        yield "proved by   the run itself, at its end: conformance/run.py"
        yield "judge it    waxseal certify ADDRESS"
    if broken := breakers(name):
        more = len(broken) - _NAMED
        rest = [f"{more} more"] if more > 0 else []
        yield "shown to bite by"
        yield _indented("; ".join(broken[:_NAMED] + rest))


def covered(name: str = "") -> Iterator[str]:
    """Each clause of a source (of all for ""), what covers it, and totals. LookupError for none."""
    if name:
        _known(name, sources(), "source")
    wanted = [source for source in sources().values() if name in ("", source.name)]
    for source in wanted:
        yield f"{source.name}: {source.title}"
        for clause in source.clauses:
            yield from _clause(clause)
        yield f"  {_totals([source])}"
        yield ""
    if len(wanted) > 1:
        yield f"all: {_totals(wanted)}"


def _clause(clause: Clause) -> Iterator[str]:
    yield _indented(f"{clause.section}  {clause.text}" if clause.section else clause.text)
    if clause.by:
        yield _indented(f"covered by {', '.join(clause.by)}", 6, 6)
    elif clause.kind:
        yield _indented(f"{clause.kind.replace('_', ' ')}: {clause.why_not}", 6, 6)


def _totals(wanted: Iterable[Source]) -> str:
    kinds = Counter(
        clause.kind.replace("_", " ") if clause.kind else "covered"
        for source in wanted
        for clause in source.clauses
    )
    parts = [f"{kinds.total()} clauses", *(f"{kinds[kind]} {kind}" for kind in sorted(kinds))]
    return ", ".join(parts)


def _indented(text: str, first: int = 2, hang: int = 2) -> str:
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=" " * first,
        subsequent_indent=" " * hang,
        break_on_hyphens=False,
    )
