"""A server that people run: one version carries out what came before TLS, the next does not."""

import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from conformance.harness.endpoint import Endpoint, Protocol, Way
from fuzz.campaign import campaign
from fuzz.sweep import short, sweep
from tests.fuzz.environments import CutOff, environment

LAUNCHER = Path(__file__).with_name("launch_aiosmtpd.py")
# CVE-2024-34083 was mended in 1.4.6.
SHA256 = {
    "aiosmtpd==1.4.5": "a196922f1903e54c4d37c53415b7613056d39e2b1e8249f324b9ee7a439be0f1",
    "aiosmtpd==1.4.6": "72c99179ba5aa9ae0abbda6994668239b64a5ce054471955fe75f581d2592475",
    "atpublic==9.0.0": "449c3c4f0c74df79749d6fe225ba55e2a2fce34b303f0329211e4d6989ed6f6e",
    "attrs==26.1.0": "c647aa4a12dfbad9333ca4e71fe62ddc36f4e63b2d260a37a8b83d2f043ac309",
}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    path = tmp_path_factory.mktemp("aiosmtpd") / "server.pem"
    trustme.CA().issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(path)
    return path


@contextmanager
def serving(python, certificate):
    command = [str(python), str(LAUNCHER), str(certificate)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            port = int(process.stdout.readline())
            yield Endpoint("127.0.0.1", port, Protocol.SMTP, Way.STARTTLS)
        finally:
            process.terminate()


@pytest.fixture
def aiosmtpd(request, certificate):
    """Serves with a version of it."""

    def serve(version):
        names = [f"aiosmtpd=={version}", "atpublic==9.0.0", "attrs==26.1.0"]
        requirements = "".join(f"{name} --hash=sha256:{SHA256[name]}\n" for name in names)
        try:
            place = request.config.cache.mkdir(f"aiosmtpd-{version}")
            return serving(environment(Path(place), requirements), certificate)
        except CutOff as error:
            pytest.skip(f"the package index cannot be reached: {error}")

    return serve


def test_a_campaign_convicts_the_version_that_keeps_plaintext(aiosmtpd):
    with aiosmtpd("1.4.5") as endpoint:
        worst, *_ = campaign(endpoint)
    assert worst.oracle.name == "no_plaintext_survives_upgrade"
    assert worst.steady
    assert len(worst.stream) <= 2


def test_so_does_the_short_sweep(aiosmtpd):
    with aiosmtpd("1.4.5") as endpoint:
        worst, *_ = sweep(endpoint, only=short(Protocol.SMTP))
    assert worst.oracle.name == "no_plaintext_survives_upgrade"


# Both versions take STARTTLS inside TLS once more, which they do not offer there (RFC 3207, 4.2),
# and wait for a second handshake: that stays told, and what follows from it, of the mended one.
NESTED = {"no_second_upgrade", "one_reply_per_command"}


def is_nested(finding):
    said = "".join(str(step).upper() for step in finding.stream.steps)
    return finding.oracle.name in NESTED and said.count("STARTTLS") > 1


def test_a_campaign_does_not_convict_the_version_that_drops_it(aiosmtpd):
    with aiosmtpd("1.4.6") as endpoint:
        found = campaign(endpoint)
    assert [str(finding) for finding in found if not is_nested(finding)] == []


def test_nor_does_the_short_sweep(aiosmtpd):
    with aiosmtpd("1.4.6") as endpoint:
        found = sweep(endpoint, only=short(Protocol.SMTP))
    assert [str(finding) for finding in found if not is_nested(finding)] == []
