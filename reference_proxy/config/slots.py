"""How a directive's words become a value in its block, with nginx's complaints.

A *slot* stores one use of a directive; `once` and `append` make one from a
converter, which turns the use's words into a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Flag, auto
from typing import Any, TypeVar

from reference_proxy.config import values
from reference_proxy.config.errors import ConfigError, Place


class Context(Flag):
    """The blocks that a directive may stand in."""

    MAIN = auto()
    EVENTS = auto()
    MAIL = auto()
    SERVER = auto()


@dataclass
class Scope:
    """One block while it is read: its directives' values so far, and the blocks inside it.

    `places` are the lines of the directives, the last where there are several; `tls` is the
    line that asked for TLS: `listen … ssl` before `ssl` and `starttls`.
    """

    context: Context
    place: Place
    parent: Scope | None = None
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    servers: list[Scope] = field(default_factory=list)
    tls: Place | None = None
    end: Place | None = None  # the closing brace


@dataclass(frozen=True)
class Use:
    """One directive as it stands in the configuration, in its block."""

    name: str
    arguments: tuple[str, ...]
    scope: Scope
    place: Place
    warn: Callable[[str], None]

    def refuse(self, text: str) -> ConfigError:
        """Make the error with this text."""
        return ConfigError(text, self.place)

    def is_wrong(self, text: str) -> ConfigError:
        """Make the error `"NAME" directive TEXT`."""
        return self.refuse(f'"{self.name}" directive {text}')

    def caution(self, text: str) -> None:
        """Warn, naming the place."""
        self.warn(f"{text} in {self.place}")


_T = TypeVar("_T")

Slot = Callable[[Use], None]
Converter = Callable[[Use], Any]


def once(convert: Converter) -> Slot:
    """Store one value; a second one in the same block is a duplicate, whatever it says."""

    def store(use: Use) -> None:
        if use.name in use.scope.values:
            raise use.is_wrong("is duplicate")
        use.scope.values[use.name] = convert(use)

    return store


def append(convert: Converter) -> Slot:
    """Collect the values of all uses in the block in a tuple."""

    def store(use: Use) -> None:
        use.scope.values[use.name] = (*use.scope.values.get(use.name, ()), convert(use))

    return store


def extend(use: Use) -> None:
    """Collect the words of all uses in the block in a tuple: a slot."""
    use.scope.values[use.name] = (*use.scope.values.get(use.name, ()), *use.arguments)


def several(*known: str) -> Slot:
    """Collect words of a known set, in any letter case, and in the order of `known`."""

    def store(use: Use) -> None:
        chosen = set(use.scope.values.get(use.name, ()))
        for argument in use.arguments:
            word = _match(use, argument, known)
            if word in chosen:
                use.caution(f'duplicate value "{argument}"')
            chosen.add(word)
        use.scope.values[use.name] = tuple(word for word in known if word in chosen)

    return store


def text(use: Use) -> str:
    """Take the word as it is."""
    return use.arguments[0]


def pair(use: Use) -> tuple[str, ...]:
    """Take the words as they are."""
    return use.arguments


def flag(use: Use) -> bool:
    """Read `on` or `off`, in any letter case."""
    match use.arguments[0].lower():
        case "on":
            return True
        case "off":
            return False
    value = use.arguments[0]
    raise use.refuse(f'invalid value "{value}" in "{use.name}" directive, it must be "on" or "off"')


def choice(*known: str) -> Converter:
    """Read one word of a known set, in any letter case."""
    return lambda use: _match(use, use.arguments[0], known)


def number(use: Use) -> int:
    """Read an unsigned number."""
    return _converted(use, values.number, "invalid number")


def size(use: Use) -> int:
    """Read a size in bytes."""
    return _converted(use, values.size, "invalid value")


def offset(use: Use) -> int:
    """Read a size of a file in bytes."""
    return _converted(use, values.offset, "invalid value")


def seconds(use: Use) -> float:
    """Read a time in seconds."""
    return _converted(use, values.seconds, "invalid value")


def _converted(use: Use, convert: Callable[[str], _T], complaint: str) -> _T:
    try:
        return convert(use.arguments[0])
    except ValueError:
        raise use.is_wrong(complaint) from None


def _match(use: Use, argument: str, known: Iterable[str]) -> str:
    for word in known:
        if argument.lower() == word.lower():
            return word
    raise use.refuse(f'invalid value "{argument}"')
