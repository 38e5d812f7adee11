"""Pipelines of docs/ci.md and the action's judging step, on a real nginx: status, reports, summary.

test_ci.py has every line and input of them, with waxseal played by a stub.
"""

import json
import re
import shlex

import pytest
import yaml

from tests.reader import Reader, a_checkout_that_is_ready
from tests.test_ci import ACTION, SH, YAML, action

# A part of the suite, and no fuzzing: what is tested here is around it.
PART = {"PYTEST_ADDOPTS": "--fuzz-examples 0 -k 'greeting or starttls_advertised or only'"}
REPORT = "waxseal-report.json"


@pytest.fixture
def place(shop, tmp_path):
    """Where a pipeline runs: a checkout of waxseal, and what the guide keeps beside the proxy."""
    reader = Reader(tmp_path)
    a_checkout_that_is_ready(tmp_path)
    (tmp_path / "nginx.conf").write_text(shop.conf.read_text())
    (tmp_path / "known.toml").write_text("")
    return reader


def pipelines():
    """The guide's judging line for GitLab, and its lines for any shell."""
    last = yaml.safe_load(YAML[1])["tls"]["script"][-1]
    return {"gitlab": last.replace(".waxseal/bin/waxseal", "waxseal"), "shell": SH[-1]}


def act(place, **inputs):
    """The action's second step, as a runner has it; what it wrote for the runner."""
    step = action()["runs"]["steps"][1]
    usual = {name: row.get("default", "") for name, row in action()["inputs"].items()}
    given = {f"INPUT_{name.upper()}": text for name, text in {**usual, **inputs}.items()}
    for name in ("output", "summary"):
        (place.where / name).write_text("")
    (place.where / "temp/waxseal").mkdir(parents=True, exist_ok=True)
    if not (place.where / "temp/waxseal/bin").exists():
        (place.where / "temp/waxseal/bin").symlink_to(place.where / "bin")
    done = place.types(
        step["run"], **given, **PART, GITHUB_ACTIONS="true", GITHUB_ACTION_PATH=str(ACTION),
        RUNNER_TEMP=str(place.where / "temp"), GITHUB_OUTPUT=str(place.where / "output"),
        GITHUB_STEP_SUMMARY=str(place.where / "summary"),
    )  # fmt: skip
    return done, (place.where / "output").read_text(), (place.where / "summary").read_text()


@pytest.mark.parametrize("pipeline", pipelines())
def test_a_conformant_proxy_passes(place, shop, pipeline):
    done = place.types(pipelines()[pipeline], MAIL_HOST=shop.host, **PART)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((place.where / REPORT).read_text())
    assert (report["verdict"], len(report["listeners"])) == ("conformant", 6)


def test_nobody_who_answers_is_no_verdict(place):
    done = place.types(pipelines()["shell"], MAIL_HOST="127.99.99.98", **PART)
    assert (done.returncode, "no verdict: is 127.99.99.98 there?" in done.stdout) == (7, True)


def test_the_action_says_what_deviates(place, shop):
    with shop.changed(("starttls only", "starttls on")) as host:
        done, output, summary = act(place, target=f"{host}:22110", claims="nginx.conf")
    assert (done.returncode, output) == (1, "status=1\n"), done.stdout + done.stderr
    failed = {
        check["requirement"]
        for check in json.loads((place.where / REPORT).read_text())["checks"]
        if check["verdict"] == "fail"
    }
    assert failed
    summary = summary.replace("\\_", "_")
    assert [name for name in failed if name not in summary] == []
    # What a target says comes while the runner takes no commands, our annotations behind that.
    token = re.match(r"::stop-commands::(\w+)\n", done.stdout)[1]
    muted, annotations, _ = done.stdout.split(f"\n::{token}::\n")
    assert "NOT CONFORMANT" in muted
    lines = [line for line in annotations.splitlines() if line]
    assert [x for x in lines if not x.startswith("::error title=waxseal%3A starttls.only_")] == []
    assert len(lines) == len(failed)


def test_the_action_is_green_where_all_is_well(place, shop):
    words = shlex.join(["--junitxml=junit.xml"])
    given = {"target": f"pop3://{shop.host}:22110", "claims": "nginx.conf", "arguments": words}
    done, output, summary = act(place, **given)
    assert (done.returncode, output) == (0, "status=0\n"), done.stdout + done.stderr
    assert "CONFORMANT" in summary.upper()
    assert (place.where / "junit.xml").is_file()
