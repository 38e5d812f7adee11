"""Reports made by hand, and what an adversary may put into one."""

from dataclasses import replace

from hypothesis import strategies as st

from conformance.report.comparison import compare
from conformance.report.report import Place, Report
from conformance.report.results import Check, Finding
from conformance.verdict import Verdict

# What means something to one of the readers: HTML, Markdown, XML, terminals, runners of GitHub.
HOSTILE = [
    "<script>alert(1)</script>", "</script><!--", "]]>", "<!--", "&lt;", "\"onload='x'",
    "<img src=x>", "\x1b[31m", "\x1b]0;title\x07", "\x9b2J", "\u202e", "\u2028", "\x00", "\x85",
    "\udc80", "\ufffe", "::error::gone", "\n::error::gone", "\r\n::set-output name=a::b",
    "##[error]x", "%0A::x::", "| a | b |", "`", "```", "~~~", "# title", "[a](javascript:x)",
    "**b**", "@everyone", "$x$", "\\",
]  # fmt: skip
hostile = st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=5)), max_size=4).map(
    "".join
)
HERE = Place("imap", "127.0.0.1:143", "imap", "starttls", {"ssl_protocols": ["TLSv1.2"]})


def check(verdict=Verdict.PASS, requirement="ssl_crl.revoked", listener="imap", **fields):
    directive = requirement.partition(".")[0]
    return Check(requirement, directive, "MUST", "stated", listener, verdict, **fields)


def report(*checks, places=(HERE,), **fields):
    usual = {
        "suite": {"version": "1", "catalogue": "c", "seed": 1},
        "target": {"address": "127.0.0.1", "launched": None, "software": "toy"},
        "level": "L1",
        "verdict": "conformant",
        "exit_status": 0,
    }
    in_order = sorted(checks, key=lambda c: (c.requirement, c.listener))
    return Report(**{**usual, **fields}, listeners=tuple(places), checks=tuple(in_order))


def told(verdict, texts, **fields):
    """A check in which everything that a target can say is one of these texts."""
    first, second, third, fourth = texts
    return check(
        verdict,
        reason=first,
        expected=second,
        observed=third,
        reproduce=fourth,
        transcript=(("server", "clear", third), ("client", "tls", first)),
        **fields,
    )


@st.composite
def hostile_reports(draw):
    """A report whose target says the worst in every place."""
    texts = st.tuples(hostile, hostile, hostile, hostile)
    name = draw(hostile) or "x"
    checks = [told(v, draw(texts), listener=f"{name}{n}") for n, v in enumerate(Verdict)]
    made = report(
        *checks,
        places=[Place(c.listener, draw(hostile), "imap", "none", {}) for c in checks],
        target={"address": draw(hostile), "launched": None, "software": draw(hostile)},
        findings=(Finding(draw(hostile), "ssl_crl.revoked", name, draw(hostile), draw(hostile)),),
        baseline_problems=(draw(hostile),),
        why=draw(hostile),
        level_note=draw(hostile),
        verdict="not-conformant",
        exit_status=1,
    )  # fmt: skip
    better = [replace(c, verdict=Verdict.PASS) for c in checks]
    return replace(made, against=compare(made, replace(made, checks=tuple(better))))
