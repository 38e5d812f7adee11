"""What a translation comes to: files, processes, and what is left out of the claims."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..adapter import Answer, Brief

Argv = tuple[str, ...]


@dataclass(frozen=True)
class Setup:
    """A product on a kit: `files` by their names in the run's directory, the processes that are
    started in their order, and an answer for every listener. With `owner`, a user of the system,
    they are his, but for those that a process is started with. `directories` have an owner each,
    and are there beforehand. What is `beside` the processes is entered before they start.
    """

    files: Mapping[str, str]
    processes: Sequence[Argv]
    answers: Sequence[Answer]
    owner: str = ""
    directories: Mapping[str, str] = field(default_factory=dict)
    beside: Sequence[AbstractContextManager[Any]] = ()

    def write(self, run: Path) -> None:
        """Make the files, which hold keys and a password: they are for their owner alone."""
        for name, content in self.files.items():
            path = run / name
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o711)
            path.touch(mode=0o600)
            path.write_text(content, "latin-1")
        named = {word for argv in self.processes for word in argv}
        for path in run.rglob("*") if self.owner else ():
            if str(path) not in named:
                shutil.chown(path, self.owner)
        for name, owner in self.directories.items():
            (run / name).mkdir(parents=True, mode=0o711)
            shutil.chown(run / name, owner)


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
