"""Known deviations, through the command line."""

import pytest

ENTRY = """\
# We did that on purpose.
[[known]]
requirement = "{}"
listeners = "pop*"
expires = {}
reason = "it has always been so"
"""
ONLY = "starttls.only_login_refused"


@pytest.fixture
def commands(commands, tmp_path):
    return type(commands)(tmp_path)  # where nobody else has left anything


@pytest.fixture(scope="module")
def lax(shop):
    """The host of an nginx whose POP3 lets clients in without the TLS that its file demands."""
    with shop.changed(("starttls only", "starttls on")) as host:
        yield host


@pytest.fixture
def judged(commands, shop, lax):
    """Whether POP3 lets in who has no TLS, judged against a baseline with one entry."""

    def certify(*words, host=lax, requirement=ONLY, expires="2999-12-31"):
        path = commands.directory / "here" / "known.toml"
        path.write_text(ENTRY.format(requirement, expires))
        only = ("--claims", str(shop.conf), "-k", "test_only_refuses_a_login_in_clear")
        more = ("--fuzz-examples", "0", "--baseline", path.name, "--report", "report.json")
        done = commands.certify(f"{host}:22110", *only, *more, *words)
        return done, path.read_text(), commands.report() if done.status != 4 else {}

    return certify


def test_a_known_deviation_is_reported_apart(judged):
    done, _, report = judged()
    assert done.status == 0, done.out + done.err
    assert (report["summary"]["known"], report["summary"]["fail"]) == (1, 0)
    assert "known until 2999-12-31: it has always been so" in done.out


def test_one_that_passes_fails_the_run_and_can_be_taken_off(judged, shop):
    done, _, report = judged(host=shop.host)
    assert done.status == 1
    assert "BASELINE" in done.out
    named = f"known.toml: entry 1: {ONLY} on pop*: passes on pop3"
    assert report["baseline_problems"][0].startswith(named)
    done, text, report = judged("--baseline-update", host=shop.host)
    assert (done.status, text, report["baseline_problems"]) == (0, "", [])


def test_an_update_adds_nothing_and_takes_nothing_that_is_needed(judged):
    done, text, _ = judged("--baseline-update")
    assert (done.status, text) == (0, ENTRY.format(ONLY, "2999-12-31"))


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({"expires": "2020-02-02"}, "expired on 2020-02-02"),
        ({"requirement": "rfc.frobnicate"}, "no such requirement"),
    ],
)
def test_an_entry_that_cannot_hold_fails_the_run(judged, entry, why):
    done, _, _ = judged(**entry)
    assert done.status == 1
    assert why in done.out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--baseline", "none.toml"), "--baseline none.toml: No such file"),
        (("--baseline", "known.toml"), "--baseline known.toml: entry 1: 'expires' is a date"),
    ],
)
def test_a_bad_file_is_a_usage_error(judged, commands, words, why):
    done, _, _ = judged(*words, expires="'soon'")
    assert done.status == 4
    assert why in done.out + done.err
    assert list((commands.directory / "tmp").glob("waxseal-*")) == []


def test_a_part_of_the_suite_leaves_what_it_does_not_judge(judged, shop):
    other = {"host": shop.host, "requirement": "ssl_crl.revoked"}
    done, text, report = judged("--baseline-update", **other)
    assert (done.status, text) == (0, ENTRY.format("ssl_crl.revoked", "2999-12-31"))
    assert report["baseline_unjudged"] == ["known.toml: entry 1: ssl_crl.revoked on pop*"]
    assert "1 entries say nothing of this part of the suite: known.toml: entry 1" in done.out


def test_what_has_vanished_fails_a_whole_run(commands, shop):
    """A listener that is gone, and a requirement that does not apply any more."""
    gone = ENTRY.format("rfc.case", "2999-12-31").replace("pop*", "cellar")
    skipped = ENTRY.format("ssl_crl.revoked", "2999-12-31").replace("pop*", "*")
    (commands.directory / "here" / "known.toml").write_text(gone + skipped)
    target = (f"{shop.host}:22143", "--fuzz-examples", "0", "--baseline", "known.toml")
    done = commands.certify(*target, "--report", "report.json")
    assert done.status == 1, done.out + done.err
    first, second = commands.report()["baseline_problems"]
    assert first.endswith("entry 1: rfc.case on cellar: nothing of it was judged: no listener of "
                          "that name is there")  # fmt: skip
    assert "entry 2: ssl_crl.revoked on *: nothing of it was judged: it does not apply" in second


def test_an_update_of_nothing_is_a_usage_error(commands):
    done = commands.certify("--baseline-update")
    assert done.status == 4
    assert "--baseline FILE" in done.out + done.err
