"""The exit status and the words that go with it, of the command as a user runs it."""

import contextlib
import re
import shlex
import signal
import socket
from pathlib import Path

import pytest

from conformance.harness.doubles.doubles import Doubles
from conformance.requirements.catalogue import catalogue

QUICK = ("--fuzz-examples", "10", "--fuzz-seconds", "0.3")


def left_behind(commands):
    """Temporary files of a run, and processes that were started on them."""
    tmp = commands.directory / "tmp"
    files = [p.name for p in tmp.iterdir() if p.name.startswith("waxseal-")]
    processes = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = entry.read_bytes()
            processes += [words] if f"{tmp}/waxseal-".encode() in words else []
    return files + processes


# --- 0: conformant ---


def test_with_the_kit_logins_are_followed(commands, shop):
    words = ("--claims", str(shop.conf), "--kit", str(shop.kit), "--require-level", "L2", *QUICK)
    done = commands.certify(shop.host, *words, "--report", "report.json")
    assert done.status == 0, done.out + done.err
    report = commands.report()
    assert report["level"] == "L2"
    assert by_requirement(report, "ssl_crl.revoked") == {"pass", "not_applicable"}


def by_requirement(report, name):
    return {c["verdict"] for c in report["checks"] if c["requirement"] == name}


def test_with_nothing_claimed_what_holds_everywhere_is_judged(commands, shop):
    targets = (f"{shop.host}:22143", "--target", f"pop3s://{shop.host}:22995")
    done = commands.certify(*targets, "--report", "report.json", "--fuzz-examples", "0")
    assert done.status == 0, done.out + done.err
    passed = {c["directive"] for c in commands.report()["checks"] if c["verdict"] == "pass"}
    assert {"rfc", "security"} <= passed
    assert not passed & {"ssl_protocols", "ssl_verify_client"}


def test_the_reference_is_the_default(commands, tmp_path):
    commands = type(commands)(tmp_path)  # where nobody else has left anything
    done = commands.certify("-k", "imap-only or smtp-crl", "--report", "report.json")
    assert done.status == 0, done.out + done.err
    assert commands.report()["level"] == "L3"
    assert "this is not the whole suite" in done.out
    assert not left_behind(commands)
    assert list((commands.directory / "here").glob(".[hp]*")) == []


def test_as_a_pytest_plugin_from_the_environment(commands, shop):
    words = ("pytest", "-p", "conformance.plugin", "-q", "-k", "greeting", "-p", "no:cacheprovider")
    target = {"WAXSEAL_TARGET": f"{shop.host}:22025", "WAXSEAL_CLAIMS": str(shop.conf)}
    done = commands.run(*words, **target)
    assert done.status == 0, done.out + done.err
    assert " passed" in done.out


# --- 1: not conformant ---

MUTATIONS = {
    "ssl_protocols": ("TLSv1.2;", "TLSv1.2 TLSv1.3;"),
    "ssl_verify_client": ("ssl_verify_client on", "ssl_verify_client off"),
    "ssl_certificate": ("pki/rsa.", "pki/rsa-2."),
    "starttls": ("starttls only", "starttls on"),
}


@pytest.mark.parametrize("directive", MUTATIONS)
def test_nginx_that_does_otherwise_is_found_out(commands, shop, directive):
    with shop.changed(MUTATIONS[directive]) as host:
        words = (
            "--claims",
            str(shop.conf),
            "-k",
            f"test_{directive}.py",
            "--report",
            "report.json",
        )
        done = commands.certify(host, *words)
    failed = {c["requirement"] for c in commands.report()["checks"] if c["verdict"] == "fail"}
    named = {name for name in failed if name in done.out}
    assert done.status == 1, done.out + done.err
    assert named
    assert {catalogue()[name].directive for name in named} == {directive}


def test_a_fault_is_found_named_and_reproduced(commands):
    words = (
        "--faults",
        "starttls-keeps-plaintext",
        "-k",
        "test_starttls_injection.py and imap-starttls",
    )
    done = commands.certify(*words)
    assert done.status == 1, done.out + done.err
    assert "NOT CONFORMANT  starttls." in done.out
    command = re.search(r"reproduce waxseal (.*)", done.out)
    assert command is not None
    again = commands.waxseal(*shlex.split(command[1]))
    assert again.status == 1
    assert "1 not conformant" in again.out


