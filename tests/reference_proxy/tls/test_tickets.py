from __future__ import annotations

import pytest

from reference_proxy.config.errors import Place
from reference_proxy.tls.errors import ContextError
from reference_proxy.tls.tickets import TicketKey, TicketKeys, load_keys

SHORT, LONG = (TicketKey.read(bytes(range(size))) for size in (48, 80))
KEYS = TicketKeys((LONG, TicketKey.read(b"o" * 48)))


def test_the_parts_of_a_key_file():
    assert TicketKey(bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48))) == SHORT
    assert TicketKey(bytes(range(16)), aes=bytes(range(48, 80)), hmac=bytes(range(16, 48))) == LONG


def test_the_first_key_encrypts_and_every_key_decrypts():
    assert KEYS.for_encryption is LONG
    assert [KEYS.for_decryption(key.name) for key in KEYS.keys] == list(KEYS.keys)
    assert KEYS.for_decryption(b"unknown") is None


def test_a_ticket_is_renewed_unless_its_key_is_the_first():
    first, second = KEYS.keys
    assert not KEYS.is_renewed(first, "TLSv1.2")
    assert KEYS.is_renewed(second, "TLSv1.2")
    assert KEYS.is_renewed(first, "TLSv1.3")


def test_secrets_are_not_shown():
    assert "16" not in repr(LONG).replace("\\x", "")


@pytest.mark.parametrize("size", [0, 47, 49, 79, 81, 5000])
def test_other_sizes_are_refused_with_the_place(pki, size):
    path = pki.write("odd.key", bytes(size))
    with pytest.raises(ContextError, match=r'odd.key" must be 48 or 80 bytes in file:7$'):
        load_keys((path,), Place("file", 7), frozenset())
