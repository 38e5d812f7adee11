from dataclasses import replace
from datetime import date

import pytest

from conformance.baseline import Baseline, BaselineError, Known, read_baseline, update, without
from conformance.report.results import Check
from conformance.verdict import Verdict

TODAY = date(2027, 6, 1)
CATALOGUE = {"ssl_crl.revoked", "rfc.noop"}
KNOWN = Known("ssl_crl.revoked", "until the next release", date(2027, 12, 31), "imap-*")
FAILED = Check(
    "ssl_crl.revoked", "ssl_crl", "MUST", "stated", "imap-a", Verdict.FAIL, observed="served"
)
PASSED = replace(FAILED, verdict=Verdict.PASS)
SKIPPED = replace(FAILED, verdict=Verdict.NOT_APPLICABLE, reason="no TLS")
ENTRY = """\
[[known]]
requirement = "ssl_crl.revoked"
listeners = "imap-*"
expires = 2027-12-31
reason = "until the next release"
"""


def baseline(*entries):
    return Baseline(entries, TODAY)


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.WARN])
def test_a_listed_deviation_is_known_and_says_what_it_was(verdict):
    check = baseline(KNOWN).applied(replace(FAILED, verdict=verdict))
    assert check.verdict is Verdict.KNOWN
    assert check.reason == f"{verdict.upper()}, known until 2027-12-31: until the next release"
    assert check.observed == "served"


@pytest.mark.parametrize(
    ("known", "check"),
    [
        (KNOWN, PASSED),
        (KNOWN, replace(FAILED, verdict=Verdict.INCONCLUSIVE)),
        (KNOWN, replace(FAILED, listener="pop3-a")),
        (KNOWN, replace(FAILED, requirement="rfc.noop")),
        (replace(KNOWN, expires=date(2027, 5, 31)), FAILED),
        (replace(KNOWN, observed="refused*"), FAILED),
    ],
    ids=["passes", "open", "elsewhere", "another", "expired", "in another way"],
)
def test_nothing_else_is_excused(known, check):
    assert baseline(known).applied(check) == check


def test_the_day_of_expiry_still_counts():
    assert baseline(replace(KNOWN, expires=TODAY)).applied(FAILED).verdict is Verdict.KNOWN


@pytest.mark.parametrize(
    ("known", "checks", "whole", "why"),
    [
        (KNOWN, [FAILED], True, ""),
        (KNOWN, [PASSED], False, "passes on imap-a: take it off the list there"),
        (KNOWN, [FAILED, replace(PASSED, listener="imap-b")], True, "passes on imap-b: take"),
        (KNOWN, [replace(PASSED, listener="pop3-a")], True, "nothing of it was judged: no"),
        (KNOWN, [SKIPPED], True, "nothing of it was judged: it does not apply to imap-a (no TLS)"),
        (KNOWN, [SKIPPED], False, ""),
        (KNOWN, [], False, ""),
        (replace(KNOWN, requirement="ssl_crl.x"), [], False, "no such requirement"),
        (replace(KNOWN, expires=date(2027, 5, 31)), [FAILED], True, "expired on 2027-05-31"),
    ],
)
def test_an_entry_that_does_not_hold_any_more_is_named(known, checks, whole, why):
    found = baseline(known)
    problems = found.problems(map(found.applied, checks), CATALOGUE, whole=whole)
    assert [p.startswith(f"{known}: {why}") for p in problems] == [True] * bool(why)


STREAM = Known("stream.goodbye", "it has always been so", None, stream="imap\n")


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.FAIL, Verdict.NOT_APPLICABLE])
def test_an_entry_with_a_stream_excuses_no_check_and_is_never_stale(verdict):
    check = replace(FAILED, requirement="stream.goodbye", verdict=verdict)
    found, known = baseline(STREAM), {"stream.goodbye"}
    assert found.applied(check) == check
    assert found.problems([check], known, whole=True) == []
    assert found.superfluous([check], known, whole=True) == []


def test_of_the_entries_with_a_stream_those_that_hold_are_the_fuzzers():
    over = replace(STREAM, expires=date(2027, 5, 31))
    found = baseline(KNOWN, STREAM, over)
    assert found.of_streams == (STREAM,)
    (problem,) = found.problems([], {"stream.goodbye", KNOWN.requirement}, whole=False)
    assert problem.endswith("expired on 2027-05-31")


