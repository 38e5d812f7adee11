import os

import pytest
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from conformance.harness.observation import Offer
from conformance.harness.tls.hello import client_hello
from conformance.harness.tls.tickets import (
    ZERO_KEYS,
    brought,
    opened,
    opener,
    resealed,
    tampered,
    ticket_key,
)

LONG = bytes(range(80))
SHORT = bytes(range(100, 148))


def sealed(content, key, padding=None):
    """A ticket as nginx makes it."""
    count = 16 - len(content) % 16
    plain = content + (padding if padding is not None else bytes([count]) * count)
    iv = os.urandom(16)
    encryptor = Cipher(algorithms.AES(key.aes), modes.CBC(iv)).encryptor()
    body = key.name + iv + encryptor.update(plain) + encryptor.finalize()
    mac = hmac.HMAC(key.hmac, hashes.SHA256())
    mac.update(body)
    return body + mac.finalize()


def test_a_key_of_80_bytes_is_name_hmac_and_aes():
    key = ticket_key(LONG)
    assert (key.name, key.hmac, key.aes) == (LONG[:16], LONG[16:48], LONG[48:])
    assert key.cipher == "AES256"


def test_a_key_of_48_bytes_is_name_aes_and_hmac():
    key = ticket_key(SHORT)
    assert (key.name, key.aes, key.hmac) == (SHORT[:16], SHORT[16:32], SHORT[32:])
    assert key.cipher == "AES128"


@pytest.mark.parametrize("size", [0, 47, 49, 81])
def test_no_key_has_another_size(size):
    with pytest.raises(ValueError, match=f"{size} bytes"):
        ticket_key(bytes(size))


def test_no_secret_is_shown():
    assert repr(ticket_key(LONG)).count("b'") == 1


@pytest.mark.parametrize("content", [LONG, SHORT])
@given(session=st.binary(max_size=100))
def test_a_key_opens_its_own_tickets(content, session):
    key = ticket_key(content)
    assert opened(sealed(session, key), key) == session


def test_the_opener_is_told_by_its_number():
    keys = [ticket_key(LONG), ticket_key(SHORT)]
    assert [opener(sealed(b"x", key), keys) for key in keys] == [0, 1]
    assert opener(sealed(b"x", ticket_key(bytes(range(1, 81)))), keys) is None


def test_a_key_of_the_same_name_does_not_do():
    other = ticket_key(LONG[:16] + bytes(64))
    assert opened(sealed(b"x", other), ticket_key(LONG)) is None


def test_a_key_of_zeros_is_known_in_both_sizes():
    assert [opener(sealed(b"x", key), ZERO_KEYS) for key in ZERO_KEYS] == [0, 1]


@pytest.mark.parametrize("padding", [b"\0" * 15, b"\x01" * 14 + b"\x03", b"\x11" * 15])
def test_what_is_not_padded_is_not_opened(padding):
    key = ticket_key(LONG)
    assert opened(sealed(b"x", key, padding), key) is None


@given(st.binary(max_size=200))
def test_no_bytes_are_a_ticket_by_chance(ticket):
    assert opened(ticket, ticket_key(LONG)) is None


def test_a_tampered_ticket_is_wrong_in_one_bit():
    key = ticket_key(LONG)
    ticket = sealed(b"session", key)
    wrong = tampered(ticket)
    assert list(wrong) == ["name", "IV", "content", "MAC"]
    for one in wrong.values():
        assert sum((a ^ b).bit_count() for a, b in zip(one, ticket, strict=True)) == 1
        assert opened(one, key) is None


def test_a_short_identity_has_fewer_parts():
    assert list(tampered(bytes(32))) == ["name", "IV", "MAC"]
    assert tampered(b"") == {}


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_what_a_hello_brings_is_found(version):
    ticket = sealed(b"session", ticket_key(LONG))
    hello = client_hello(Offer(versions=(version,), ticket=ticket, session_id=b"i" * 32))
    assert brought(hello) == ticket
    assert b"\x20" + b"i" * 32 in hello


def test_a_hello_without_brings_nothing():
    assert brought(client_hello(Offer(versions=("TLSv1.2", "TLSv1.3")))) == b""


@given(st.binary(max_size=300))
def test_any_bytes_can_be_looked_at(data):
    assert isinstance(brought(data), bytes)


def test_a_ticket_can_change_its_key():
    first, other = ticket_key(LONG), ticket_key(SHORT)
    again = resealed(sealed(b"content", first), first, other)
    assert opened(again, other) == b"content"
    assert opener(again, [first, other]) == 1
    assert resealed(sealed(b"content", other), first, other) == b""
