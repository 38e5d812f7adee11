"""What is distributed: packed, unpacked, installed as README.md says, and used somewhere else.

One test, since each of its steps needs what the one before has made.
"""

import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UNWANTED = shutil.ignore_patterns(".git", ".venv*", ".*_cache", ".hypothesis", "__pycache__")
# What is installed, and as what.
PACKAGES = {"conformance": "conformance", "fuzz": "fuzz", "reference_proxy": "reference_proxy",
            "fixtures": "conformance/_fixtures"}  # fmt: skip
# A part of the suite that is soon over, on an operator's proxy and on the reference.
SOON, PART = "greeting", "ssl_crl and imap-crl"
# A project of somebody else's, who wants to hear of each warning.
THEIR_SETTINGS = "[pytest]\naddopts = -q -p no:cacheprovider\nfilterwarnings = error\n"
THEIR_TESTS = """
import ssl
import pytest


def test_theirs(request):
    with pytest.raises(DeprecationWarning):
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).minimum_version = ssl.TLSVersion.TLSv1
"""


class Elsewhere:
    """An environment that has the distribution, and a directory that is nobody's checkout."""

    def __init__(self, place):
        self.venv, self.here = place / "venv", place / "here"
        self.here.mkdir()
        ours = ("PYTEST", "PYTHON", "WAXSEAL", "HYPOTHESIS")
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
        self.environment |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_COMPILE": "1"}

    def run(self, *words, at=None):
        done = subprocess.run(
            words, cwd=at or self.here, env=self.environment,
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"
        return done.stdout

    def pip_install(self, *words, at=None):
        pip = (sys.executable, "-m", "pip", "--python", self.venv, "install", "--quiet")
        return self.run(*pip, *words, at=at)

    def command(self, name, *words):
        return self.run(self.venv / "bin" / name, *words)


def packed(elsewhere, place):
    """The unpacked source distribution of a copy: a build leaves files behind."""
    shutil.copytree(ROOT, place / "copy", ignore=UNWANTED)
    build = (elsewhere.venv / "bin/python", "-m", "hatchling", "build", "-t", "sdist")
    elsewhere.run(*build, at=place / "copy")
    (archive,) = (place / "copy/dist").glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(place, filter="data")
    shutil.rmtree(place / "copy/dist")
    return place / archive.name.removesuffix(".tar.gz")


def files(directory):
    return {x.relative_to(directory).as_posix() for x in directory.rglob("*") if x.is_file()}


def test_what_is_distributed_can_be_installed_and_used_elsewhere(shop, tmp_path):
    elsewhere = Elsewhere(tmp_path)
    elsewhere.run(sys.executable, "-m", "venv", "--without-pip", elsewhere.venv)
    elsewhere.pip_install("hatchling>=1.27", "pytest-xdist")
    source = packed(elsewhere, tmp_path)
    assert files(tmp_path / "copy") - files(source) == set()
    # The reader's `pip install .`
    elsewhere.pip_install(".", at=source)
    (site,) = elsewhere.venv.glob("lib/python*/site-packages")
    for name, where in PACKAGES.items():
        assert files(source / name) - files(site / where) == set(), name
    shutil.rmtree(tmp_path / "copy")
    shutil.rmtree(source)

    their_project_does_not_notice(elsewhere)
    the_suite_is_there_by_its_package(elsewhere, shop)
    # What a neighbouring project wants of pytest is not for our scenarios.
    (elsewhere.here / "pytest.ini").write_text("[pytest]\naddopts = --collect-only\n")
    (elsewhere.here / "conftest.py").write_text("raise SystemError\n")
    printed = elsewhere.command("waxseal", "certify", "-k", PART)
    assert "CONFORMANT at level L3" in printed


def their_project_does_not_notice(elsewhere):
    """It reads, says and does the same as where we are not."""
    (elsewhere.here / "pytest.ini").write_text(THEIR_SETTINGS)
    (elsewhere.here / "test_theirs.py").write_text(THEIR_TESTS)
    before = files(elsewhere.here)
    with_us, without = (
        re.sub(r"[\d.]+s", "", elsewhere.command("pytest", *words))
        for words in ((), ("-p", "no:conformance.plugin"))
    )
    assert with_us == without
    left = {name for name in files(elsewhere.here) - before if "__pycache__" not in name}
    assert left == set()
    shutil.rmtree(elsewhere.here)
    elsewhere.here.mkdir()


def the_suite_is_there_by_its_package(elsewhere, shop):
    """For pytest's own way to name tests, in one process and in two; and by a target alone."""
    target = [f"--target={shop.host}:{port}" for port in (22143, 22110)]
    target += ["--claims", shop.conf, "-q", "-k", SOON]
    for words in ((), ("--pyargs", "conformance"), ("--pyargs", "conformance", "-n", "2")):
        printed = elsewhere.command("pytest", *words, *target)
        assert "CONFORMANT at level L1" in printed, printed
        assert " on 2 listeners, " in printed
