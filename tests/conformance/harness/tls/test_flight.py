from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.harness.observation import Alert, TlsFacts
from conformance.harness.tls.flight import Flight
from conformance.harness.tls.records import NotTls, record, vector

RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


def message(kind, body):
    return bytes((kind,)) + vector(3, body)


def hello(*extensions, version=0x0303, cipher=0xC02F, random=bytes(32), session=b""):
    body = version.to_bytes(2) + random + vector(1, session) + cipher.to_bytes(2) + b"\x00"
    listed = b"".join(number.to_bytes(2) + vector(2, content) for number, content in extensions)
    return message(2, body + vector(2, listed))


def read(*messages, kind=22):
    flight = Flight()
    flight.feed(record(kind, 0x0303, b"".join(messages)))
    return flight


def test_tls_1_3_ends_with_its_server_hello():
    flight = read(hello((43, b"\x03\x04"), (51, b"\x00\x1d" + vector(2, b"k" * 32)), cipher=0x1301))
    assert flight.done
    assert (flight.version, flight.cipher) == ("TLSv1.3", "TLS_AES_128_GCM_SHA256")
    assert flight.group == "X25519"


def test_a_retry_request_names_the_group_it_wants():
    flight = read(hello((43, b"\x03\x04"), (51, b"\x00\x18"), random=RETRY))
    assert (flight.retry, flight.group) == (True, "secp384r1")


def test_a_whole_tls_1_2_flight():
    request = vector(1, b"\x01\x40") + vector(2, b"\x04\x03") + vector(2, vector(2, b"name"))
    flight = read(
        hello((16, vector(2, vector(1, b"imap")))),
        message(11, vector(3, vector(3, b"leaf") + vector(3, b"middle"))),
        message(12, b"\x03\x00\x17" + vector(1, b"point") + b"\x08\x04" + vector(2, b"signed")),
        message(13, request),
        message(14, b""),
    )
    facts = flight.facts
    assert (facts.chain, facts.group, facts.alpn) == ((b"leaf", b"middle"), "prime256v1", "imap")
    assert (facts.request_seen, facts.ca_names) == (True, (b"name",))
    assert flight.certificate_types == (1, 64)
    assert facts.signature == "rsa_pss_rsae_sha256"


def test_a_request_of_tls_1_1_has_no_signatures():
    request = vector(1, b"\x01") + vector(2, vector(2, b"name"))
    flight = read(hello(version=0x0302), message(13, request), message(14, b""))
    assert flight.facts.ca_names == (b"name",)


def test_an_empty_list_of_authorities_is_not_an_absent_request():
    request = vector(1, b"\x01") + vector(2, b"\x04\x03") + vector(2, b"")
    assert read(hello(), message(13, request), message(14, b"")).facts.ca_names == ()
    assert read(hello(), message(14, b"")).facts.ca_names is None


def test_a_request_is_unknown_until_the_flight_is_complete():
    assert read(hello()).facts.request_seen is None
    assert read(hello(), message(14, b"")).facts.request_seen is False


def test_the_group_of_an_exchange():
    numbers = vector(2, b"\x00\xff\xff") + vector(2, b"\x05") + vector(2, b"\x12\x34")
    flight = read(hello(version=0x0302, cipher=0x0033), message(12, numbers + b"signature"))
    assert (flight.dh_prime, flight.facts.key_bits) == (0xFFFF, 16)
    assert (flight.dh_generator, flight.dh_public, flight.signature) == (5, 0x1234, "")


def test_an_exchange_that_is_cut_short():
    with pytest.raises(NotTls, match="cut short"):
        read(hello(cipher=0x0033), message(12, vector(2, b"\x00\xff\xff") + b"rest"))


def test_a_change_of_cipher_without_a_certificate_is_a_resumption():
    flight = read(hello())
    flight.feed(record(20, 0x0303, b"\x01"))
    assert (flight.done, flight.facts.resumed, flight.facts.request_seen) == (True, True, None)


def test_a_warning_does_not_end_the_flight():
    flight = read(b"\x01\x70", kind=21)
    flight.feed(record(22, 0x0303, hello() + message(14, b"")))
    assert flight.done
    assert flight.warnings == (Alert(112, "unrecognized_name"),)


def test_another_message_cannot_come_first():
    with pytest.raises(NotTls, match="message 14 instead"):
        read(message(14, b""))


@pytest.mark.parametrize("kind", [20, 23])
def test_other_records_cannot_come_first(kind):
    with pytest.raises(NotTls):
        read(b"\x01", kind=kind)


def test_the_flight_is_bounded():
    flight, endless = read(hello()), record(22, 0x0303, b"\x16\xff\xff\xff" + bytes(1000))
    for _ in range(500):
        flight.feed(endless)
    with pytest.raises(NotTls, match="over"):
        flight.feed(endless * 50)


@given(st.lists(st.binary(max_size=60)), st.booleans())
def test_no_bytes_raise_anything_else(pieces, begun):
    flight = Flight()
    with contextlib.suppress(NotTls):
        for piece in ([hello()] if begun else []) + pieces:
            flight.feed(record(22, 0x0303, piece))
    # What was understood until then can still be told.
    assert isinstance(flight.facts, TlsFacts)


TICKET = message(4, (300).to_bytes(4) + vector(2, b"ticket"))
DONE = message(14, b"")
SEALED = record(20, 0x0303, b"\x01")


def test_the_session_is_named_and_a_ticket_promised():
    facts = read(hello((35, b""), session=b"s" * 32)).facts
    assert (facts.session_id, facts.ticket_promised) == (b"s" * 32, True)
    assert read(hello()).facts.ticket_promised is False
    assert Flight().facts.ticket_promised is None


def test_a_ticket_behind_the_flight_is_kept():
    flight = read(hello((35, b"")), DONE)
    flight.feed(record(22, 0x0303, TICKET) + SEALED)
    assert (flight.facts.ticket, flight.facts.ticket_lifetime) == (b"ticket", 300)


def test_a_ticket_in_pieces_is_kept():
    flight = read(hello((35, b"")), DONE)
    for part in (TICKET[:3], TICKET[3:9], TICKET[9:]):
        flight.feed(record(22, 0x0303, part))
    assert flight.facts.ticket == b"ticket"


def test_what_is_sealed_is_no_ticket():
    flight = read(hello((35, b"")), DONE)
    flight.feed(SEALED + record(22, 0x0303, TICKET))
    assert flight.facts.ticket == b""


def test_a_resumption_may_renew_the_ticket():
    flight = read(hello((35, b"")), TICKET)
    flight.feed(SEALED)
    assert (flight.resumed, flight.facts.ticket) == (True, b"ticket")
