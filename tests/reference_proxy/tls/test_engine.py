from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from reference_proxy.session.events import TlsState
from reference_proxy.tls.engine import Engine, TlsFailure

V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


def test_handshake_names_version_and_cipher(visit):
    cipher = "ECDHE-ECDSA-AES128-GCM-SHA256"
    state = visit(maximum_version=V12, ciphers=cipher)
    assert state == TlsState("TLSv1.2", cipher)


@pytest.mark.parametrize("version", [V12, V13])
def test_bytes_go_both_ways(connect, version):
    client, engine, _ = connect(maximum_version=version)
    client.tls.write(b"a1 NOOP\r\n")
    engine.write(b"* OK ready\r\n")
    client.pump(engine)
    assert engine.read() == b"a1 NOOP\r\n"
    assert client.tls.read() == b"* OK ready\r\n"


def test_many_records_are_read_at_once(connect):
    client, engine, _ = connect()
    client.tls.write(b"x" * 100_000)
    client.pump(engine)
    assert engine.read() == b"x" * 100_000
    assert engine.read() == b""


def test_bytes_behind_the_last_handshake_message_wait_for_read(build, settings, client_context):
    engine = Engine(build(settings))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = client_context().wrap_bio(incoming, outgoing)
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    engine.feed(outgoing.read())
    assert engine.handshake() is None
    incoming.write(engine.outgoing())
    tls.do_handshake()
    tls.write(b"a1 NOOP\r\n")
    engine.feed(outgoing.read())
    assert isinstance(engine.handshake(), TlsState)
    assert engine.read() == b"a1 NOOP\r\n"


def test_close_notify_is_sent_and_seen(connect):
    client, engine, _ = connect()
    engine.shutdown()
    client.pump(engine)
    assert client.tls.read() == b""  # an orderly end, else SSLWantReadError
    client.tls.unwrap()
    client.pump(engine)
    assert engine.read() == b""
    assert engine.closed


def test_an_abrupt_end_is_no_close_notify(connect):
    _, engine, _ = connect()
    assert engine.read() == b""
    assert not engine.closed


def test_failure_comes_after_the_bytes_before_it(connect):
    client, engine, _ = connect()
    client.tls.write(b"good")
    client.pump(engine)
    engine.feed(b"\x17\x03\x03\x00\x20" + b"?" * 32)
    assert engine.read() == b"good"
    with pytest.raises(TlsFailure, match=r"SSL_read\(\) failed \(SSL: error:.*bad record mac"):
        engine.read()
    client.pump(engine)
    with pytest.raises(ssl.SSLError, match=r"(?i)alert.bad.record.mac"):
        client.tls.read()


def test_plain_text_ends_without_a_byte(build, settings):
    engine = Engine(build(settings))
    engine.feed(b"GET / HTTP/1.0\r\n\r\n")
    with pytest.raises(
        TlsFailure, match=r"^SSL_do_handshake\(\) failed \(SSL: error:.*http request"
    ):
        engine.handshake()
    assert engine.outgoing() == b""


def test_garbage_in_a_record_is_answered_by_an_alert(build, settings):
    engine = Engine(build(settings))
    engine.feed(b"\x16\x03\x01\x00\x05\xff\x00\x00\x01\x00")
    with pytest.raises(TlsFailure):
        engine.handshake()
    assert engine.outgoing()[5:] == bytes([2, 10])  # fatal, unexpected_message


def test_shutdown_before_the_handshake_sends_nothing(build, settings):
    engine = Engine(build(settings))
    engine.shutdown()
    assert engine.outgoing() == b""


def test_free_is_final_and_idempotent(connect):
    _, engine, _ = connect()
    engine.free()
    engine.free()
    with pytest.raises(TypeError):
        engine.read()


def test_renegotiation_is_refused(connect, build, settings, s_client):
    answer = s_client(build(settings), "-tls1_2", say="R\n")
    assert "no renegotiation" in answer


def test_session_ids_are_given_out_but_not_kept(build, settings, client_context, meet):
    context = build(settings)
    client_side = client_context(maximum_version=V12, options=ssl.OP_NO_TICKET)
    first, second = Engine(context), Engine(context)
    client, _ = meet(client_side, first)
    first.free()
    assert len(client.tls.session.id) == 32
    again, _ = meet(client_side, second, client.tls.session)
    assert not again.tls.session_reused


@pytest.mark.parametrize("version", [V12, V13])
def test_a_resumed_session_keeps_the_peer(build, verifying, pki, client_context, meet, version):
    context = build(verifying)
    party = client_context(pki.root.issue("resumer"), maximum_version=version)
    first, second = Engine(context), Engine(context)
    client, state = meet(party, first)
    first.write(b"* OK ready\r\n")  # TLS 1.3 tickets are read along with it
    client.pump(first)
    client.tls.read()
    resumed, again = meet(party, second, client.tls.session)
    assert resumed.tls.session_reused
    assert again.peer is not None
    assert again == state


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc here")
def test_memory_stays_flat(build, settings, client_context, meet):
    context, client_side = build(settings), client_context()

    def load(count: int) -> None:
        for _ in range(count):
            engine = Engine(context)
            meet(client_side, engine)
            engine.free()
            engine = Engine(context)
            engine.feed(b"\x16\x03\x01\x00\x05\xff\x00\x00\x01\x00")
            with pytest.raises(TlsFailure):
                engine.handshake()
            engine.free()

    load(100)
    before = resident()
    load(300)
    assert resident() - before < 300 * 1024


def test_close_notify_within_the_handshake(build, settings, client_context):
    engine = Engine(build(settings))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        client_context(maximum_version=V12).wrap_bio(incoming, outgoing).do_handshake()
    engine.feed(outgoing.read())
    assert engine.handshake() is None
    engine.feed(b"\x15\x03\x03\x00\x02\x01\x00")
    with pytest.raises(TlsFailure, match=r"^peer closed connection in SSL handshake$"):
        engine.handshake()
    assert engine.closed


def test_a_fatal_alert_ends_the_connection(connect):
    client, engine, _ = connect()
    client.incoming.write(b"\x17\x03\x03\x00\x20" + b"?" * 32)
    with pytest.raises(ssl.SSLError):
        client.tls.read()
    client.pump(engine)
    with pytest.raises(TlsFailure, match=r"^SSL_read\(\) failed .*alert bad record mac"):
        engine.read()
    engine.shutdown()
    assert engine.outgoing() == b""


def test_contexts_are_given_back(build, settings):
    for _ in range(20):
        build(settings)
    before = resident()
    for _ in range(100):
        build(settings)
    assert resident() - before < 300 * 1024
