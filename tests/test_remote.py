"""Every way to say whom to judge, against which claims and with what: the real command line."""

import socket

import pytest

from conformance.claims import read_claims
from conformance.harness.doubles.doubles import Doubles
from conformance.harness.targets.loopback import free_loopback
from tests.conftest import started

# One requirement, which every listener keeps: these tests are about who is judged.
ONE = ("-k", "greeting", "--fuzz-examples", "0")


def listeners(commands, *words, status=0, **environment):
    """The names and addresses of the listeners that a run judges."""
    done = commands.certify(*words, *ONE, "--report", "remote.json", **environment)
    assert done.status == status, done.out + done.err
    report = commands.report("remote.json")
    counted = {(c["requirement"], c["listener"]) for c in report["checks"]}
    assert report["summary"]["checks"] == len(counted)
    return [f"{x['name']} {x['address']}" for x in report["listeners"]]


def refusal(commands, *words, status=4, **environment):
    """The one line by which a run is refused."""
    done = commands.certify(*words, *ONE, **environment)
    assert done.status == status, done.out + done.err
    (line,) = (done.out + done.err).strip().splitlines()
    return line


def claiming(shop):
    return ("--claims", str(shop.conf))


# --- whom ---


def test_a_scheme_a_port_by_name_and_a_number_are_one_address(commands, shop):
    port = f"{shop.host}:22143"
    words = (port, "--target", f"imap://{port}", "--target", f"imap://{port}/", "--target", port)
    assert listeners(commands, *words) == [f"imap://{port} {port}"]


def test_a_bare_host_is_all_of_its_claims(commands, shop):
    found = listeners(commands, shop.host, *claiming(shop))
    assert found == [f"{x.name} {x.endpoint.address}" for x in read_claims(shop.conf)]


def test_the_same_claims_at_two_hosts_are_told_apart(commands, shop):
    with shop.changed() as other:
        words = ("--target", f"{other}:22143", *claiming(shop))
        found = listeners(commands, f"{shop.host}:22143", *words)
    assert found == [f"{h}/imap {h}:22143" for h in (shop.host, other)]


BOTH_FAMILIES = """
events {{}}
mail {{
    auth_http 127.0.0.1:1;
    server {{ server_name four; listen 127.0.0.1:{port}; protocol imap; }}
    server {{ server_name six; listen [::1]:{port}; protocol pop3; }}
}}
"""


@pytest.fixture(scope="module")
def both(tmp_path_factory, shop):
    """An nginx with one port in both families, and a server in each: file and port."""
    with socket.socket() as free:
        free.bind((free_loopback([]), 0))
        port = free.getsockname()[1]
    conf = tmp_path_factory.mktemp("both") / "nginx.conf"
    conf.write_text(BOTH_FAMILIES.format(port=port))
    with started(conf):
        yield conf, port


def test_ipv6_literals(commands, both):
    conf, port = both
    here = f"[::1]:{port}"
    assert listeners(commands, here) == [f"pop3://{here} {here}"]
    assert listeners(commands, f"pop3://{here}", "--claims", str(conf)) == [f"six {here}"]
    assert "an IPv6 address goes in brackets" in refusal(commands, f"::1:{port}")


def test_a_name_with_addresses_of_both_families_is_not_guessed(commands, both):
    conf, port = both
    known = {place[4][0] for place in socket.getaddrinfo("localhost", port)}
    words = (f"localhost:{port}", "--claims", str(conf))
    if {"::1", "127.0.0.1"} <= known:
        assert "name one with --claims-server" in refusal(commands, *words)
    else:
        assert len(listeners(commands, *words)) == 1
    assert listeners(commands, *words, "--claims-server", "four") == [f"four localhost:{port}"]


# --- against which claims ---


def test_a_server_by_its_name_at_another_port(commands, both):
    conf, port = both
    with socket.create_server(("127.0.0.1", 0)) as taken:
        other = taken.getsockname()[1]
        line = refusal(commands, f"127.0.0.1:{other}", "--claims", str(conf))
    assert f"listens on port {other} (they listen on {port}); name one with --claims" in line


def test_claims_that_the_scheme_contradicts(commands, shop):
    line = refusal(commands, f"imaps://{shop.host}:22143", *claiming(shop))
    assert line.endswith("the claims for that port say imap")


def judged(commands, *words, **environment):
    done = commands.certify(
        *words, "--report", "remote.json", "--fuzz-examples", "0", **environment
    )
    return done, {c["requirement"]: c for c in commands.report("remote.json")["checks"]}


def test_one_more_claim_goes_over_the_file(commands, shop):
    words = (f"{shop.host}:22143", *claiming(shop), "-k", "test_ssl_protocols")
    done, _ = judged(commands, *words)
    assert done.status == 0, done.out + done.err
    done, checks = judged(commands, *words, "--claim", "ssl_protocols TLSv1.3")
    assert done.status == 1, done.out + done.err
    assert checks["ssl_protocols.TLSv1_3_listed"]["verdict"] == "fail"


