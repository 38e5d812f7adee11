import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.harness.endpoint import Protocol
from conformance.harness.mail.words import Kind
from fuzz.replies import NOTHING, split


def kinds(protocol, octets):
    return [(reply.kind, reply.tag, len(reply.lines)) for reply in split(protocol, octets).replies]


def test_imap_data_belongs_to_the_status_behind_it():
    assert kinds(Protocol.IMAP, b"* CAPABILITY A\r\nt1 OK\r\n* BAD x\r\n+ \r\n") == [
        (Kind.POSITIVE, "t1", 2),
        (Kind.NEGATIVE, "*", 1),
        (Kind.CONTINUE, "+", 1),
    ]


def test_a_pop3_list_grows_until_its_dot():
    octets = b"+OK\r\n+OK list\r\nUSER\r\n.\r\n-ERR\r\n"
    assert [count for _, _, count in kinds(Protocol.POP3, octets)] == [1, 3, 1]


def test_an_smtp_reply_has_one_code():
    octets = b"250-a\r\n250 b\r\n250-a\r\n251 b\r\n421 bye\r\n"
    assert [kind for kind, _, _ in kinds(Protocol.SMTP, octets)] == [
        Kind.POSITIVE,
        Kind.MALFORMED,
        Kind.BYE,
    ]


@pytest.mark.parametrize("octets", [b"+OK\n", b"hello\r\n"])
def test_what_is_no_reply_is_malformed(octets):
    assert kinds(Protocol.POP3, octets)[0][0] is Kind.MALFORMED


def test_what_is_not_complete_is_left():
    heard = split(Protocol.IMAP, b"t1 OK\r\n* CAPA")
    assert (heard.ends, heard.rest) == ((7,), b"* CAPA")


_PIECES = st.sampled_from(
    (b"+OK\r\n", b"-ERR\r\n", b"USER\r\n", b".\r\n", b"* A\r\n", b"t1 OK\r\n", b"+ \r\n")
) | st.sampled_from((b"250-a\r\n", b"250 b\r\n", b"251 c\r\n", b"\r", b"\n", b"x"))


@given(st.sampled_from(Protocol), st.lists(_PIECES, max_size=8).map(b"".join), st.data())
def test_replies_are_the_same_in_whatever_pieces_they_come(protocol, octets, data):
    cuts = sorted(data.draw(st.sets(st.integers(0, len(octets)), max_size=4)))
    heard = NOTHING
    for end in (*cuts, len(octets)):
        heard = split(protocol, octets[:end], heard)
    assert heard == split(protocol, octets)
