"""The report files of a run through the real command line: every form, alone and under xdist."""

import importlib.util
import json
import re
import xml.etree.ElementTree as ET

import pytest

from conformance.report.comparison import compare
from conformance.report.stored import read_report

FORMS = ("json", "html", "md", "sarif", "svg")
ONLY = ("--fuzz-examples", "0", "-k", "test_starttls.py or test_ssl.py")
POP3_ONLY = ("starttls only", "starttls on")


def words(shop, host, *more):
    claims = ("--claims", str(shop.conf))
    targets = [f"--target={host}:{port}" for port in (22143, 22110)]
    return [*targets, *claims, *ONLY, *more]


def files(name):
    return [word for form in FORMS for word in ("--report", f"{name}.{form}")]


@pytest.fixture(scope="module")
def wrong(commands, shop):
    """A run on an nginx that allows what its file forbids, as GitHub runs it; and where."""
    summary = commands.directory / "summary.md"
    with shop.changed(POP3_ONLY) as host:
        done = commands.certify(
            *words(shop, host, *files("wrong"), "--junitxml", "wrong.xml"),
            GITHUB_ACTIONS="true",
            GITHUB_STEP_SUMMARY=str(summary),
        )
        plain = commands.certify(
            *words(shop, host, "-n", "2", *files("many"), "--junitxml=many.xml")
        )
    assert done.status == plain.status == 1, done.out + done.err + plain.out
    return done, commands.directory / "here", summary


@pytest.fixture(scope="module")
def right(commands, shop):
    """The same run on an nginx that does what its file says."""
    done = commands.certify(*words(shop, shop.host, "--report", "right.json"))
    assert done.status == 0, done.out + done.err
    return commands.directory / "here" / "right.json"


def needs_xdist():
    if importlib.util.find_spec("xdist") is None:
        pytest.skip("xdist is not installed")


def test_every_form_tells_the_same(wrong):
    _, place, _ = wrong
    report = read_report(place / "wrong.json")
    failed = {c.requirement for c in report.checks if c.verdict == "fail"}
    assert failed
    assert "Not conformant" in (place / "wrong.html").read_text()
    assert all(name in (place / "wrong.html").read_text() for name in failed)
    assert "not-conformant" in (place / "wrong.md").read_text()
    sarif = json.loads((place / "wrong.sarif").read_text())["runs"][0]
    assert {r["ruleId"] for r in sarif["results"] if r["level"] == "error"} == failed
    assert f"{len(failed)} broken" in (place / "wrong.svg").read_text()


def test_a_stored_report_can_be_written_in_every_form(wrong, commands):
    _, place, _ = wrong
    again = [f"again.{form}" for form in FORMS]
    assert commands.waxseal("render", "wrong.json", *again).status == 0
    for form in FORMS[1:]:
        assert (place / f"again.{form}").read_bytes() == (place / f"wrong.{form}").read_bytes()
    # Its evidence has a layout of its own.
    first, second = (json.loads((place / f"{x}.json").read_text()) for x in ("wrong", "again"))
    assert first == second
    shown = commands.waxseal("render", "wrong.json")
    assert shown.status == 0
    assert "NOT CONFORMANT  starttls." in shown.out


def without_seconds(path):
    data = json.loads(path.read_text())
    # Names its processes.
    del data["evidence"]
    for check in data["checks"]:
        check["seconds"] = 0
    return data


def test_processes_of_xdist_make_the_same_report(wrong):
    needs_xdist()
    _, place, _ = wrong
    alone, many = (without_seconds(place / f"{name}.json") for name in ("wrong", "many"))
    pairs = zip(many.pop("checks"), alone.pop("checks"), strict=True)
    assert [pair for pair in pairs if pair[0] != pair[1]] == []
    assert many == alone
    reports = (read_report(place / f"{name}.json") for name in ("wrong", "many"))
    assert compare(*reports).differences == ()


