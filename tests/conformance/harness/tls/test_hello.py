from __future__ import annotations

import socket
import ssl
import struct

import pytest
from cryptography import x509

from conformance.harness.observation import Alert, Ending, Offer
from conformance.harness.patience import Deadline
from conformance.harness.tls.hello import client_hello, hello
from conformance.harness.tls.records import record, vector
from conformance.harness.transcript import Layer, Side


def server_hello(version=0x0303, cipher=0x002F, extensions=b""):
    body = version.to_bytes(2) + bytes(32) + vector(1, b"") + cipher.to_bytes(2) + b"\x00"
    return message(2, body + (vector(2, extensions) if extensions else b""))


def message(kind, body):
    return bytes((kind,)) + vector(3, body)


def handshake(data):
    return record(22, 0x0303, data)


def subject(der):
    return x509.load_der_x509_certificate(der).subject.rfc4514_string()


def ask(nginx, connect, soon, listener, **offer):
    return hello(connect(nginx.endpoint(listener)), Offer(**offer), soon)


def test_tls_1_3_without_a_retry(nginx, connect, soon):
    seen = ask(nginx, connect, soon, "modern")
    assert (seen.ending, seen.facts.version, seen.facts.group) == (Ending.OPEN, "TLSv1.3", "X25519")
    assert not seen.retry


def test_groups_in_the_clients_order(nginx, connect, soon):
    seen = ask(nginx, connect, soon, "modern", groups=("P-256", "X25519"))
    assert seen.facts.group == "prime256v1"


def test_a_group_without_a_share_is_asked_for_again(nginx, connect, soon):
    seen = ask(nginx, connect, soon, "modern", versions=("TLSv1.3",), groups=("ffdhe2048",))
    assert (seen.retry, seen.facts.group, seen.facts.version) == (True, "ffdhe2048", "TLSv1.3")


def test_the_curve_of_the_listener(nginx, connect, soon):
    seen = ask(nginx, connect, soon, "curve", versions=("TLSv1.2",))
    assert (seen.ending, seen.facts.group) == (Ending.OPEN, "secp384r1")


@pytest.mark.parametrize("suite", ["TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"])
def test_a_choice_of_tls_1_3_suites(nginx, connect, soon, suite):
    seen = ask(nginx, connect, soon, "modern", versions=("TLSv1.3",), suites=(suite,))
    assert seen.facts.cipher == suite


def test_an_unavailable_tls_1_3_suite_is_an_alert(nginx, connect, soon):
    offer = {"versions": ("TLSv1.3",), "suites": ("TLS_AES_128_CCM_SHA256",)}
    assert ask(nginx, connect, soon, "modern", **offer).alert == Alert(40, "handshake_failure")


@pytest.mark.parametrize("version", ["TLSv1", "TLSv1.1"])
def test_old_versions(nginx, connect, soon, version):
    seen = ask(nginx, connect, soon, "old", versions=(version,))
    assert (seen.ending, seen.facts.version) == (Ending.OPEN, version)


@pytest.mark.parametrize("versions", [("SSLv3",), ("SSLv2",), ("SSLv2", "SSLv3")])
def test_ancient_versions_are_refused(nginx, connect, soon, versions):
    seen = ask(nginx, connect, soon, "modern", versions=versions)
    assert seen.ending in {Ending.ALERT, Ending.CLOSED}
    assert not seen.facts.version


def test_an_sslv2_hello_may_ask_for_tls(nginx, connect, soon):
    seen = ask(nginx, connect, soon, "gap", versions=("SSLv2", "TLSv1.2"), ciphers=("AES128-SHA",))
    assert (seen.facts.version, seen.facts.cipher) == ("TLSv1.2", "AES128-SHA")


@pytest.mark.parametrize(
    ("versions", "answer"),
    [
        (("TLSv1", "TLSv1.3"), "TLSv1"),
        (("TLSv1.1", "TLSv1.2"), "TLSv1.2"),
        (("TLSv1.2", "TLSv1.3"), "TLSv1.2"),
    ],
)
def test_versions_with_gaps_on_both_sides(nginx, connect, soon, versions, answer):
    assert ask(nginx, connect, soon, "gap", versions=versions).facts.version == answer


