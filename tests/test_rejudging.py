"""`waxseal judge`: reports of real runs, as they are and edited, judged again without a target."""

import json
import signal
import socket

import pytest

from conformance.rejudging.command import rejudge
from conformance.report.evidence import compact, digest, digest_of
from conformance.requirements.catalogue import catalogue

SCENARIOS = (
    "greeting or injection or certificate or revoked or session or literal or version or "
    "credentials or quoted or imaplib or test_auth_http"
)


@pytest.fixture(scope="module")
def written(commands, shop):
    """The report of a run that had the kit, on a target that breaks one thing."""
    protocols = ("ssl_protocols           TLSv1.2;", "ssl_protocols TLSv1.2 TLSv1.3;")
    with shop.changed(protocols) as host:
        conf = shop.conf.with_name(f"nginx-{host}.conf")
        claims = ("--claims", str(conf), "--claim", "ssl_protocols TLSv1.2", "--kit", str(shop.kit))
        done = commands.certify(host, *claims, "--report", "again.json", "-k", SCENARIOS)
    assert done.status == 1, done.out + done.err
    return commands.report("again.json")


@pytest.fixture(scope="module")
def text(written):
    """The same as a text: to read it is the quickest way to a copy."""
    return json.dumps(written)


@pytest.fixture
def judged(text, tmp_path, capsys, monkeypatch):
    """Judges the report after an edit; returns the exit status and what was said."""

    def refuse(*_):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)

    def edited(edit=lambda report: None):
        report = json.loads(text)
        edit(report)
        path = tmp_path / "edited.json"
        path.write_text(json.dumps(report))
        status = rejudge(path)
        out, err = capsys.readouterr()
        return status, out + err

    return edited


def check(report, verdict, **more):
    return next(
        row
        for row in report["checks"]
        if row["verdict"] == verdict and all(row[k] == v for k, v in more.items())
    )


def name(row):
    return f"{row['requirement']} on {row['listener']}"


def test_every_verdict_of_a_report_is_recomputed(judged, written):
    status, said = judged()
    assert (status, said.splitlines()[1:]) == (0, []), said
    assert said.endswith(f"{len(written['checks'])} verdicts recomputed, all equal\n")
    count = written["summary"]
    assert count["pass"] > 100
    assert count["fail"] > 0


def test_there_was_evidence_of_every_kind(written):
    kinds = {row[0] for _, tape in written["evidence"]["checks"].values() for row in tape}
    assert {"visit", "login", "heard", "sessions", "errand", "steady"} <= kinds


@pytest.mark.parametrize(("before", "after"), [("fail", "pass"), ("pass", "fail"),
                                               ("not_applicable", "pass"), ("pass", "known"),
                                               ("pass", "not_applicable")])  # fmt: skip
def test_an_edited_verdict_is_named(judged, written, before, after):
    edited = check(written, before)

    def edit(report):
        check(report, before)["verdict"] = after

    status, said = judged(edit)
    assert status == 1
    assert f"DIFFERS  {name(edited)}: {after} in the report, {before} from its evidence" in said


def test_an_edited_transcript_is_named(judged, written):
    edited = check(written, "fail")
    status, said = judged(lambda report: check(report, "fail")["transcript"][0].__setitem__(2, "x"))
    assert status == 1
    assert f"{name(edited)}: the transcript was edited: line 1 is not what the visits have" in said


@pytest.mark.parametrize("what", ["reason", "expected", "observed"])
def test_edited_words_are_named(judged, written, what):
    edited = check(written, "fail")
    status, said = judged(lambda report: check(report, "fail").__setitem__(what, "fine"))
    assert status == 1
    assert f"{name(edited)}: {what} is 'fine' in the report" in said