def test_a_find_of_the_fuzzer_is_kept_with_its_reproducer(commands):
    words = ("--faults", "starttls-keeps-plaintext", "-k", "streams and imap-starttls")
    done = commands.certify(*words, "--report", "report.json")
    assert done.status == 1, done.out + done.err
    (finding, *_) = commands.report()["findings"]
    assert "HOST PORT" in finding["reproducer"]
    script = commands.directory / "here" / shlex.split(finding["reproducer"])[1]
    assert script.exists()
    assert len(finding["stream"].splitlines()) <= 6


# --- 2 and 3: interrupted, internal error ---


def test_an_interrupted_run_says_so_and_leaves_nothing(commands):
    process = commands.start("-m", "conformance.cli", "certify", "--report", "interrupted.json")
    for line in process.stdout:
        if "checks after" in line:
            break
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 2
    report = commands.report("interrupted.json")
    assert report["interrupted"] is True
    assert (report["verdict"], report["exit_status"]) == ("no-verdict", 2)
    assert not left_behind(commands)


BROKEN = """
from conformance.requirements import requirement

@requirement("rfc.greeting")
def test_broken(visit):
    raise RuntimeError("our own mistake")
"""


def test_a_scenario_that_raises_is_our_error(commands, shop, tmp_path):
    (tmp_path / "test_broken.py").write_text(BROKEN)
    words = ("--target", f"{shop.host}:22143", str(tmp_path), "--report", "report.json")
    done = commands.run("pytest", "-p", "conformance.plugin", *words)
    assert done.status == 3, done.out + done.err
    (check,) = commands.report()["checks"][:1]
    assert by_requirement(commands.report(), "rfc.greeting") == {"error"}
    assert "our own mistake" in check["reason"] + done.out


@pytest.mark.parametrize("processes", [[], ["-n", "2"]])
def test_a_scenario_that_cannot_be_read_is_our_error(commands, shop, tmp_path, processes):
    (tmp_path / "test_unread.py").write_text("raise RuntimeError('our own mistake')\n")
    words = ("--target", f"{shop.host}:22143", str(tmp_path), "--report", "report.json")
    done = commands.run("pytest", "-p", "conformance.plugin", *words, *processes)
    assert done.status == 3, done.out + done.err
    report = commands.report()
    assert (report["exit_status"], report["interrupted"]) == (3, False)
    assert "test_unread.py could not be read" in report["why"]
    assert report["target"]["address"] == f"{shop.host}:22143"
    assert report["suite"]["version"]


