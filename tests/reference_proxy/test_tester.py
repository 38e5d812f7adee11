import json
import os
import subprocess
import sys

import pytest


@pytest.fixture
def tested(tmp_path):
    """Has `reference_proxy.tester` run command lines; each gives its status and words."""

    def run(*lines):
        asked = "".join(json.dumps(line) + "\n" for line in lines)
        done = subprocess.run(
            [sys.executable, "-m", "reference_proxy.tester"], input=asked.encode(),
            capture_output=True, timeout=60, check=True, cwd=os.getcwd(),
        )  # fmt: skip
        return [tuple(json.loads(line)) for line in done.stdout.splitlines()]

    return run


def written(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    return ["-t", "-c", str(path), "-p", str(tmp_path), "-e", "stderr"]


def test_one_test_after_the_other(tested, tmp_path):
    good = written(tmp_path, "good.conf", "events {}")
    bad = written(tmp_path, "bad.conf", "events {")
    (first, words), (second, complaint), (third, _) = tested(good, bad, good)
    assert (first, second, third) == (0, 1, 0)
    assert "test is successful" in words
    assert "unexpected end of file" in complaint


def test_a_usage_error_is_no_end(tested, tmp_path):
    (status, words), (after, _) = tested(["-x"], written(tmp_path, "good.conf", "events {}"))
    assert (status, after) == (1, 0)
    assert "invalid option" in words


def test_nothing_asked(tested):
    assert tested() == []
