import pytest

from fuzz.kinds import explained, explains, kind_of, without_oddest
from fuzz.stream import parse

INJECTION = "imap\n# STARTTLS\\r\\n&\n# NOOP\\r\\n\n"


def test_a_kind_reads_as_what_is_odd():
    assert kind_of(parse(INJECTION)) == "upgrade & / line"
    odd = 'imap\n# STARTTLS|\\r\\n&\nx \\xff"\n# LOGIN {3}\\r\\n\n'
    assert (
        kind_of(parse(odd))
        == "upgrade cut & / noise eight bit quote unclosed no end untagged / LOGIN literal"
    )


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("# SELECT INBOX\\r\\n\n# starttls\\r\\n&\n# LOGIN a b\\r\\n", True),
        ("# STARTTLS\\r\\n&\n# NO\\x00OP\\r\\n\n# NOOP\\r\\n", True),
        ("# STARTTLS\\r\\n\n# NOOP\\r\\n", False),
        ("# NOOP\\r\\n&\n# STARTTLS\\r\\n", False),
        ("# STARTTLS\\r\\n&", False),
    ],
)
def test_a_stream_is_explained_by_the_steps_that_it_has(other, same):
    assert explains(parse(INJECTION), parse(f"imap\n{other}\n")) is same


def test_what_is_odd_in_the_small_one_must_be_in_the_other():
    small, plain = parse("pop3\nCA\\xffPA\\r\\n\n"), parse("pop3\nCAPA\\r\\n\n")
    assert not explained([small], plain)
    assert explained([small, plain], plain)


def test_many_of_the_same_are_no_literal():
    assert kind_of(parse("imap\n# NOOP A\\{8192}\\r\\n\n")) == "line many"
    assert kind_of(parse("imap\n# LOGIN {7}\\r\\n\n")) == "LOGIN literal"


def test_wherever_a_hello_is_cut_it_is_of_one_kind():
    one, other, whole = (parse(f"imap\n!hello {x}\n") for x in ("cut 1", "cut 300", "bytewise"))
    assert (kind_of(one), explains(one, other)) == ("!hello cut", True)
    assert not explains(one, whole)
    assert kind_of(parse("imap\n!clear cut 1\n")) == "!clear cut 1"


@pytest.mark.parametrize(
    ("said", "unclosed"),
    [('"a', True), ('"a"', False), ('"a" "b', True), ('"a\\\\"', True), ('"\\\\\\\\"', False)],
)
def test_a_quote_that_is_not_closed_is_odd(said, unclosed):
    assert ("unclosed" in kind_of(parse(f"imap\n# LOGIN {said}\\r\\n\n"))) is unclosed


def test_without_its_oddest_step_a_stream_is_another():
    lines = ('# NOOP "x" \\xff\\r\\n', '# LOGIN "a\\r\\n', "# STARTTLS\\r\\n", "!beside")
    stream = parse("\n".join(("imap", *lines)))
    for small, left in [('# NOOP "a\\r\\n\n# STARTTLS\\r\\n', (0, 2, 3)), ("!beside", (0, 1, 2))]:
        bare = without_oddest(stream, parse(f"imap\n{small}\n"))
        assert bare.steps == tuple(stream.steps[at] for at in left)
