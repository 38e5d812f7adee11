import re
import xml.etree.ElementTree as ET

import pytest

from conformance.report.badge import badge
from conformance.verdict import Verdict
from tests.conformance.report.reports import check, report

F = Verdict.FAIL


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (report(check()), "conformant at L1"),
        (report(check(), level="L3", deselected=2), "conformant at L3 (part)"),
        (report(check(F), check(F, listener="y"), verdict="not-conformant"), "1 broken"),
        (report(verdict="not-conformant", baseline_problems=("x",)), "not conformant"),
        (report(verdict="no-verdict"), "no verdict"),
    ],
)
def test_a_badge_says_so_in_words(made, words):
    root = ET.fromstring(badge(made))
    assert root.get("aria-label") == f"waxseal: {words}"
    assert [x.text for x in root.iter("{http://www.w3.org/2000/svg}text")] == ["waxseal", words]


def test_it_needs_nothing_else():
    text = badge(report(check()))
    assert re.findall(r'(?:href|src|url)[=(]"?([^")]*)', text) == ["#r"]
    assert re.findall(r"https?://[^\"]*", text) == ["http://www.w3.org/2000/svg"]


def test_verdicts_have_colours_of_their_own():
    verdicts = ("conformant", "not-conformant", "no-verdict")
    assert (
        len({badge(report(verdict=v)).split("<rect x=")[1].split("fill=")[1][:9] for v in verdicts})
        == 3
    )
