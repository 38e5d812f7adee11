"""`nginx -t` is the oracle of TLS directives: verdict, exit status and texts agree."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from reference_proxy.command_line import main

_spec = importlib.util.spec_from_file_location(
    "tls_configurations", Path(__file__).with_name("configurations.py")
)
configurations = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(configurations)

MODULE = Path("/usr/lib/nginx/modules/ngx_mail_module.so")
PASSWORD = b"open sesame"

pytestmark = pytest.mark.skipif(
    not (shutil.which("nginx") and MODULE.exists()), reason="no nginx with its mail module here"
)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory, pki) -> Path:
    directory = tmp_path_factory.mktemp("conf")
    party = pki.root.issue("server")
    encrypted = BestAvailableEncryption(PASSWORD)
    locked = party.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encrypted)
    other = pki.root.issue("other", key=ec.generate_private_key(ec.SECP256R1())).key_pem()
    contents = configurations.files(party.pem(), party.key_pem(), locked, other)
    for name, content in contents.items():
        (directory / name).write_bytes(content)
    return directory


def messages(output: str) -> list[str]:
    return [line for line in output.splitlines() if "no effect here" not in line]


def judged_by_nginx(path: Path, **environment: str) -> tuple[int, list[str]]:
    arguments = ["nginx", "-t", "-p", path.parent, "-c", path, "-e", path.parent / "e.log"]
    command = [*arguments, "-g", f"load_module {MODULE};"]
    return judged(command, environment)


def judged(command, environment) -> tuple[int, list[str]]:
    done = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, timeout=20
    )
    return done.returncode, messages(done.stderr)


def judged_by_reference(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    status = main(["-t", "-p", str(path.parent), "-c", str(path)])
    return status, messages(capsys.readouterr().err)


def written(directory: Path, text: str) -> Path:
    locked = (directory / "locked.key").read_text()
    text = text.replace("DIR", str(directory)).replace("LOCKED", locked)
    path = directory / "nginx.conf"
    path.write_text(f"pid {directory}/pid; {text}")
    return path


@pytest.mark.parametrize("name", configurations.rows())
def test_judges_as_nginx(name: str, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(directory, configurations.rows()[name])
    assert judged_by_reference(path, capsys) == judged_by_nginx(path)
