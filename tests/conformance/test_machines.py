"""One run over several machines, by means of pytest-xdist: here each is a directory and a port."""

import os
import shutil
import socket
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytest.importorskip("xdist")
WORDS = ("-q", "-p", "conformance.plugin", "-p", "no:randomly", "-k", "greeting")
AWAY = ("--dist", "load", "--tx", "popen", "--fuzz-examples", "0", "--report=over.json")


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """The address of execnet's server, which has a copy of the suite, and nothing else of ours."""
    there = tmp_path_factory.mktemp("machine")
    for name in ("conformance", "fuzz", "fixtures"):
        rest = shutil.ignore_patterns("__pycache__", "campaigns")
        shutil.copytree(ROOT / name, there / "copy" / name, ignore=rest)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "WAXSEAL_"))}
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "execnet.script.socketserver", place],
        cwd=there,
        env={**kept, "PYTHONPATH": str(there / "copy"), "TMPDIR": str(there)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as server:
        assert server.stdout is not None
        next(line for line in server.stdout if b"Accept loop" in line)
        yield place
        server.kill()


def test_a_run_over_machines_says_what_one_alone_does(commands, shop, machine):
    words = (*WORDS, f"--target={shop.host}", f"--claims={shop.conf}")
    alone = commands.run("pytest", *words, "--fuzz-examples", "0", "--report=alone.json")
    over = commands.run("pytest", *words, *AWAY, "--tx", f"socket={machine}")
    assert (alone.status, over.status) == (0, 0), over.out + over.err
    checks = [
        {(c["requirement"], c["listener"]): c["verdict"] for c in report["checks"]}
        for report in map(commands.report, ("alone.json", "over.json"))
    ]
    assert checks[0] == checks[1]


def test_what_would_be_copied_there_is_a_usage_error(commands, shop):
    far = ("--tx", "socket=127.0.0.1:1", "--dist", "load")
    done = commands.certify("--target", shop.host, "--claims", str(shop.conf), *far)
    assert done.status == 4
    assert "`pytest`, not `waxseal certify`" in done.err + done.out
