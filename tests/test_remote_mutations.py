"""A third party that does not keep what its operator claims is found out, directive by directive.

A real nginx runs a configuration that an operator might have written by hand,
changed in one directive; judged are its ports against the unchanged file.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.claims import read_claims
from conformance.harness.patience import Patience
from conformance.harness.pki.kit import Kit, write_kit
from conformance.harness.targets.launch import launch
from conformance.harness.targets.loopback import free_loopback
from conformance.mutants.bench import Bench, all_scenarios
from conformance.mutants.configuration import Change, mutated
from conformance.premises import Noted, resting_on
from conformance.requirements.catalogue import catalogue
from conformance.verdict import Verdict

pytestmark = pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")

OPERATOR = Path(__file__).with_name("remote") / "operator.conf"
ROOT = Path(__file__).parents[1]


def change(server: str, directive: str, *values: str, **beside: str) -> Change:
    return Change(
        server, directive, values, tuple((name, (value,)) for name, value in beside.items())
    )


CHANGES = [
    change("imaps", "listen", ""),
    change("pop", "starttls", "off"),
    change("pop", "starttls", "only"),
    change("submission", "starttls", "on"),
    change("submission", "starttls", "off"),
    change("intranet", "starttls", "on"),
    change("intranet", "starttls", "only"),
    change("imaps", "ssl_certificate", "KIT/pki/rsa-chain.pem"),
    change(
        "submission", "ssl_certificate", "KIT/pki/rsa.pem", ssl_certificate_key="KIT/pki/rsa.key"
    ),
    change("pop", "ssl_certificate_key", "KIT/pki/rsa-2.key", ssl_certificate="KIT/pki/rsa-2.pem"),
    change("imaps", "ssl_protocols", "TLSv1.2"),
    change("submission", "ssl_protocols", "TLSv1.3"),
    change("pop", "ssl_protocols"),
    change("pop", "ssl_protocols", "TLSv1.1 TLSv1.2", ssl_ciphers="HIGH:!aNULL:!MD5:@SECLEVEL=0"),
    change("imaps", "ssl_ciphers", "ECDHE-RSA-AES256-GCM-SHA384"),
    change(
        "imaps", "ssl_ciphers", "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA"
    ),
    change("partners", "ssl_ciphers", "HIGH:!aNULL:!MD5:!kRSA"),
    change("imaps", "ssl_prefer_server_ciphers", "off"),
    change("pop", "ssl_prefer_server_ciphers", "on"),
    change("imaps", "ssl_verify_client", "optional_no_ca"),
    change("staff", "ssl_verify_client", "off"),
    change("staff", "ssl_verify_client", "optional"),
    change("staff", "ssl_verify_client", "optional_no_ca"),
    change("partners", "ssl_verify_client", "off"),
    change("partners", "ssl_verify_client", "on"),
    change("partners", "ssl_verify_client", "optional_no_ca"),
    change("staff", "ssl_client_certificate", "KIT/pki/strangers.pem"),
    change("partners", "ssl_client_certificate", "KIT/pki/both.pem"),
    change("staff", "ssl_trusted_certificate"),
    change("staff", "ssl_crl"),
    change("staff", "ssl_crl", "KIT/pki/crl-empty.pem"),
    change("partners", "ssl_crl", "KIT/pki/crl-foreign.pem"),
    change("staff", "ssl_verify_depth", "1"),
    change("staff", "ssl_verify_depth", "3"),
    change("partners", "ssl_verify_depth", "0"),
    change("partners", "ssl_verify_depth", "4"),
    change("staff", "auth_http_pass_client_cert", "off"),
    change("partners", "auth_http_pass_client_cert", "on"),
]


def written(kit: Kit) -> Path:
    """The operator's configuration for a kit, beside it."""
    conf = kit.directory.parent / "operator.conf"
    host = read_claims(kit.conf)[0].endpoint.host
    conf.write_text(OPERATOR.read_text().replace("HOST", host).replace("KIT", str(kit.directory)))
    return conf


def on_kit(kit: Kit, made: Change) -> Change:
    """The change with the kit's file names."""

    def placed(values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(value.replace("KIT", str(kit.directory)) for value in values)

    beside = tuple((name, placed(values)) for name, values in made.beside)
    return Change(made.server, made.directive, placed(made.values), beside)


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Bench(written) as made:
        yield made


def failed(bench: Bench, server: str, *changes: Change) -> set[str]:
    """What fails on the server, of all that applies to it, while nginx runs with these changes."""
    changed = [on_kit(bench.kit, c) for c in changes]
    with resting_on(Noted()), bench.trial("nginx", [server], changes=changed) as trial:
        checks = [trial.judge(name, server) for name in all_scenarios()]
    assert not [c for c in checks if c.verdict is Verdict.ERROR]
    assert {c.verdict for c in checks} & {Verdict.PASS, Verdict.FAIL}
    return {c.requirement for c in checks if c.verdict is Verdict.FAIL}


@pytest.mark.parametrize("server", ["imaps", "submission", "pop", "intranet", "staff", "partners"])
def test_operator_who_keeps_his_claims_passes(bench: Bench, server: str) -> None:
    assert failed(bench, server) == set()


@pytest.mark.parametrize("made", CHANGES, ids=str)
def test_change_breaks_a_requirement_of_its_directive(
    bench: Bench, made: Change, record_property: pytest.FixtureRequest
) -> None:
    broken = failed(bench, made.server, made)
    record_property("failed", " ".join(sorted(broken)))  # type: ignore[operator]
    of_it = "ssl" if made.directive == "listen" else made.directive
    assert of_it in {catalogue()[name].directive for name in broken}


@pytest.fixture(scope="module")
def third_party(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    directory = tmp_path_factory.mktemp("third-party") / "kit"
    return write_kit(directory, free_loopback([20080, 20110, 20143, 20465, 20587, 20993, 20994]))


def command(address: str, conf: Path, kit: Kit) -> list[str]:
    """What an operator types; the plugin is named since the checkout need not be installed."""
    pytest_run = [sys.executable, "-m", "pytest", "-q", "-p", "conformance.plugin"]
    target = ["--target", address, "--claims", str(conf), "--kit", str(kit.directory)]
    return [*pytest_run, "-p", "no:cacheprovider", "--fuzz-examples", "5", *target]


@pytest.mark.parametrize(
    ("made", "server", "status", "named"),
    [
        (None, "submission", 0, "CONFORMANT"),
        (change("staff", "ssl_crl", "KIT/pki/crl-empty.pem"), "staff", 1, "ssl_crl.revoked"),
        (change("submission", "starttls", "on"), "submission", 1, "starttls.only_login_refused"),
    ],
)
def test_command_line(
    third_party: Kit, made: Change | None, server: str, status: int, named: str
) -> None:
    conf = written(third_party)
    listeners = {listener.name: listener.endpoint for listener in read_claims(conf)}
    running = conf.with_name("running.conf")
    running.write_text(mutated(conf.read_text(), [on_kit(third_party, made)] if made else []))
    with launch("nginx", running, list(listeners.values()), Patience()):
        done = subprocess.run(
            command(listeners[server].address, conf, third_party),
            cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
    assert (done.returncode, named in done.stdout) == (status, True), (
        done.stderr + done.stdout[-3000:]
    )
