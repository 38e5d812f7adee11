"""The slots of TLS directives that are like no other."""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable

from reference_proxy.config import values
from reference_proxy.config.errors import ConfigError, failed
from reference_proxy.config.settings import BUILTIN_SESSIONS, BuiltinCache, Zone
from reference_proxy.config.slots import Scope, Use, once

_PASSWORD_BUFFER = 4096  # nginx's, which a line has to fit with its end
_SMALLEST_ZONE = 8 * mmap.PAGESIZE
_CACHE, _ZONE, _ZONES = "ssl_session_cache", "zone of ssl_session_cache", "zones of all servers"


# --- ssl_password_file -----------------------------------------------------------


def password_file(use: Use) -> None:
    """Store the pass-phrases of a file, or of a named pipe, which is read here and now."""
    once(_passwords)(use)


def _passwords(use: Use) -> tuple[bytes, ...]:
    """Lines without their ends; empty ones do not count, and no line is one empty phrase."""
    path = os.path.join(os.path.dirname(_main(use).place.file), use.arguments[0])
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise use.refuse(failed(f'open() "{path}"', error)) from None
    try:
        lines = [line.removesuffix(b"\r") for line in _lines(file)]
    except OSError as error:
        raise use.refuse(failed(f'read() "{path}"', error)) from None
    except ValueError:
        raise use.refuse(f'too long line in "{path}"') from None
    finally:
        os.close(file)
    return tuple(line for line in lines if line) or (b"",)


def _lines(file: int) -> list[bytes]:
    """Read to the end; ValueError as soon as a line is too long, whatever is behind it."""
    found, rest = [], b""
    while data := os.read(file, _PASSWORD_BUFFER):
        *lines, rest = (rest + data).split(b"\n")
        if any(len(line) >= _PASSWORD_BUFFER for line in (*lines, rest)):
            raise ValueError
        found += lines
    return [*found, rest]


# --- ssl_session_cache, ssl_session_timeout --------------------------------------


def session_timeout(use: Use) -> None:
    """Store a time in whole seconds."""

    def convert(use: Use) -> int:
        try:
            return values.whole_seconds(use.arguments[0])
        except ValueError:
            raise use.is_wrong("invalid value") from None

    once(convert)(use)


def session_cache(use: Use) -> None:
    """Store the built-in cache and the zone apart: a later word replaces its part (CFG-SC-04)."""
    for word in use.arguments:
        match word.split(":", 1):
            case ["off"]:
                use.scope.values[_CACHE] = "off"
            case ["none"]:
                use.scope.values[_CACHE] = "none"
            case ["builtin"]:
                use.scope.values[_CACHE] = BUILTIN_SESSIONS
            case ["builtin", count]:
                use.scope.values[_CACHE] = _valid(use, word, values.number, count)
            case ["shared", zone]:
                use.scope.values[_ZONE] = _zone(use, word, *zone.partition(":")[::2])
            case _:
                raise _invalid(use, word)
    use.scope.values.setdefault(_CACHE, None)


def merged_session_cache(scope: Scope) -> tuple[BuiltinCache, Zone | None]:
    """The built-in cache and the zone of a server, each inherited by itself (CFG-SC-05)."""
    outer = scope.parent.values if scope.parent else {}
    return (
        scope.values.get(_CACHE, outer.get(_CACHE, "none")),
        scope.values.get(_ZONE, outer.get(_ZONE)),
    )


def _zone(use: Use, word: str, name: str, size_text: str) -> Zone:
    """Declare a zone, or find it declared with the same size in any server."""
    size = _valid(use, word, values.size, size_text)
    if not name:
        raise _invalid(use, word)
    if size < _SMALLEST_ZONE:
        raise use.refuse(f'session cache "{word}" is too small')
    zone: Zone = _main(use).values.setdefault(_ZONES, {}).setdefault(name, Zone(name, size))
    if zone.size != size:
        raise use.refuse(
            f'the size {size} of shared memory zone "{name}"'
            f" conflicts with already declared size {zone.size}"
        )
    return zone


def _valid(use: Use, word: str, convert: Callable[[str], int], text: str) -> int:
    try:
        return convert(text)
    except ValueError:
        raise _invalid(use, word) from None


def _invalid(use: Use, word: str) -> ConfigError:
    return use.refuse(f'invalid session cache "{word}"')


# --- ssl_engine ------------------------------------------------------------------


def engine(use: Use) -> None:
    """Make an OpenSSL engine the default for everything, here and now as nginx does."""

    def set_default(use: Use) -> str:
        # libssl is bound only where somebody needs it: a plain proxy starts faster.
        from reference_proxy.tls.engines import NoEngines, make_default
        from reference_proxy.tls.errors import ContextError

        try:
            make_default(use.arguments[0])
        except NoEngines:
            raise use.is_wrong("is not supported") from None
        except ContextError as error:
            raise ConfigError(error.text) from None
        return use.arguments[0]

    once(set_default)(use)


def _main(use: Use) -> Scope:
    scope = use.scope
    while scope.parent:
        scope = scope.parent
    return scope