def served_in_tls13(report):
    """A visit that shows what the target does wrong, and on which a scenario rests."""
    tapes = report["evidence"]["checks"].items()
    of_scenarios = compact([tape for name, tape in tapes if name.startswith("test_")])
    return next(
        found
        for found in sorted(report["evidence"]["visits"].items())
        if found[1].get("tls", {}).get("version") == "TLSv1.3"
        and found[1]["stage"] == "service"
        and found[0] in of_scenarios
    )


def test_an_edited_observation_is_named_with_what_rests_on_it(judged, written):
    visit, _ = served_in_tls13(written)
    status, said = judged(
        lambda report: served_in_tls13(report)[1]["tls"].update(version="TLSv1.2")
    )
    assert status == 1
    assert f"EDITED  visit {visit}, evidence of test_" in said


def test_an_observation_that_was_forged_whole_changes_the_verdicts(judged):
    """Even with the digests made anew, what it shows is judged."""

    def forge(report):
        evidence = report["evidence"]
        renamed = {}
        for old, found in evidence["visits"].items():
            if found.get("tls", {}).get("version") == "TLSv1.3":
                found["tls"]["version"] = "TLSv1.2"
                renamed[old] = digest(compact(found))
        evidence["visits"] = {renamed.get(x, x): y for x, y in evidence["visits"].items()}
        tapes = compact(evidence["checks"])
        for old, new in renamed.items():
            tapes = tapes.replace(old, new)
        evidence["checks"] = json.loads(tapes)
        for section in set(evidence) - {"sha256"}:
            texts = {key: compact(x) for key, x in evidence[section].items()}
            evidence["sha256"][section] = digest_of(texts)

    status, said = judged(forge)
    assert status == 1
    assert "EDITED" not in said
    assert "DIFFERS" in said


@pytest.mark.parametrize("section", ["world", "catalogue", "files", "facts", "checks", "streams"])
def test_an_edited_section_is_named(judged, section):
    status, said = judged(lambda report: report["evidence"][section].update(x=["", []]))
    assert status in (1, 4)
    assert section in said


def test_a_long_text_that_was_edited_is_named(judged):
    def edit(report):
        texts = report["evidence"]["texts"]
        texts[next(iter(texts))] += "x"

    status, said = judged(edit)
    assert status == 1
    assert "EDITED  visit" in said


def test_evidence_that_is_gone_is_named(judged, written):
    edited = check(written, "fail")
    tape = next(x for x, (_, rows) in written["evidence"]["checks"].items()
                if x.endswith(f"[{edited['listener']}]") and rows)  # fmt: skip
    status, said = judged(lambda report: report["evidence"]["checks"].pop(tape))
    assert status == 1
    assert "and there is no evidence of it" in said
    assert "EDITED  the section 'checks'" in said


def test_a_check_that_is_gone_is_named(judged, written):
    edited = check(written, "fail")
    status, said = judged(lambda report: report["checks"].remove(check(report, "fail")))
    assert status == 1
    assert f"{name(edited)}: fail, and the report has no check" in said


def test_another_catalogue_is_named_with_what_changed(judged):
    def edit(report):
        report["suite"]["catalogue"] = "0" * 64
        then = report["evidence"]["catalogue"]
        then["ssl_crl.gone"] = then.pop("ssl_crl.revoked")
        then["rfc.case"][0], then["rfc.noop"][2] = "MAY", "0" * 16

    status, said = judged(edit)
    level = catalogue()["rfc.case"].level
    assert status == 1
    for line in (
        f"another catalogue: {'0' * 64} in the report",
        "ssl_crl.gone is no requirement any more",
        "ssl_crl.revoked is a new requirement",
        f"rfc.case: its level was MAY and is {level}",
        "rfc.noop: its words are others",
    ):
        assert f"CATALOGUE  {line}" in said


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda r: r.update(verdict="conformant"), "the verdict is conformant, from the evidence"),
        (lambda r: r["summary"].update(fail=0), "the summary is"),
        (lambda r: r["listeners"][0]["claims"].update(ssl_crl=[]), "the claims of imap"),
    ],
    ids=["verdict", "summary", "claims"],
)
def test_an_edited_head_is_named(judged, edit, said):
    status, words = judged(edit)
    assert status == 1
    assert f"DIFFERS  {said}" in words


