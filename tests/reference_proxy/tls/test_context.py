from __future__ import annotations

import hashlib
import os
import ssl
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from reference_proxy.tls import sessions
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


def test_openssl_cnf_does_not_interfere(settings, client_context, tmp_path):
    """A process whose system-wide minimum is TLS 1.3 answers a TLS 1.2 hello all the same."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        client_context(maximum_version=V12).wrap_bio(incoming, outgoing).do_handshake()
    configuration = tmp_path / "openssl.cnf"
    configuration.write_text(
        "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nMinProtocol = TLSv1.3\n"
    )
    script = (
        "from reference_proxy.config.settings import TlsSettings\n"
        "from reference_proxy.tls.context import TlsContext\n"
        "from reference_proxy.tls.engine import Engine\n"
        f"engine = Engine(TlsContext.build({settings!r}, 'imap', print))\n"
        f"engine.feed({outgoing.read()!r})\n"
        "print(engine.handshake(), engine.outgoing()[0])\n"
    )
    environment = {**os.environ, "OPENSSL_CONF": str(configuration)}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    assert done.stdout == "None 22\n", done.stderr  # a handshake record, not an alert


def test_session_id_context_is_made_of_certificates_and_names(
    pki, settings, rsa_pair, build, monkeypatch
):
    recorder = RecordsSessionIdContext(sessions.lib)
    monkeypatch.setattr(sessions, "lib", recorder)
    named = pki.write("two-names.pem", pki.stranger.pem() + pki.root.pem())
    pairs = (settings.certificates[0], rsa_pair[0]), (settings.keys[0], rsa_pair[1])
    build(
        replace(settings, certificates=pairs[0], keys=pairs[1], client_certificate=named,
                verify_client="on")
    )  # fmt: skip
    leaves = [x509.load_pem_x509_certificate(Path(path).read_bytes()) for path in pairs[0][::-1]]
    parts = [leaf.public_bytes(Encoding.DER) for leaf in leaves]
    parts += [ca.certificate.subject.public_bytes() for ca in (pki.stranger, pki.root)]
    digests = b"".join(hashlib.sha1(part).digest() for part in parts)
    assert recorder.seen == hashlib.sha1(b"MAIL" + digests).digest()


class RecordsSessionIdContext:
    def __init__(self, lib):
        self._lib = lib

    def __getattr__(self, name):
        return getattr(self._lib, name)

    def SSL_CTX_set_session_id_context(self, ctx, value, size):
        self.seen = value[:size]
        return self._lib.SSL_CTX_set_session_id_context(ctx, value, size)
