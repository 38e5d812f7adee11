from dataclasses import replace

import pytest

from conformance.report.comparison import Change, compare, paired, sum_of
from conformance.report.report import Place
from conformance.verdict import Verdict
from tests.conformance.report.reports import HERE, check, report

P, K, W, F = Verdict.PASS, Verdict.KNOWN, Verdict.WARN, Verdict.FAIL
Q, E, N = Verdict.INCONCLUSIVE, Verdict.ERROR, Verdict.NOT_APPLICABLE
ELSEWHERE = replace(HERE, address="10.0.0.9:1143")


def changes(new, old):
    return [x.change for x in compare(report(check(new)), report(check(old))).differences]


def status(new, old, **fields):
    return compare(report(check(new), **fields), report(check(old))).exit_status


@pytest.mark.parametrize(
    ("old", "new", "change", "ends"),
    [
        (P, F, Change.FAILS, 1), (W, F, Change.FAILS, 1), (N, F, Change.FAILS, 1),
        (Q, F, Change.FAILS, 1), (K, F, Change.FAILS, 1), (P, W, Change.WORSE, 1),
        (P, K, Change.WORSE, 1), (N, W, Change.WORSE, 1), (P, N, Change.UNJUDGED, 1),
        (F, N, Change.UNJUDGED, 1), (P, Q, Change.OPEN, 7), (F, E, Change.OPEN, 7),
        (N, Q, Change.OPEN, 7), (F, W, Change.BETTER, 0), (F, K, Change.BETTER, 0),
        (F, P, Change.PASSES, 0), (W, P, Change.PASSES, 0), (Q, P, Change.PASSES, 0),
        (N, P, Change.JUDGED, 0),
    ],
)  # fmt: skip
def test_a_verdict_that_changed(old, new, change, ends):
    assert changes(new, old) == [change]
    assert status(new, old) == ends


@pytest.mark.parametrize("verdict", list(Verdict))
def test_what_is_the_same_is_no_difference(verdict):
    assert changes(verdict, verdict) == []
    assert status(verdict, verdict) == 0


@pytest.mark.parametrize(
    ("verdict", "change"), [(F, Change.REASON), (W, Change.REASON), (P, Change.OTHERWISE)]
)
def test_another_reason(verdict, change):
    new, old = check(verdict, observed="an alert"), check(verdict, observed="let in")
    compared = compare(report(new), report(old))
    assert [x.change for x in compared.differences] == [change]
    assert (compared.exit_status, compared.compared, compared.same) == (0, 1, 0)


def test_why_something_is_not_applicable_is_no_news():
    new, old = check(N, reason="a"), check(N, reason="b")
    assert compare(report(new), report(old)).differences == ()


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("user-0123ab-00000001 at 10.0.0.9:1143", "user-ffffff-00000009 at 127.0.0.1:143"),
        ("10.0.0.9:49 closed, 10.0.0.9.", "127.0.0.1:7 closed, 127.0.0.1."),
        ("-----BEGIN X-----\nA\n-----END X-----", "-----BEGIN X-----\nB\n-----END X-----"),
        ("sha1 " + "ab" * 20, "sha1 " + "cd" * 20),
        ("<12.34@host>", "<99.1@host>"),
    ],
)
def test_what_a_run_makes_up_for_itself_is_no_difference(new, old):
    there = report(check(F, observed=new), places=[ELSEWHERE])
    assert compare(there, report(check(F, observed=old))).differences == ()


def test_another_host_that_merely_begins_like_it_is_a_difference():
    new, old = check(F, observed="127.0.0.11 closed"), check(F, observed="127.0.0.1 closed")
    assert len(compare(report(new), report(old)).differences) == 1


def place(name, address="a:1", protocol="imap", tls="implicit"):
    return Place(name, address, protocol, tls)


def test_listeners_are_paired_by_name():
    new, old = [place("b"), place("a")], [place("a"), place("c")]
    assert list(paired(new, old)) == [("a", "a")]


def test_bare_addresses_are_paired_by_what_they_are():
    new = [place("imaps://n:1", "n:1"), place("imap://n:2", "n:2", tls="starttls")]
    old = [place("imap://o:7", "o:7", tls="starttls"), place("imaps://o:9", "o:9")]
    more = place("pop3s://o:8", "o:8", protocol="pop3")
    assert sorted(paired(new, [*old, more])) == [
        ("imap://n:2", "imap://o:7"),
        ("imaps://n:1", "imaps://o:9"),
    ]


def test_listeners_that_come_and_go():
    old = report(check(), check(listener="gone"), places=[HERE, place("gone")])
    new = report(check(), check(F, listener="here"), places=[HERE, place("here")])
    compared = compare(new, old)
    assert (compared.appeared, compared.vanished) == (("here",), ("gone",))
    assert (compared.exit_status, compared.compared) == (1, 1)
    assert compare(new, report(check())).exit_status == 0


def test_a_requirement_that_is_gone_is_a_change_for_the_worse_of_one_suite_alone():
    old, new = report(check(), check(requirement="rfc.noop")), report(check())
    compared = compare(new, old)
    assert (compared.only_old, compared.exit_status) == (("rfc.noop",), 1)
    later = compare(replace(new, suite={"catalogue": "d", "version": "2"}), old)
    assert later.exit_status == 0
    assert "the catalogues differ (waxseal 2 and 1)" in later.notes[0]


@pytest.mark.parametrize("why", [{"deselected": 3}, {"interrupted": True}])
def test_what_a_part_of_the_suite_lacks_says_nothing(why):
    old = report(check(), check(requirement="rfc.noop"))
    assert compare(report(check(), **why), old).exit_status == 7
    assert compare(report(check(F), **why), old).exit_status == 1
    assert any("not the whole suite" in note for note in compare(report(check(), **why), old).notes)


def test_less_evidence_is_no_verdict():
    old = report(check(), level="L3")
    assert compare(report(check(N)), old).exit_status == 7
    assert compare(report(check(N)), report(check())).exit_status == 1


def test_nothing_in_common_is_no_verdict():
    assert compare(report(), report()).exit_status == 7
    assert compare(report(), report(check())).exit_status == 7


def test_the_sum_is_a_sentence():
    old = report(check(), check(requirement="rfc.noop"))
    new = report(check(F), check(requirement="rfc.noop"))
    assert sum_of(compare(new, old)) == "1 newly failing; 2 checks in both, 1 of them the same"
