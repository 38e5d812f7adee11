"""Starting and stopping real products."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.patience import Patience
from conformance.harness.targets import nginx as nginx_module
from conformance.harness.targets.launch import PRODUCTS as BY_NAME
from conformance.harness.targets.launch import LaunchError, launch, try_configuration
from conformance.harness.targets.listening import family
from conformance.harness.targets.reference import reference

PATIENCE = Patience()


def gone(pid):
    """True when a process is no more, or only its exit status is left."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def until(happened, seconds=5.0):
    deadline = time.monotonic() + seconds
    while not happened() and time.monotonic() < deadline:
        os.sched_yield()
    return happened()


PRODUCTS = {"nginx": "nginx/1.", "reference": "waxseal-reference/"}


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_product_is_ready_and_leaves_nothing_behind(farm, product):
    conf, endpoints = farm
    before = sorted(conf.parent.rglob("*"))
    with launch(product, conf, endpoints, PATIENCE) as running:
        assert running.software.startswith(PRODUCTS[product])
        assert running.alive()
        with socket.create_connection((endpoints[0].host, endpoints[0].port), 5) as client:
            assert client.recv(100).startswith(b"* OK")
        processes, run = family(running.pid), running.run
    assert processes
    assert all(gone(pid) for pid in processes)
    assert not run.exists()
    assert sorted(conf.parent.rglob("*")) == before


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_refused_configuration_is_reported_in_the_products_words(farm, tmp_path, product):
    (tmp_path / "nginx.conf").write_text("events {}\nmail { nonsense; }\n")
    with pytest.raises(LaunchError, match=r'unknown directive "nonsense" in .*nginx.conf:2'):
        launch(product, tmp_path / "nginx.conf", farm[1], PATIENCE)


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_stranger_on_the_port_is_not_taken_for_the_target(farm, product):
    conf, endpoints = farm
    held = endpoints[3]
    with (
        socket.create_server((held.host, held.port)),
        pytest.raises(LaunchError, match="Address already in use"),
    ):
        launch(product, conf, endpoints, PATIENCE)


def test_an_endpoint_that_never_listens_is_named(farm):
    conf, endpoints = farm
    missing = Endpoint(endpoints[0].host, 20999, Protocol.IMAP, Way.NONE)
    with pytest.raises(LaunchError, match=r":20999 within .*1 of 1 missing"):
        launch("nginx", conf, [missing], Patience(0.1))


def test_stopping_kills_what_does_not_stop(farm, monkeypatch):
    monkeypatch.setattr("conformance.harness.targets.running.STOP_SECONDS", 0.1)
    with launch("nginx", *farm, PATIENCE) as running:
        processes = family(running.pid)
        for pid in processes:
            os.kill(pid, signal.SIGSTOP)
    assert until(lambda: all(gone(pid) for pid in processes))
    running.stop()


def test_a_worker_that_lost_its_master_is_killed(farm):
    with launch("nginx", *farm, PATIENCE) as running:
        processes = family(running.pid)
        os.kill(running.pid, signal.SIGKILL)
        assert until(lambda: not running.alive())
    assert until(lambda: all(gone(pid) for pid in processes))


def test_nothing_outlives_a_killed_suite(farm):
    conf, endpoints = farm
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from conformance.harness.endpoint import Endpoint, Protocol, Way\n"
        "from conformance.harness.patience import Patience\n"
        "from conformance.harness.targets.launch import launch\n"
        "from conformance.harness.targets.listening import family\n"
        "end = Endpoint(sys.argv[2], int(sys.argv[3]), Protocol.IMAP, Way.NONE)\n"
        "running = launch('nginx', Path(sys.argv[1]), [end], Patience())\n"
        "print(running.run, *family(running.pid), flush=True)\nsys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code, conf, endpoints[0].host, str(endpoints[0].port)]
    root = str(Path(__file__).parents[4])
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    ) as suite:
        run, *processes = suite.stdout.readline().split()
        suite.kill()
    shutil.rmtree(run)
    assert len(processes) == 2
    assert until(lambda: all(gone(pid) for pid in processes))


def test_without_nginx_the_remedy_is_named(farm, monkeypatch):
    monkeypatch.setenv("WAXSEAL_NGINX", "/nonexistent/nginx")
    with pytest.raises(LaunchError, match=r"no such program.*apt install nginx libnginx-mod-mail"):
        launch("nginx", *farm, PATIENCE)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        ("nginx version: nginx/1.2 --with-mail_ssl_module", "without the mail module"),
        ("nginx version: nginx/1.2 --with-mail=dynamic", "without TLS for mail"),
        (
            "--with-mail=dynamic --with-mail_ssl_module --modules-path=/nonexistent",
            "/nonexistent/ngx_mail_module.so is missing",
        ),
    ],
)
def test_an_nginx_without_mail_is_refused_with_the_remedy(build, words):
    with pytest.raises(LaunchError, match=f"{words}.*libnginx-mod-mail"):
        nginx_module._mail_module("nginx", build)


def test_a_static_mail_module_is_not_loaded():
    assert nginx_module._mail_module("nginx", "--with-mail --with-mail_ssl_module") == []


def test_unknown_products_and_faults_of_nginx_are_refused(farm):
    with pytest.raises(LaunchError, match="unknown product 'x'; known: nginx, reference"):
        launch("x", *farm, PATIENCE)
    with pytest.raises(LaunchError, match="nginx has no faults"):
        launch("nginx", *farm, PATIENCE, faults=["some"])


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_configuration_is_tested_by_the_product_itself(farm, tmp_path, product):
    assert try_configuration(product, *farm, PATIENCE).accepted
    (tmp_path / "nginx.conf").write_text("events {\n")
    outcome = try_configuration(product, tmp_path / "nginx.conf", [], PATIENCE)
    assert not outcome.accepted
    assert "unexpected end of file" in outcome.words


def test_who_cannot_test_a_configuration_is_started_on_it(farm, tmp_path, monkeypatch):
    monkeypatch.setitem(BY_NAME, "mute", lambda *a: replace(reference(*a), test=None))
    assert try_configuration("mute", *farm, PATIENCE).accepted
    (tmp_path / "nginx.conf").write_text("events {\n")
    outcome = try_configuration("mute", tmp_path / "nginx.conf", farm[1], PATIENCE)
    assert (outcome.accepted, "unexpected end of file" in outcome.words) == (False, True)


def test_a_fault_is_passed_to_the_reference(farm):
    conf, endpoints = farm
    with (
        launch("reference", conf, endpoints, PATIENCE, faults=["tag-not-echoed"]),
        socket.create_connection((endpoints[0].host, endpoints[0].port), 5) as client,
    ):
        client.recv(100)
        client.sendall(b"tag1 FROBNICATE\r\n")
        assert b"tag1" not in client.recv(100)
    with pytest.raises(LaunchError, match="no-such-fault"):
        launch("reference", conf, endpoints, PATIENCE, faults=["no-such-fault"])


def test_the_log_is_the_end_of_the_error_log(farm):
    with launch("nginx", *farm, PATIENCE) as running:
        (running.run / "error.log").write_bytes(b"x" * 100_000 + b"the end")
        assert running.log().endswith("the end")
        assert len(running.log()) == 65536
