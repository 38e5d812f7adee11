"""`nginx -t` is the oracle: verdict, exit status and messages agree."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.reference_proxy.config import departures, oracle, paper
from tests.reference_proxy.config.rows import rows

ROWS = rows()

# Enough to see that the process does what the function does.
THROUGH_THE_PROCESS = (
    *("main-nothing", "main-unknown", "main-quote-unended", "main-pid-missing-directory"),
    *("text-not-utf-8", "mail-no-auth", "server-ssl-on-bare", "server-listen-not-ours"),
    *("server-protocols-repeated", "tls-certificate-other-key", "tls-certificate-two-types"),
)

pytestmark = pytest.mark.skipif(
    not (shutil.which("nginx") and oracle.MODULE.exists()), reason="no nginx with its mail module"
)

Capture = pytest.CaptureFixture[bytes]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("conf")
    paper.write(directory)
    return directory


def judgements(
    text: bytes, directory: Path, capfdbinary: Capture
) -> tuple[oracle.Judgement, oracle.Judgement]:
    words = oracle.arguments(oracle.place(text, directory))
    theirs = oracle.run(oracle.NGINX, words, directory)
    return oracle.in_process(words, capfdbinary, theirs.pid), theirs


@pytest.mark.parametrize("name", ROWS)
def test_judges_as_nginx(name: str, directory: Path, capfdbinary: Capture) -> None:
    ours, theirs = judgements(ROWS[name], directory, capfdbinary)
    assert ours == theirs


@pytest.mark.parametrize("text", departures.DEPARTURES)
def test_departs_only_as_documented(text: str, directory: Path, capfdbinary: Capture) -> None:
    ours, theirs = judgements(text.encode(), directory, capfdbinary)
    assert ours != theirs
    assert departures.DEPARTURES[text]


@pytest.mark.parametrize("name", THROUGH_THE_PROCESS)
def test_the_process_says_the_same(name: str, directory: Path, capfdbinary: Capture) -> None:
    words = oracle.arguments(oracle.place(ROWS[name], directory))
    process = oracle.run(oracle.REFERENCE, words, directory)
    assert process == oracle.in_process(words, capfdbinary)


def test_no_configuration_is_tried_twice() -> None:
    twice = {text for text, count in Counter(ROWS.values()).items() if count > 1}
    assert not [name for name, text in ROWS.items() if text in twice]
