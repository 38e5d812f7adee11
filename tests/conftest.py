"""The command line as a user runs it: in a process, from a directory that is not the checkout."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from conformance.claims import read_claims
from conformance.harness.patience import Patience
from conformance.harness.pki.kit import write_kit
from conformance.harness.targets.launch import launch
from conformance.harness.targets.loopback import free_loopback
from conformance.harness.targets.running import Running
from tests import forked

ROOT = Path(__file__).parents[1]

# Hundreds of processes are started here: what one of them has compiled serves the next.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# What a shell starts in the background ignores interrupts, and so would all that is started here.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How fast this machine draws and runs examples is no property of the code.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

# After so many a command is ended.
SECONDS = 120.0
# Whole runs, each long and by itself; tests of the other modules share what is costly to set up.
APART = ("test_exit_status.py", "test_readme.py", "test_scripts.py")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep a module's tests in one process, unless pytest-xdist was told another way."""
    if config.option.dist != "load":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class ByModule(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            module = nodeid.partition("::")[0]
            return nodeid if module.endswith(APART) else module

    return ByModule(config, log)


@dataclass(frozen=True)
class Done:
    """How a command ended: exit status, what it printed, and how long it took."""

    status: int
    out: str
    err: str
    seconds: float


class Commands:
    """Runs commands in one directory, with nothing of waxseal's in the environment."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        ours = ("WAXSEAL_", "PYTEST_", "HYPOTHESIS_")
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
        self.environment |= {
            "PYTHONPATH": str(ROOT),
            "XDG_CACHE_HOME": str(directory / "cache"),
            "TMPDIR": str(directory / "tmp"),
            "COLUMNS": "90",
        }
        (directory / "tmp").mkdir()
        (directory / "here").mkdir()

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *words],
            env={**self.environment, **environment},
            cwd=self.directory / "here",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, module: str, *words: str, **environment: str) -> Done:
        began = time.monotonic()
        around, here = {**self.environment, **environment}, self.directory / "here"
        with tempfile.TemporaryDirectory() as streams:
            ended = forked.run(module, words, around, here, Path(streams), SECONDS)
        printed = (text.decode("utf-8", "replace") for text in (ended.out, ended.err))
        return Done(ended.status, *printed, time.monotonic() - began)

    def python(self, *words: str, **environment: str) -> Done:
        began = time.monotonic()
        process = self.start(*words, **environment)
        out, err = finish(process)
        return Done(process.returncode, out, err, time.monotonic() - began)

    def waxseal(self, *words: str, **environment: str) -> Done:
        return self.run("conformance.cli", *words, **environment)

    def certify(self, *words: str, **environment: str) -> Done:
        return self.waxseal("certify", *words, **environment)

    def report(self, name: str = "report.json") -> Any:
        """A report that one of them wrote."""
        return json.loads((self.directory / "here" / name).read_text())


def finish(process: subprocess.Popen[str], seconds: float = SECONDS) -> tuple[str, str]:
    """The output of a process, which is ended if it takes too long."""
    timer = threading.Timer(seconds, process.send_signal, (signal.SIGKILL,))
    timer.start()
    try:
        return process.communicate()
    finally:
        timer.cancel()


@pytest.fixture(scope="session")
def commands(tmp_path_factory):
    """A `Commands` in a directory of its own."""
    return Commands(tmp_path_factory.mktemp("commands"))


# Six listeners of an operator who never heard of us: every protocol in both ways.
SHOP = """
events {{ worker_connections 256; }}
mail {{
    auth_http               {host}:22080/auth;
    ssl_certificate         {kit}/pki/rsa.pem;
    ssl_certificate_key     {kit}/pki/rsa.key;
    ssl_client_certificate  {kit}/pki/clients.pem;
    ssl_crl                 {kit}/pki/crl-clients.pem;
    ssl_protocols           TLSv1.2;
    ssl_ciphers             ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384;
    starttls                on;
    server {{ server_name imap;  listen {host}:22143; protocol imap; }}
    server {{ server_name imaps; listen {host}:22993 ssl; protocol imap; ssl_verify_client on; }}
    server {{ server_name pop3;  listen {host}:22110; protocol pop3; starttls only; }}
    server {{ server_name pop3s; listen {host}:22995 ssl; protocol pop3; }}
    server {{ server_name smtp;  listen {host}:22025; protocol smtp; }}
    server {{ server_name smtps; listen {host}:22465 ssl; protocol smtp; }}
}}
"""
PORTS = (22080, 22143, 22993, 22110, 22995, 22025, 22465)


@dataclass(frozen=True)
class Shop:
    """A real nginx on a configuration written by hand: its host, the file, a kit."""

    host: str
    conf: Path
    kit: Path

    @contextlib.contextmanager
    def changed(self, *changes: tuple[str, str]) -> Iterator[str]:
        """The host of another nginx that does not do what this one's file says."""
        host = free_loopback(PORTS)
        text = self.conf.read_text().replace(self.host, host)
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        conf = self.conf.with_name(f"nginx-{host}.conf")
        conf.write_text(text)
        with started(conf):
            yield host


def started(conf: Path) -> Running:
    return launch("nginx", conf, [x.endpoint for x in read_claims(conf)], Patience(factor=5))


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    if shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None:
        pytest.skip("nginx is not installed")
    directory = tmp_path_factory.mktemp("shop")
    host = free_loopback(PORTS)
    write_kit(directory / "kit", host, 21000)
    conf = directory / "nginx.conf"
    conf.write_text(SHOP.format(host=host, kit=directory / "kit"))
    with started(conf):
        yield Shop(host, conf, directory / "kit")
