"""The adapter protocol: what a product's adapter is told, and what it answers.

An adapter is an executable. It is called with a directory that holds `nginx.conf` and
`listeners.json`, starts its product, answers with one JSON line for each listener on its
standard output, and stays until SIGTERM. Our own adapters are `products`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..endpoint import Endpoint, Protocol, Way
from .product import LaunchError

LISTENERS, CONFIGURATION = "listeners.json", "nginx.conf"
# The exit status that says: none of this is supported.
NOTHING_SUPPORTED = 89
_LONGEST_REASON = 300


@dataclass(frozen=True)
class Wanted:
    """A listener as an adapter is to open it: its place, and every directive's values.

    `directives` are resolved: inherited and default values are in it, file names are absolute,
    and a directive that is unset has no values.
    """

    name: str
    endpoint: Endpoint
    directives: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def values(self, directive: str) -> tuple[str, ...]:
        """All values of a directive."""
        return self.directives.get(directive, ())

    def value(self, directive: str) -> str:
        """The first (mostly the only) value, "" where there is none."""
        return next(iter(self.values(directive)), "")

    @property
    def asks(self) -> bool:
        """It asks clients for certificates."""
        return self.value("ssl_verify_client") not in ("", "off")


@dataclass(frozen=True)
class Brief:
    """All that an adapter is told: the listeners, the auth server, the back ends, who is let in.

    Any user with `password` is let in, but for names that begin with `denied`. An address is
    "" with port 0 where there is none.
    """

    listeners: tuple[Wanted, ...]
    auth: tuple[str, int]
    back_ends: Mapping[Protocol, tuple[str, int]]
    password: str
    denied: str

    def text(self) -> str:
        """The content of `listeners.json`."""
        return json.dumps(
            {
                "listeners": [_row(wanted) for wanted in self.listeners],
                "auth_server": _place(*self.auth),
                "back_ends": {name.value: _place(*at) for name, at in self.back_ends.items()},
                "users": {"password": self.password, "denied_prefix": self.denied},
            },
            indent=1,
        )


def read_brief(directory: Path) -> Brief:
    """What `Brief.text` wrote into that directory. Raises `LaunchError` where it is not there."""
    path = directory / LISTENERS
    try:
        told = json.loads(path.read_text("utf-8"))
        return Brief(
            tuple(_wanted(row) for row in told["listeners"]),
            _address(told["auth_server"]),
            {Protocol(name): _address(at) for name, at in told["back_ends"].items()},
            told["users"]["password"],
            told["users"]["denied_prefix"],
        )
    except OSError as error:
        raise LaunchError(f"{path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise LaunchError(
            f"{path} is not what the adapter protocol has there: {error!r}"
        ) from error


@dataclass(frozen=True)
class Answer:
    """What a product makes of one listener.

    Ready: it is open, and does what is claimed, but for the `unsupported` directives (or
    requirements), of which nothing is claimed, and those that it does as `instead` says. Not
    ready: the `unsupported` are why. Each has a reason.
    """

    listener: str
    ready: bool
    unsupported: Mapping[str, str] = field(default_factory=dict)
    instead: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """All reasons in one sentence."""
        told = [f"{name}: {why}" if why else name for name, why in self.unsupported.items()]
        return "; ".join(told) or "the adapter gives no reason"

    def line(self) -> str:
        """The JSON line."""
        row: dict[str, Any] = {"listener": self.listener}
        if self.ready:
            row["ready"] = True
        if self.unsupported or not self.ready:
            row["unsupported"] = list(self.unsupported)
            row["reasons"] = dict(self.unsupported)
        if self.instead:
            row["instead"] = {name: list(values) for name, values in self.instead.items()}
        return json.dumps(row)


def read_answers(lines: Iterable[str], names: Sequence[str]) -> dict[str, Answer]:
    """The answers so far, by listener; what is no JSON object is a product's own talk.

    Raises `LaunchError` for an answer that makes no sense.
    """
    found: dict[str, Answer] = {}
    for line in lines:
        if not line.startswith("{"):
            continue
        try:
            answer = _answer(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise LaunchError(
                f"the adapter's line makes no sense: {_cut(line)} ({error})"
            ) from error
        if answer.listener not in names:
            raise LaunchError(
                f"the adapter answers for a listener that there is none of: {_cut(line)}"
            )
        if answer.listener in found:
            raise LaunchError(f"the adapter answers twice for {answer.listener}")
        found[answer.listener] = answer
    return found


def _answer(row: Mapping[str, Any]) -> Answer:
    reasons = row.get("reasons", {})
    unsupported = {_text(x): _cut(_text(reasons.get(x, ""))) for x in row.get("unsupported", ())}
    ready = row.get("ready", False)
    if not isinstance(ready, bool) or not (ready or unsupported):
        raise ValueError('it takes "ready": true, or "unsupported" with a directive')
    instead = {
        _text(name): tuple(map(_text, values)) for name, values in row.get("instead", {}).items()
    }
    return Answer(_text(row["listener"]), ready, unsupported, instead)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _cut(text: str) -> str:
    """A stranger's words as one line that can be shown."""
    shown = text.strip()[:_LONGEST_REASON]
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in shown)


def _row(wanted: Wanted) -> dict[str, Any]:
    endpoint = wanted.endpoint
    return {
        "name": wanted.name,
        **_place(endpoint.host, endpoint.port),
        "protocol": endpoint.protocol.value,
        "tls": endpoint.way.value,
        "directives": {name: list(values) for name, values in wanted.directives.items()},
    }


def _wanted(row: Mapping[str, Any]) -> Wanted:
    endpoint = Endpoint(*_address(row), Protocol(row["protocol"]), Way(row["tls"]))
    directives = {name: tuple(values) for name, values in row["directives"].items()}
    return Wanted(row["name"], endpoint, directives)


def _place(host: str, port: int) -> dict[str, Any]:
    return {"host": host, "port": port}


def _address(place: Mapping[str, Any]) -> tuple[str, int]:
    return place["host"], place["port"]
