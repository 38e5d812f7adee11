"""Values of the harness as JSON and back: observations, offers, and all that they are made of.

A dataclass is an object with those of its fields that are not as usual, an Enum its value, a tuple
a list. Bytes are text, as they are if they are ASCII, else `=` and base64. What is long stands in
another place once, and `#` and its digest where it is said.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from conformance.harness.observation import AuthRequest, Session
from conformance.harness.pki.person import Person
from conformance.harness.transcript import Layer, Line, Side, Transcript

# Longer texts are kept once. Digests are of this many hexadecimal digits.
LONG = 200
DIGITS = 16
_LOCAL = "handle", "context"
_LINE = (float, Side, Layer, bytes)

Keep = Callable[[str], str]
Hide = Callable[[bytes], bytes]


class Undecodable(Exception):
    """The JSON is no such value. One sentence."""


def plainly(data: bytes) -> bytes:
    """Nothing in it is to be hidden."""
    return data


@dataclass(frozen=True)
class Encoder:
    """Makes JSON of values. `keep` takes a long text and gives its digest; `hide` hides secrets.

    What the auth server was told under the `private` names is said of nobody.
    """

    keep: Keep
    hide: Hide = plainly
    private: frozenset[str] = frozenset()

    def value(self, value: Any) -> Any:
        """Its JSON."""
        match value:
            case None | bool() | int():
                return value
            case Enum():
                return value.value
            case float():
                return round(value, 6)
            case str():
                if self.hide is not plainly:
                    hidden = self.hide(value.encode("utf-8", "surrogatepass"))
                    value = hidden.decode("utf-8", "surrogatepass")
                return self._text(value, marked=value.startswith("#"))
            case bytes():
                return self._bytes(self.hide(value))
            case tuple() | list():
                return [self.value(item) for item in value]
            case set():
                return sorted(self.value(item) for item in value)
            case Path():
                return str(value)
        return self._object(value)

    def _bytes(self, data: bytes) -> str:
        if data.isascii() and not data.startswith((b"=", b"#")):
            return self._text(data.decode("ascii"))
        return self._text("=" + b64encode(data).decode("ascii"))

    def _text(self, text: str, *, marked: bool = False) -> str:
        return f"#{self.keep(text)}" if len(text) > LONG or marked else text

    def _object(self, value: Any) -> Any:
        if isinstance(value, Transcript):
            lines = [[*map(self.value, (x.seconds, x.side, x.layer, x.data))] for x in value.lines]
            return {"lines": lines, "secrets": self.value(value.secrets)}
        if isinstance(value, AuthRequest) and self.private:
            shown = [(k, "<redacted>" if k in self.private else v) for k, v in value.headers]
            value = AuthRequest(tuple(shown))
        found = {}
        for name, usual in _fields(value.__class__):
            item = getattr(value, name)
            if item is not usual and item != usual:
                found[name] = self.value(item)
        return found


@cache
def _fields(kind: type) -> tuple[tuple[str, Any], ...]:
    """Names and usual values of the fields that are kept."""
    left_out = {Session: _LOCAL, Person: ("key",)}.get(kind, ())
    return tuple((f.name, f.default) for f in dataclasses.fields(kind) if f.name not in left_out)


@dataclass(frozen=True)
class Decoder:
    """Makes values of JSON. `kept` are the long texts by digest, `people` whoever may be meant."""

    kept: Mapping[str, str]
    people: Mapping[tuple[str, str], Person] = field(default_factory=dict)

    def value(self, kind: Any, found: Any) -> Any:
        """A value of that type. Raises `Undecodable`."""
        try:
            return self._value(kind, found)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise Undecodable(f"{type(error).__name__}: {error}") from error

    def _value(self, kind: Any, found: Any) -> Any:
        if kind is str:
            return self._text(found)
        origin, arguments = _shape(kind)
        if origin in (types.UnionType, typing.Union):
            inner = next(x for x in arguments if x is not types.NoneType)
            return None if found is None else self._value(inner, found)
        if origin is tuple and arguments[1:] == (...,):
            return tuple(self._value(arguments[0], item) for item in found)
        if origin is tuple:
            return tuple(self._value(x, y) for x, y in zip(arguments, found, strict=True))
        if origin in (list, set):
            return origin(self._value(arguments[0], item) for item in found)
        if kind is Any:
            return found
        if kind is bytes:
            text = self._text(found)
            return b64decode(text[1:], validate=True) if text[:1] == "=" else text.encode("ascii")
        if kind is float and isinstance(found, int):
            return float(found)
        if kind is Person:
            person = Person(found["name"], Path(found["certificate"]), Path())
            return self.people.get((found["name"], found["certificate"]), person)
        if kind is Transcript:
            lines = [Line(*(self._value(x, y) for x, y in zip(_LINE, line, strict=True)))
                     for line in found["lines"]]  # fmt: skip
            return Transcript(lines, self._value(set[bytes], found["secrets"]))
        if dataclasses.is_dataclass(kind):
            return self._object(kind, found)
        if isinstance(kind, type) and issubclass(kind, Enum):
            return kind(found)
        if not isinstance(found, kind):
            raise TypeError(f"{found!r:.40} is no {kind.__name__}")
        return found

    def _text(self, found: str) -> str:
        return self.kept[found[1:]] if found.startswith("#") else found

    def _object(self, kind: Any, found: Mapping[str, Any]) -> Any:
        hints = _hints(kind)
        given = {name: self._value(hints[name], item) for name, item in found.items()}
        if kind is Session:
            given["handle"] = None
        return kind(**given)


@cache
def _shape(kind: Any) -> tuple[Any, tuple[Any, ...]]:
    """What the type is a form of, and what of: asked of each value again."""
    return typing.get_origin(kind), typing.get_args(kind)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)
