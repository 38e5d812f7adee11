from __future__ import annotations

import pytest

from reference_proxy.config.errors import COMMAND_LINE, ConfigError, Place
from reference_proxy.config.lexer import End, Statement, statements


def words(text: str) -> list[tuple[str, ...]]:
    return [s.words for s in statements(text, Place("f", 1)) if s.words]


def refusal(text: str, place: Place | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        list(statements(text, place or Place("f", 1)))
    return str(caught.value)


def test_statements_carry_their_end_and_its_line() -> None:
    assert list(statements("a\n b {\n}\n", Place("f", 1))) == [
        Statement(("a", "b"), 2, End.OPEN),
        Statement((), 3, End.CLOSE),
        Statement((), 4, End.TEXT),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b;", ("a", "b")),
        ('"a b";', ("a b",)),
        ("'a \"b';", ('a "b',)),
        (r'"a\"b";', ('a"b',)),
        (r"a\ b;", (r"a\ b",)),
        (r"a\;b;", (r"a\;b",)),
        (r'"\t\r\n\\\x";', ("\t\r\n\\\\x",)),
        ("a'b\"c;", ("a'b\"c",)),
        ("${a}b{", ("${a}b",)),
        ("$a{", ("$a",)),
        ("a#b;", ("a#b",)),
        ("a # b;\n c;", ("a", "c")),
        ("a};", ("a}",)),
        ('"";', ("",)),
        ('"a")b;', ("a", ")b")),
    ],
)
def test_words_are_read_as_nginx_reads_them(text: str, expected: tuple[str, ...]) -> None:
    assert words(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (";", 'unexpected ";" in f:1'),
        ("\n{", 'unexpected "{" in f:2'),
        ("a }", 'unexpected "}" in f:1'),
        ("a", 'unexpected end of file, expecting ";" or "}" in f:1'),
        ("a\n", 'unexpected end of file, expecting ";" or "}" in f:2'),
        ('\n"a', 'unexpected end of file, expecting ";" or "}" in f:2'),
        ('"a"b;', 'unexpected "b" in f:1'),
        ("a\n\0b;", 'unexpected "\\0" in f:2'),
        ("\n" + "x" * 4096 + ";", 'too long parameter "xxxxxxxxxx..." started in f:2'),
        (
            "'" + "x" * 4096 + "\n';",
            'too long parameter, probably missing terminating "\'" character in f:1',
        ),
    ],
)
def test_malformed_text_is_refused_in_nginxs_words(text: str, expected: str) -> None:
    assert refusal(text) == expected


def test_the_command_line_has_its_own_complaint() -> None:
    assert (
        refusal("daemon off", COMMAND_LINE)
        == 'unexpected end of parameter, expecting ";" in command line'
    )


def test_what_comes_before_an_error_is_still_yielded() -> None:
    assert next(statements("a;\n;", Place("f", 1))).words == ("a",)
