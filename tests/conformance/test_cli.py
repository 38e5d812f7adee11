"""The subcommands besides `certify`, and what each --help teaches."""

import json
import re

import pytest

from conformance.requirements.catalogue import catalogue


@pytest.mark.parametrize(
    "words",
    [[], ["certify"], ["kit"], ["requirements"], ["explain"], ["fuzz"], ["replay"], ["infer"]],
    ids=" ".join,
)
def test_help_is_no_error(commands, words):
    done = commands.waxseal(*words, "--help")
    assert done.status == 0
    assert "usage: waxseal" in done.out


WRONG = [[], ["frobnicate"], ["kit"], ["kit", "x", "--base-port", "much"], ["explain"]]
WRONG += [["explain", "ssl_frobnicate.on"], ["requirements", "--xml"]]


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_wrong_use_is_one_line_and_status_4(commands, words):
    done = commands.waxseal(*words)
    assert (done.status, done.out) == (4, "")
    assert len(done.err.splitlines()) == 1


def test_the_version_tells_what_a_bug_report_needs(commands):
    done = commands.waxseal("--version")
    assert done.status == 0
    told = (
        r"waxseal \S+( checkout)? \(catalogue [0-9a-f]{12}, Python 3\.\d+\.\d+\S*, OpenSSL .+\)\n"
    )
    assert re.fullmatch(told, done.out), done.out


def test_the_catalogue_is_listed_for_people_and_programs(commands):
    rows = json.loads(commands.waxseal("requirements", "--json").out)
    assert [row["id"] for row in rows] == list(catalogue())
    listed = commands.waxseal("requirements").out
    assert all(f"{name}  (" in listed for name in catalogue())
    assert max(map(len, listed.splitlines())) <= 100


def test_a_requirement_is_explained(commands):
    done = commands.waxseal("explain", "ssl_crl.revoked")
    assert done.status == 0
    assert "MUST" in done.out
    assert catalogue()["ssl_crl.revoked"].source in done.out


def test_the_kit_is_written_and_nothing_is_overwritten(commands):
    place = commands.directory / "here" / "a kit"
    done = commands.waxseal("kit", "a kit", "--host", "127.0.9.9", "--base-port", "23000")
    assert done.status == 0
    assert "127.0.9.9:23" in (place / "nginx.conf").read_text()
    (commands.directory / "here" / "mine").mkdir()
    (commands.directory / "here" / "mine" / "letter").write_text("dear")
    refused = commands.waxseal("kit", "mine")
    assert (refused.status, len(refused.err.splitlines())) == (4, 1)


def test_the_proxy_has_the_command_line_of_nginx(commands):
    done = commands.waxseal("proxy", "-v")
    assert done.status == 0
    assert done.err.startswith("nginx version: waxseal-reference/")