def test_versions_that_fall_into_the_listeners_gap(nginx, connect, soon):
    seen = ask(nginx, connect, soon, "gap", versions=("TLSv1.1", "TLSv1.3"))
    assert seen.alert == Alert(70, "protocol_version")


def test_the_diffie_hellman_prime(nginx, connect, soon):
    seen = ask(nginx, connect, soon, "dh", versions=("TLSv1.2",))
    assert seen.facts.key_bits == seen.dh_prime.bit_length() == 2048


def test_the_chain_and_the_authorities(nginx, connect, soon):
    seen = ask(nginx, connect, soon, "asks", versions=("TLSv1.2",))
    assert "server-ecdsa" in subject(seen.facts.chain[0])
    assert len(seen.facts.chain) == 2
    assert seen.facts.request_seen
    assert b"root of these tests" in seen.facts.ca_names[0]
    assert seen.certificate_types == (1, 2, 64)


def test_no_request_is_told_from_unknown(nginx, connect, soon):
    assert ask(nginx, connect, soon, "modern", versions=("TLSv1.2",)).facts.request_seen is False
    assert ask(nginx, connect, soon, "modern", versions=("TLSv1.3",)).facts.request_seen is None


def test_extensions_of_tls_1_2(nginx, connect, soon):
    seen = ask(nginx, connect, soon, "modern", versions=("TLSv1.2",), alpn=("imap",))
    assert seen.facts.alpn == "imap"
    assert (seen.secure_renegotiation, seen.extended_master_secret, seen.compression) == (True, True, 0)


def test_fallback_is_inappropriate(nginx, connect, soon):
    seen = ask(
        nginx, connect, soon, "gap", versions=("TLSv1",), ciphers=("AES128-SHA", "TLS_FALLBACK_SCSV")
    )
    assert seen.alert == Alert(86, "inappropriate_fallback")


def test_a_choice_of_signatures(nginx, connect, soon):
    offer = {"versions": ("TLSv1.2",), "signatures": ("rsa_pkcs1_sha256",)}
    assert "server-rsa" in subject(ask(nginx, connect, soon, "modern", **offer).facts.chain[0])


def test_hello_after_starttls(nginx, connect, soon):
    wire = connect(nginx.endpoint("starttls"))
    wire.receive(soon)
    wire.send(b"a STARTTLS\r\n")
    wire.receive(soon)
    assert hello(wire, Offer(), soon).facts.version == "TLSv1.2"


def test_what_is_noted(nginx, connect, soon):
    wire = connect(nginx.endpoint("modern"))
    hello(wire, Offer(versions=("TLSv1.2",), ciphers=("AES128-SHA",)), soon)
    assert wire.transcript.sent_by(Side.CLIENT, Layer.HANDSHAKE) == b"ClientHello TLSv1.2 with AES128-SHA"
    noted = wire.transcript.sent_by(Side.SERVER, Layer.HANDSHAKE)
    assert noted.startswith(b"TLSv1.2 AES128-SHA, leaf ")


@pytest.mark.parametrize(
    ("pieces", "ending"),
    [
        ([], Ending.CLOSED),
        ([b"* BYE no TLS here\r\n"], Ending.GARBAGE),
        ([b"\x16\x03\x03\xff\xff"], Ending.GARBAGE),
        ([record(23, 0x0303, b"x" * 50)], Ending.GARBAGE),
        ([handshake(message(11, b""))], Ending.GARBAGE),
        ([handshake(message(2, b"\x03\x03cut"))], Ending.GARBAGE),
        ([handshake(server_hello())[:20]], Ending.CLOSED),
        ([handshake(server_hello())], Ending.CLOSED),
        ([handshake(server_hello() + message(11, vector(3, b"\x00\x00\xff")))], Ending.GARBAGE),
        ([handshake(server_hello() + message(14, b""))], Ending.OPEN),
        ([handshake(server_hello() + b"\x0b\xff\xff\xff")], Ending.CLOSED),
        ([record(21, 0x0301, b"\x02"), record(21, 0x0301, b"\x28")], Ending.ALERT),
        ([handshake(server_hello()), record(21, 0x0303, b"\x02\x50")], Ending.ALERT),
        ([record(21, 0x0301, b"\x01\x00")], Ending.CLOSED),
    ],
)
def test_whatever_comes_has_an_ending(answer, connect, soon, pieces, ending):
    assert hello(connect(answer(*pieces)), Offer(versions=("TLSv1.2",)), soon).ending is ending


