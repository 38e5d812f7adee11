"""Whatever a target says: every form of a report shows it, and none obeys it."""

import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

from hypothesis import Phase, given, settings

from conformance.report.badge import badge
from conformance.report.comparison_json import as_dict, from_dict
from conformance.report.comparison_markdown import comparison_markdown
from conformance.report.comparison_text import comparison_text
from conformance.report.escaping import printable
from conformance.report.github import notices
from conformance.report.html.comparison import comparison_html
from conformance.report.html.page import html
from conformance.report.markdown import markdown, step_summary
from conformance.report.sarif import sarif
from conformance.report.scorecard import scorecard
from conformance.report.write import as_json
from tests.conformance.report.reports import hostile_reports, report

# A whole report is much to shrink, and one of the texts in it is to blame.
FEW = settings(max_examples=25, phases=[Phase.explicit, Phase.reuse, Phase.generate])
WRITERS = {"html": html, "markdown": markdown, "summary": step_summary, "sarif": sarif}


class Elements(HTMLParser):
    """The elements of a page, and what its scripts hold."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.scripts, self._in_script = [], set(), [], False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self._in_script = tag == "script"

    def handle_comment(self, data):
        self.tags.append("comment")

    def handle_endtag(self, tag):
        self._in_script = False

    def handle_data(self, data):
        if self._in_script:
            self.scripts.append(data)


KNOWN = {
    "html", "head", "meta", "title", "style", "body", "header", "main", "section", "h1", "h2", "h3",
    "h4", "p", "ul", "li", "a", "b", "span", "small", "code", "pre", "dl", "dt", "dd", "div",
    "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "noscript", "script",
}  # fmt: skip


@FEW
@given(hostile_reports())
def test_html(made):
    for page in (html(made), comparison_html(made.against)):
        seen = Elements(page)
        assert set(seen.tags) <= KNOWN
        assert not any(
            name.startswith("on") or name in ("src", "style") for name in seen.attributes
        )
        assert page.replace("\n", "").isprintable()
    data, _ = Elements(html(made)).scripts
    texts = json.loads(data)["texts"]
    assert all(printable(check.observed) in texts for check in made.checks)


@FEW
@given(hostile_reports())
def test_markdown(made):
    for text in (markdown(made), step_summary(made), comparison_markdown(made.against)):
        assert text.replace("\n", "").isprintable()
        outside = without_code(text)
        tags = re.findall(r"(?<!\\)<[a-z/!][^>]*>", outside)
        assert set(tags) <= {"<details>", "</details>", "<summary>", "</summary>"}
        assert "](" not in outside.replace("\\]", "").replace("\\(", "")


def without_code(markdown):
    """The text without its blocks and spans of code."""
    kept, fence = [], ""
    for line in markdown.splitlines():
        if fence:
            fence = "" if line == fence else fence
        elif found := re.match(r"(`{3,})text$", line):
            fence = found[1]
        else:
            kept.append(re.sub(r"(?<![\\`])(`+)(?!`).*?(?<!`)\1(?!`)", "", line))
    assert not fence
    return "\n".join(kept)


@FEW
@given(hostile_reports())
def test_sarif(made):
    text = sarif(made)
    assert text.replace("\n", "").isprintable()
    messages = [r["message"]["text"] for r in json.loads(text)["runs"][0]["results"]]
    assert all(message.isprintable() for message in messages)


@FEW
@given(hostile_reports())
def test_badge(made):
    root = ET.fromstring(badge(made))
    assert {x.tag.rpartition("}")[2] for x in root.iter()} == {
        "svg", "title", "clipPath", "rect", "g", "text",
    }  # fmt: skip


@FEW
@given(hostile_reports())
def test_terminal(made):
    lines = [*scorecard(made, {}), *comparison_text(made.against, {})]
    assert all(line.isprintable() for line in lines)


@FEW
@given(hostile_reports())
def test_github(made):
    for line in notices(made):
        assert line.isprintable()
        assert re.match(r"::(error|warning) title=[^:,]*::", line)


@FEW
@given(hostile_reports())
def test_json(made):
    text = as_json(as_dict(made.against))
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    assert from_dict(json.loads(text)) == made.against


def test_the_empty_report_is_one_in_every_form():
    for write in WRITERS.values():
        assert write(report(verdict="no-verdict", exit_status=7, places=()))
