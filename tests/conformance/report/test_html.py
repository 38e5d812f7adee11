"""The page: what it holds, and what it does in a real browser."""

import html as stdlib
import json
import re
import shutil
import subprocess

import pytest

from conformance.report.comparison import compare
from conformance.report.html.comparison import comparison_html
from conformance.report.html.data import Packing
from conformance.report.html.page import html
from conformance.report.results import Finding
from conformance.verdict import Verdict
from tests.conformance.report.reports import HERE, HOSTILE, check, report, told

P, W, F, N = Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.NOT_APPLICABLE
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
in_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
SAID = (("server", "clear", "* OK ready\\r\\n"), ("client", "tls", "w1 NOOP\\r\\n"))
WRONG = report(
    check(F, expected="refused", observed="let in", reproduce="waxseal -k imap", transcript=SAID),
    check(P, "ssl_crl.not_revoked", transcript=SAID, observed="served"),
    check(W, "rfc.noop", listener="pop3", observed="a tag"),
    check(N, "rfc.noop", reason="no service"),
    places=[HERE, HERE.__class__("pop3", "127.0.0.1:110", "pop3", "none")],
    verdict="not-conformant",
    exit_status=1,
    level="L2",
)  # fmt: skip


# --- what it holds ---


def test_the_verdict_the_evidence_and_the_figures_come_first():
    page = html(WRONG)
    top = page.split('<section id="matrix">')[0]
    assert "<h1>✗ Not conformant</h1>" in top
    assert "level <b>L2</b>: the target also talked" in top
    assert re.findall(r'<li class="(\w+)"><a href="#v=(\w+)"><b>(.) (\d+)</b>', top) == [
        ("pass", "pass", "✓", "1"), ("none", "known", "K", "0"), ("warn", "warn", "W", "1"),
        ("fail", "fail", "F", "1"), ("none", "inconclusive", "?", "0"), ("none", "error", "E", "0"),
        ("not_applicable", "not_applicable", "·", "1"),
    ]  # fmt: skip


def test_the_matrix_has_a_letter_a_count_and_a_link_in_each_cell():
    page = html(WRONG)
    row = re.search(r'<tr><th scope="row">imap</th>(.*?)</tr>', page)[1]
    assert re.findall(r'<td class="(\w+)"><a href="#([^"]+)" title="([^"]+)">([^<]+)<', row) == [
        ("fail", "l=imap", "1 pass, 1 FAIL, 1 n/a", "F1"),
        ("fail", "d=ssl_crl&amp;l=imap", "1 pass, 1 FAIL", "F1"),
    ]
    assert "<td>·</td>" in row


def test_names_in_links_are_quoted():
    page = html(report(check(F, listener="a&v=x#<b>")))
    assert 'href="#d=ssl_crl&amp;l=a%26v%3Dx%23%3Cb%3E"' in page


def test_it_needs_nothing_from_elsewhere():
    page = html(WRONG)
    assert re.findall(r'(?:src|href)="(?!#)[^"]*"', page) == []
    assert "url(" not in page
    assert "@import" not in page
    assert "default-src 'none'" in page


def test_without_scripts_what_deviated_is_there():
    still = re.search(r"<noscript>(.*)</noscript>", html(WRONG), re.DOTALL)[1]
    assert "ssl_crl.revoked" in still
    assert "let in" in still
    assert "server clear     * OK ready\\r\\n" in still
    assert "not_revoked" not in still


def rows(packed, name):
    found = next(r for r in packed["requirements"] if r["id"] == name)
    return [
        {
            "verdict": packed["verdicts"][row[0]],
            "listener": packed["listeners"][row[1]],
            "said": [packed["texts"][x] for x in row[2:6]],
            "transcript": [
                tuple(packed["texts"][x] for x in packed["lines"][line])
                for line in packed["transcripts"][row[6]]
            ],
        }
        for row in found["rows"]
    ]


def test_every_check_is_in_the_data():
    packed = json.loads(json.dumps(Packing(WRONG).packed()))
    assert rows(packed, "ssl_crl.revoked") == [
        {
            "verdict": "fail",
            "listener": "imap",
            "said": ["", "refused", "let in", "waxseal -k \0"],
            "transcript": list(SAID),
        }
    ]
    noop = next(r for r in packed["requirements"] if r["id"] == "rfc.noop")
    assert [(packed["texts"][r], x) for r, x in noop["absent"]] == [("no service", [0])]


def test_only_transcripts_of_what_passed_are_ever_left_out(monkeypatch):
    monkeypatch.setattr("conformance.report.html.data.PASSING_LIMIT", 100)
    many = [
        check(v, listener=f"{v}{n}", transcript=(("server", "clear", f"{v} {n} {'x' * 60}"),))
        for n in range(9)
        for v in (P, F)
    ]
    packed = Packing(report(*many)).packed()
    places = [(packed["verdicts"][row[0]], row[6]) for row in packed["requirements"][0]["rows"]]
    assert all(place >= 0 for verdict, place in places if verdict == "fail")
    assert [place for verdict, place in places if verdict == "pass"].count(-1) == 7


def test_findings_and_a_twin_have_their_place():
    found = Finding("no_plaintext", "starttls.injection", "imap", "a\nb", "python3 repro.py")
    better = report(check(observed="refused"), places=[HERE])
    worse = report(check(F), findings=(found,), against=compare(report(check(F)), better))
    page = html(worse)
    assert "<pre>a\nb</pre>" in page
    assert "Newly failing (1)" in page.split('id="against"')[1]


