"""`waxseal infer` as a user runs it."""

import json
import shutil
import socket
import subprocess

import pytest

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.inference.command import stems
from tests.conformance.harness.small_servers import serving

MODULE = "load_module /usr/lib/nginx/modules/ngx_mail_module.so;"


@pytest.fixture(scope="module")
def seen(commands, shop):
    """What is written of three listeners of an nginx."""
    place = commands.directory / "here" / "seen"
    addresses = [f"{shop.host}:{port}" for port in (22143, 22110, 22993)]
    done = commands.waxseal("infer", *addresses, "--save", str(place))
    assert done.status == 0, done.err
    return done, place


def test_the_configuration_is_printed_and_progress_is_told_apart(seen):
    done, place = seen
    assert done.out == (place / "nginx.conf").read_text()
    assert len(done.err.splitlines()) == 3
    assert done.err.count(" visits") == 3


def test_nginx_and_the_reference_take_it_where_its_files_are(seen, shop, commands, tmp_path):
    place = tmp_path / "seen"
    shutil.copytree(seen[1], place)
    for certificate in place.glob("*-rsa.pem"):
        shutil.copy(shop.kit / "pki/rsa.key", certificate.with_suffix(".key"))
    shutil.copy(shop.kit / "pki/clients.pem", place / "imap-22993-authorities.pem")
    nginx = ["nginx", "-t", "-p", place, "-c", place / "nginx.conf", "-e", place / "log"]
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    command = [*nginx, "-g", f"{MODULE} pid {place}/pid;"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    ours = commands.waxseal("proxy", "-t", "-p", str(place), "-c", str(place / "nginx.conf"))
    assert ours.status == 0, ours.err


def test_certify_finds_no_deviation_from_it(seen, shop, commands):
    claims = str(seen[1] / "nginx.conf")
    words = ("-k", "ssl_protocols or ssl_ciphers or ssl_certificate or starttls or verify")
    done = commands.certify(f"{shop.host}:22143", "--claims", claims, *words)
    assert done.status == 0, done.out + done.err


def test_json(commands, shop):
    done = commands.waxseal("infer", f"imaps://{shop.host}:22993", "--json")
    (listener,) = json.loads(done.out)["listeners"]
    (mode,) = listener["directives"]["ssl_verify_client"]
    assert (done.status, mode["values"], mode["surety"]) == (0, ["on"], "known")


def test_who_is_asked_for_a_certificate_can_bring_one(commands, shop):
    people = shop.kit / "pki/people"
    for role, name in (("trusted", "client"), ("revoked", "revoked")):
        both = (people / f"{name}.pem").read_text() + (people / f"{name}.key").read_text()
        (commands.directory / "here" / f"{role}.pem").write_text(both)
    words = ("--client-cert", "trusted=trusted.pem", "--client-cert", "revoked=revoked.pem")
    done = commands.waxseal("infer", f"{shop.host}:22993", *words, "--json")
    (crl,) = json.loads(done.out)["listeners"][0]["directives"]["ssl_crl"]
    assert "it is set" in crl["evidence"]


WRONG = [
    ("localhost:99999",),
    ("http://localhost",),
    ("localhost:1", "--kit", "nowhere"),
    ("localhost:1", "--client-cert", "friend=x.pem"),
    ("localhost:1", "--client-cert", "trusted"),
    ("localhost:1", "--wait", "never"),
    ("localhost:1", "--limit", "0"),
    ("localhost:1", "--save", "tmp-in-the-way/x"),
    (),
]


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_wrong_use_is_one_line_and_status_4(commands, words):
    (commands.directory / "here" / "tmp-in-the-way").write_text("")
    done = commands.waxseal("infer", *words)
    assert (done.status, done.out, len(done.err.splitlines())) == (4, "", 1)


def test_nothing_is_written_over(commands):
    place = commands.directory / "here" / "full"
    place.mkdir(exist_ok=True)
    (place / "letter").write_text("dear")
    done = commands.waxseal("infer", "localhost:1", "--save", "full")
    assert (done.status, [x.name for x in place.iterdir()]) == (4, ["letter"])


def no_tls(peer):
    peer.sendall(b"HTTP/1.1 400 \x1b[31mno\r\n\r\n")
    peer.recv(1 << 16)


HOSTILE = {
    "closes": lambda peer: None,
    "silent": lambda peer: peer.recv(1 << 16) and peer.recv(1 << 16),
    "no mail": no_tls,
    "flood": lambda peer: [peer.sendall(b"\x1b[31mx" * 4096) for _ in range(1000)],
}


@pytest.mark.parametrize("how", HOSTILE)
def test_a_target_that_is_no_mail_server_is_one_line_and_status_7(commands, how):
    with serving(HOSTILE[how]) as (host, port):
        done = commands.waxseal("infer", f"{host}:{port}", "--patience", "0.1")
    assert (done.status, done.out, len(done.err.splitlines())) == (7, "", 1)
    assert done.err.startswith("waxseal infer: ")
    assert "\x1b" not in done.err


def test_nobody_there_is_one_line_and_status_7(commands):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound, and not listening
        done = commands.waxseal("infer", f"127.0.0.1:{held.getsockname()[1]}")
    assert (done.status, len(done.err.splitlines())) == (7, 1)


def test_a_bare_host_without_mail_is_one_line(commands):
    done = commands.waxseal("infer", "127.99.98.97")
    assert (done.status, len(done.err.splitlines())) == (7, 1)
    assert "143" in done.err


def test_files_of_two_hosts_have_two_names():
    places = [("a", 993), ("b", 993), ("a", 143), ("::1", 25), ("c", 25)]
    endpoints = [Endpoint(host, port, Protocol.IMAP, Way.IMPLICIT) for host, port in places]
    assert stems(endpoints) == ["imap-993-a", "imap-993-b", "imap-143", "imap-25-1", "imap-25-c"]
