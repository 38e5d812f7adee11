"""What is concluded of one directive, and how surely."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from conformance.directives import DEFAULTS

# What nginx has where nothing is said, of the directives that are not in the module of the page.
_OTHER_DEFAULTS: dict[str, tuple[str, ...]] = {
    "imap_capabilities": ("IMAP4", "IMAP4rev1", "UIDPLUS"),
    "pop3_capabilities": ("TOP", "USER", "UIDL"),
    "imap_auth": ("plain",),
    "pop3_auth": ("plain",),
    "smtp_auth": ("plain", "login"),
}


class Surety(StrEnum):
    """How much is known of a value.

    `one of`: it is one of the candidates, and nothing seen tells which; the values
    are the first of them, which behaves as was seen.
    """

    KNOWN = "known"
    ONE_OF = "one of"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """One directive: `values` are its words (of files: one file each, a line for each).

    `evidence` is one sentence: what was seen, or why nothing can be. `candidates` are
    the values that fit what was seen, where there are several.
    """

    directive: str
    surety: Surety
    values: tuple[str, ...] = ()
    evidence: str = ""
    candidates: tuple[str, ...] = ()

    @property
    def is_default(self) -> bool:
        """Known, and what nginx has where the directive is not said."""
        default = DEFAULTS.get(self.directive, _OTHER_DEFAULTS.get(self.directive))
        return self.surety is Surety.KNOWN and self.values == default


@dataclass(frozen=True)
class File:
    """A file that a finding names: its content as far as it was seen, in PEM; else what it is."""

    name: str
    holds: str
    content: bytes = b""


@dataclass(frozen=True)
class Found:
    """What a room has found: findings, the files they name, and remarks that fit no directive."""

    findings: tuple[Finding, ...] = ()
    files: tuple[File, ...] = ()
    remarks: tuple[str, ...] = field(default=())

    def __add__(self, other: Found) -> Found:
        return Found(
            self.findings + other.findings, self.files + other.files, self.remarks + other.remarks
        )


def known(directive: str, values: tuple[str, ...], evidence: str) -> Finding:
    """The value, as far as anybody outside could tell."""
    return Finding(directive, Surety.KNOWN, values, evidence)


def one_of(
    directive: str, values: tuple[str, ...], candidates: tuple[str, ...], evidence: str
) -> Finding:
    """It is one of the candidates; `values` stand for them."""
    return Finding(directive, Surety.ONE_OF, values, evidence, candidates)


def unknown(directive: str, why: str, *candidates: str) -> Finding:
    """Nothing can be said, or not enough."""
    return Finding(directive, Surety.UNKNOWN, (), why, candidates)