def test_what_depends_on_an_unreadable_file_says_which(commands, shop, tmp_path):
    conf = tmp_path / "nginx.conf"
    conf.write_text(shop.conf.read_text().replace("/pki/rsa.pem", "/pki/elsewhere.pem"))
    words = ("--claims", str(conf), "-k", "test_ssl_certificate.py or greeting")
    done, checks = judged(commands, f"{shop.host}:22143", *words)
    assert done.status == 0, done.out + done.err
    check = checks["ssl_certificate.served"]
    assert check["verdict"] == "not_applicable"
    assert "No such file" in check["reason"]
    assert "elsewhere.pem" in check["reason"]


def test_a_secret_of_the_claims_is_in_no_report(commands, shop):
    words = (f"{shop.host}:22143", *claiming(shop), "--claim", "auth_http_header X-Key hunter2")
    assert len(listeners(commands, *words)) == 1
    assert "hunter2" not in (commands.directory / "here" / "remote.json").read_text()


# --- with what ---


def certificate(shop, name, directory, key=""):
    people = shop.kit / "pki/people"
    path = directory / f"{name}{key}.pem"
    path.write_text(
        (people / f"{name}.pem").read_text() + (people / f"{key or name}.key").read_text()
    )
    return path


def test_certificates_of_the_operator_play_their_parts(commands, shop, tmp_path):
    roles = {
        "trusted": "client",
        "revoked": "revoked",
        "expired": "expired",
        "untrusted": "stranger",
    }
    words = [f"{shop.host}:22993", *claiming(shop), "-k", "ssl_verify_client or ssl_crl"]
    for role, name in roles.items():
        words += ["--client-cert", f"{role}={certificate(shop, name, tmp_path)}"]
    done, checks = judged(commands, *words)
    assert done.status == 0, done.out + done.err
    for name in ("ssl_crl.revoked", "ssl_verify_client.on_unknown_ca_refused"):
        assert checks[name]["verdict"] == "pass"


def test_a_certificate_with_another_key_is_refused(commands, shop, tmp_path):
    mixed = certificate(shop, "client", tmp_path, "revoked")
    words = (f"{shop.host}:22993", *claiming(shop), "--client-cert", f"trusted={mixed}")
    assert f"--client-cert trusted={mixed}: the key is not" in refusal(commands, *words)


def test_a_locked_key_is_refused_and_nobody_is_asked(commands, shop, tmp_path):
    locked = tmp_path / "locked.pem"
    pki = shop.kit / "pki"
    locked.write_text((pki / "rsa-locked.pem").read_text() + (pki / "rsa-locked.key").read_text())
    line = refusal(commands, f"{shop.host}:22993", "--client-cert", f"trusted={locked}")
    assert "or locked" in line


def test_a_login_that_is_refused_is_no_fault_of_the_target(commands, shop):
    words = (f"{shop.host}:22143", *claiming(shop), "--login", "me")
    with Doubles(shop.host, 22080):
        line = refusal(commands, *words, status=7, WAXSEAL_PASSWORD="wrong hunter2")
    assert f"--login me: {shop.host}:22143 refuses it" in line
    assert "hunter2" not in line


def test_the_doubles_stand_where_they_are_told_to(commands, shop):
    """Without a kit and without claims: a login shows that they are behind the target."""
    words = ("--doubles", f"{shop.host}:22080", "--require-level", "L2")
    assert len(listeners(commands, f"{shop.host}:22143", *words)) == 1
    words = ("--doubles", f"{shop.host}:22081", *words[2:])
    assert len(listeners(commands, f"{shop.host}:22143", *words, status=7)) == 1
    why = f"no login arrived at our auth server on {shop.host}:22081"
    assert commands.report("remote.json")["level_note"] == why


# --- by other means ---


def test_the_file_speaks_where_the_others_are_silent(commands, shop):
    here = commands.directory / "here" / "waxseal.toml"
    target = f'target = "{shop.host}:22143"'
    here.write_text(f'[tool.waxseal]\n{target}\nclaims = "{shop.conf}"\nrequire-level = "L2"\n')
    try:
        assert listeners(commands, status=7) == [f"imap {shop.host}:22143"]
        other = f"{shop.host}:22025"
        words = ("--require-level", "L1")
        assert listeners(commands, *words, WAXSEAL_TARGET=other) == [f"smtp {other}"]
        assert listeners(commands, other, *words) == [f"smtp {other}"]
    finally:
        here.unlink()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[tool.waxseal]\nclaims_sever = 'x'\n", ":2: claims_sever: there is no such option; did"),
        ("[tool.waxseal]\ntarget = 'ftp://x'\n", "unknown scheme 'ftp'"),
        ("[tool.waxseal]\ntarget = 'ftp://x'\n", "waxseal.toml:2: target)"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_line(commands, text, words):
    here = commands.directory / "here" / "waxseal.toml"
    here.write_text(text)
    try:
        assert words in refusal(commands)
    finally:
        here.unlink()


def test_a_mistake_in_the_environment_is_told_with_its_variable(commands):
    assert "WAXSEAL_FUZZ_SEED=x: it must be a whole number" in refusal(
        commands, "127.0.0.1:1", WAXSEAL_FUZZ_SEED="x"
    )
    line = refusal(commands, "127.0.0.1:1", WAXSEAL_CLAIM="'frob on'")
    assert "unknown directive" in line
    assert line.endswith("(from WAXSEAL_CLAIM)")