def test_an_older_report_has_nothing_to_recompute(judged):
    status, said = judged(lambda report: report.pop("evidence"))
    assert status == 7
    assert "the report does not say what its verdicts rest on" in said


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda r: r.update(schema="other/1"), "its \"schema\" is not 'waxseal-report/1'"),
        (lambda r: r.pop("checks"), "edited.json: checks: a list was expected"),
        (lambda r: r["checks"][2].pop("level"), "edited.json: checks[2]: no check"),
        (lambda r: r["checks"].insert(1, None), "edited.json: checks[1]: no check"),
        (lambda r: r["evidence"].pop("visits"), "evidence.visits: an object was expected"),
        (lambda r: r["evidence"]["world"].pop("run"), "evidence.world.run: an object"),
        (lambda r: r["evidence"]["world"]["run"].clear(), "edited.json: evidence.world"),
        (lambda r: r["evidence"]["world"].update(x={}), "edited.json: evidence.world.x"),
        (lambda r: r.update(findings=[1]), "edited.json: findings"),
        (lambda r: r.update(summary=1), "edited.json: summary"),
    ],
)
def test_what_is_no_report_says_where(judged, edit, said):
    status, words = judged(edit)
    assert status == 4
    assert said in words
    assert len(words.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [("{\n  x", "r.json:2:3: no JSON"), ("[]", "no report of waxseal"), ("\udcff", "no JSON")],
)
def test_what_is_no_json_says_where(commands, tmp_path, text, said):
    path = tmp_path / "r.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    done = commands.waxseal("judge", str(path))
    assert (done.status, done.out) == (4, "")
    assert said in done.err


def test_a_report_that_is_not_there_is_named(commands):
    done = commands.waxseal("judge", "absent.json")
    assert done.status == 4
    assert done.err == "waxseal judge: absent.json: No such file or directory\n"


def test_what_a_report_says_reaches_the_terminal_escaped(judged):
    status, said = judged(lambda report: report.update(verdict="\x1b[2J"))
    assert status == 1
    assert "\x1b" not in said
    assert r"\x1b[2J" in said


LAUNCHED = "(imap-crl and not elsewhere) or test_configuration or worker or imap-starttls"


def test_a_launched_run_is_recomputed_when_its_kit_is_gone(commands):
    words = ("-k", LAUNCHED, "--report", "launched.json", "--fuzz-examples", "5")
    done = commands.certify(*words)
    assert done.status == 0, done.out + done.err
    evidence = commands.report("launched.json")["evidence"]
    assert {"tried", "pipe", "workers"} <= {
        row[0] for _, tape in evidence["checks"].values() for row in tape
    }
    both = {"test_corpus", "test_streams"}
    assert {name.partition("::")[0] for name in evidence["streams"]} == both
    done = commands.waxseal("judge", "launched.json")
    assert done.status == 0, done.out + done.err
    assert done.out.endswith("verdicts recomputed, all equal\n")


def test_no_key_and_no_phrase_is_in_a_report(written, shop):
    text = json.dumps(written)
    assert "PRIVATE KEY" not in text
    for path in (shop.kit / "pki").rglob("*.pass"):
        assert all(line not in text for line in path.read_text().splitlines() if line)


def test_an_interrupted_run_is_recomputed_as_far_as_it_came(commands):
    process = commands.start("-m", "conformance.cli", "certify", "--report", "broken-off.json")
    for line in process.stdout:
        if "checks after" in line:
            break
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2, out + err
    report = commands.report("broken-off.json")
    assert (report["interrupted"], report["verdict"]) == (True, "no-verdict")
    done = commands.waxseal("judge", "broken-off.json")
    assert done.status == 0, done.out + done.err
