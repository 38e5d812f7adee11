"""A kit for all of these tests, and a real nginx to put it to use."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from conformance.harness.pki.kit import Kit, write_kit
from conformance.harness.targets.loopback import free_loopback

MODULE = Path("/usr/lib/nginx/modules/ngx_mail_module.so")
LOAD = f"load_module {MODULE};" if MODULE.exists() else ""


@pytest.fixture(scope="session")
def host() -> str:
    """A loopback address that no other run uses."""
    return free_loopback(())


@pytest.fixture(scope="session")
def kit(tmp_path_factory: pytest.TempPathFactory, host: str) -> Kit:
    return write_kit(tmp_path_factory.mktemp("kits") / "kit", host)


@pytest.fixture(scope="session")
def serve(
    tmp_path_factory: pytest.TempPathFactory, host: str
) -> Callable[[Path, int], AbstractContextManager[Path]]:
    """Runs nginx on a configuration until its last port answers; gives the error log."""
    if shutil.which("nginx") is None:
        pytest.skip("no nginx here: apt install nginx libnginx-mod-mail")

    @contextmanager
    def serving(conf: Path, port: int) -> Iterator[Path]:
        run = tmp_path_factory.mktemp("nginx")
        log = run / "error.log"
        globals_ = f"{LOAD} pid {run}/pid; daemon off; user root; error_log {log} info;"
        command = ["nginx", "-p", run, "-c", conf, "-e", log, "-g", globals_]
        with subprocess.Popen(command) as nginx:
            try:
                _await(host, port, nginx, log)
                yield log
            finally:
                nginx.terminate()

    return serving


def _await(host: str, port: int, nginx: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            nginx.wait(0.01)
        except subprocess.TimeoutExpired:
            pass
        else:
            pytest.fail(f"nginx did not start: {log.read_text()}")
        with socket.socket() as probe:
            if probe.connect_ex((host, port)) == 0:
                return
    pytest.fail(f"nginx does not listen on {host}:{port}")
