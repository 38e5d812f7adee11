"""`nginx -t` is the oracle: verdict, exit status and messages agree."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from reference_proxy.command_line import main

_spec = importlib.util.spec_from_file_location(
    "configurations", Path(__file__).with_name("configurations.py")
)
configurations = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(configurations)

MODULE = Path("/usr/lib/nginx/modules/ngx_mail_module.so")

pytestmark = pytest.mark.skipif(
    not (shutil.which("nginx") and MODULE.exists()), reason="no nginx with its mail module here"
)

# nginx looks for the events section after it has called the syntax good.
EVENTS_MISSING = 'nginx: [emerg] no "events" section in configuration'


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("conf")
    write_pair(directory)
    (directory / "good.inc").write_text("worker_processes 1;\n")
    (directory / "broken.bad").write_text("# a comment\nnosuch x;\n")
    (directory / "unclosed.bad").write_text("mail {\n")
    (directory / "closes.bad").write_text("\n}\n")
    return directory


def write_pair(directory: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "differential")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (directory / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (directory / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def judged_by_nginx(path: Path) -> tuple[int, list[str]]:
    arguments = ["nginx", "-t", "-p", path.parent, "-c", path, "-e", path.parent / "e.log"]
    result = subprocess.run(
        [*arguments, "-g", f"load_module {MODULE};"],
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=20,
        check=False,
    )
    return result.returncode, messages(result.stderr)


def judged_by_reference(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    status = main(["-t", "-p", str(path.parent), "-c", str(path)])
    return status, messages(capsys.readouterr().err)


def messages(output: str) -> list[str]:
    """The messages, without our own warnings and OpenSSL's details (they vary by version)."""
    lines = [re.sub(r" \(SSL: .*", " (SSL)", line) for line in output.splitlines()]
    if EVENTS_MISSING in lines:
        lines = [line for line in lines if "syntax is ok" not in line]
    return [line for line in lines if not re.search("no effect here|of its own here", line)]


@pytest.mark.parametrize("name", configurations.rows())
def test_judges_as_nginx(name: str, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = configurations.rows()[name]
    for word, file in (("CERT", "cert.pem"), ("KEY", "key.pem")):
        text = text.replace(f"{word};", f"{directory / file};")
    text = text.replace("DIR", str(directory))
    if "pid " not in text:
        text = f"pid {directory}/pid; {text}"
    path = directory / "nginx.conf"
    path.write_bytes(text.encode())
    assert judged_by_reference(path, capsys) == judged_by_nginx(path)
