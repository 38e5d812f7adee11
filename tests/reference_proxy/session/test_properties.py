"""What holds for every client, whatever it sends, up to and through the upgrade."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reference_proxy.session.events import Send

STARTTLS = {"imap": b"s STARTTLS\r\n", "pop3": b"STLS\r\n", "smtp": b"STARTTLS\r\n"}
LINES = {
    "imap": [
        b"a NOOP\r\n",
        b"b CAPABILITY\r\n",
        b"c LOGIN u p\r\n",
        b"d LOGIN {2}\r\n",
        b"e LOGIN {2+}\r\n",
        b"uu {1+}\r\n",
        b"p\r\n",
        b"f AUTHENTICATE PLAIN\r\n",
        b"AHUAcA==\r\n",
        b"g AUTHENTICATE LOGIN\r\n",
        b'h LOGIN "u\r\n',
        b"i FOO {3+}\r\n",
        b"*\r\n",
        b"j LOGOUT\r\n",
        b"k LOGIN {99999}\r\n",
        b"l",
        b" ",
    ],
    "pop3": [
        b"NOOP\r\n",
        b"CAPA\r\n",
        b"USER u\r\n",
        b"PASS p \r\n",
        b"AUTH\r\n",
        b"AUTH PLAIN\r\n",
        b"AHUAcA==\r\n",
        b"AUTH LOGIN\r\n",
        b"STAT\r\n",
        b"x" * 130,
        b"QUIT\r\n",
        b"US",
        b"ER u\n",
        b"APOP a b\r\n",
    ],
    "smtp": [
        b"NOOP\r\n",
        b"EHLO me\r\n",
        b"HELO\r\n",
        b"AUTH PLAIN\r\n",
        b"AHUAcA==\r\n",
        b"AUTH LOGIN dQ==\r\n",
        b"MAIL FROM:<a>\r\n",
        b"RCPT TO:<b>\r\n",
        b"RSET\r\n",
        b"DATA\r\n",
        b"QUIT\r\n",
        b"MA",
        b"IL x\n",
    ],
}
COMMON = [b"\r\n", b"\n", b"\r", b"\x00", b"\xff\r\n", b"\x16\x03\x01\x00\x05"]

protocols = st.sampled_from(sorted(LINES))
modes = st.sampled_from(["off", "on", "only"])


def streams(protocol: str) -> st.SearchStrategy[list[bytes]]:
    words = st.sampled_from([*LINES[protocol], STARTTLS[protocol], *COMMON])
    return st.lists(words | st.binary(max_size=6), max_size=12)


@st.composite
def clients(draw: st.DrawFn) -> tuple[str, str, list[bytes], list[bytes]]:
    protocol = draw(protocols)
    return protocol, draw(modes), draw(streams(protocol)), draw(streams(protocol))


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    pieces = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return [*pieces, data]


def hold(client: Any, before: list[bytes], inside: list[bytes]) -> tuple[bytes, bytes]:
    """Return the replies before TLS and inside it, if it comes to that."""
    clear = client.say_through(*before)
    if client.session.phase.name != "HANDSHAKE":
        return clear, b""
    return clear, client.upgrade() + client.say_through(*inside)


def merged(effects: list[Any]) -> list[Any]:
    """The effects, with what is sent in a row in one piece."""
    result: list[Any] = []
    for effect in effects:
        if isinstance(effect, Send) and result and isinstance(result[-1], Send):
            result[-1] = Send(result[-1].data + effect.data)
        else:
            result.append(effect)
    return result


@given(clients(), st.lists(st.integers(1, 9), max_size=20))
@settings(deadline=None, max_examples=300)
def test_how_the_bytes_are_cut_changes_nothing(
    talk: Any, client: tuple[str, str, list[bytes], list[bytes]], sizes: list[int]
) -> None:
    protocol, mode, before, inside = client
    whole, cuts = talk(protocol, starttls=mode), talk(protocol, starttls=mode)
    expected = hold(whole, [b"".join(before)], [b"".join(inside)])
    got = hold(cuts, cut(b"".join(before), sizes), cut(b"".join(inside), sizes))
    assert got == expected
    assert merged(cuts.effects) == merged(whole.effects)


@given(clients(), st.data())
@settings(deadline=None, max_examples=300)
def test_no_clear_byte_behind_starttls_has_an_effect(
    talk: Any, client: tuple[str, str, list[bytes], list[bytes]], data: st.DataObject
) -> None:
    protocol, _, _, inside = client
    injected = b"".join(data.draw(streams(protocol)))
    attacked, honest = talk(protocol), talk(protocol)
    assert hold(attacked, [STARTTLS[protocol] + injected], inside) == hold(
        honest, [STARTTLS[protocol]], inside
    )
    assert attacked.effects == honest.effects


@given(protocols, modes, st.booleans(), st.data())
@settings(deadline=None, max_examples=300)
def test_each_line_has_one_reply(
    talk: Any, protocol: str, mode: str, inside: bool, data: st.DataObject
) -> None:
    words = [b"NOOP", b"FOO", b"", b"STARTTLS x" if mode == "off" else b"BAR", b"\xff", b"NOOP x"]
    lines = data.draw(st.lists(st.sampled_from(words), max_size=10))
    inside = inside and mode != "off"
    client = talk(protocol, starttls=mode, max_errors=100)
    tag = b"t " if protocol == "imap" else b""
    if inside:
        client.say(STARTTLS[protocol])
        client.upgrade()
    replies = client.say(b"".join(tag + line + b"\r\n" for line in lines))
    assert replies.count(b"\r\n") == len(lines)
    assert replies.count(b"\n") == len(lines)


@given(clients())
@settings(deadline=None, max_examples=300)
def test_under_only_nobody_is_asked_about_a_login_in_clear(
    talk: Any, client: tuple[str, str, list[bytes], list[bytes]]
) -> None:
    protocol, _, before, _ = client
    session = talk(protocol, starttls="only")
    replies = session.say(*before)
    assert not any(type(effect).__name__ == "Authenticate" for effect in session.effects)
    prefix = session.session.challenge_prefix
    assert not any(line.startswith(prefix) for line in replies.split(b"\r\n"))
