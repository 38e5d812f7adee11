"""What campaigns on products found: streams that can be said again, each with a word on it."""

import json

import pytest

from fuzz.keeping import read
from fuzz.stream import parse
from tests.benchmarks.fuzz_campaigns import PLACE, table, word, words

FINDS = sorted(PLACE.glob("*/*/finding.json"))


@pytest.mark.parametrize("path", FINDS, ids=lambda path: path.parent.name)
def test_a_find_can_be_said_again_and_was_looked_at(path):
    kept = read(path.parent)
    assert kept.stream == parse(path.with_name("finding.stream").read_text("ascii"))
    assert word(json.loads(path.read_text("utf-8")), words(PLACE))


def test_the_table_is_made_of_what_is_there():
    assert (PLACE / "README.md").read_text("utf-8") == table(PLACE)


def test_the_word_that_says_most_of_where_it_was_counts():
    said = {"toy": {"tag_fidelity": "all", "tag_fidelity imap-implicit": "inside"}}
    find = {"oracle": "tag_fidelity", "listener": "toy-imap-implicit", "kind": "line"}
    assert word(find, said) == "inside"
    assert word(find | {"listener": "toy-imap-starttls"}, said) == "all"
    assert word(find | {"oracle": "no_preauth"}, said) == ""
