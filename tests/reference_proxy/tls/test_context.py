from __future__ import annotations

import ssl
from dataclasses import replace

import pytest

from reference_proxy.tls.engine import Engine, TlsFailure

V10, V11 = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
LOW = "ALL:@SECLEVEL=0"
NO_VERSION = r"(?i)protocol.version|unsupported.protocol"  # the server's alert, or the client's own
pytestmark = pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")


@pytest.fixture
def negotiated(visit, settings):
    """What an engine with these protocols and a client with this range agree on."""

    def negotiated(protocols, lowest, highest):
        enabled = replace(settings, protocols=protocols, ciphers=LOW)
        return visit(enabled, ciphers=LOW, minimum_version=lowest, maximum_version=highest).protocol

    return negotiated


@pytest.mark.parametrize(
    ("protocol", "version"), [("TLSv1", V10), ("TLSv1.1", V11), ("TLSv1.2", V12), ("TLSv1.3", V13)]
)
def test_each_protocol_alone(negotiated, protocol, version):
    assert negotiated((protocol,), V10, V13) == protocol
    for other in {V10, V11, V12, V13} - {version}:
        with pytest.raises(ssl.SSLError, match=NO_VERSION):
            negotiated((protocol,), other, other)


def test_gaps_are_kept(negotiated):
    assert negotiated(("TLSv1", "TLSv1.2"), V10, V12) == "TLSv1.2"
    assert negotiated(("TLSv1", "TLSv1.2"), V10, V10) == "TLSv1"
    with pytest.raises(ssl.SSLError, match=NO_VERSION):
        negotiated(("TLSv1.1", "TLSv1.3"), V12, V12)


@pytest.mark.parametrize("protocol", ["SSLv2", "SSLv3"])
def test_dead_protocols_load_and_refuse_everyone(negotiated, protocol):
    with pytest.raises(ssl.SSLError, match=NO_VERSION):
        negotiated((protocol,), V10, V13)


def test_refusal_of_a_version_is_reported(build, settings, client_context):
    engine = Engine(build(replace(settings, protocols=("SSLv3",))))
    engine.feed(b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00")
    with pytest.raises(
        TlsFailure, match=r"^SSL_do_handshake\(\) failed \(SSL: error:.*no protocols"
    ):
        engine.handshake()


def test_order_of_ciphers(visit, settings):
    names = "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256"
    for prefer, expected in [(False, names[0]), (True, names[1])]:
        listed = replace(settings, ciphers=":".join(names[::-1]), prefer_server_ciphers=prefer)
        assert visit(listed, ciphers=":".join(names), maximum_version=V12).cipher == expected


def test_no_common_cipher(visit, settings):
    listed = replace(settings, ciphers="ECDHE-ECDSA-AES256-GCM-SHA384")
    with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
        visit(listed, ciphers="ECDHE-ECDSA-AES128-GCM-SHA256", maximum_version=V12)


@pytest.mark.parametrize("protocol", ["imap", "pop3", "smtp"])
def test_alpn_takes_this_protocol_only(build, settings, client_context, meet, protocol):
    context = build(settings, protocol=protocol)
    client, _ = meet(client_context(alpn_protocols=["other", protocol]), Engine(context))
    assert client.tls.selected_alpn_protocol() == protocol
    client, _ = meet(client_context(), Engine(context))
    assert client.tls.selected_alpn_protocol() is None
    for refused in ["h2", protocol.upper(), protocol + "s", protocol[:-1]]:
        with pytest.raises(ssl.SSLError, match=r"(?i)no.application.protocol"):
            meet(client_context(alpn_protocols=[refused]), Engine(context))


def test_tickets_of_one_context_mean_nothing_to_another(build, settings, client_context, meet):
    client_side = client_context(maximum_version=V12)
    client, _ = meet(client_side, Engine(build(settings)))
    assert client.tls.session.ticket_lifetime_hint == 300
    again, _ = meet(client_side, Engine(build(settings)), client.tls.session)
    assert not again.tls.session_reused
