"""What is negotiated, on a wire: the reference and a real nginx under the same configuration."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)


def data(name: str) -> Any:
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"tls_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


handshakes, configurations = data("handshakes"), data("configurations")
ROWS = handshakes.ROWS
FIRST_PORT = 9930
PORTS = {name: FIRST_PORT + n for n, name in enumerate(handshakes.SERVERS)}
PASSWORD = b"open sesame"


@pytest.fixture(scope="module")
def files(pki, tmp_path_factory) -> dict[str, bytes]:
    """What the directives name, for a directory of each product's own."""
    party = pki.root.issue("server")
    old = pki.root.issue("rsa", key=rsa.generate_private_key(65537, 2048))
    encrypted = BestAvailableEncryption(PASSWORD)
    locked = party.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encrypted)
    return configurations.files(party.pem(), party.key_pem(), locked, b"") | {
        "rsa.pem": old.pem(),
        "rsa.key": old.key_pem(),
        "80.key": b"8" * 80,
        "48.key": b"4" * 48,
    }


def configuration(directory: Path) -> Callable[[Any], str]:
    def server(world: Any, name: str, directives: str) -> str:
        for directive, file in (
            ("ssl_certificate", "cert.pem"),
            ("ssl_certificate_key", "key.pem"),
        ):
            if f"{directive} " not in directives:
                directives += f"{directive} DIR/{file}; "
        if "ssl_protocols" not in directives and name not in handshakes.UNSET:
            directives += f"ssl_protocols {handshakes.PROTOCOLS};"
        return f"server {{ listen {world.host}:{PORTS[name]} ssl; protocol imap; {directives} }}\n"

    def write(world: Any) -> str:
        servers = "".join(server(world, *item) for item in handshakes.SERVERS.items())
        servers = servers.replace("FIFO", f"{directory}/fifo").replace("DIR", str(directory))
        main = f"auth_http {world.host}:{world.ports['auth']}; server_name mx; {servers}"
        return f"events {{ worker_connections 512; }} mail {{ {main} }}"

    return write


@pytest.fixture(scope="module")
def proxies(
    launch: Callable[..., Any], files: dict[str, bytes], tmp_path_factory
) -> dict[str, Any]:
    return {product: started(product, launch, files, tmp_path_factory.mktemp(product))
            for product in ("nginx", "reference")}  # fmt: skip


def started(product: str, launch: Callable[..., Any], files: dict[str, bytes], place: Path) -> Any:
    for name, content in files.items():
        (place / name).write_bytes(content)
    os.mkfifo(place / "fifo")
    tell = threading.Thread(target=(place / "fifo").write_bytes, args=(b"no\n" + PASSWORD,))
    tell.start()
    proxy = launch(product, configuration(place))
    tell.join(5)
    return proxy


def shaken(proxy: Any, number: int) -> str:
    """What s_client prints; it leaves when it has been greeted, so that tickets are there."""
    server, options, _ = ROWS[number]
    address = f"{proxy.world.host}:{PORTS[server]}"
    command = ["openssl", "s_client", "-connect", address, *options.split()]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT) as client:
        timer = threading.Timer(20, client.kill)
        timer.start()
        printed = b""
        while b"* OK" not in printed and (line := client.stdout.readline()):
            printed += line
        printed += client.communicate(b"Q\n")[0]
        timer.cancel()
    return printed.decode()


@pytest.fixture(scope="module")
def answers(proxies: dict[str, Any]) -> list[tuple[str, str]]:
    with ThreadPoolExecutor(4) as pool:
        both = [
            pool.map(shaken, [proxy] * len(ROWS), range(len(ROWS))) for proxy in proxies.values()
        ]
        return list(zip(*both, strict=True))


# Of what s_client prints, what a server decides.
DECIDED = re.compile(
    r"^( *(?:Protocol  |Server Temp Key|Peer signature|New, |Verification|TLS session ticket life"
    r"|TLS server extension|OCSP|Client Certificate Types|Post-Handshake|    Max Early Data"
    r"|Server public key|[*] OK|Cipher    |ALPN|Secure Reneg).*|.*alert .*)$",
    re.MULTILINE,
)


@pytest.mark.parametrize("number", range(len(ROWS)), ids=handshakes.names())
def test_the_same_is_negotiated(answers: Any, number: int) -> None:
    nginx, reference = answers[number]
    assert ROWS[number][2] in nginx
    assert ROWS[number][2] in reference
    assert decided(reference) == decided(nginx) != []


def decided(answer: str) -> list[str]:
    return [re.sub(r"^[0-9A-F]+:error", "error", line) for line in DECIDED.findall(answer)]