def test_what_excuses_nothing_may_go():
    stale = replace(KNOWN, listeners="imap-b")
    found = baseline(KNOWN, stale, replace(KNOWN, requirement="gone"))
    checks = [found.applied(x) for x in (FAILED, replace(PASSED, listener="imap-b"))]
    needless = found.superfluous(checks, CATALOGUE, whole=True)
    assert needless == [1, 2]
    assert found.without(needless).entries == (KNOWN,)


def test_an_entry_leaves_the_text_with_the_comment_above_it():
    others = "# About them all.\n\n" + ENTRY
    text = others + "\n# Why this one.\n" + ENTRY + "\n" + ENTRY
    assert without(text, [1]) == others + "\n" + ENTRY
    assert without(text, [0]) == "# About them all.\n\n# Why this one.\n" + ENTRY + "\n" + ENTRY
    assert without(text, []) == text


def test_a_part_of_the_suite_says_what_it_left_alone():
    gone, over = replace(KNOWN, requirement="gone"), replace(KNOWN, expires=date(2020, 1, 1))
    found = baseline(KNOWN, replace(KNOWN, listeners="pop3-*"), gone, over)
    assert found.passed_over([FAILED, SKIPPED], CATALOGUE) == ["ssl_crl.revoked on pop3-*"]


@pytest.mark.parametrize("head", ["[[known]]  # why", "  [[ known ]]"])
def test_entries_are_taken_off_however_they_begin(tmp_path, head):
    path = tmp_path / "known.toml"
    path.write_text(ENTRY + ENTRY.replace("[[known]]", head).replace("imap", "pop3"))
    update(path, [1])
    assert path.read_text() == ENTRY


@pytest.mark.parametrize(
    "text",
    [
        'known = [{requirement = "x", reason = "r", expires = "never"}]\n',
        ENTRY.replace('"until the next release"', "'''\n[[known]]\n'''"),
    ],
    ids=["in one line", "inside a text"],
)
def test_what_cannot_be_taken_off_stays_as_it_is(tmp_path, text):
    path = tmp_path / "known.toml"
    path.write_text(text)
    with pytest.raises(BaselineError, match=r"known.toml: entries can only be taken off where"):
        update(path, [0])
    assert path.read_text() == text


def test_a_file_is_read(tmp_path):
    path = tmp_path / "baseline.toml"
    path.write_text(ENTRY + '[[known]]\nrequirement = "x"\nexpires = "never"\nreason = "r"\n')
    assert read_baseline(path, TODAY) == baseline(KNOWN, Known("x", "r", None))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[known]", "line 1"),
        ("[other]", "nothing else"),
        ("known = 1", "nothing else"),
        ("[[known]]\nreason = 'r'\nexpires = 'never'", "entry 1: it needs 'requirement'"),
        ("[[known]]\nrequirement = 'r'\nexpires = 'never'", "entry 1: it needs 'reason'"),
        ("[[known]]\nrequirement = 'r'\nreason = 'r'", "entry 1: it needs 'expires'"),
        (ENTRY.replace("2027-12-31", "'soon'"), "entry 1: 'expires' is a date"),
        (ENTRY.replace("2027-12-31", "2027-12-31T10:00:00"), "entry 1: 'expires' is a date"),
        (ENTRY + "until = 'x'", "entry 1: unknown key 'until'"),
        (ENTRY.replace('"imap-*"', "1"), "entry 1: 'listeners' is no text"),
        (ENTRY.replace('"until the next release"', '" "'), "entry 1: it needs 'reason'"),
        (ENTRY + "stream = 'imap'", "entry 1: 'stream' is for a requirement of the fuzzer's"),
        (
            ENTRY.replace("ssl_crl", "stream") + "stream = 'imap'\nobserved = 'x'",
            "entry 1: 'stream' and 'observed' exclude each other",
        ),
        (ENTRY + ENTRY, "entry 2: it is about the same as entry 1: leave one"),
    ],
)
def test_what_is_no_baseline_says_where(tmp_path, text, why):
    path = tmp_path / "baseline.toml"
    path.write_text(text)
    with pytest.raises(BaselineError, match=rf"baseline.toml: .*{why}"):
        read_baseline(path, TODAY)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BaselineError, match=r"none.toml: No such file"):
        read_baseline(tmp_path / "none.toml", TODAY)
