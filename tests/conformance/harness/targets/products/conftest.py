"""Briefs of a few listeners, with certificates that are really there."""

import pytest

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.pki.kit import write_kit
from conformance.harness.targets.adapter import Brief, Wanted

HOST = "127.5.4.3"
USUAL = {
    "ssl_protocols": ("TLSv1.2", "TLSv1.3"),
    "ssl_ciphers": ("HIGH",),
    "ssl_ecdh_curve": ("auto",),
    "ssl_prefer_server_ciphers": ("on",),
    "ssl_session_cache": ("builtin",),
    "ssl_session_tickets": ("on",),
    "ssl_session_timeout": ("5m",),
    "ssl_verify_client": ("off",),
    "ssl_verify_depth": ("1",),
    "starttls": ("off",),
}


@pytest.fixture(scope="session")
def kit(tmp_path_factory):
    return write_kit(tmp_path_factory.mktemp("adapters") / "kit", HOST)


@pytest.fixture
def wanted(kit):
    """`wanted(protocol, way, **directives)`: one listener; files are named as in `pki/`."""

    def make(protocol="imap", way="implicit", **directives):
        files = {"ssl_certificate": "rsa.pem", "ssl_certificate_key": "rsa.key", **directives}
        resolved = {
            name: tuple(str(kit.file(x)) if x.endswith((".pem", ".key", ".pass")) else x for x in v)
            for name, value in files.items()
            for v in [(value,) if isinstance(value, str) else value]
        }
        endpoint = Endpoint(HOST, 2993, Protocol(protocol), Way(way))
        return Wanted("one", endpoint, {**USUAL, **resolved})

    return make


@pytest.fixture
def brief():
    """`brief(*listeners)` with back ends on ports of their own."""

    def make(*listeners):
        back_ends = {name: (HOST, 3000 + n) for n, name in enumerate(Protocol)}
        return Brief(listeners, (HOST, 2080), back_ends, "open sesame", "denied-")

    return make