def cases(path):
    root = ET.parse(path).getroot()
    return {(x.get("classname"), x.get("name")): x for x in root.iter("testcase")}


@pytest.mark.parametrize("name", ["wrong", "many"])
def test_junit_has_each_check_with_its_verdict_and_reason(wrong, name):
    _, place, _ = wrong
    found = cases(place / f"{name}.xml")
    report = json.loads((place / "wrong.json").read_text())
    judged = [c for c in report["checks"] if c["reproduce"]]
    assert len(found) == len(judged) > 20
    assert {classname for classname, _ in found} == {
        "conformance.scenarios.test_ssl", "conformance.scenarios.test_starttls",
    }  # fmt: skip
    told = {}
    for case in found.values():
        said = {p.get("name"): p.get("value") for p in case.iter("property")}
        told[said["requirement"], said["listener"]] = said["verdict"], case
    for check in judged:
        verdict, case = told[check["requirement"], check["listener"]]
        assert verdict == check["verdict"]
        kinds = {x.tag for x in case} - {"properties", "system-out"}
        usual = {"fail": {"failure"}, "not_applicable": {"skipped"}, "inconclusive": {"failure"}}
        assert kinds == usual.get(verdict, set())
        if verdict == "fail":
            assert check["expected"][:40] in case.find("failure").get("message")


def test_github_gets_a_summary_and_a_line_for_each_requirement(wrong):
    done, place, summary = wrong
    assert summary.read_text().startswith("# ❌ waxseal: not-conformant")
    lines = done.out.splitlines()
    stop = next(n for n, x in enumerate(lines) if x.startswith("::stop-commands::"))
    go = lines.index(f"::{lines[stop].removeprefix('::stop-commands::')}::")
    card = next(n for n, x in enumerate(lines) if "waxseal scorecard" in x)
    assert stop < card < go
    failed = {
        c.requirement for c in read_report(place / "wrong.json").checks if c.verdict == "fail"
    }
    errors = [x for x in lines[go:] if x.startswith("::error ")]
    assert {re.search(r"title=waxseal%3A ([^:]+)::", x)[1] for x in errors} == failed


def test_elsewhere_nobody_hears_commands(commands, right):
    done = commands.certify("--target", "127.0.0.1:1", "--report", "none.html")
    assert done.status == 7
    assert "::" not in done.out


def test_where_nobody_is_no_older_report_is_left(commands, right):
    for name in ("none.json", "none.svg"):
        (commands.directory / "here" / name).write_text("older")
    files = ("--report", "none.json", "--report", "none.svg")
    done = commands.certify("--target", "imaps://127.0.0.1:1", *files)
    report = commands.report("none.json")
    assert (done.status, report["exit_status"], report["verdict"]) == (7, 7, "no-verdict")
    assert "127.0.0.1:1" in report["why"]
    assert report["target"]["address"] == "imaps://127.0.0.1:1"
    assert "no verdict" in (commands.directory / "here/none.svg").read_text()


def test_a_report_that_cannot_be_written_is_told(commands, shop, right):
    words_ = words(shop, shop.host, "-k", "test_ssl.py", "--report", "gone/x.html")
    assert commands.certify(*words_).status == 4


# --- two runs ---


def test_two_stored_reports(commands, wrong, right):
    reports = [f"--report=compared.{form}" for form in ("json", "md", "html")]
    worse = commands.waxseal("compare", "wrong.json", "right.json", *reports)
    assert worse.status == 1, worse.out + worse.err
    assert "NEWLY FAILING  starttls." in worse.out
    here = commands.directory / "here"
    data = json.loads((here / "compared.json").read_text())
    assert (data["schema"], data["exit_status"]) == ("waxseal-comparison/1", 1)
    assert data["summary"]["newly_failing"] > 0
    assert "Something changed for the worse" in (here / "compared.html").read_text()
    assert "something changed for the worse" in (here / "compared.md").read_text()
    better = commands.waxseal("compare", "right.json", "wrong.json")
    assert (better.status, "NEWLY PASSING  starttls." in better.out) == (0, True)
    same = commands.waxseal("compare", "right.json", "right.json")
    assert (same.status, "no difference" in same.out) == (0, True)


