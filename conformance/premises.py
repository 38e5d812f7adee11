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
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

_Of = TypeVar("_Of")
_Made = TypeVar("_Made")

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

    def once(self, work: Callable[[_Of], _Made], of: _Of) -> _Made:
        """What `work` makes of something: each time anew, as files may change in between."""
        return work(of)

    def now(self) -> datetime:
        """The time by which certificates and CRLs are judged."""
        return datetime.now(UTC)

    def wait(self, moment: float) -> None:
        """Wait for that moment of the monotonic clock."""
        threading.Event().wait(max(0.0, moment - time.monotonic()))


class Fixed(Premises):
    """Those that stay as they are, so that nothing has to be worked out from them twice."""

    def __init__(self) -> None:
        # With the thing itself: as long as it is kept, no other has its identity.
        self._made: dict[tuple[Callable[..., Any], int], tuple[Any, Any]] = {}

    def once(self, work: Callable[[_Of], _Made], of: _Of) -> _Made:
        """What `work` made of that very thing the first time; what it raised is not kept."""
        key = (work, id(of))
        if key not in self._made:
            self._made[key] = (of, work(of))
        made: _Made = self._made[key][1]
        return made


class Noted(Fixed):
    """As they are when a run first asks, and noted: one time, one content of each file.

    `files` are what was read, by path: the public part of its text, or `{"error": ...}`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.moment = datetime.now(UTC).replace(microsecond=0)
        self.files: dict[str, Any] = {}
        self.facts: dict[str, Any] = {}
        self._contents: dict[Path, bytes] = {}

    def read(self, path: Path) -> bytes:
        """A file's content, which is noted."""
        if path not in self._contents:
            try:
                self._contents[path] = super().read(path)
            except OSError as error:
                self.files[str(path)] = {"error": [error.errno, error.strerror]}
                raise
            self.files[str(path)] = public(self._contents[path])
        return self._contents[path]

    def fact(self, name: str, work: Callable[[], Any]) -> Any:
        """What follows from the secret, which is noted."""
        self.facts[name] = found = super().fact(name, work)
        return found

    def now(self) -> datetime:
        """When the run began."""
        return self.moment


class Stored(Fixed):
    """As a report has them. What it does not have is `Missing`; nobody waits for anything."""

    def __init__(
        self, moment: datetime, files: Mapping[str, Any], facts: Mapping[str, Any]
    ) -> None:
        super().__init__()
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


def lasting(work: Callable[[_Of], _Made]) -> Callable[[_Of], _Made]:
    """A function that works out once what follows from a thing and premises that are fixed.

    Whoever asks gets the same object: it is not to be changed.
    """

    @wraps(work)
    def asked(of: _Of) -> _Made:
        return premises().once(work, of)

    return asked


@contextmanager
def resting_on(others: Premises) -> Iterator[None]:
    """Let these hold."""
    global _premises
    before, _premises = _premises, others
    try:
        yield
    finally:
        _premises = before
