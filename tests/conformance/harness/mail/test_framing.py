from conformance.harness.mail.framing import LINE_LIMIT, Line, Lines


def test_lines_are_found_however_they_are_cut():
    lines = Lines()
    assert [line for byte in b"a\r\nb\n" for line in lines.feed(bytes([byte]))] == [
        Line(b"a"),
        Line(b"b", bare=True),
    ]


def test_the_unfinished_line_is_kept():
    lines = Lines()
    assert lines.feed(b"a\r\nrest") == [Line(b"a")]
    assert lines.rest == b"rest"


def test_an_endless_line_comes_out_once_and_cut():
    lines = Lines()
    found = [line for _ in range(50) for line in lines.feed(b"x" * LINE_LIMIT)]
    assert [(line.cut, len(line.data)) for line in found] == [(True, LINE_LIMIT)]
    assert lines.rest == b""


def test_the_line_behind_an_endless_one_is_whole_again():
    lines = Lines()
    lines.feed(b"x" * (LINE_LIMIT + 1))
    assert lines.feed(b"more\r\n* OK\r\n") == [Line(b"* OK")]


def test_a_carriage_return_inside_a_line_stays():
    assert Lines().feed(b"a\rb\r\r\n") == [Line(b"a\rb\r")]


def test_a_line_knows_its_size_on_the_wire():
    assert [line.size for line in Lines().feed(b"ab\r\nab\n")] == [4, 3]
