from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.harness.tls.records import NotTls, Reader, Record, Records, record, vector

STREAM = record(22, 0x0303, b"hello") + record(21, 0x0301, b"") + record(23, 0x0303, b"x" * 300)
EXPECTED = [Record(22, 0x0303, b"hello"), Record(21, 0x0301, b""), Record(23, 0x0303, b"x" * 300)]


@given(st.lists(st.integers(0, len(STREAM))))
def test_records_do_not_depend_on_how_they_arrive(cuts):
    edges = [0, *sorted(cuts), len(STREAM)]
    records = Records()
    found = [x for a, b in itertools.pairwise(edges) for x in records.feed(STREAM[a:b])]
    assert found == EXPECTED


@pytest.mark.parametrize(
    "data", [b"*", b"-ERR", b"\x13", b"\x19\3", b"\x16\2", b"\x16\3\5", b"\x16\3\1\x48\1"]
)
def test_impossible_headers_are_noticed_at_once(data):
    with pytest.raises(NotTls):
        list(Records().feed(data))


@pytest.mark.parametrize("data", [b"", b"\x16", b"\x16\x03\x01\x48\x00"])
def test_possible_beginnings_are_kept(data):
    assert list(Records().feed(data)) == []


def test_the_excerpt_is_escaped_and_short():
    with pytest.raises(NotTls) as caught:
        list(Records().feed(b"\x1b]0;title\x07" + b"x" * 500))
    assert str(caught.value).startswith('"\\x1b]0;title\\x07xxx')
    assert len(str(caught.value)) < 120


def test_a_record_before_garbage_is_still_read():
    records = Records().feed(record(21, 0x0303, b"\2\x28") + b"* BYE")
    assert next(records).payload == b"\2\x28"
    with pytest.raises(NotTls):
        next(records)


def test_vectors_of_vectors():
    assert Reader(vector(2, vector(1, b"a") + vector(1, b""))).vectors(2, 1) == (b"a", b"")


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x00\x05ab", b"\x00\x02\x05a"])
def test_cut_vectors(data):
    with pytest.raises(NotTls):
        Reader(data).vectors(2, 1)
