"""Files to blocks: what stands where, each directive stored in its block."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator

from reference_proxy.config.directives import DIRECTIVES, Directive
from reference_proxy.config.errors import COMMAND_LINE, ConfigError, Place, failed
from reference_proxy.config.lexer import End, Statement, statements
from reference_proxy.config.slots import Context, Scope, Use

# A file that includes itself ends as it does in nginx, which runs out of
# descriptors: with an error at the `include`.
_DEEPEST = 64

_TOO_MANY = OSError(24, "Too many open files")


class Reader:
    """Reads configuration files into `main`; `sources` are the files read so far, text by path.

    `directory` (with its slash) is what an `include` is relative to. `on_mail` is called
    where the `mail {}` ends.
    """

    def __init__(
        self,
        directory: str,
        main: Scope,
        warn: Callable[[str], None],
        on_mail: Callable[[Scope], None],
    ) -> None:
        self.sources: dict[str, str] = {}
        self._directory = directory
        self._main = main
        self._warn = warn
        self._on_mail = on_mail
        self._depth = 0

    def read_globals(self, text: str) -> None:
        """Read the directives given on the command line."""
        self._block(statements(text, COMMAND_LINE), self._main, COMMAND_LINE.file, nested=False)

    def read_file(self, path: str, scope: Scope, included: Place | None = None) -> None:
        """Read a file as if it stood at `included` in the block."""
        try:
            if self._depth == _DEEPEST:
                raise _TOO_MANY
            with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
                text = file.read()
        except IsADirectoryError as error:
            raise ConfigError(failed(f'pread() "{path}"', error), level="crit") from None
        except OSError as error:
            raise ConfigError(failed(f'open() "{path}"', error), included) from None
        self.sources.setdefault(path, text)
        self._depth += 1
        self._block(statements(text, Place(path, 1)), scope, path, nested=False)
        self._depth -= 1

    def _block(self, stream: Iterator[Statement], scope: Scope, file: str, *, nested: bool) -> None:
        for statement in stream:
            match statement.end:
                case End.CLOSE if nested:
                    scope.end = Place(file, statement.line)
                    return
                case End.CLOSE:
                    raise ConfigError('unexpected "}"', Place(file, statement.line))
                case End.TEXT if nested:
                    raise ConfigError(
                        'unexpected end of file, expecting "}"', Place(file, statement.line)
                    )
                case End.OPEN if file == COMMAND_LINE.file:
                    raise ConfigError(
                        "block directives are not supported in -g option", COMMAND_LINE
                    )
                case End.SEMICOLON | End.OPEN:
                    self._directive(statement, stream, scope, file)

    def _directive(
        self, statement: Statement, stream: Iterator[Statement], scope: Scope, file: str
    ) -> None:
        name, *arguments = statement.words
        place = Place(file, statement.line)
        row = DIRECTIVES.get(name)
        if row is None:
            raise ConfigError(f'unknown directive "{name}"', place)
        if scope.context not in row.contexts:
            raise ConfigError(f'"{name}" directive is not allowed here', place)
        _check_form(row, statement, place)
        row.store(Use(name, tuple(arguments), scope, place, self._warn))
        scope.places[name] = place
        if name == "include":
            self._include(arguments[0], scope, place)
        elif row.block:
            self._open(name, stream, scope, place)

    def _include(self, pattern: str, scope: Scope, place: Place) -> None:
        path = os.path.join(self._directory, pattern)
        if not any(char in path for char in "*?["):
            self.read_file(path, scope, place)
            return
        for match in sorted(glob.glob(path)):
            self.read_file(match, scope, place)

    def _open(self, name: str, stream: Iterator[Statement], scope: Scope, place: Place) -> None:
        if name in ("http", "stream"):
            _skip(stream, place.file)
            return
        if name != "server" and name in scope.values:
            raise ConfigError(f'"{name}" directive is duplicate', place)
        inner = Scope(Context[name.upper()], place, scope)
        if name == "server":
            scope.servers.append(inner)
        else:
            scope.values[name] = inner
        self._block(stream, inner, place.file, nested=True)
        if name == "server" and "listen" not in inner.values:
            raise ConfigError('no "listen" is defined for server', place)
        if name == "mail":
            self._on_mail(inner)


def _check_form(row: Directive, statement: Statement, place: Place) -> None:
    """Semicolon or brace first, then the number of arguments: nginx's order."""
    if row.block and statement.end is not End.OPEN:
        raise ConfigError(f'directive "{row.name}" has no opening "{{"', place)
    if not row.block and statement.end is not End.SEMICOLON:
        raise ConfigError(f'directive "{row.name}" is not terminated by ";"', place)
    if len(statement.words) - 1 not in row.arguments:
        raise ConfigError(f'invalid number of arguments in "{row.name}" directive', place)


def _skip(stream: Iterator[Statement], file: str) -> None:
    """Pass over a block that is somebody else's."""
    depth = 1
    for statement in stream:
        match statement.end:
            case End.OPEN:
                depth += 1
            case End.CLOSE:
                depth -= 1
                if not depth:
                    return
            case End.TEXT:
                raise ConfigError(
                    'unexpected end of file, expecting "}"', Place(file, statement.line)
                )
            case End.SEMICOLON:
                pass
