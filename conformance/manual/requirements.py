"""A page for each directive's requirements, and a table of them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from conformance.manual.prose import cell, code, prose
from conformance.proofs import proof
from conformance.report.tables import head, line
from conformance.requirements.catalogue import Level, Requirement, catalogue
from conformance.requirements.pages import Page, Product, page

_INTRODUCTION = """\
Everything that waxseal requires, by directive; `rfc` and `security` are what no directive governs.
An id that begins with `configuration` is about what a product refuses or accepts when it reads its
configuration, one that begins with `stream` about what the fuzzer's streams must not bring about.
`waxseal explain ID` tells the same on the terminal.
"""


def requirement_pages() -> dict[str, str]:
    """The pages, by name."""
    groups: dict[str, list[Requirement]] = {}
    for requirement in catalogue().values():
        groups.setdefault(requirement.directive, []).append(requirement)
    found = {f"requirements/{name}.md": _page(name, groups[name]) for name in sorted(groups)}
    return {"requirements/README.md": _index(groups), **found}


def _index(groups: Mapping[str, list[Requirement]]) -> str:
    every = [requirement for rows in groups.values() for requirement in rows]
    levels = [level for level in Level if _count(every, level)]
    rows = [
        line(f"[{name}]({name}.md)", *(str(_count(groups[name], level)) for level in levels))
        for name in sorted(groups)
    ]
    total = line("all", *(str(_count(every, level)) for level in levels))
    table = "\n".join([*head("directive", *levels), *rows, total])
    return f"# Requirements\n\n{_INTRODUCTION}\n{table}\n"


def _count(requirements: Iterable[Requirement], level: str) -> int:
    return sum(requirement.level == level for requirement in requirements)


def _page(name: str, requirements: list[Requirement]) -> str:
    requirements = sorted(requirements, key=lambda r: r.id)
    told = {r.id: found for r in requirements if (found := page(r.id))}
    usual = _usual(told.values())
    parts = [f"# {name}", _list(requirements)]
    if usual:
        remedies = [f"- **{product}**: {prose(remedy)}" for product, remedy in usual.items()]
        parts.append(
            "How to fix it, where a requirement says nothing else:\n\n" + _joined(remedies)
        )
    parts += ["\n\n".join(_entry(r, told.get(r.id), usual)) for r in requirements]
    return "\n\n".join(parts) + "\n"


def _list(requirements: Iterable[Requirement]) -> str:
    rows = [
        line(f"[{r.id}](#{r.id.replace('.', '').lower()})", r.level, r.basis, cell(r.reading))
        for r in requirements
    ]
    return "\n".join([*head("id", "level", "basis", "requirement"), *rows])


def _usual(told: Iterable[Page]) -> dict[Product, str]:
    """Of each product the remedy that several requirements share, if any."""
    told = list(told)
    found = {}
    for product in Product:
        counts = Counter(entry.fix[product] for entry in told)
        remedy, times = max(counts.items(), key=lambda x: (x[1], x[0]), default=("", 0))
        if times > 1:
            found[product] = remedy
    return found


def _entry(
    requirement: Requirement, told: Page | None, usual: Mapping[Product, str]
) -> Iterator[str]:
    yield f"## {requirement.id}"
    yield f"{requirement.level}, {requirement.basis}. **{prose(requirement.reading)}**"
    if requirement.quote:
        yield f"> {prose(requirement.quote)}"
    yield f"Source: {prose(requirement.source)}. {_proved(requirement.id)}"
    if told is None:
        return
    texts = {
        "Tested": told.tested,
        "Arises": told.arises,
        "Matters": told.matters,
        "Lost where it is broken": told.loses,
    }
    yield _joined(f"- {name}: {prose(text)}" for name, text in texts.items())
    own = {p: remedy for p, remedy in told.fix.items() if remedy != usual.get(p)}
    if own:
        yield _joined(f"- **{product}**: {prose(remedy)}" for product, remedy in own.items())


def _proved(identifier: str) -> str:
    found = proof(identifier)
    if found is None:
        by = "the fuzzer" if identifier.startswith("stream.") else "the run itself, at its end"
        return f"Evidence: L1 or better. Proved by {by}."
    return f"Evidence: {found.evidence.name} or better. Proved by {code(found.function)}."


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(lines)