@pytest.mark.parametrize(
    ("more", "named"),
    [
        (["right.json"], "NEW and OLD"),
        (["right.json", "absent.json"], "absent.json"),
        (["right.json", "right.json", "--report", "x.pdf"], "x.pdf"),
        (["right.json", "right.json", "--claims", "x"], "--claims"),
        (["right.json", "http://a"], "http"),
        (["right.json", "right.json", "--report"], "--report"),
    ],
)
def test_what_cannot_be_compared_is_named(commands, right, more, named):
    done = commands.waxseal("compare", *more)
    assert (done.status, done.err.count("\n")) == (4, 1)
    assert named in done.err


def test_two_addresses(commands, shop):
    with shop.changed(POP3_ONLY) as host:
        both = (f"{host}:22110", f"{shop.host}:22110")
        done = commands.waxseal("compare", *both, "--claims", str(shop.conf), *ONLY)
    assert done.status == 1, done.out + done.err
    assert "NEWLY FAILING  starttls." in done.out
    assert f"judging {shop.host}:22110" in done.err


def test_nobody_there_is_no_verdict(commands, right):
    done = commands.waxseal("compare", "127.0.0.1:1", "right.json")
    assert (done.status, "127.0.0.1:1" in done.err) == (7, True)


# --- one run at two targets ---


def test_twins(commands, shop):
    with shop.changed(POP3_ONLY) as host:
        twin = ("--against", host, "--report", "twin.json", "--report", "twin.html")
        right_one = commands.certify(*words(shop, shop.host, *twin))
        forms = commands.report("twin.json"), (commands.directory / "here/twin.html").read_text()
        wrong_one = commands.certify(*words(shop, host, "--against", shop.host))
        many = commands.certify(*words(shop, shop.host, "-n", "2", *twin))
    assert right_one.status == many.status == 0, right_one.out + right_one.err + many.out
    assert wrong_one.status == 1
    assert "NEWLY PASSING  starttls." in right_one.out
    assert "NEWLY FAILING  starttls." in wrong_one.out
    against = forms[0]["against"]
    assert against["summary"]["newly_passing"] > 0
    assert {
        x["old"]["verdict"] for x in against["differences"] if x["change"] == "newly_passing"
    } == {"fail"}
    assert against["target"]["address"] == host
    assert 'id="against"' in forms[1]
    assert commands.report("twin.json")["against"]["summary"] == against["summary"]


def test_an_identical_twin_is_no_different(commands, shop):
    with shop.changed() as host:
        done = commands.certify(*words(shop, shop.host, "--against", host))
    assert done.status == 0, done.out + done.err
    assert "no difference" in done.out


def test_two_products_are_started_and_ended(commands):
    words_ = (
        "--launch",
        "reference",
        "--against",
        "nginx",
        "-k",
        "ssl_crl and imap-crl and revoked",
    )
    done = commands.certify(*words_, "--report", "products.json")
    assert done.status == 0, done.out + done.err
    against = commands.report("products.json")["against"]
    assert (against["target"]["launched"], against["exit_status"]) == ("nginx", 0)
    assert not list((commands.directory / "tmp").glob("waxseal-*"))


@pytest.mark.parametrize(
    ("against", "status", "named"),
    [
        ("127.0.0.1:1", 4, "listeners"),
        ("http://x", 4, "--against"),
        ("nginx", 4, "--against nginx"),
        ("127.0.0.254", 7, "127.0.0.254"),
    ],
)
def test_a_twin_that_is_none(commands, shop, against, status, named):
    done = commands.certify(*words(shop, shop.host, "--against", against))
    assert done.status == status
    assert named in done.out + done.err
