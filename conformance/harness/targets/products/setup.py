"""What a translation comes to: files, processes, and what is left out of the claims."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..adapter import Answer, Brief

Argv = tuple[str, ...]


@dataclass(frozen=True)
class Setup:
    """A product on a kit: `files` by their names in the run's directory, the processes that are
    started in their order, and an answer for every listener. With `owner`, a user of the system,
    they are his, but for those that a process is started with.
    """

    files: Mapping[str, str]
    processes: Sequence[Argv]
    answers: Sequence[Answer]
    owner: str = ""


@dataclass(frozen=True)
class Translator:
    """A product that is set up in a language of its own.

    `programs` are the names of its executable, `variable` the environment variable that says
    where it is, `package` Debian's; `version` are the options that make it tell its version.
    `translate` makes its setup from the brief, its executable, and a directory for its files.
    """

    name: str
    programs: tuple[str, ...]
    package: str
    version: Argv
    translate: Callable[[Brief, str, Path], Setup]
    needs_root: bool = False

    @property
    def variable(self) -> str:
        """The environment variable that names the executable."""
        return f"WAXSEAL_{self.name.upper()}"
