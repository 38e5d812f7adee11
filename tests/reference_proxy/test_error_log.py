from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from reference_proxy.config.errors import ConfigError
from reference_proxy.config.settings import LogTarget
from reference_proxy.error_log import ErrorLog


def test_lines_have_nginxs_form(tmp_path: Path) -> None:
    log = ErrorLog([LogTarget(str(tmp_path / "log"), "info")])
    log.write("info", "*1 hello")
    line = (tmp_path / "log").read_text()
    pid = os.getpid()
    assert re.fullmatch(
        rf"\d{{4}}/\d\d/\d\d \d\d:\d\d:\d\d \[info\] {pid}#{pid}: \*1 hello\n", line
    )


def test_each_target_takes_its_level_and_graver(tmp_path: Path) -> None:
    log = ErrorLog([LogTarget(str(tmp_path / name), name) for name in ("error", "debug")])
    log.write("info", "low")
    log.write("crit", "high")
    assert (tmp_path / "error").read_text().count("\n") == 1
    assert (tmp_path / "debug").read_text().count("\n") == 2


def test_a_client_cannot_forge_a_line(tmp_path: Path) -> None:
    log = ErrorLog([LogTarget(str(tmp_path / "log"))])
    log.write("error", 'sent "a\r\nb\x1b[31m\x9b"' + "x" * 5000)
    text = (tmp_path / "log").read_text()
    assert '"a\\x0D\\x0Ab\\x1B[31m\\x9B"' in text
    assert text.count("\n") == 1
    assert len(text) < 2100


def test_reopened_after_it_was_moved_away(tmp_path: Path) -> None:
    log = ErrorLog([LogTarget(str(tmp_path / "log"))])
    log.write("error", "before")
    (tmp_path / "log").rename(tmp_path / "old")
    log.reopen()
    log.write("error", "after")
    assert "before" in (tmp_path / "old").read_text()
    assert "after" in (tmp_path / "log").read_text()


def test_a_change_that_fails_changes_nothing(tmp_path: Path) -> None:
    log = ErrorLog([LogTarget(str(tmp_path / "log"))])
    with pytest.raises(ConfigError, match=r'open\(\) ".*/none/log" failed \(2: No such file'):
        log.change([LogTarget(str(tmp_path / "none/log"))])
    log.write("error", "still here")
    assert "still here" in (tmp_path / "log").read_text()


def test_standard_error_stays_open(capfd: pytest.CaptureFixture[str]) -> None:
    ErrorLog([LogTarget("")]).close()
    ErrorLog([LogTarget("")]).write("error", "seen")
    assert "seen" in capfd.readouterr().err


def test_says_whether_standard_error_took_it(capfd: pytest.CaptureFixture[str]) -> None:
    log = ErrorLog([LogTarget("", "crit")])
    assert (log.write("crit", "grave"), log.write("error", "light")) == (True, False)
    assert capfd.readouterr().err.count("\n") == 1


def test_a_line_is_cut_in_bytes(tmp_path: Path) -> None:
    ErrorLog([LogTarget(str(tmp_path / "log"))]).write("error", "é" * 2000)
    assert len((tmp_path / "log").read_bytes()) == 2048


@pytest.mark.parametrize("targets", [("log",), ("log", "")])
def test_standard_error_follows_the_file_unless_it_is_a_target(
    tmp_path: Path, targets: tuple[str, ...]
) -> None:
    path, ours = tmp_path / "log", os.dup(2)
    log = ErrorLog([LogTarget(str(path) if name else "", "info") for name in targets])
    try:
        log.take_stderr()
        path.rename(tmp_path / "moved")
        log.reopen()
        os.write(2, b"here\n")
    finally:
        os.dup2(ours, 2)
        os.close(ours)
        log.close()
    assert path.read_text() == ("" if "" in targets else "here\n")
