"""How many files a run may have open."""

import resource
import subprocess
import sys

import pytest

from conformance.harness.descriptors import FEWEST, too_few
from tests.conftest import ROOT

UNLIMITED = resource.RLIM_INFINITY


@pytest.mark.parametrize("limits", [(FEWEST, FEWEST), (UNLIMITED, UNLIMITED)])
def test_enough(monkeypatch, limits):
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    assert too_few() == ""


@pytest.mark.parametrize(("most", "who"), [(FEWEST - 1, ", as root"), (4096, ""), (UNLIMITED, "")])
def test_too_few_with_the_remedy(monkeypatch, most, who):
    monkeypatch.setattr(resource, "getrlimit", lambda _: (FEWEST - 1, most))
    assert too_few().startswith(f"ulimit -n {FEWEST - 1}: ")
    assert too_few().endswith(f"ulimit -n 256 before it{who}")


def test_a_run_with_too_few_says_so_in_one_line():
    words = f"ulimit -n 20; exec {sys.executable} -m conformance.cli certify 127.0.0.1:1"
    run = subprocess.run(["sh", "-c", words], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (run.returncode, run.stdout) == (4, "")
    assert run.stderr.strip().startswith("ERROR: ulimit -n 20: ")
    assert "\n" not in run.stderr.strip()
