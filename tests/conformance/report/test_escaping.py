from html.parser import HTMLParser

import pytest
from hypothesis import given

from conformance.report.escaping import (
    as_code,
    fenced,
    for_html,
    for_markdown,
    for_script,
    for_workflow,
    in_cell,
    printable,
)
from tests.conformance.report.reports import HOSTILE, hostile


@given(hostile)
def test_what_is_printable_can_be_encoded_and_moves_no_cursor(text):
    made = printable(text)
    assert made.isprintable()
    made.encode("utf-8")


def test_what_is_printable_already_stays():
    assert printable("Grüße <b> \\r") == "Grüße <b> \\r"
    assert printable("a\r\n\x1b\udc80\u202e") == "a\\r\\n\\x1b\\udc80\\u202e"


class Seen(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, attrs))

    def handle_comment(self, data):
        self.tags.append(("comment", data))

    def handle_data(self, data):
        self.text += data


@given(hostile)
def test_html_shows_the_text_and_no_element(text):
    seen = Seen()
    seen.feed(f'<p title="{for_html(text)}">{for_html(text)}</p>')
    seen.close()
    assert seen.tags == [("p", [("title", printable(text))])]
    assert seen.text == printable(text)


@given(hostile)
def test_nothing_ends_a_script(text):
    made = for_script({text: [text]})
    assert made.isascii()
    assert not set("<>&") & set(made)


@given(hostile)
def test_a_code_span_is_one(text):
    made = as_code(text)
    assert "\n" not in made
    if made:
        ticks = len(made) - len(made.lstrip("`"))
        inside = made[ticks:-ticks]
        assert made.endswith("`" * ticks)
        assert ticks not in {len(run) for run in inside.replace(" ", "x").split("x") if run} or (
            "`" * ticks not in inside
        )


@pytest.mark.parametrize(
    ("text", "span"),
    [("a", "`a`"), ("", ""), ("`", "`` ` ``"), ("a``b", "```a``b```"), (" a\n b", "`a\\n b`")],
)
def test_code_spans(text, span):
    assert as_code(text) == span


def test_a_bar_ends_no_cell():
    assert in_cell(as_code("a|b")) == "`a\\|b`"


@given(hostile)
def test_a_block_of_code_is_ended_by_its_fence_alone(text):
    first, *inside, last = fenced([text, text])
    assert first == f"{last}text"
    assert all(last not in line and "\n" not in line for line in inside)


@given(hostile)
def test_markdown_is_one_line_in_which_everything_special_is_escaped(text):
    made = for_markdown(text)
    assert made.isprintable()
    unescaped = made.replace("\\\\", "").replace("\\`", "").replace("\\<", "").replace("\\[", "")
    assert not set("`<[") & set(unescaped)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_workflow_command_is_one_line(text):
    made = f"::error title={for_workflow(text, parameter=True)}::{for_workflow(text)}"
    assert made.isprintable()
    assert "%0A" not in made.replace("%250A", "")
    title = made.removeprefix("::error title=").split("::")[0]
    assert "," not in title
    assert ":" not in title
