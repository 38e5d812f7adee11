from __future__ import annotations

import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from reference_proxy.tls.binding import Lacking
from reference_proxy.tls.context import ContextError, TlsContext

V12 = ssl.TLSVersion.TLSv1_2


def served(connect, settings, **attributes) -> str:
    """The common name of the certificate that a client is shown."""
    client, _, _ = connect(settings, **attributes)
    der = client.tls.getpeercert(binary_form=True)
    return x509.load_der_x509_certificate(der).subject.rfc4514_string()


def with_pairs(settings, *pairs):
    return replace(settings, certificates=[p[0] for p in pairs], keys=[p[1] for p in pairs])


def test_cipher_chooses_between_two_key_types(settings, rsa_pair, connect):
    both = with_pairs(settings, (settings.certificates[0], settings.keys[0]), rsa_pair)
    assert served(connect, both, maximum_version=V12, ciphers="ECDHE+aRSA") == "CN=server-rsa"
    assert served(connect, both, maximum_version=V12, ciphers="ECDHE+aECDSA") == "CN=server"


def test_keys_find_their_certificates_across_types(settings, rsa_pair, connect):
    certificates = (settings.certificates[0], rsa_pair[0])
    crossed = replace(settings, certificates=certificates, keys=(rsa_pair[1], settings.keys[0]))
    assert served(connect, crossed, maximum_version=V12, ciphers="ECDHE+aRSA") == "CN=server-rsa"


def test_last_pair_of_a_type_is_served_with_its_chain(pki, settings, build, connect, s_client):
    middle = pki.root.issue("middle", ca=True)
    first = pki.pair("first", middle.issue("first"))
    second = pki.pair("second", pki.root.issue("second"))
    twice = with_pairs(settings, first, second)
    assert served(connect, twice) == "CN=second"
    assert s_client(build(twice), "-showcerts").count("BEGIN CERTIFICATE") == 1


def test_chain_is_sent_as_the_file_has_it(pki, settings, build, s_client):
    leaf = pki.root.issue("inner", ca=True).issue("leaf")
    pair = pki.pair("chained", replace(leaf, chain=(*leaf.chain, pki.root.certificate)))
    answer = s_client(build(with_pairs(settings, pair)), "-showcerts")
    assert [f"{i} s:" in answer for i in range(4)] == [True, True, True, False]


def test_surplus_keys_are_never_opened(settings, build):
    assert build(replace(settings, keys=(*settings.keys, "/no/such/key")))


def test_key_of_another_type_loads_and_serves_nobody(settings, rsa_pair, connect):
    mixed = replace(settings, keys=(rsa_pair[1],))
    with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
        connect(mixed)


def test_data_is_read_as_pem_itself(settings, connect):
    inline = [f"data:{Path(path).read_text()}" for path in settings.certificates + settings.keys]
    assert (
        served(connect, replace(settings, certificates=inline[:1], keys=inline[1:])) == "CN=server"
    )


def test_engine_without_engines(settings, build, monkeypatch):
    from reference_proxy.tls import engines

    monkeypatch.setattr(engines, "lib", WithoutEngines(engines.lib))
    with pytest.raises(ContextError, match=r'key "engine:e:1": loading "engine:..." certificate'):
        build(replace(settings, keys=("engine:e:1",)))


class WithoutEngines:
    """A libssl as of OpenSSL 4."""

    def __init__(self, lib):
        self._lib = lib

    def __getattr__(self, name):
        if name.startswith("ENGINE_"):
            raise Lacking(name)
        return getattr(self._lib, name)


def test_no_chain_is_made_up_from_trusted_certificates(verifying, build, s_client):
    answer = s_client(build(verifying), "-showcerts")
    assert answer.count("BEGIN CERTIFICATE") == 1


def test_a_long_pass_phrase_is_cut_with_a_complaint_and_the_next_is_tried(pki, settings):
    complaints: list[str] = []
    long = replace(locked(pki, settings, b"right"), passwords=(b"x" * 1025, b"right"))
    TlsContext.build(long, "imap", complaints.append)
    assert complaints == ["password is truncated to 1024 bytes"]


def test_a_pass_phrase_that_just_fits(pki, settings, build):
    assert build(replace(locked(pki, settings, b"y" * 1023), passwords=(b"x", b"y" * 1023)))


def test_an_inline_key_is_tried_with_every_pass_phrase(pki, settings, build):
    by_file = locked(pki, settings, b"right")
    inline = tuple(f"data:{Path(key).read_text()}" for key in by_file.keys)
    assert build(replace(by_file, keys=inline, passwords=(b"wrong", b"worse", b"right")))


def locked(pki, settings, phrase):
    party = pki.root.issue("locked")
    encrypted = BestAvailableEncryption(phrase)
    pem = party.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encrypted)
    certificate = pki.pair("locked", party)[0]
    key = pki.write("locked.key", pem)
    return replace(settings, certificates=(certificate,), keys=(key,))
