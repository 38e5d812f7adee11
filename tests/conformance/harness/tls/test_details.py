from __future__ import annotations

import socket
import ssl
import struct

import pytest
from cryptography import x509

from conformance.harness.observation import Alert, Ending, Offer
from conformance.harness.patience import Deadline
from conformance.harness.tls.client import SecureChannel
from conformance.harness.tls.details import detailed_handshake
from conformance.harness.tls.outcome import AlertReceived, Garbled, HandshakeFailed, Unofferable
from conformance.harness.wire import Silence


def subject(der):
    return x509.load_der_x509_certificate(der).subject.rfc4514_string()


def over_tls(context, handler):
    def run(connection):
        with context.wrap_socket(connection, server_side=True) as tls:
            handler(tls)

    return run


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_authorities_are_seen_in_order(nginx, connect, soon, version):
    facts, _ = detailed_handshake(connect(nginx.endpoint("asks")), Offer(versions=(version,)), soon)
    assert facts.request_seen
    assert b"root of these tests" in facts.ca_names[0]
    assert b"some other authority" in facts.ca_names[1]


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_no_request_is_seen_as_such(nginx, connect, soon, version):
    facts, _ = detailed_handshake(connect(nginx.endpoint("modern")), Offer(versions=(version,)), soon)
    assert (facts.request_seen, facts.ca_names) == (False, None)


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_the_same_facts_as_from_the_standard_library(nginx, connect, soon, version):
    offer = Offer(versions=(version,), alpn=("imap",))
    seen, _ = detailed_handshake(connect(nginx.endpoint("modern")), offer, soon)
    expected = SecureChannel(connect(nginx.endpoint("modern")), offer).handshake(soon)
    assert (seen.version, seen.chain, seen.alpn) == (expected.version, expected.chain, expected.alpn)


@pytest.mark.parametrize("version", ["TLSv1", "TLSv1.1"])
def test_old_versions(nginx, connect, soon, version):
    facts, channel = detailed_handshake(connect(nginx.endpoint("old")), Offer(versions=(version,)), soon)
    assert facts.version == version
    assert channel.receive(soon).startswith(b"* OK")


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize("person", ["client-rsa", "client-ecdsa", "client-ed25519"])
def test_client_certificates_and_a_conversation(nginx, pki, connect, soon, version, person):
    offer = Offer(versions=(version,), person=pki.people[person])
    _, channel = detailed_handshake(connect(nginx.endpoint("asks")), offer, soon)
    assert channel.receive(soon).startswith(b"* OK")
    channel.send(b"a NOOP\r\n")
    assert channel.receive(soon) == b"a OK completed\r\n"
    channel.close()


@pytest.mark.parametrize(
    ("offer", "field", "value"),
    [
        (Offer(versions=("TLSv1.3",), suites=("TLS_AES_128_GCM_SHA256",)), "cipher", "TLS_AES_128_GCM_SHA256"),
        (Offer(versions=("TLSv1.2",), ciphers=("AES256-SHA",)), "cipher", "AES256-SHA"),
        (Offer(versions=("TLSv1.3",), groups=("secp384r1",)), "group", "secp384r1"),
        (Offer(versions=("TLSv1.2",), groups=("secp521r1",)), "group", "secp521r1"),
        (Offer(versions=("TLSv1.1", "TLSv1.3")), "version", "TLSv1.3"),
    ],
)
def test_what_the_standard_library_cannot_choose(nginx, connect, soon, offer, field, value):
    facts, channel = detailed_handshake(connect(nginx.endpoint("modern")), offer, soon)
    assert getattr(facts, field) == value
    assert channel.receive(soon).startswith(b"* OK")


def test_a_choice_of_signatures(nginx, connect, soon):
    offer = Offer(versions=("TLSv1.2",), signatures=("rsa_pkcs1_sha256",))
    facts, _ = detailed_handshake(connect(nginx.endpoint("modern")), offer, soon)
    assert "server-rsa" in subject(facts.chain[0])


