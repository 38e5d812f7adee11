import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.writing import octets, written


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=1), st.integers(1, 90))))
def test_what_is_written_is_read(runs):
    text = b"".join(octet * count for octet, count in runs)
    assert octets(written(text)) == text
    assert written(text) == written(text).strip()


def test_many_of_the_same_are_written_with_their_number():
    assert written(b"ab" + b"A" * 4096 + b"\x00" * 40) == r"abA\{4096}\x00\{40}"


@pytest.mark.parametrize("text", ["a&b", r"\q", r"\{3}", r"a\{0}", r"a\{99999999}", "\n"])
def test_what_is_not_written_so_is_refused(text):
    with pytest.raises(ValueError, match="not written"):
        octets(text)
