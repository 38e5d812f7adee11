"""Text to statements, as nginx reads it.

Statements come one at a time, so that of several errors the first in the file
is the one reported, whether it is one of spelling or of meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from reference_proxy.config.errors import ConfigError, Place

# nginx reads through a buffer of this size, and a word with its end (or a
# comment, or the rest of a line behind a quoted word) has to fit.
LONGEST = 4096

_BLANKS = re.compile(r"[ \t\r\n]*")
_COMMENT = re.compile(r"#[^\n]*")
_BARE = re.compile(r"(?:\\.|\$\{*|[^ \t\r\n;{\\$])+", re.DOTALL)
_QUOTED = {
    '"': re.compile(r'(?:[^"\\]|\\.)*', re.DOTALL),
    "'": re.compile(r"(?:[^'\\]|\\.)*", re.DOTALL),
}
_ESCAPE = re.compile(r"\\([\"'\\trn])")
_ESCAPED = {"t": "\t", "r": "\r", "n": "\n"}


class End(Enum):
    """What ended a statement."""

    SEMICOLON = ";"
    OPEN = "{"
    CLOSE = "}"
    TEXT = "the text"


@dataclass(frozen=True)
class Statement:
    """Words up to an end, and the line on which that end stands.

    CLOSE and TEXT have no words; TEXT is the last statement, and there is one.
    """

    words: tuple[str, ...]
    line: int
    end: End


def statements(text: str, place: Place) -> Iterator[Statement]:
    """Yield the statements of a text that begins at `place`; ConfigError where it is malformed."""
    return _Lexer(text, place).statements()


class _Lexer:
    def __init__(self, text: str, place: Place) -> None:
        # A character for each byte: it is bytes that nginx counts, and shows one of.
        self._text = text.encode(errors="surrogateescape").decode("latin-1")
        self._place = place
        self._at = 0
        self._counted = 0
        self._line = place.line

    def statements(self) -> Iterator[Statement]:
        words: list[str] = []
        while True:
            self._skip()
            char = self._text[self._at : self._at + 1]
            match char:
                case "":
                    if words:
                        raise self._unended()
                    yield Statement((), self._here().line, End.TEXT)
                    return
                case ";" | "{" | "}":
                    if bool(words) == (char == "}"):
                        raise self._unexpected(char)
                    self._at += 1
                    yield Statement(tuple(words), self._here().line, End(char))
                    words = []
                case '"' | "'":
                    words.append(self._quoted(char))
                case _:
                    words.append(self._bare())

    def _skip(self) -> None:
        while True:
            self._at = _matched(_BLANKS, self._text, self._at)
            end = self._at
            if self._text.startswith("#", end):
                end = _matched(_COMMENT, self._text, end)
            if end == self._at:
                return
            self._check_length(self._at, end, "")
            self._at = end

    def _bare(self) -> str:
        start, end = self._at, self._at
        if found := _BARE.match(self._text, start):
            end = found.end()
        self._check_length(start, end, "")
        if end >= len(self._text) or self._text[end] == "\\":
            raise self._unended()
        self._at = end
        return self._word(start, end)

    def _quoted(self, quote: str) -> str:
        start = self._at + 1
        end = _matched(_QUOTED[quote], self._text, start)
        self._check_length(start, end, quote)
        if not self._text.startswith(quote, end):
            raise self._unended()
        self._at = end + 1
        follows = self._text[self._at : self._at + 1]
        if not follows:
            raise self._unended()
        if follows not in " \t\r\n;{)":
            raise self._unexpected(follows)
        return self._word(start, end)

    def _word(self, start: int, end: int) -> str:
        word = self._text[start:end]
        if "\0" in word:
            # nginx takes the word to end there; no system call would take it whole.
            raise ConfigError('unexpected "\\0"', self._here(end))
        if "\\" in word:
            word = _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), word)
        return _as_written(word)

    def _check_length(self, start: int, end: int, quote: str) -> None:
        """`end` is where the closing character stands, or the text's end. `-g` has no limit."""
        if not self._place.line:
            return
        longest = LONGEST - 1 if end < len(self._text) else LONGEST
        # Between a closing quote and what follows it the buffer must not run out either.
        if quote and end - start == longest and len(self._text) > end + 1:
            raise self._too_long(start, "")
        if end - start > longest:
            raise self._too_long(start, quote)

    def _too_long(self, start: int, quote: str) -> ConfigError:
        text = f'too long parameter "{_as_written(self._text[start : start + 10])}..." started'
        if quote:
            text = f'too long parameter, probably missing terminating "{quote}" character'
        return ConfigError(text, self._here(start))

    def _unexpected(self, char: str) -> ConfigError:
        return ConfigError(f'unexpected "{_as_written(char)}"', self._here(self._at + 1))

    def _unended(self) -> ConfigError:
        here = self._here(len(self._text))
        if not self._place.line:
            return ConfigError('unexpected end of parameter, expecting ";"', here)
        return ConfigError('unexpected end of file, expecting ";" or "}"', here)

    def _here(self, at: int | None = None) -> Place:
        """The place of the position `at`, by default the current one."""
        at = self._at if at is None else at
        if self._place.line:
            self._line += self._text.count("\n", self._counted, at)
            self._counted = at
        return Place(self._place.file, self._line)


def _as_written(text: str) -> str:
    return text.encode("latin-1").decode(errors="surrogateescape")


def _matched(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
