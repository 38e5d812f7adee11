"""What a verdict rests on beside what visits saw: files that claims name, secrets, and the time.

All of it is asked for here, so that a run can note it, and a report that has it can be judged
again on another day and another machine (`waxseal judge`). What is secret is asked for as what
follows from it: that is noted, the secret never is.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

# What of a PEM file anybody may see. Whatever else is in it, keys above all, is not noted.
_PUBLIC = re.compile(
    r"-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE|X509 CRL|(?:X9\.42 )?DH PARAMETERS)-----"
    r".*?-----END \1-----\n?",
    re.DOTALL,
)


class Missing(Exception):
    """The report does not have what a verdict rests on. One sentence that names it."""


class Premises:
    """As they are: the files on the disk, the secrets in them, the clock."""

    def read(self, path: Path) -> bytes:
        """A file's content. Raises OSError."""
        return path.read_bytes()

    def fact(self, name: str, work: Callable[[], Any]) -> Any:
        """What `work` makes of something secret: a value of JSON's types, under a unique name."""
        return work()

    def now(self) -> datetime:
        """The time by which certificates and CRLs are judged."""
        return datetime.now(UTC)

    def wait(self, moment: float) -> None:
        """Wait for that moment of the monotonic clock."""
        threading.Event().wait(max(0.0, moment - time.monotonic()))


class Noted(Premises):
    """The same, at one time for the whole run, and noted.

    `files` are what was read, by path: the public part of its text, or `{"error": ...}`.
    """

    def __init__(self) -> None:
        self.moment = datetime.now(UTC).replace(microsecond=0)
        self.files: dict[str, Any] = {}
        self.facts: dict[str, Any] = {}

    def read(self, path: Path) -> bytes:
        """A file's content, which is noted."""
        name = str(path)
        try:
            content = super().read(path)
        except OSError as error:
            self.files[name] = {"error": [error.errno, error.strerror]}
            raise
        if name not in self.files:
            self.files[name] = public(content)
        return content

    def fact(self, name: str, work: Callable[[], Any]) -> Any:
        """What follows from the secret, which is noted."""
        self.facts[name] = found = super().fact(name, work)
        return found

    def now(self) -> datetime:
        """When the run began."""
        return self.moment


class Stored(Premises):
    """As a report has them. What it does not have is `Missing`; nobody waits for anything."""

    def __init__(
        self, moment: datetime, files: Mapping[str, Any], facts: Mapping[str, Any]
    ) -> None:
        self._moment, self._files, self._facts = moment, files, facts

    def read(self, path: Path) -> bytes:
        """The public part of the file that the run read. Raises the OSError that it met."""
        stored = self._files.get(str(path))
        match stored:
            case str():
                return stored.encode("ascii")
            case {"error": [int(number), str(text)]}:
                raise OSError(number, text)
        raise Missing(f"the report has no file {path}")

    def fact(self, name: str, work: Callable[[], Any]) -> Any:
        """What the run found."""
        if name not in self._facts:
            raise Missing(f"the report does not say what follows from a secret: {name}")
        return self._facts[name]

    def now(self) -> datetime:
        """When the run was."""
        return self._moment

    def wait(self, moment: float) -> None:
        """It has passed."""


def public(content: bytes) -> str:
    """The certificates, CRLs and groups in a PEM file; "" where there are none."""
    text = content.decode("ascii", "replace").replace("\ufffd", "?")
    return "".join(f"{found[0].rstrip()}\n" for found in _PUBLIC.finditer(text))


_premises = Premises()


def premises() -> Premises:
    """Those that hold now."""
    return _premises


@contextmanager
def resting_on(others: Premises) -> Iterator[None]:
    """Let these hold."""
    global _premises
    before, _premises = _premises, others
    try:
        yield
    finally:
        _premises = before
