"""Real products on a handful of listeners, each started by its adapter; skipped where it is not."""

import shutil
from pathlib import Path

import pytest

from conformance.harness.pki.kit import write_kit
from conformance.harness.targets.adapted import adapted_software
from conformance.harness.targets.listening import family
from conformance.harness.targets.loopback import free_loopback
from conformance.harness.targets.product import LaunchError
from conformance.harness.targets.products import TRANSLATORS
from conformance.options import Options
from conformance.prepare import prepare
from conformance.suite import NoTarget

EXAMPLE = Path(__file__).resolve().parents[2] / "fixtures/adapters/stunnel.pl"
PORTS = range(23000, 23004)
SERVERS = """
events {{}}
mail {{
  auth_http {host}:23080/; ssl_certificate pki/rsa.pem; ssl_certificate_key pki/rsa.key;
  ssl_protocols TLSv1.2 TLSv1.3;
  server {{ server_name tls; listen {host}:23000 ssl; protocol imap; }}
  server {{ server_name upgrade; listen {host}:23001; protocol pop3; starttls only; }}
  server {{ server_name mail; listen {host}:23002; protocol smtp; starttls only; }}
  server {{ server_name locked; listen {host}:23003 ssl; protocol imap;
           ssl_certificate pki/rsa-locked.pem; ssl_certificate_key pki/rsa-locked.key;
           ssl_password_file pki/second-right.pass; }}
}}
"""
# Which listeners each product opens.
OPENED = {
    "dovecot": {"tls", "upgrade", "mail", "locked"},
    "exim": {"mail"},
    "haproxy": {"tls"},
    "hitch": {"tls"},
    "perdition": {"tls", "upgrade", "locked"},
    "postfix": {"mail"},
    "stunnel": {"tls", "upgrade", "mail"},
    str(EXAMPLE): {"tls"},
}


@pytest.fixture(scope="module")
def conf(tmp_path_factory):
    host = free_loopback([*PORTS, 23080])
    kit = write_kit(tmp_path_factory.mktemp("launched") / "kit", host)
    path = kit.directory / "small.conf"
    path.write_text(SERVERS.format(host=host))
    return path


@pytest.fixture
def begun(conf):
    """`begun(product)`: a suite whose target has been started, and answered."""
    suites = []

    def start(product, patience=1.0):
        if product in TRANSLATORS:
            try:
                adapted_software(product)
            except LaunchError as error:
                pytest.skip(str(error))
        suites.append(prepare(Options(launch=product, claims=conf, patience=patience)))
        suites[-1].open()
        return suites[-1]

    yield start
    for suite in suites:
        suite.close()


def test_there_is_a_row_for_every_product():
    assert {*TRANSLATORS, str(EXAMPLE)} == set(OPENED)


@pytest.mark.parametrize("product", OPENED)
def test_a_product_opens_what_it_can_and_is_gone_afterwards(begun, product):
    if product == str(EXAMPLE) and not (shutil.which("stunnel4") and shutil.which("perl")):
        pytest.skip("the example takes perl and stunnel4, which are not both here")
    suite = begun(product)
    opened = {x.name for x in suite.listeners if not x.declined}
    greetings = [suite.greeted[name].greeting for name in opened]
    processes, run = family(suite.running.pid), suite.running.run
    suite.close()
    assert opened == OPENED[product]
    assert all(greeting and greeting.positive for greeting in greetings)
    assert len(processes) > 1
    assert not any(Path(f"/proc/{pid}/exe").exists() for pid in processes)
    assert not run.exists()


def test_a_login_at_a_proxy_is_seen_at_the_back_end(begun):
    suite = begun("dovecot")
    situation = suite.situations()[0]
    assert (situation.unreached, bool(situation.unasked)) == ("", True)


@pytest.fixture
def adapter(tmp_path):
    """`adapter(script)`: an executable in POSIX sh."""

    def write(script):
        path = tmp_path / "adapter"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return str(path)

    return write


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("exit 89", "supports none of this"),
        ("echo no luck >&2; exit 5", "exit status 5: no luck"),
        ('echo \'{"listener": "x", "ready": true}\'; cat', "no listener that there is|for a li"),
        ("echo '{\"ready\": 1}'; read x", "makes no sense"),
    ],
)
def test_an_adapter_that_does_not_start_is_told_in_one_line(begun, adapter, script, words):
    with pytest.raises(NoTarget, match=words) as told:
        begun(adapter(script))
    assert str(told.value).isprintable()


def test_a_listener_that_is_ready_must_be_there(begun, adapter):
    lines = "".join(f'echo \'{{"listener": "{x}", "ready": true}}\'\n' for x in ["tls", "mail"])
    rest = 'echo \'{"listener": "upgrade", "unsupported": ["starttls"]}\'\n'
    rest += 'echo \'{"listener": "locked", "unsupported": ["ssl_password_file"]}\'\n'
    with pytest.raises(NoTarget, match="did not listen"):
        begun(adapter(lines + rest + "sleep 60 & wait"), patience=0.1)


@pytest.mark.parametrize("name", ["./nowhere", "/etc/passwd"])
def test_a_path_that_cannot_be_executed_is_a_usage_error(name):
    with pytest.raises(LaunchError, match=r"no such file|not executable"):
        adapted_software(name)


def test_a_product_that_is_missing_names_its_package(monkeypatch):
    monkeypatch.setenv("WAXSEAL_HITCH", "/nonexistent/hitch")
    with pytest.raises(LaunchError, match=r"WAXSEAL_HITCH=/nonexistent/hitch.*apt install hitch"):
        adapted_software("hitch")
