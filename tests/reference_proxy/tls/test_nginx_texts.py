"""The same bad settings, and what `nginx -t` says of them."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from reference_proxy.config.settings import TlsSettings
from reference_proxy.tls.context import ContextError

MODULE = Path("/usr/lib/nginx/modules/ngx_mail_module.so")
pytestmark = pytest.mark.skipif(
    not (shutil.which("nginx") and MODULE.exists()), reason="no nginx with a mail module here"
)


def as_directives(settings: TlsSettings) -> str:
    values = [
        *(("ssl_certificate", path) for path in settings.certificates),
        *(("ssl_certificate_key", path) for path in settings.keys),
        ("ssl_protocols", " ".join(settings.protocols)),
        ("ssl_ciphers", settings.ciphers),
        ("ssl_verify_client", settings.verify_client),
        ("ssl_client_certificate", settings.client_certificate),
        ("ssl_trusted_certificate", settings.trusted_certificate),
        ("ssl_crl", settings.crl),
    ]
    quoted = ((name, value if name == "ssl_protocols" else f'"{value}"') for name, value in values)
    return "".join(f"{name} {value};\n" for name, value in quoted if value != '""')


@pytest.fixture
def nginx_says(tmp_path):
    """The text of nginx's [emerg] line, "" if it accepts."""

    def says(settings: TlsSettings) -> str:
        configuration = tmp_path / "nginx.conf"
        configuration.write_text(
            f"load_module {MODULE}; pid {tmp_path}/pid; events {{}}\n"
            "mail { server_name x; auth_http 127.0.0.1:9/; server { protocol imap;\n"
            f"listen 127.0.0.1:14399 ssl;\n{as_directives(settings)} }} }}\n"
        )
        command = ["nginx", "-t", "-p", str(tmp_path), "-c", str(configuration), "-e", "log"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
        lines = [line for line in done.stderr.splitlines() if line.startswith("nginx: [emerg] ")]
        assert bool(lines) == bool(done.returncode), done.stderr
        return lines[0].partition("[emerg] ")[2] if lines else ""

    return says


@pytest.fixture
def we_say(build):
    def says(settings: TlsSettings) -> str:
        try:
            build(settings)
        except ContextError as error:
            return error.text
        return ""

    return says


@pytest.fixture(scope="session")
def files(pki, settings, rsa_pair) -> dict[str, str]:
    """Paths by the words that the rows below use."""
    certificate, key = settings.certificates[0], settings.keys[0]
    good = Path(certificate).read_bytes()
    other = pki.root.issue("other")
    return {
        "missing": "/no/such/file",
        "directory": str(pki.directory),
        "junk": pki.write("junk", b"junk\n"),
        "empty": pki.write("empty", b""),
        "certificate": certificate,
        "certificate and key": pki.write("both", good + Path(key).read_bytes()),
        "certificate and text": pki.write("text", b"before\n" + good + b"behind\n"),
        "broken chain": pki.write("broken", good + good.replace(b"M", b"!", 3)),
        "issuer first": pki.write("backwards", pki.root.pem() + good),
        "key": key,
        "other key": pki.pair("other", other)[1],
        "rsa key": rsa_pair[1],
        "root": str(pki.directory / "root.pem"),
        "trusted root": pki.write("aux.pem", pki.root.pem().replace(b" CERT", b" TRUSTED CERT")),
        "broken root": pki.write("broken-root.pem", pki.root.pem() + pki.root.pem()[:200]),
        "crl": pki.write("ok.crl", pki.root.crl()),
        "data:junk": "data:abc",
        "no engine id": "engine:foo",
        "no such engine": "engine:nosuch:id",
    }


@pytest.mark.parametrize(
    "what",
    ["missing", "directory", "junk", "empty", "certificate and key", "certificate and text",
     "broken chain", "issuer first", "key", "crl", "data:junk"],
)  # fmt: skip
def test_certificate(files, settings, nginx_says, we_say, what):
    bad = replace(settings, certificates=(files[what],))
    assert we_say(bad) == nginx_says(bad)


@pytest.mark.parametrize(
    "what",
    ["missing", "directory", "junk", "empty", "certificate", "other key", "rsa key", "data:junk",
     "certificate and key", "no engine id", "no such engine"],
)  # fmt: skip
def test_key(files, settings, nginx_says, we_say, what):
    bad = replace(settings, keys=(files[what],))
    assert we_say(bad) == nginx_says(bad)


@pytest.mark.parametrize("mode", ["off", "on", "optional", "optional_no_ca"])
@pytest.mark.parametrize(
    "what",
    ["", "missing", "directory", "junk", "empty", "certificate", "root", "trusted root",
     "broken root", "key", "crl"],
)  # fmt: skip
def test_client_certificate(files, settings, nginx_says, we_say, what, mode):
    bad = replace(settings, verify_client=mode, client_certificate=files.get(what, ""))
    assert we_say(bad) == nginx_says(bad)


@pytest.mark.parametrize("name", ["trusted_certificate", "crl"])
@pytest.mark.parametrize(
    "what",
    ["missing", "directory", "junk", "empty", "root", "trusted root", "broken root", "crl"],
)
def test_trusted_certificate_and_crl(files, verifying, nginx_says, we_say, what, name):
    changed: dict[str, str] = {name: files[what]}
    bad = replace(verifying, **changed)
    assert we_say(bad) == nginx_says(bad)


@pytest.mark.parametrize(
    "ciphers", ["NOSUCH", "HIGH:!ALL", "TLS_AES_128_GCM_SHA256", "NOSUCH:ECDHE+AES", "a b", "@x"]
)
def test_ciphers(settings, nginx_says, we_say, ciphers):
    bad = replace(settings, ciphers=ciphers)
    assert we_say(bad) == nginx_says(bad)


@pytest.mark.parametrize(("ciphers", "refused"), [("HIGH", True), ("HIGH:@SECLEVEL=0", False)])
def test_ciphers_come_before_certificates(pki, settings, nginx_says, we_say, ciphers, refused):
    from cryptography.hazmat.primitives.asymmetric import rsa

    weak = pki.pair("weak", pki.root.issue("weak", key=rsa.generate_private_key(65537, 1024)))
    bad = replace(settings, certificates=weak[:1], keys=weak[1:], ciphers=ciphers)
    assert we_say(bad) == nginx_says(bad)
    assert bool(we_say(bad)) == refused


def test_the_first_failure_in_nginxs_order_is_reported(files, verifying, nginx_says, we_say):
    missing = files["missing"]
    bad = replace(
        verifying, ciphers="NOSUCH", certificates=(missing,), keys=(missing,),
        client_certificate=missing, trusted_certificate=missing, crl=missing,
    )  # fmt: skip
    mends = [
        {"ciphers": "HIGH"},
        {"certificates": verifying.certificates},
        {"keys": verifying.keys},
        {"client_certificate": verifying.client_certificate},
        {"trusted_certificate": verifying.client_certificate},
    ]
    for mend in mends:
        assert we_say(bad) == nginx_says(bad) != ""
        bad = replace(bad, **mend)
    assert we_say(bad) == nginx_says(bad) != ""


def test_versions_that_nobody_speaks_load(settings, nginx_says, we_say):
    dead = replace(settings, protocols=("SSLv2", "SSLv3"))
    assert we_say(dead) == nginx_says(dead) == ""
