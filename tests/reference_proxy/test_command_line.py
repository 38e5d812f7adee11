from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from reference_proxy.command_line import USAGE, VERSION, Options, UsageError, main, parse


@pytest.mark.parametrize(
    "arguments",
    [["-t", "-q", "-c", "f", "-p", "d"], ["-tq", "-cf", "-pd"], ["-qtcf", "-p", "d"]],
)
def test_letters_may_be_joined_as_in_nginx(arguments: list[str]) -> None:
    assert parse(arguments) == Options(frozenset("tq"), configuration="f", prefix="d")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([""], 'invalid option: ""'),
        (["-s", "nonsense", "-x"], 'invalid option: "-s nonsense"'),
        (["-x"], 'invalid option: "x"'),
        (["-tx"], 'invalid option: "x"'),
        (["test"], 'invalid option: "test"'),
        (["-c"], 'option "-c" requires file name'),
        (["-p"], 'option "-p" requires directory name'),
        (["-s"], 'option "-s" requires parameter'),
        (["-s", "start"], 'invalid option: "-s start"'),
        (["--faults"], 'option "--faults" requires parameter'),
    ],
)
def test_nonsense_is_refused_in_nginxs_words(arguments: list[str], text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(arguments)
    assert str(caught.value) == text


def test_the_version_is_the_projects(capfd: pytest.CaptureFixture[str]) -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert main(["-v"]) == 0
    assert capfd.readouterr().err == f"nginx version: {VERSION}\n"
    assert f"waxseal-reference/{project['version']}" == VERSION


@pytest.mark.parametrize("letter", ["?", "h"])
def test_help_is_all_that_is_done(letter: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([f"-{letter}", "-c", "nosuch"]) == 0
    assert capfd.readouterr().err == f"nginx version: {VERSION}\n{USAGE}"


def test_the_long_version_says_what_it_runs_on(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["-V"]) == 0
    assert capfd.readouterr().err.splitlines()[1].startswith("running on Python 3.")


def test_an_unknown_fault_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--faults", "crl-ignored,nosuch"]) == 1
    assert capfd.readouterr().err == 'nginx: unknown fault "nosuch"\n'


def test_the_faults_can_be_listed(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--faults=list"]) == 0
    assert "\ncrl-ignored: " in capfd.readouterr().out


@pytest.fixture
def bad(tmp_path: Path) -> list[str]:
    (tmp_path / "nginx.conf").write_text("events {}\nnosuch;")
    return ["-t", "-p", str(tmp_path)]


def test_a_test_says_what_is_wrong(bad: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert main(bad) == 1
    assert capfd.readouterr().err.splitlines() == [
        f'nginx: [emerg] unknown directive "nosuch" in {bad[-1]}/nginx.conf:2',
        f"nginx: configuration file {bad[-1]}/nginx.conf test failed",
    ]


def test_messages_also_go_to_the_log_that_e_names(bad: list[str]) -> None:
    main([*bad, "-e", "log"])
    assert "[emerg]" in (Path(bad[-1]) / "log").read_text()


def test_log_lines_on_standard_error(bad: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    main([*bad, "-e", "stderr"])
    assert "nginx: [emerg]" not in (text := capfd.readouterr().err)
    assert 'unknown directive "nosuch"' in text


def test_a_log_that_cannot_be_opened(bad: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    main([*bad, "-e", "none/log"])
    assert "[alert] could not open error log file: open() " in capfd.readouterr().err


def test_quiet_says_nothing_of_success(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "nginx.conf").write_text("events {}")
    assert main(["-tq", "-p", str(tmp_path)]) == 0
    assert capfd.readouterr() == ("", "")


def test_dumps_the_files_as_they_are(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    (tmp_path / "nginx.conf").write_bytes(b"events {} include part; # \xff\r\n")
    (tmp_path / "part").write_bytes(b"")
    assert main(["-T", "-p", str(tmp_path)]) == 0
    start = b"# configuration file %s/" % str(tmp_path).encode()
    expected = start + b"nginx.conf:\nevents {} include part; # \xff\r\n\n" + start + b"part:\n\n"
    assert capfdbinary.readouterr().out == expected
