"""A key that no file has: SoftHSM behind OpenSSL's pkcs11 engine, with nginx and the reference."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PIN = "1234"
KEY = "engine:pkcs11:pkcs11:token=waxseal;object={};type=private"
PORT = 9931
MODULES = [Path(d) / "softhsm/libsofthsm2.so" for d in ("/usr/lib", "/usr/lib64", "/usr/local/lib")]
NGINX_MODULE = "/usr/lib/nginx/modules/ngx_mail_module.so"


def engine() -> Path | None:
    """The engine's file, where this OpenSSL looks for engines."""
    told = subprocess.run(["openssl", "version", "-e"], capture_output=True, text=True).stdout
    directory = Path(told.partition('"')[2].partition('"')[0])
    return next(
        (p for p in (directory / "pkcs11.so", directory / "libpkcs11.so") if p.exists()), None
    )


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory, pki: Any) -> Path:
    """A directory with a token that has the key `server`, and what leads OpenSSL to it."""
    module = next((path for path in MODULES if path.exists()), None)
    if module is None or not shutil.which("softhsm2-util"):
        pytest.skip("SoftHSM is not installed (Debian: softhsm2)")
    if (found := engine()) is None:
        pytest.skip("OpenSSL's pkcs11 engine is not installed (Debian: libengine-pkcs11-openssl)")
    directory = tmp_path_factory.mktemp("token")
    (directory / "tokens").mkdir()
    (directory / "softhsm2.conf").write_text(f"directories.tokendir = {directory}/tokens\n")
    (directory / "openssl.cnf").write_text(
        "openssl_conf = a\n[a]\nengines = b\n[b]\npkcs11 = c\n"
        f"[c]\nengine_id = pkcs11\ndynamic_path = {found}\nMODULE_PATH = {module}\n"
        f"PIN = {PIN}\ninit = 1\n"
    )
    party = pki.root.issue("of the token")
    (directory / "cert.pem").write_bytes(party.pem())
    (directory / "key.pem").write_bytes(party.key_pem())
    run = ["softhsm2-util", "--label", "waxseal", "--pin", PIN]
    environment = os.environ | {"SOFTHSM2_CONF": str(directory / "softhsm2.conf")}
    subprocess.run(
        [*run, "--init-token", "--free", "--so-pin", PIN], env=environment, check=True,
        capture_output=True, timeout=20,
    )  # fmt: skip
    subprocess.run(
        ["softhsm2-util", "--token", "waxseal", "--pin", PIN, "--import", directory / "key.pem",
         "--label", "server", "--id", "01"],
        env=environment, check=True, capture_output=True, timeout=20,
    )  # fmt: skip
    (directory / "key.pem").unlink()
    return directory


@pytest.fixture
def led(token: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The token, for whatever is started from here."""
    monkeypatch.setenv("OPENSSL_CONF", str(token / "openssl.cnf"))
    monkeypatch.setenv("SOFTHSM2_CONF", str(token / "softhsm2.conf"))
    return token


def configuration(token: Path, key: str, host: str, auth: int) -> str:
    return f"""
    env OPENSSL_CONF; env SOFTHSM2_CONF;
    events {{}}
    mail {{ auth_http {host}:{auth}; server_name mx; server {{
        listen {host}:{PORT} ssl; protocol imap; ssl_protocols TLSv1.2 TLSv1.3;
        ssl_certificate {token}/cert.pem; ssl_certificate_key "{key}"; }} }}
    """


@pytest.mark.parametrize("product", ["nginx", "reference"])
def test_a_key_of_the_token_serves(
    product: str, led: Path, launch: Callable[..., Any], new_client: Callable[..., Any]
) -> None:
    key = KEY.format("server")
    proxy = launch(product, lambda w: configuration(led, key, w.host, w.ports["auth"]))
    client = new_client(proxy.world.host, PORT)
    client.start_tls()
    assert client.receive() == b"* OK IMAP4 ready\r\n"
    served = ssl.DER_cert_to_PEM_cert(client.socket.getpeercert(binary_form=True))
    assert (led / "cert.pem").read_text().startswith(served)
    client.close()


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
@pytest.mark.parametrize(
    ("ahead", "key"),
    [("", KEY.format("server")), ("", KEY.format("nobody")), ("", "engine:pkcs11:"),
     ("ssl_engine pkcs11;", KEY.format("server")), ("ssl_engine nosuch;", "")],
)  # fmt: skip
def test_the_same_is_said_of_it(key: str, ahead: str, led: Path, tmp_path: Path) -> None:
    path = tmp_path / "nginx.conf"
    path.write_text(ahead + configuration(led, key, "127.0.77.2", 9) + f"pid {tmp_path}/pid;")
    tested = ["-t", "-p", str(tmp_path), "-c", str(path)]
    nginx = said(["nginx", *tested, "-e", "log", "-g", f"load_module {NGINX_MODULE};"])
    assert said([sys.executable, "-m", "reference_proxy", *tested]) == nginx


def said(command: list[str]) -> list[str]:
    """What is printed, by SoftHSM as well; its exit status is no use: it may crash at the end."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    return [line for line in done.stderr.splitlines() if "no effect here" not in line]
