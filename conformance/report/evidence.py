"""The part of a report from which its verdicts can be made again: what a run saw and was told.

Everything in it is JSON text already, under names or digests, so that processes can hand it over
and a report can say it line by line.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

# The sections, in the order of the report. `checks` are tapes by "requirement on listener",
# `visits` and `texts` what they refer to, `files` and `facts` the premises.
SECTIONS = ("world", "catalogue", "files", "facts", "checks", "streams", "visits", "texts")
DIGITS = 16


@dataclass
class Evidence:
    """JSON texts by section and name; merging is adding."""

    sections: dict[str, dict[str, str]] = field(
        default_factory=lambda: {name: {} for name in SECTIONS}
    )

    def __bool__(self) -> bool:
        """There is anything."""
        return any(self.sections.values())

    def add(self, section: str, name: str, value: Any) -> None:
        """Put a value of JSON's types there."""
        self.sections[section][name] = compact(value)

    def merge(self, other: Mapping[str, Mapping[str, str]]) -> None:
        """Add the `sections` of another."""
        for name, texts in other.items():
            self.sections[name].update(texts)

    def taken(self) -> dict[str, dict[str, str]]:
        """What there is, which goes to whoever asked."""
        found = {name: texts for name, texts in self.sections.items() if texts}
        self.sections = {name: {} for name in SECTIONS}
        return found

    def lines(self) -> Iterator[str]:
        """As the lines of a JSON object, of which each entry has its own."""
        digests = {name: digest_of(texts) for name, texts in self.sections.items()}
        yield '{"sha256": ' + compact(digests)
        for name, texts in self.sections.items():
            yield f', "{name}": {{'
            entries = sorted(texts.items())
            for number, (key, text) in enumerate(entries, 1):
                yield f"  {json.dumps(key)}: {text}{',' if number < len(entries) else ''}"
            yield " }"
        yield "}"


def digest_of(texts: Mapping[str, str]) -> str:
    """The digest of a section."""
    found = hashlib.sha256()
    for key, text in sorted(texts.items()):
        found.update(f"{key}\0{text}\0".encode())
    return found.hexdigest()


def digest(text: str) -> str:
    """The digest by which a text is called."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]


def compact(value: Any) -> str:
    """A value as JSON in one line; equal values make equal texts."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True)