# --- what it does ---


@pytest.fixture
def browse(tmp_path):
    """The page's document in Chromium once its script has run, and what the console said."""

    def look(page, fragment=""):
        path = tmp_path / "page.html"
        path.write_text(page, "utf-8")
        command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
        command += ["--enable-logging=stderr", "--virtual-time-budget=4000"]
        command += [f"--user-data-dir={tmp_path}/profile", f"file://{path}{fragment}"]
        done = subprocess.run(command, capture_output=True, timeout=120, check=True)
        errors = done.stderr.decode("utf-8", "replace")
        return done.stdout.decode(), re.findall(r"CONSOLE.*?\] \"(.*)", errors)

    return look


def acting(page, script):
    """The page with one more script, which its policy would not let act."""
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    return page.replace("</body>", f"<script>{script}</script></body>")


def shown(document):
    """The ids of the requirements that are listed."""
    listed = document.split('<section id="checks">')[1].split('<section id="about">')[0]
    listed = re.sub(r"<noscript>.*?</noscript>", "", listed, flags=re.DOTALL)
    return re.findall(r'<details class="group"[^>]*><summary>.*?<code>([^<]+)</code>', listed)


@in_chromium
def test_what_deviates_is_listed_first(browse):
    document, console = browse(html(WRONG))
    assert shown(document) == ["ssl_crl.revoked", "rfc.noop"]
    assert "2 checks of 2 requirements" in document
    assert console == []


@in_chromium
@pytest.mark.parametrize(
    ("fragment", "ids"),
    [
        ("#v=pass", ["ssl_crl.not_revoked"]),
        ("#v=not_applicable", ["rfc.noop"]),
        ("#d=ssl_crl", ["ssl_crl.revoked", "ssl_crl.not_revoked"]),
        ("#l=pop3", ["rfc.noop"]),
        ("#q=ready", ["ssl_crl.revoked", "ssl_crl.not_revoked"]),
        ("#q=nothing%20like%20it", []),
    ],
)
def test_the_address_chooses(browse, fragment, ids):
    document, console = browse(html(WRONG), fragment)
    assert shown(document) == ids
    assert console == []


OPENED = """
const open = () => { for (const x of document.querySelectorAll("#checks details")) x.open = true; };
open(); setTimeout(() => { open(); setTimeout(open, 200); }, 200);
"""


@in_chromium
def test_a_check_shows_its_evidence(browse):
    document, _ = browse(acting(html(WRONG), OPENED), "#v=fail")
    assert "<dt>observed</dt><dd>let in</dd>" in document
    assert "<code>waxseal -k imap</code>" in document
    assert "<blockquote>“Specifies a file with revoked" in document
    assert '<li class="server" title="server, clear"><span>S←</span>' in document
    assert "fix in nginx" in document


@in_chromium
def test_filters_filter(browse):
    typed = """
    const words = document.querySelector("#checks input"); words.value = "tag NOOP";
    words.dispatchEvent(new Event("input"));
    """
    document, _ = browse(acting(html(WRONG), typed))
    assert shown(document) == ["rfc.noop"]
    pressed = 'document.querySelector("#checks .filters button.fail").click();'
    document, _ = browse(acting(html(WRONG), pressed))
    assert shown(document) == ["rfc.noop"]


@in_chromium
def test_nothing_that_a_target_says_does_anything(browse):
    texts = [HOSTILE[n : n + 4] for n in range(0, len(HOSTILE) - 3, 2)]
    evil = "<img src=x onerror=\"document.title='gone'\">"
    checks = [told(F, t, listener=f"{t[0]}{evil}{n}") for n, t in enumerate(texts)]
    page = html(report(*checks, target={"address": evil, "software": evil}))
    document, console = browse(page)
    assert console == []
    assert "<title>gone" not in document
    document, console = browse(acting(page, OPENED))
    assert console == []
    assert "<img" not in re.sub(
        r"<script.*?</script>|<noscript>.*?</noscript>", "", document, flags=re.S
    )
    assert stdlib.escape(evil, quote=False) in document


@in_chromium
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_screen(browse, width):
    many = [check(F, f"ssl_crl.{n}", listener="l" * 60, observed="x" * 400) for n in range(9)]
    tell = "setTimeout(() => parent.postMessage(document.documentElement.scrollWidth, '*'), 900);"
    page = acting(html(report(*many, *WRONG.checks)), OPENED + tell)
    frame = f'<iframe width="{width}" height="800" srcdoc="{stdlib.escape(page)}"></iframe>'
    hear = "<script>onmessage = (m) => { document.title = `wide ${m.data}`; };</script>"
    document, _ = browse(f"<!doctype html>{hear}{frame}")
    assert int(re.search(r"<title>wide (\d+)</title>", document)[1]) <= width


@in_chromium
def test_a_comparison_opens_what_got_worse(browse):
    compared = compare(WRONG, report(*(check(P, c.requirement, c.listener) for c in WRONG.checks)))
    document, console = browse(comparison_html(compared))
    assert "<h1>✗ Something changed for the worse</h1>" in document
    assert document.count('<details class="group" open="">') == 2
    assert console == []
