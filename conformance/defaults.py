"""Where an option's value comes from if the command line is silent: the environment, a file.

The command line wins over `WAXSEAL_<OPTION>`, and that over `[tool.waxseal]` of the
`waxseal.toml` in the directory where the command is given. Knows nothing of what
options mean.
"""

from __future__ import annotations

import difflib
import re
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any

from conformance.declared import VARIABLE

_TABLE = "tool.waxseal"
_YES, _NO = ("1", "yes", "true", "on"), ("0", "no", "false", "off")


class Kind(Enum):
    """What an option's value is."""

    TEXT = auto()
    LIST = auto()
    FLAG = auto()
    WHOLE = auto()
    NUMBER = auto()


_EXPECTED = {
    Kind.TEXT: "a text",
    Kind.LIST: "a text, or a list of texts",
    Kind.FLAG: "true or false",
    Kind.WHOLE: "a whole number",
    Kind.NUMBER: "a number",
}


class DefaultsError(Exception):
    """A default that makes no sense. One line that names file, line and key, or the variable."""


@dataclass(frozen=True)
class Default:
    """A value, and where it comes from: `WAXSEAL_CLAIMS`, or file, line and key."""

    value: Any
    origin: str


def from_environment(environment: Mapping[str, str], kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """The `Default` of each option (`claims-server`) that has a variable which is not empty.

    Of a repeatable option the variable's words are the values, quoted as for a shell.
    Raises `DefaultsError`.
    """
    found = {}
    for name, kind in kinds.items():
        variable = f"{VARIABLE}{name.upper().replace('-', '_')}"
        if text := environment.get(variable, ""):
            try:
                found[name] = Default(_read(text, kind), variable)
            except ValueError as error:
                raise DefaultsError(f"{variable}={text}: it must be {_EXPECTED[kind]}") from error
    return found


def from_file(path: Path, kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """The `Default` of each option that the file names; nothing where there is no file.

    Raises `DefaultsError`: for a file that cannot be read, an option that is none, a
    value of another kind.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise DefaultsError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DefaultsError(f"{path}: this is not UTF-8") from error
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DefaultsError(_malformed(path, str(error))) from error
    tool = tables.get("tool")
    options = tool.get("waxseal") if isinstance(tool, dict) else None
    if not isinstance(options, dict):
        raise DefaultsError(f"{path}: there is no [{_TABLE}]: put the options below that line")
    found = {}
    for key, value in options.items():
        name, origin = key.replace("_", "-"), f"{path}:{_line(text, key)}: {key}"
        if name not in kinds:
            raise DefaultsError(f"{origin}: there is no such option{_meant(name, kinds)}")
        if not _is(value, kinds[name]):
            raise DefaultsError(f"{origin}: it must be {_EXPECTED[kinds[name]]}, not {value!r}")
        found[name] = Default(_listed(value, kinds[name]), origin)
    return found


def _read(text: str, kind: Kind) -> Any:
    """The value that a variable's text stands for. Raises ValueError."""
    match kind:
        case Kind.LIST:
            return shlex.split(text)
        case Kind.FLAG if text.lower() in (*_YES, *_NO):
            return text.lower() in _YES
        case Kind.FLAG:
            raise ValueError(text)
        case Kind.WHOLE:
            return int(text)
        case Kind.NUMBER:
            return float(text)
    return text


def _is(value: Any, kind: Kind) -> bool:
    match kind:
        case Kind.FLAG:
            return isinstance(value, bool)
        case Kind.WHOLE:
            return isinstance(value, int) and not isinstance(value, bool)
        case Kind.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case Kind.LIST if isinstance(value, list):
            return all(isinstance(x, str) for x in value)
    return isinstance(value, str)


def _listed(value: Any, kind: Kind) -> Any:
    return [value] if kind is Kind.LIST and isinstance(value, str) else value


def _line(text: str, key: str) -> int:
    """The line where a key stands; tomllib does not tell."""
    spelt = re.compile(rf"""\s*(tool\.waxseal\.)?["']?{re.escape(key)}["']?\s*=""")
    lines = text.splitlines()
    return next((n for n, line in enumerate(lines, 1) if spelt.match(line)), 1)


def _meant(name: str, kinds: Mapping[str, Kind]) -> str:
    near = difflib.get_close_matches(name, kinds, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else f"; the options are {', '.join(kinds)}"


def _malformed(path: Path, message: str) -> str:
    """tomllib's message with the line where lines stand."""
    at = re.search(r" \(at line (\d+), column \d+\)$", message)
    return f"{path}:{at[1]}: {message[: at.start()]}" if at else f"{path}: {message}"