def test_messages_and_records_may_be_cut_anywhere(answer, connect, soon):
    flight = server_hello() + message(11, vector(3, vector(3, b"certificate"))) + message(14, b"")
    pieces = [handshake(flight[i : i + 1]) for i in range(len(flight))]
    seen = hello(connect(answer(*pieces)), Offer(versions=("TLSv1.2",)), soon)
    assert (seen.ending, seen.facts.chain) == (Ending.OPEN, (b"certificate",))


def test_facts_survive_a_flight_that_breaks_off(answer, connect, soon):
    seen = hello(connect(answer(handshake(server_hello()))), Offer(versions=("TLSv1.2",)), soon)
    assert (seen.facts.version, seen.facts.cipher) == ("TLSv1.2", "AES128-SHA")


@pytest.mark.parametrize("piece", [record(22, 0x0303, b""), handshake(b"\x0b\xff\xff\xff" + bytes(9000))])
def test_endless_records_are_cut_off(serve, connect, soon, piece):
    def handler(connection):
        connection.recv(65536)
        connection.sendall(handshake(server_hello()))
        while True:
            connection.sendall(piece * 1000)

    wire = connect(serve(handler))
    seen = hello(wire, Offer(versions=("TLSv1.2",)), soon)
    wire.close()
    assert seen.ending is Ending.GARBAGE
    assert wire.received < 2 * 1024 * 1024


def test_a_dripping_server_runs_into_the_deadline(serve, connect):
    def handler(connection):
        while connection.send(record(22, 0x0303, b"")):
            pass

    wire = connect(serve(handler))
    seen = hello(wire, Offer(), Deadline(0))
    wire.abort()
    assert seen.ending is Ending.TIMEOUT


def test_a_reset(serve, connect, soon):
    def handler(connection):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.recv(1)

    assert hello(connect(serve(handler)), Offer(), soon).ending is Ending.RESET


def test_a_server_of_sslv2(answer, connect, soon):
    body = b"\x04\x00\x01\x00\x02" + bytes.fromhex("0004 0003 0010") + b"cert" + b"\x01\x00\x80" + bytes(16)
    seen = hello(
        connect(answer((0x8000 | len(body)).to_bytes(2) + body)), Offer(versions=("SSLv2",)), soon
    )
    assert (seen.facts.version, seen.facts.cipher, seen.facts.chain) == ("SSLv2", "RC4-MD5", (b"cert",))


def test_a_cut_sslv2_answer(answer, connect, soon):
    assert hello(connect(answer(b"\x80\x20\x04")), Offer(versions=("SSLv2",)), soon).ending is Ending.CLOSED


@pytest.mark.parametrize(
    "offer",
    [
        Offer(versions=("TLSv1.4",)),
        Offer(ciphers=("NO-SUCH",)),
        Offer(groups=("curve1",)),
        Offer(signatures=("by hand",)),
        Offer(versions=("SSLv2",), ciphers=("AES128-SHA",)),
    ],
)
def test_unknown_names_are_our_error(offer):
    with pytest.raises(ValueError, match="called"):
        client_hello(offer)


def test_randoms_differ_and_nothing_else():
    first, second = client_hello(Offer()), client_hello(Offer())
    assert first[11:43] != second[11:43]
    assert first[:11] + first[43:] == second[:11] + second[43:]


def test_openssl_reads_the_whole_hello(server_context):
    names = []
    server_context.sni_callback = lambda tls, name, context: names.append(name)
    server_context.set_alpn_protocols(["imap"])
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = server_context.wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(client_hello(Offer(alpn=("imap",)), "mail.example"))
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    assert names == ["mail.example"]
    assert tls.selected_alpn_protocol() == "imap"
