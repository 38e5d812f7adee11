"""Somebody who can present a client certificate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Person:
    """A client identity: PEM files of the certificate (leaf first, then its company) and key."""

    name: str
    certificate: Path
    key: Path
