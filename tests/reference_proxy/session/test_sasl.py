from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_proxy.session.sasl import Ask, Login, Step, begin, decode, respond

SALT = b"<1.2@mx>"


def b64(data: bytes) -> bytes:
    return base64.b64encode(data)


@given(st.binary())
def test_decode_undoes_encode_with_or_without_padding(data: bytes) -> None:
    assert decode(b64(data)) == data
    assert decode(b64(data).rstrip(b"=")) == data


@pytest.mark.parametrize("text", [b"*", b"a", b"aaaaa", b"a b", b"\xff\xff"])
def test_what_is_no_base64(text: bytes) -> None:
    assert decode(text) is None


@pytest.mark.parametrize(
    ("data", "login"),
    [
        (b"\0u\0p", Login("plain", b"u", b"p")),
        (b"z\0u\0p\0q", Login("plain", b"u", b"p\0q")),
        (b"\0\0", Login("plain", b"", b"")),
        (b"\0u", None),
        (b"u", None),
        (b"", None),
    ],
)
def test_plain(data: bytes, login: Login | None) -> None:
    assert begin((b"plain", b64(data)), (), SALT) == login


def test_login_asks_for_name_and_password() -> None:
    first = begin((b"LOGIN",), (), SALT)
    assert first == Ask(Step.USERNAME, b64(b"Username:"))
    second = respond(first, b64(b"u"))
    assert second == Ask(Step.PASSWORD, b64(b"Password:"), b"u")
    assert respond(second, b64(b"p")) == Login("plain", b"u", b"p")
    assert begin((b"LOGIN", b64(b"u")), (), SALT) == second


@pytest.mark.parametrize("name", [b"CRAM-MD5", b"EXTERNAL"])
def test_what_is_not_enabled_is_refused(name: bytes) -> None:
    assert begin((name,), ("plain", "login"), SALT) is None
    assert begin((b"EXTERNAL", b64(b"u")), ("plain", "login"), SALT) is None


def test_cram_md5() -> None:
    asked = begin((b"cram-md5",), ("cram-md5",), SALT)
    assert asked == Ask(Step.CRAM_MD5, b64(SALT))
    assert respond(asked, b64(b"u " + b"0" * 32)) == Login("cram-md5", b"u", b"0" * 32)
    assert respond(asked, b64(b"u " + b"0" * 31)) is None


@pytest.mark.parametrize(
    "arguments",
    [(), (b"FOO",), (b"PLAIN", b"x", b"y"), (b"CRAM-MD5", b"x"), (b"LOGIN", b"a", b"b")],
)
def test_what_is_no_exchange(arguments: tuple[bytes, ...]) -> None:
    assert begin(arguments, ("cram-md5",), SALT) is None