# --- 4: usage ---


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A directory of files that make no sense."""
    place = tmp_path_factory.mktemp("files")
    (place / "malformed.conf").write_text("mail { server {\n")
    (place / "http.conf").write_text("events {}\nhttp { server { listen 80; } }\n")
    server = "server { listen 127.0.0.1:2143; protocol imap; server_name one; }"
    (place / "unknown.conf").write_text(
        f"events {{}}\nmail {{\n ssl_frobnicate on;\n {server} }}\n"
    )
    (place / "good.conf").write_text(f"events {{}}\nmail {{ {server} }}\n")
    (place / "no.pem").write_text("nothing\n")
    (place / "partial").mkdir()
    return place


HERE = "127.0.0.1:2143"
MISUSE = {
    "no claims file": ([HERE, "--claims", "{}/none.conf"], "none.conf"),
    "a directory as claims": ([HERE, "--claims", "{}"], "{}"),
    "malformed claims": ([HERE, "--claims", "{}/malformed.conf"], "malformed.conf:"),
    "claims without mail": ([HERE, "--claims", "{}/http.conf"], "mail {"),
    "an unknown directive": ([HERE, "--claims", "{}/unknown.conf"], "conf:3: unknown directive"),
    "another port": (["127.0.0.1:2144", "--claims", "{}/good.conf"], "2143"),
    "another protocol": (["pop3://127.0.0.1:2143", "--claims", "{}/good.conf"], "imap"),
    "an unknown server": ([HERE, "--claims", "{}/good.conf", "--claims-server", "two"], "one"),
    "a server of no claims": ([HERE, "--claims-server", "two"], "--claims-server"),
    "no address": (["127.0.0.1:x"], "127.0.0.1:x"),
    "port 0": (["127.0.0.1:0"], "127.0.0.1:0"),
    "port 65536": (["127.0.0.1:65536"], "65536"),
    "no port": (["mail.example"], "no port"),
    "an unknown scheme": (["http://127.0.0.1:80"], "imaps://"),
    "a password in the address": (["imap://me:secret@127.0.0.1"], "--login"),
    "no kit": ([HERE, "--kit", "{}/none"], "none"),
    "half a kit": ([HERE, "--kit", "{}/partial"], "partial"),
    "an unknown product": (["--launch", "sendmail"], "nginx"),
    "an unknown fault": (["--faults", "frob"], "frob"),
    "faults of a third party": ([HERE, "--faults", "double-reply"], "--faults"),
    "a claim of one word": ([HERE, "--claim", "ssl"], "--claim"),
    "an unknown claim": ([HERE, "--claim", "ssl_frobnicate on"], "ssl_frobnicate"),
    "a claim that cannot be": ([HERE, "--claim", "ssl_protocols TLSv9"], "TLSv9"),
    "a role that is none": ([HERE, "--client-cert", "chief={}/no.pem"], "trusted"),
    "a certificate that is none": ([HERE, "--client-cert", "trusted={}/no.pem"], "no.pem"),
    "a certificate that is missing": ([HERE, "--client-cert", "trusted={}/none.pem"], "none.pem"),
    "a role without a file": ([HERE, "--client-cert", "trusted"], "ROLE=PEM"),
    "a login without a password": ([HERE, "--login", "me"], "WAXSEAL_PASSWORD"),
    "an unknown report": ([HERE, "--report", "x.pdf"], ".json"),
    "a report nowhere": ([HERE, "--report", "{}/none/x.json"], "none"),
    "no patience": ([HERE, "--patience", "0"], "--patience"),
    "patience in words": ([HERE, "--patience", "much"], "--patience"),
    "both": ([HERE, "--launch", "nginx"], "--launch"),
    "an unknown option": ([HERE, "--frobnicate"], "--frobnicate"),
}  # fmt: skip


@pytest.mark.parametrize("misuse", MISUSE)
def test_misuse_is_one_line_that_names_it(commands, files, misuse):
    words, named = MISUSE[misuse]
    done = commands.certify(*(word.replace("{}", str(files)) for word in words))
    assert done.status == 4, done.out + done.err
    assert named.replace("{}", str(files)) in done.err
    assert done.out.strip() == ""
    assert misuse == "an unknown option" or len(done.err.strip().splitlines()) == 1
    assert not left_behind(commands)


def test_without_nginx_the_remedy_is_named(commands):
    done = commands.certify("--launch", "nginx", WAXSEAL_NGINX="/nonexistent/nginx")
    assert done.status == 4
    assert "apt install" in done.err


# --- 7: no verdict ---


@pytest.fixture
def nobody():
    """A port on which nobody listens."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]


@pytest.mark.parametrize("form", ["{}", "imap://{}", "imaps://{}", "pop3s://{}"])
def test_nobody_is_there(commands, nobody, form):
    address = form.format(f"127.0.0.1:{nobody}")
    done = commands.certify(address, "--report", "report.json")
    assert done.status == 7
    assert "refused" in done.err
    assert commands.report()["target"] == {"address": address, "launched": None, "software": ""}


@pytest.mark.parametrize("words", [[], ["--claims", "{}/good.conf"]])
def test_a_name_that_nobody_has(commands, files, words):
    given = [word.replace("{}", str(files)) for word in words]
    done = commands.certify("nobody.invalid:2143", *given)
    assert done.status == 7
    assert "nobody.invalid" in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_nothing_was_selected(commands, shop):
    done = commands.certify(f"{shop.host}:22143", "-k", "frobnicate")
    assert done.status == 7


def test_evidence_was_required_that_is_not_there(commands, shop):
    words = ("--claims", str(shop.conf), "-k", "greeting", "--require-level", "L2")
    done = commands.certify(f"{shop.host}:22143", *words)
    assert done.status == 7
    assert "L2" in done.out


def test_an_auth_server_of_somebody_else_is_said(commands, shop):
    """The kit is there, but the address where we would listen is taken."""
    words = ("--claims", str(shop.conf), "--kit", str(shop.kit), "-k", "greeting")
    with socket.create_server((shop.host, 22080)):
        done = commands.certify(f"{shop.host}:22143", *words)
    assert done.status == 0, done.out + done.err
    assert "level L1 only" in done.out


# --- logins ---


def test_a_login_is_made_and_its_password_kept(commands, shop):
    words = ("--claims", str(shop.conf), "--login", "somebody", "--report", "login.json", *QUICK)
    with Doubles(shop.host, 22080) as doubles:
        done = commands.certify(shop.host, *words, WAXSEAL_PASSWORD=doubles.password)
        assert doubles.requests("somebody")
    assert done.status == 0, done.out + done.err
    text = (commands.directory / "here" / "login.json").read_text()
    assert doubles.password not in text + done.out + done.err
