"""The glue among pytest's own machinery: selections, orders, other processes, foreign projects."""

import importlib.util
import json
import re

import pytest

ONLY = ("--fuzz-examples", "0", "-k", "test_rfc.py or test_starttls.py")
PYTEST = ("pytest", "-q", "-p", "conformance.plugin")


# Somebody who proves a requirement of the catalogue in another way, in a file of his own.
OWN_SCENARIO = """
from conformance.expectations import greeted
from conformance.requirements import requirement


@requirement("rfc.greeting")
def test_own(visit):
    greeted(visit(upgrade=False))
"""


def verdicts(commands, name="report.json"):
    report = json.loads((commands.directory / "here" / name).read_text())
    return {(c["requirement"], c["listener"]): c["verdict"] for c in report["checks"]}


def target(shop):
    ports = [f"--target={shop.host}:{port}" for port in (22143, 22110)]
    return [*ports, "--claims", str(shop.conf)]


@pytest.fixture(scope="module")
def ordinary(commands, shop):
    """What an ordinary run says of two listeners."""
    done = commands.certify(*target(shop), *ONLY, "--report", "ordinary.json")
    assert done.status == 0, done.out + done.err
    return verdicts(commands, "ordinary.json")


def needs(module):
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed")


@pytest.mark.parametrize("seed", ["1", "2"])
def test_any_order_gives_the_same_verdicts(commands, shop, ordinary, seed):
    needs("pytest_randomly")
    words = (*target(shop), *ONLY, f"--randomly-seed={seed}", "--report", "report.json")
    done = commands.run(*PYTEST, *words)
    assert done.status == 0, done.out + done.err
    assert verdicts(commands) == ordinary


def test_several_processes_give_the_same_verdicts(commands, shop, ordinary):
    needs("xdist")
    done = commands.certify(*target(shop), *ONLY, "-n", "2", "--report", "report.json")
    assert done.status == 0, done.out + done.err
    assert verdicts(commands) == ordinary


def test_several_processes_find_what_is_wrong(commands, shop):
    needs("xdist")
    with shop.changed(("starttls only", "starttls on")) as host:
        words = (f"{host}:22110", "--claims", str(shop.conf), *ONLY, "-n", "2")
        done = commands.certify(*words)
    assert done.status == 1, done.out + done.err
    assert "NOT CONFORMANT  starttls." in done.out


def test_the_first_failure_stops_and_the_rest_is_accounted_for(commands, shop, tmp_path):
    cache = {"XDG_CACHE_HOME": str(tmp_path)}
    with shop.changed(("starttls only", "starttls on")) as host:
        words = (f"{host}:22110", "--claims", str(shop.conf), "-x", "--report", "report.json")
        stopped = commands.certify(*words, **cache)
        assert stopped.status == 1
        assert len(re.findall(r"^NOT CONFORMANT", stopped.out, re.M)) == 1
        assert set(verdicts(commands).values()) >= {"fail", "inconclusive"}
        again = commands.certify(f"{host}:22110", "--claims", str(shop.conf), "--lf", **cache)
    assert again.status == 1
    assert re.search(r"^1 not conformant", again.out, re.M), again.out


def test_listing_asks_nothing_and_writes_nothing(commands, shop):
    words = ("--collect-only", "--report", "listed.json")
    done = commands.certify(*target(shop), *words)
    assert done.status == 0
    assert "test_ssl_protocols.py" in done.out
    assert not (commands.directory / "here" / "listed.json").exists()


def test_a_file_of_the_claims_that_cannot_be_read_is_the_reason(commands, shop, tmp_path):
    conf = tmp_path / "nginx.conf"
    conf.write_text(shop.conf.read_text().replace("crl-clients.pem", "gone.pem"))
    words = (f"{shop.host}:22993", "--claims", str(conf), "--kit", str(shop.kit))
    done = commands.certify(*words, "-k", "ssl_crl", "--report", "report.json")
    assert done.status == 7
    report = json.loads((commands.directory / "here" / "report.json").read_text())
    reasons = {c["reason"] for c in report["checks"] if c["requirement"] == "ssl_crl.revoked"}
    assert len(reasons) == 1
    assert "gone.pem" in reasons.pop()


def test_an_operators_own_certificates_are_used(commands, shop, tmp_path):
    people = shop.kit / "pki" / "people"
    for role, person in (("trusted", "client"), ("revoked", "revoked")):
        pem = (people / f"{person}.pem").read_text() + (people / f"{person}.key").read_text()
        (tmp_path / f"{role}.pem").write_text(pem)
    certs = [f"--client-cert={role}={tmp_path}/{role}.pem" for role in ("trusted", "revoked")]
    words = (f"{shop.host}:22993", "--claims", str(shop.conf), *certs, "-k", "ssl_crl")
    done = commands.certify(*words, "--report", "report.json")
    assert done.status == 0, done.out + done.err
    assert verdicts(commands)["ssl_crl.revoked", "imaps"] == "pass"


def test_an_unknown_requirement_is_a_usage_error(commands, shop, tmp_path):
    scenario = '@requirement("ssl.frobnicated")\ndef test_it(visit):\n    pass\n'
    text = f"from conformance.requirements import requirement\n\n{scenario}"
    (tmp_path / "test_unknown.py").write_text(text)
    done = commands.run(*PYTEST, *target(shop), str(tmp_path))
    assert done.status == 4, done.out
    assert "ssl.frobnicated" in done.out + done.err


@pytest.mark.parametrize("more", [(), ("-n", "2")], ids=["", "xdist"])
def test_a_scenario_of_somebody_else_s_is_judged_unasked(commands, tmp_path, more):
    needs("xdist")
    (tmp_path / "test_own.py").write_text(OWN_SCENARIO)
    done = commands.run(*PYTEST, *more, str(tmp_path), "-k", "imap-starttls")
    assert done.status == 0, done.out + done.err
    assert "CONFORMANT" in done.out


def test_a_foreign_project_hardly_notices(commands):
    """Four small modules are imported, and nothing is printed or written."""
    here = commands.directory / "here"
    before = {path.name for path in here.iterdir()}
    text = "import sys\n\ndef test_theirs():\n    open('names', 'w').write(' '.join(sys.modules))\n"
    (here / "test_theirs.py").write_text(text)
    words = ("-m", "pytest", "-q", "-p", "conformance.plugin", "-p", "no:cacheprovider")
    done = commands.python(*words, "test_theirs.py", PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    assert done.status == 0
    assert "waxseal" not in done.out
    imported = set((here / "names").read_text().split())
    ours = {"", ".declared", ".places", ".plugin"}
    assert {x for x in imported if x.startswith("conformance")} == {f"conformance{x}" for x in ours}
    heavy = {"asyncio", "crossplane", "cryptography", "fuzz", "hypothesis", "ssl", "tlslite"}
    heavy |= {"multiprocessing", "tomllib"}
    assert not heavy & {name.split(".")[0] for name in imported}
    assert {path.name for path in here.iterdir()} == before | {
        "__pycache__",
        "names",
        "test_theirs.py",
    }
