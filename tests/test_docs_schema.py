"""Reports of real runs are as fixtures/schemas says, and every field of them is described there."""

import copy
import json
from pathlib import Path

import fastjsonschema
import pytest

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = json.loads((ROOT / "fixtures/schemas/waxseal-report-1.json").read_text())
STARTTLS = "starttls and imap-starttls"


def closed(part):
    """The schema, but that no object may have a field that it does not describe."""
    if isinstance(part, list):
        return [closed(x) for x in part]
    if not isinstance(part, dict):
        return part
    more = {"additionalProperties": False} if "properties" in part else {}
    return {**{name: closed(x) for name, x in part.items()}, **more}


@pytest.fixture(scope="module")
def conforms():
    return fastjsonschema.compile(closed(SCHEMA))


def report(commands, *words, status):
    done = commands.certify(*words, "--report", "report.json")
    assert done.status == status, done.out + done.err
    return commands.report()


@pytest.fixture(scope="module")
def failing(commands):
    words = ("--faults", "starttls-keeps-plaintext", "--fuzz-examples", "20")
    return report(commands, "-k", f"stream and imap-starttls or {STARTTLS}", *words, status=1)


def test_a_report_with_failures_and_finds(failing, conforms):
    conforms(failing)
    assert {"fail", "pass", "not_applicable"} <= {check["verdict"] for check in failing["checks"]}
    assert failing["findings"]
    assert failing["evidence"]


def test_a_report_in_twin_mode(commands, conforms):
    words = ("--faults", "starttls-keeps-plaintext", "--against", "reference")
    found = report(commands, "-k", f"{STARTTLS} and not stream", *words, status=1)
    conforms(found)
    assert found["against"]["differences"]


def test_a_report_on_many_targets_and_nobody_there(commands, conforms):
    here = commands.directory / "here"
    (here / "targets.txt").write_text("imap://127.0.0.1:1\npop3://127.0.0.2:1\n")
    found = report(commands, "--targets", "targets.txt", status=7)
    conforms(found)
    assert [row["exit_status"] for row in found["targets"]] == [7, 7]


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (["verdict"], "fine"),
        (["summary", "fail"], "none"),
        (["checks", 0, "level"], "must"),
        (["checks", 0, "undescribed"], ""),
    ],
)
def test_a_report_that_is_wrong_is_seen(failing, conforms, path, wrong):
    part = whole = copy.deepcopy({**failing, "evidence": {}})
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = wrong
    with pytest.raises(fastjsonschema.JsonSchemaException):
        conforms(whole)
