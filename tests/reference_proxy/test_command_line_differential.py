"""nginx is the oracle of the command line: exit status, both outputs, and the logs agree."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.reference_proxy import command_lines
from tests.reference_proxy.config import oracle

pytestmark = pytest.mark.skipif(
    not (shutil.which("nginx") and oracle.MODULE.exists()), reason="no nginx with its mail module"
)

LOGS = ("e.log", "own.log")


def with_defaults(words: list[str]) -> list[str]:
    """In our directory and with a log, unless it says otherwise; and nginx with its module."""
    head = [] if "-p" in words or "-p." in words else ["-p", "."]
    head += ["-e", "e.log"]
    return [*head, *words] if "-g" in words else [*head, *words, *MODULE]


MODULE = ("-g", f"load_module {oracle.MODULE};")
ROWS = [
    *command_lines.PLAIN,
    *(with_defaults(words) for words in command_lines.PREFIX),
    *(with_defaults(words) for words in command_lines.TESTS),
    *(with_defaults(words) for words in command_lines.LOGS),
    *(with_defaults(words) for words in command_lines.SIGNALS),
    *(["-p", ".", "-e", "e.log", *words] for words in command_lines.GLOBALS),
]
# Enough to see that the process does what the function does.
THROUGH_THE_PROCESS = [["-x"], ["-v"], ROWS[-1], with_defaults(["-T", "-c", "sub/x.conf"])]


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in command_lines.FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(text.encode())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def with_logs(judgement: oracle.Judgement, directory: Path) -> oracle.Judgement:
    """The judgement with what is in the logs, which are removed."""
    found = []
    for name in LOGS:
        if (path := directory / name).exists():
            found.append((name, *oracle.messages(path.read_text(errors="surrogateescape"))))
            path.unlink()
    return replace(judgement, logs=tuple(found))


def identity(words: list[str]) -> str:
    return " ".join(word if len(word) < 60 else f"{len(word)}" for word in words)


@pytest.mark.parametrize("words", ROWS, ids=identity)
def test_the_command_line_is_nginxs(
    words: list[str], directory: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    words = [word.replace("DIR", str(directory)) for word in words]
    theirs = with_logs(oracle.run(oracle.NGINX, words, directory), directory)
    ours = with_logs(oracle.in_process(words, capfdbinary), directory)
    assert ours == theirs


@pytest.mark.parametrize("words", THROUGH_THE_PROCESS, ids=identity)
def test_the_process_says_the_same(
    words: list[str], directory: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    process = with_logs(oracle.run(oracle.REFERENCE, words, directory), directory)
    assert process == with_logs(oracle.in_process(words, capfdbinary), directory)