def test_starttls_on_an_open_wire(nginx, connect, soon):
    wire = connect(nginx.endpoint("starttls"))
    wire.receive(soon)
    wire.send(b"a STARTTLS\r\n")
    wire.receive(soon)
    _, channel = detailed_handshake(wire, Offer(), soon)
    channel.send(b"b NOOP\r\n")
    assert channel.receive(soon).startswith(b"b OK")


def test_a_refused_version_is_an_alert(nginx, connect, soon):
    with pytest.raises(HandshakeFailed) as caught:
        detailed_handshake(connect(nginx.endpoint("old")), Offer(versions=("TLSv1.3",)), soon)
    assert caught.value.alert == Alert(70, "protocol_version")


def test_a_late_refusal_in_tls_1_3_is_an_alert(serve, server_context, pki, connect, soon):
    server_context.verify_mode = ssl.CERT_REQUIRED
    server_context.load_verify_locations(pki.path("root.pem"))
    wire = connect(serve(over_tls(server_context, None)))
    _, channel = detailed_handshake(wire, Offer(versions=("TLSv1.3",)), soon)
    with pytest.raises(AlertReceived) as caught:
        channel.receive(soon)
    assert caught.value.alert == Alert(116, "certificate_required")


def test_silence_does_not_end_the_channel(serve, server_context, connect, soon):
    endpoint = serve(over_tls(server_context, lambda tls: tls.sendall(tls.recv(100))))
    _, channel = detailed_handshake(connect(endpoint), Offer(), soon)
    with pytest.raises(Silence):
        while channel.receive(Deadline(0)):
            pass
    channel.send(b"echo")
    assert channel.receive(soon) == b"echo"


@pytest.mark.parametrize("orderly", [True, False])
def test_how_the_peer_closes(serve, server_context, connect, soon, orderly):
    endpoint = serve(over_tls(server_context, lambda tls: orderly and tls.unwrap()))
    _, channel = detailed_handshake(connect(endpoint), Offer(), soon)
    assert channel.receive(soon) == b""
    assert channel.clean_close is orderly


def test_clear_text_inside_tls_is_garbled(serve, server_context, connect, soon):
    def handler(tls):
        with socket.socket(fileno=tls.detach()) as clear:
            clear.sendall(b"* OK in clear, again\r\n")
            clear.shutdown(socket.SHUT_WR)
            clear.recv(65536)

    def run(connection):
        handler(server_context.wrap_socket(connection, server_side=True))

    _, channel = detailed_handshake(connect(serve(run)), Offer(), soon)
    with pytest.raises(Garbled):
        channel.receive(soon)


@pytest.mark.parametrize(
    ("pieces", "ending"),
    [
        ([], Ending.CLOSED),
        ([b"* BYE\r\n"], Ending.GARBAGE),
        ([bytes.fromhex("15030100020246")], Ending.ALERT),
        ([bytes.fromhex("15030100020100")], Ending.CLOSED),
        ([bytes.fromhex("1603030004020000ff")], Ending.CLOSED),
        ([bytes.fromhex("160303002a020000260303") + bytes(33) + bytes.fromhex("000a00")], Ending.LOCAL),
    ],
)
def test_whatever_comes_has_an_ending(answer, connect, soon, pieces, ending):
    offer = Offer(versions=("TLSv1.2",), ciphers=("AES128-SHA",))
    with pytest.raises(HandshakeFailed) as caught:
        detailed_handshake(connect(answer(*pieces)), offer, soon)
    assert caught.value.ending is ending


def test_a_reset(serve, connect, soon):
    def handler(connection):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.recv(1)

    with pytest.raises(HandshakeFailed) as caught:
        detailed_handshake(connect(serve(handler)), Offer(), soon)
    assert caught.value.ending is Ending.RESET


@pytest.mark.parametrize(
    "offer",
    [
        Offer(versions=("SSLv2",)),
        Offer(versions=("TLSv1", "TLSv1.2")),
        Offer(ciphers=("ARIA128-GCM-SHA256",)),
        Offer(groups=("secp224r1",)),
    ],
)
def test_an_offer_is_never_made_in_part(answer, connect, soon, offer):
    with pytest.raises(Unofferable):
        detailed_handshake(connect(answer()), offer, soon)
