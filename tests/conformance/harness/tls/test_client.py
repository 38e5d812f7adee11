from __future__ import annotations

import socket
import ssl
import struct
from dataclasses import replace

import pytest
from cryptography import x509

from conformance.harness.observation import Alert, Ending, Offer
from conformance.harness.patience import Deadline
from conformance.harness.tls.client import SecureChannel, obstacle
from conformance.harness.tls.outcome import AlertReceived, Garbled, HandshakeFailed, Unofferable
from conformance.harness.transcript import Layer, Side
from conformance.harness.wire import ConnectionReset, Silence

FATAL_70 = bytes.fromhex("15030100020246")
SOON = Deadline(0)


def subjects(chain):
    return [x509.load_der_x509_certificate(der).subject.rfc4514_string() for der in chain]


ORDINARY = Offer()


def failure(endpoint, connect, soon, offer=ORDINARY):
    with pytest.raises(HandshakeFailed) as caught:
        SecureChannel(connect(endpoint), offer).handshake(soon)
    return caught.value


def over_tls(context, handler):
    """A handler that shakes hands as a server, then goes on over TLS."""

    def run(connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with context.wrap_socket(connection, server_side=True) as tls:
            handler(tls)

    return run


def test_nginx_greets_over_tls_1_3(nginx, connect, soon):
    wire = connect(nginx.endpoint("modern"))
    channel = SecureChannel(wire, Offer(), "mail.example")
    facts = channel.handshake(soon)
    assert (facts.version, facts.cipher) == ("TLSv1.3", "TLS_AES_256_GCM_SHA384")
    assert facts.group == "X25519"
    assert channel.receive(soon).startswith(b"* OK")
    channel.send(b"a NOOP\r\n")
    assert channel.receive(soon) == b"a OK completed\r\n"


@pytest.mark.parametrize("version", ["TLSv1", "TLSv1.1"])
def test_old_versions_work(nginx, connect, soon, version):
    channel = SecureChannel(connect(nginx.endpoint("old")), Offer(versions=(version,)))
    assert channel.handshake(soon).version == version
    assert channel.receive(soon).startswith(b"* OK")


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_the_whole_chain_is_seen_leaf_first(nginx, connect, soon, version):
    facts = SecureChannel(connect(nginx.endpoint("modern")), Offer(versions=(version,))).handshake(
        soon
    )
    leaf, middle = subjects(facts.chain)
    assert "server-ecdsa" in leaf
    assert "middle" in middle


def test_the_offered_cipher_is_taken(nginx, connect, soon):
    offer = Offer(versions=("TLSv1.2",), ciphers=("AES128-SHA",))
    facts = SecureChannel(connect(nginx.endpoint("modern")), offer).handshake(soon)
    assert facts.cipher == "AES128-SHA"
    assert "server-rsa" in subjects(facts.chain)[0]


def test_alpn_is_negotiated(nginx, connect, soon):
    facts = SecureChannel(connect(nginx.endpoint("modern")), Offer(alpn=("x", "imap"))).handshake(
        soon
    )
    assert facts.alpn == "imap"


def test_wrong_alpn_is_an_alert(nginx, connect, soon):
    seen = failure(nginx.endpoint("modern"), connect, soon, Offer(alpn=("http/1.1",)))
    assert (seen.ending, seen.alert) == (Ending.ALERT, Alert(120, "no_application_protocol"))


def test_a_version_not_spoken_is_an_alert_and_noted(nginx, connect, soon):
    wire = connect(nginx.endpoint("old"))
    with pytest.raises(HandshakeFailed) as caught:
        SecureChannel(wire, Offer(versions=("TLSv1.3",))).handshake(soon)
    assert caught.value.alert == Alert(70, "protocol_version")
    assert wire.transcript.sent_by(Side.SERVER, Layer.HANDSHAKE) == b"alert 70 protocol_version"


def test_no_common_cipher_is_an_alert(nginx, connect, soon):
    offer = Offer(versions=("TLSv1.2",), ciphers=("AES128-SHA",))
    assert failure(nginx.endpoint("dh"), connect, soon, offer).alert == Alert(
        40, "handshake_failure"
    )


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize(
    ("person", "answer"),
    [("client-rsa", b"* OK"), ("client-ecdsa", b"* OK"), ("client-ed25519", b"* OK")],
)
def test_client_certificates_are_presented(nginx, pki, connect, soon, version, person, answer):
    offer = Offer(versions=(version,), person=pki.people[person])
    channel = SecureChannel(connect(nginx.endpoint("asks")), offer)
    facts = channel.handshake(soon)
    assert channel.receive(soon).startswith(answer)
    assert facts.request_seen is (True if version == "TLSv1.2" else None)


def test_a_person_nginx_does_not_trust_is_refused_in_words(nginx, pki, connect, soon):
    person = pki.people["stranger"]
    channel = SecureChannel(connect(nginx.endpoint("asks")), Offer(person=person))
    channel.handshake(soon)
    assert channel.receive(soon) == b"* BYE SSL certificate error\r\n"
    assert channel.receive(soon) == b""


def test_ca_names_are_seen_below_tls_1_3(nginx, connect, soon):
    channel = SecureChannel(connect(nginx.endpoint("asks")), Offer(versions=("TLSv1.2",)))
    first, second = channel.handshake(soon).ca_names
    assert b"root of these tests" in first
    assert b"some other authority" in second


def test_starttls_on_an_open_wire(nginx, connect, soon):
    wire = connect(nginx.endpoint("starttls"))
    assert wire.receive(soon).startswith(b"* OK")
    wire.send(b"a STARTTLS\r\n")
    assert wire.receive(soon).startswith(b"a OK")
    channel = SecureChannel(wire, Offer())
    channel.handshake(soon)
    channel.send(b"b NOOP\r\n")
    assert channel.receive(soon).startswith(b"b OK")


def test_a_session_is_resumed(nginx, connect, soon):
    offer = Offer(versions=("TLSv1.2",))
    first = SecureChannel(connect(nginx.endpoint("modern")), offer)
    assert not first.handshake(soon).resumed
    again = replace(offer, session=first.session)
    second = SecureChannel(connect(nginx.endpoint("modern")), again)
    facts = second.handshake(soon)
    assert facts.resumed
    assert second.resumed


def test_a_late_refusal_in_tls_1_3_is_an_alert(serve, server_context, pki, connect, soon):
    server_context.verify_mode = ssl.CERT_REQUIRED
    server_context.load_verify_locations(pki.path("root.pem"))
    endpoint = serve(over_tls(server_context, lambda tls: None))
    wire = connect(endpoint)
    channel = SecureChannel(wire, Offer(versions=("TLSv1.3",)))
    channel.handshake(soon)
    with pytest.raises(AlertReceived) as caught:
        channel.receive(soon)
    assert caught.value.alert == Alert(116, "certificate_required")
    channel.send(b"nobody listens")
    with pytest.raises(AlertReceived):
        channel.receive(soon)
    assert b"alert 116" in wire.transcript.sent_by(Side.SERVER, Layer.HANDSHAKE)


def test_the_late_alert_is_read_even_after_sending_into_the_closed_connection(
    serve, server_context, pki, connect, soon
):
    server_context.verify_mode = ssl.CERT_REQUIRED
    server_context.load_verify_locations(pki.path("root.pem"))
    channel = SecureChannel(connect(serve(over_tls(server_context, None))), Offer())
    channel.handshake(soon)
    for _ in range(100):
        channel.send(b"a NOOP\r\n")
    with pytest.raises(AlertReceived):
        channel.receive(soon)


def test_much_and_nothing_is_sent_whole(serve, server_context, connect, soon):
    def handler(tls):
        left = 300_000
        while left:
            left -= len(tls.recv(65536))
        tls.sendall(b"all")

    channel = SecureChannel(connect(serve(over_tls(server_context, handler))), Offer())
    channel.handshake(soon)
    channel.send(b"")
    channel.send(b"x" * 300_000)
    assert channel.receive(soon) == b"all"


def test_close_notify_is_a_clean_close(serve, server_context, connect, soon):
    def handler(tls):
        tls.sendall(b"bye")
        tls.unwrap()

    channel = SecureChannel(connect(serve(over_tls(server_context, handler))), Offer())
    channel.handshake(soon)
    assert channel.receive(soon) == b"bye"
    assert channel.receive(soon) == b""
    assert channel.clean_close


def test_a_bare_end_is_not_a_clean_close(serve, server_context, connect, soon):
    endpoint = serve(over_tls(server_context, lambda tls: tls.sendall(b"bye")))
    channel = SecureChannel(connect(endpoint), Offer())
    channel.handshake(soon)
    assert channel.receive(soon) == b"bye"
    assert channel.receive(soon) == b""
    assert not channel.clean_close


def test_a_reset_is_told_apart(serve, server_context, connect, soon):
    def handler(tls):
        tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    channel = SecureChannel(connect(serve(over_tls(server_context, handler))), Offer())
    channel.handshake(soon)
    with pytest.raises(ConnectionReset):
        channel.receive(soon)


def test_silence_inside_tls(serve, server_context, connect, soon):
    channel = SecureChannel(
        connect(serve(over_tls(server_context, lambda tls: tls.recv(1)))), Offer()
    )
    channel.handshake(soon)
    with pytest.raises(Silence):
        channel.receive(SOON)
    channel.close()


def test_clear_text_inside_tls_is_garbled(serve, server_context, connect, soon):
    def handler(connection):
        tls = server_context.wrap_bio(
            incoming := ssl.MemoryBIO(), outgoing := ssl.MemoryBIO(), True
        )
        incoming.write(connection.recv(65536))
        with pytest.raises(ssl.SSLWantReadError):
            tls.do_handshake()
        connection.sendall(outgoing.read())
        incoming.write(connection.recv(65536))
        tls.do_handshake()
        connection.sendall(outgoing.read() + b"* OK in clear, again\r\n")
        connection.recv(1)

    channel = SecureChannel(connect(serve(handler)), Offer())
    channel.handshake(soon)
    with pytest.raises(Garbled):
        channel.receive(soon)


def test_mail_text_instead_of_a_server_hello(answer, connect, soon):
    seen = failure(answer(b"a BAD what\x1b[31m\r\n"), connect, soon)
    assert seen.ending is Ending.GARBAGE
    assert seen.note == '"a BAD what\\x1b[31m\\r\\n"'


def test_a_clear_alert_record(answer, connect, soon):
    seen = failure(answer(FATAL_70), connect, soon)
    assert (seen.ending, seen.alert) == (Ending.ALERT, Alert(70, "protocol_version"))


def test_an_unassigned_alert_is_still_an_alert(answer, connect, soon):
    seen = failure(answer(bytes.fromhex("150303000202c8")), connect, soon)
    assert (seen.ending, seen.alert) == (Ending.ALERT, Alert(200, "alert_200"))


def test_an_alert_before_clear_text_counts(answer, connect, soon):
    seen = failure(answer(FATAL_70 + b"* BYE in clear\r\n"), connect, soon)
    assert (seen.ending, seen.note) == (Ending.ALERT, '"* BYE in clear\\r\\n"')


def test_an_orderly_close_without_alert(answer, connect, soon):
    assert failure(answer(), connect, soon).ending is Ending.CLOSED


def test_close_notify_instead_of_a_server_hello(answer, connect, soon):
    assert failure(answer(bytes.fromhex("15030300020100")), connect, soon).ending is Ending.CLOSED


def test_a_reset_instead_of_a_server_hello(serve, connect, soon):
    def handler(connection):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.recv(1)

    assert failure(serve(handler), connect, soon).ending is Ending.RESET


def test_no_server_hello_in_time(serve, connect, soon):
    endpoint = serve(lambda connection: connection.recv(65536) and connection.recv(65536))
    with pytest.raises(HandshakeFailed) as caught:
        SecureChannel(wire := connect(endpoint), Offer()).handshake(SOON)
    wire.close()
    assert caught.value.ending is Ending.TIMEOUT


def test_a_server_without_secure_renegotiation_is_not_given_up(answer, connect, soon):
    body = bytes.fromhex("0303") + bytes(32) + bytes.fromhex("00002f00")
    hello = b"\x16\x03\x03\x00\x2a\x02\x00\x00\x26" + body
    offer = Offer(versions=("TLSv1.2",), ciphers=("AES128-SHA",))
    assert failure(answer(hello), connect, soon, offer).ending is Ending.CLOSED


def test_a_server_hello_that_our_library_rejects(answer, connect, soon):
    body = bytes.fromhex("0303") + bytes(32) + bytes.fromhex("00c02f00")
    hello = b"\x16\x03\x03" + (len(body) + 4).to_bytes(2) + b"\x02" + len(body).to_bytes(3) + body
    seen = failure(
        answer(hello), connect, soon, Offer(versions=("TLSv1.2",), ciphers=("AES128-SHA",))
    )
    assert seen.ending is Ending.LOCAL
    assert seen.note == "WRONG_CIPHER_RETURNED"
    assert seen.facts.cipher == "ECDHE-RSA-AES128-GCM-SHA256"


@pytest.mark.parametrize(
    ("offer", "reason"),
    [
        (Offer(), ""),
        (Offer(versions=("TLSv1", "TLSv1.1")), ""),
        (Offer(versions=("TLSv1", "TLSv1.2")), "versions with a gap"),
        (Offer(versions=("SSLv3",)), "version SSLv3"),
        (Offer(ciphers=("RC4-SHA",)), "cipher RC4-SHA"),
        (Offer(suites=("TLS_AES_128_GCM_SHA256",)), "a choice of TLS 1.3 suites"),
        (Offer(groups=("X25519",)), "a choice of groups"),
        (Offer(signatures=("ed25519",)), "a choice of signature schemes"),
        (Offer(ciphers=("TLS_AES_128_GCM_SHA256",)), "cipher TLS_AES_128_GCM_SHA256"),
    ],
)
def test_what_the_library_cannot_offer_is_named(offer, reason):
    assert obstacle(offer) == reason


def test_an_offer_is_never_made_in_part(answer, connect):
    with pytest.raises(Unofferable):
        SecureChannel(
            connect(answer()), Offer(versions=("TLSv1.2",), ciphers=("AES128-SHA", "RC4-SHA"))
        )
