"""What an adapter is told, and what its answers are taken for."""

import json

import pytest

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.targets.adapter import Answer, Brief, Wanted, read_answers, read_brief
from conformance.harness.targets.product import LaunchError

ONE = Wanted("one", Endpoint("::1", 993, Protocol.IMAP, Way.IMPLICIT), {"ssl_crl": ("/a", "/b")})
BRIEF = Brief((ONE,), ("::1", 80), {Protocol.IMAP: ("::1", 143)}, "secret", "denied-")


def test_a_brief_is_read_as_it_was_written(tmp_path):
    (tmp_path / "listeners.json").write_text(BRIEF.text())
    assert read_brief(tmp_path) == BRIEF


def test_a_brief_has_the_words_of_the_contract():
    told = json.loads(BRIEF.text())
    assert told["listeners"][0]["directives"] == {"ssl_crl": ["/a", "/b"]}
    assert told["auth_server"] == {"host": "::1", "port": 80}
    assert told["back_ends"]["imap"]["port"] == 143


@pytest.mark.parametrize("text", ["", "[]", '{"listeners": []}', '{"listeners": [{}]}'])
def test_another_file_is_refused_by_its_name(tmp_path, text):
    (tmp_path / "listeners.json").write_text(text)
    with pytest.raises(LaunchError, match=r"listeners\.json is not what"):
        read_brief(tmp_path)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ('{"listener": "one", "ready": true}', Answer("one", True)),
        ('{"listener": "one", "unsupported": ["ssl_crl"]}', Answer("one", False, {"ssl_crl": ""})),
        (
            '{"listener": "one", "ready": true, "instead": {"ssl_verify_depth": ["100"]}}',
            Answer("one", True, {}, {"ssl_verify_depth": ("100",)}),
        ),
    ],
)
def test_an_answer_is_read(line, answer):
    assert read_answers(["the product says hello", line], ["one"]) == {"one": answer}
    assert read_answers([answer.line()], ["one"]) == {"one": answer}


@pytest.mark.parametrize(
    "lines",
    [
        ["{"],
        ["{}"],
        ['{"listener": "one"}'],
        ['{"listener": "one", "ready": "yes"}'],
        ['{"listener": "one", "unsupported": []}'],
        ['{"listener": "one", "unsupported": [1]}'],
        ['{"listener": "two", "ready": true}'],
        ['{"listener": "one", "ready": true}'] * 2,
    ],
)
def test_an_answer_that_makes_no_sense_is_shown(lines):
    with pytest.raises(LaunchError, match="adapter"):
        read_answers(lines, ["one"])


def test_a_strangers_reason_is_one_line_without_escapes():
    line = Answer("one", False, {"ssl_crl": "no\n\x1b[31m" + 500 * "x"}).line()
    reason = read_answers([line], ["one"])["one"].reason
    assert reason.isprintable()
    assert len(reason) < 350
