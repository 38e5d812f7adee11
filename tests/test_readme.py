"""Every command that README.md and docs/manual.md tell a reader to type, typed."""

import os
import re
import secrets
import subprocess
from pathlib import Path

import pytest

from conformance.harness.doubles.doubles import Doubles
from conformance.harness.pki.kit import write_kit
from conformance.harness.targets.loopback import free_loopback
from tests.reader import Reader, a_checkout_that_is_ready, commands

ROOT = Path(__file__).resolve().parents[1]
PAGES = (ROOT / "README.md", ROOT / "docs/manual.md")
TEXT = "".join(page.read_text() for page in PAGES)
BLOCKS = list(dict.fromkeys(block for page in PAGES for block in commands(page)))
# These would take as long as the whole suite does; a part shows that the command is right.
WHOLE_SUITE = ("./certify", "--launch", "--kit kit")
PART = "ssl_crl and imap"
# The same of the kill matrix: where a command has a -k of its own, that one counts.
SOME_MUTANTS = "waxseal mutants -k 'imap-depth-1: ssl_verify_depth removed'"
# Figures need many visits, a table does not.
FEW_VISITS = "tests.benchmarks.speed --count 25"
# What a campaign does all the time, it does in two seconds.
SECONDS = re.compile(r"--seconds \d+")
MODULE = "load_module /usr/lib/nginx/modules/ngx_mail_module.so;"

# mail.example.org: what an operator may have.
OPERATOR = """
user root;
events {{}}
mail {{
    auth_http {host}:1080/auth;
    ssl_certificate kit/pki/rsa.pem;
    ssl_certificate_key kit/pki/rsa.key;
    ssl_client_certificate kit/pki/clients.pem;
    ssl_protocols TLSv1.2 TLSv1.3;
    server {{ listen {host}:993 ssl; protocol imap; ssl_verify_client optional; }}
    server {{ listen {host}:143; protocol imap; starttls on; }}
    server {{ listen {host}:110; protocol pop3; starttls on; }}
}}
"""


@pytest.fixture(scope="session")
def operator(tmp_path_factory):
    """The host of a real nginx, and its configuration's path."""
    place = tmp_path_factory.mktemp("operator")
    host = free_loopback([993, 143, 110, 1080])
    write_kit(place / "kit", host, 20000)
    conf = place / "nginx.conf"
    conf.write_text(OPERATOR.format(host=host))
    command = ["nginx", "-p", place, "-c", conf, "-e", place / "error.log"]
    command += ["-g", f"{MODULE} pid {place}/nginx.pid; daemon off;"]
    path = f"{os.environ['PATH']}:/usr/sbin"
    with (
        Doubles(host, 1080, host) as doubles,
        subprocess.Popen(command, env={"PATH": path}) as nginx,
    ):
        try:
            until_it_listens(host, 993)
            yield host, conf, doubles.password
        finally:
            nginx.terminate()


def until_it_listens(host, port):
    command = ["curl", "-s", "--retry", "50", "--retry-connrefused", "--retry-delay", "0"]
    command += ["--retry-max-time", "10", "-o", os.devnull, "-k", f"imaps://{host}:{port}"]
    subprocess.run(command, check=False, timeout=30)


@pytest.fixture
def reader(operator, tmp_path):
    """Where the reader types: a fresh directory, and the examples' names made real."""
    host, conf, password = operator
    people = conf.parent / "kit/pki/people"
    trusted = (people / "client.pem").read_text() + (people / "client.key").read_text()
    (tmp_path / "trusted.pem").write_text(trusted)
    names = {"mail.example.org": host, "/etc/nginx/nginx.conf": str(conf), "secret": password}
    names["192.0.2.1"] = f"127.{secrets.randbelow(99) + 100}.{secrets.randbelow(250)}.9"
    reader = Reader(tmp_path, names)
    a_checkout_that_is_ready(tmp_path)
    yield reader
    reader.tidy()


def type_in(reader, block):
    less = {"waxseal mutants": SOME_MUTANTS, "tests.benchmarks.speed": FEW_VISITS}
    for whole, some in less.items():
        block = block.replace(whole, some)
    block = SECONDS.sub("--seconds 2", block)
    part = any(word in block for word in WHOLE_SUITE)
    options = "--fuzz-examples 10" + (f" -k '{PART}'" if part else "")
    return reader.types(block, PYTEST_ADDOPTS=options)


def first_words(block):
    return block.split("\n")[0][:60]


# The others have a test of their own: below, or in test_distribution.py.
SIMPLE = [b for b in BLOCKS if not b.startswith(("pip ", "nginx ")) and "certify --faults" not in b]


@pytest.mark.parametrize("block", SIMPLE, ids=first_words)
def test_the_commands_work(reader, block):
    done = type_in(reader, block)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_proxy_can_be_set_up_on_the_kit(reader):
    kit, nginx = (next(b for b in BLOCKS if b.startswith(w)) for w in ("waxseal kit kit", "nginx"))
    done = type_in(reader, kit + nginx.replace('-g "', '-g "user root; '))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "at level L2" in done.stdout


def test_the_fault_is_found_as_shown(reader):
    block = next(block for block in BLOCKS if "certify --faults" in block)
    shown = TEXT.split(block)[1].split("```text\n")[1].split("```")[0]
    printed = type_in(reader, block).stdout
    assert shown in printed
    assert printed.endswith("exit status 1\n")
    repro = shown.split("python3 ")[1].split()[0]
    assert (reader.where / repro).is_file()
