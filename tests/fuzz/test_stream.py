import pytest
from hypothesis import given

from conformance.harness.endpoint import Protocol
from fuzz.corpus import load, paths
from fuzz.strategies import streams
from fuzz.stream import Step, Stream, Then, parse

INJECTION = "imap\n# STARTTLS\\r\\n&\n# NO|OP\\r\\n\n"


@given(streams(Protocol.IMAP) | streams(Protocol.POP3) | streams(Protocol.SMTP))
def test_what_is_written_is_read(stream):
    assert parse(str(stream)) == stream


@pytest.mark.parametrize("text", [b" ", b"a ", b"\\", b"|&;", b"\\x41", b"\x00\xff\r\n\t", b"#"])
def test_odd_texts_survive_writing(text):
    stream = Stream(Protocol.POP3, (Step(text),))
    assert parse(str(stream)) == stream


def test_the_readable_form():
    stream = parse("; why it is kept\n\n" + INJECTION)
    assert stream.steps == (
        Step(b"# STARTTLS\r\n", then=Then.GLUE),
        Step(b"# NOOP\r\n", (4,)),
    )
    assert str(stream) == INJECTION


@pytest.mark.parametrize("text", ["", "nntp\n", "imap\na&b\n", "imap\na||b\n", "imap\n\\q\n"])
def test_what_is_no_stream_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        parse(text)


def test_the_whole_keeps_the_words_and_the_waits():
    cut = parse("pop3\nST|LS\\r\\n|\nNOOP\\r\\n\nCAPA\\r\\n\n")
    assert str(cut.whole()) == "pop3\nSTLS\\r\\n&\nNOOP\\r\\n\nCAPA\\r\\n\n"


@pytest.mark.parametrize(
    ("text", "upgrades"),
    [(b"# starttls x\r\n", True), (b"STARTTLS\r\n", False), (b"# STARTTLS", False)],
)
def test_what_asks_for_tls_in_imap(text, upgrades):
    assert Step(text).upgrades(Protocol.IMAP) is upgrades


def test_the_corpus_can_be_read():
    assert {load(path).protocol for path in paths()} == set(Protocol)
