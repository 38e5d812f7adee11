"""nginx configuration files as nested directives, with the includes of `mail {}` followed.

crossplane splits the files; its own checks are off, because they are stricter
here and laxer there than nginx.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import crossplane


class ClaimsError(Exception):
    """The claims make no sense. One line that names file, line, directive and remedy."""


@dataclass(frozen=True)
class Directive:
    """One directive: its arguments without quotes, its block (() where it has none), its place."""

    name: str
    args: tuple[str, ...]
    where: str
    block: tuple[Directive, ...] = ()


def load(path: Path) -> tuple[Directive, ...]:
    """The directives at the top of a configuration file, those of included files in their place.

    Includes are relative to the main file's directory, as nginx has it. Outside
    `mail {}` a missing one costs us nothing (operators copy nginx.conf alone) and
    other modules' blocks are not followed at all. An include that brought nothing
    stands there itself. Raises `ClaimsError`.
    """
    path = path.absolute()
    return tuple(_read(path, path.parent, (), in_mail=False))


def _read(
    path: Path, base: Path, within: tuple[Path, ...], *, in_mail: bool
) -> Iterator[Directive]:
    if path in within:
        raise ClaimsError(f"{within[-1]}: include: {path} includes itself: remove one include")
    payload = crossplane.parse(str(path), single=True, check_ctx=False, check_args=False)
    for error in payload["errors"]:
        raise ClaimsError(_one_line(error["error"], path, error.get("line")))
    parsed = payload["config"][0]["parsed"]
    yield from _expanded(parsed, path, base, (*within, path), in_mail=in_mail)


def _expanded(
    parsed: list[dict[str, Any]], path: Path, base: Path, within: tuple[Path, ...], *, in_mail: bool
) -> Iterator[Directive]:
    for entry in parsed:
        name, args = entry["directive"], tuple(entry["args"])
        where = f"{path}:{entry['line']}"
        if name == "include":
            files = _included(args, where, base, needed=in_mail)
            for included in files:
                yield from _read(included, base, within, in_mail=in_mail)
            if not files:
                yield Directive(name, args, where)
            continue
        block: tuple[Directive, ...] = ()
        if in_mail or name == "mail":
            block = tuple(_expanded(entry.get("block", []), path, base, within, in_mail=True))
        yield Directive(name, args, where, block)


def _included(args: tuple[str, ...], where: str, base: Path, *, needed: bool) -> list[Path]:
    """The files of one include, sorted; a pattern may match none."""
    if len(args) != 1:
        raise ClaimsError(f"{where}: include: it takes one file or pattern, not {len(args)}")
    found = sorted(Path(name) for name in glob.glob(str(base / args[0])))
    if needed and not found and not glob.has_magic(args[0]):
        raise ClaimsError(
            f"{where}: include: there is no {base / args[0]}: put the file there or remove the line"
        )
    return found


def _one_line(message: str, path: Path, line: int | None) -> str:
    """crossplane's message with file and line exactly once."""
    message = re.sub(r"^\[Errno \d+\] ", "", message)
    message = message.split(f" in {path}")[0].replace(f": '{path}'", "")
    return f"{path}:{line}: {message}" if line else f"{path}: {message}"
