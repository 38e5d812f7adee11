"""Logging in and what comes behind it, judged from traces made by hand."""

from dataclasses import replace

import pytest

from conformance.harness.endpoint import Protocol
from fuzz.control import welcome
from fuzz.trace import Upgrade
from tests.fuzz.traces import judged, trace

INSIDE = {"inside_from": 1, "upgraded_at": 0, "upgrade": Upgrade.DONE, "finished": True}
IMAP = "imap\n# STARTTLS\\r\\n\n"
POP3 = "pop3\nSTLS\\r\\n\n"
LISTED = "* CAPABILITY A AUTH=PLAIN|t2 OK"
ORDINARY = trace(
    str(welcome(Protocol.IMAP)),
    "* OK|t1 OK",
    f"t2 OK|t3 OK|{LISTED.replace('t2', 't4')}|t5 OK|t6 OK|t7 OK",
    **INSIDE,
)
CONTROL = replace(
    trace(IMAP + "# CAPABILITY\\r\\n\n", "* OK|t1 OK", LISTED, **INSIDE), welcome=ORDINARY
)
_CAPA = "+OK|SASL PLAIN|USER|."
POP3_CONTROL = replace(
    trace(f"{POP3}CAPA\\r\\n\n", "+OK|+OK", _CAPA, **INSIDE),
    welcome=trace(str(welcome(Protocol.POP3)), "+OK|+OK", "+OK|+OK|+OK|+OK|+OK|+OK", **INSIDE),
)
STRANGERS = replace(CONTROL, welcome=None)


@pytest.mark.parametrize(
    ("lines", "answers", "wrong"),
    [
        ("# LOGIN waxseal waxseal", "t2 OK", True),
        ("# LOGIN waxseal waxseal", "t2 NO", False),
        ("# SELECT INBOX", "t2 OK", True),
        ("# SELECT INBOX", "t2 BAD", False),
        ("# NOOP", "t2 OK", False),
        ("%plain%", "* OK what|t1 OK", False),
        ("# LOGIN %user% %password%\\r\\n\n# SELECT INBOX", "t2 OK|t3 OK", False),
        ("# LOGIN %user% %password%\\r\\n\n# SELECT INBOX", "t2 NO|t3 OK", True),
    ],
)
def test_nobody_gets_in_without_a_password(lines, answers, wrong):
    text = f"{IMAP}{lines}\\r\\n\n"
    seen = trace(text, "* OK|t1 OK", answers, **INSIDE)
    assert judged("nobody_gets_in", text, seen, CONTROL) is wrong


def test_half_a_login_is_none_and_a_strangers_is_none():
    text = f"{POP3}PASS %password%\\r\\n\n"
    seen = trace(text, "+OK|+OK", "+OK", **INSIDE)
    assert judged("nobody_gets_in", text, seen, CONTROL)
    text = f"{IMAP}# LOGIN %user% %password%\\r\\n\n"
    seen = trace(text, "* OK|t1 OK", "t2 OK", **INSIDE)
    assert not judged("nobody_gets_in", text, seen, CONTROL)
    assert judged("nobody_gets_in", text, seen, STRANGERS)


LOGIN = "# LOGIN %user% %password%\\r\\n"


@pytest.mark.parametrize(
    ("lines", "answers", "wrong"),
    [
        (LOGIN, "t2 OK", False),
        (LOGIN, "t2 NO", True),
        (f"# LOGIN %user% wrong\\r\\n\n{LOGIN}", "t2 NO|t3 NO", False),
        ("# AUTHENTICATE PLAIN\\r\\n\n%plain%\\r\\n", "+ |t2 OK", False),
        ("# AUTHENTICATE PLAIN\\r\\n\n%plain%\\r\\n", "+ |t2 NO", True),
        ("# AUTHENTICATE LOGIN\\r\\n", "t2 NO", False),
        (f"{LOGIN}\n# STARTTLS\\r\\n", "t2 OK|t3 OK", True),
        (f"{LOGIN}\n# STARTTLS\\r\\n", "t2 OK|t3 BAD", False),
        (f"{LOGIN}\n# NOOP\\r\\n", "t2 OK|t3 BAD", True),
        (f"{LOGIN}\n# SEARCH ALL\\r\\n", "t2 OK|t3 BAD", False),
        (f"{LOGIN}&\n# NOOP\\r\\n\n# NOOP\\r\\n", "t2 OK|t4 OK", True),
    ],
)
def test_a_login_leads_on(lines, answers, wrong):
    text = f"{IMAP}{lines}\n"
    seen = trace(text, "* OK|t1 OK", answers, **INSIDE)
    assert judged("login_leads_on", text, seen, CONTROL) is wrong
    assert not judged("login_leads_on", text, seen, STRANGERS)


@pytest.mark.parametrize(
    ("lines", "answers", "wrong"),
    [
        ("USER %user%|PASS %password%", "+OK|+OK", False),
        ("USER %user%|PASS %password%", "+OK|-ERR", True),
        ("USER %user%|CAPA|PASS %password%", "+OK|+OK|.|-ERR", False),
        ("PASS %password%", "-ERR", False),
        ("AUTH PLAIN", "-ERR", True),
        ("USER %user%|AUTH PLAIN", "+OK|-ERR", False),
    ],
)
def test_behind_a_name_a_password_is_taken_and_all_else_may_be_refused(lines, answers, wrong):
    said = "".join(f"{line}\\r\\n\n" for line in lines.split("|"))
    seen = trace(POP3 + said, "+OK|+OK", answers, **INSIDE)
    assert judged("login_leads_on", POP3 + said, seen, POP3_CONTROL) is wrong


@pytest.mark.parametrize(("listed", "wrong"), [("AUTH=PLAIN", True), ("LOGINDISABLED", False)])
def test_a_literal_may_be_asked_for_where_logins_are_barred(listed, wrong):
    text = "imap\n# LOGIN {%userlen%}\\r\\n\n%user% {%passwordlen%}\\r\\n\n%password%\\r\\n\n"
    seen = trace(text, "* OK|+ OK|+ OK|t1 BAD")
    asked = trace("imap\n# CAPABILITY\\r\\n\n", f"* OK|* CAPABILITY {listed}|t1 OK")
    control = replace(asked, welcome=ORDINARY)
    assert judged("login_leads_on", text, seen, control) is wrong


@pytest.mark.parametrize(("way", "wrong"), [("PLAIN %plain%", True), ("CRAM-MD5 %cram%", False)])
def test_who_keeps_hashes_cannot_take_a_digest(way, wrong):
    name, answer = way.split()
    text = f"imap\n# AUTHENTICATE {name}\\r\\n\n{answer}\\r\\n\n"
    asked = trace("imap\n# CAPABILITY\\r\\n\n", f"* OK|* CAPABILITY AUTH={name}|t1 OK")
    control = replace(asked, welcome=ORDINARY)
    assert judged("login_leads_on", text, trace(text, "* OK|+ PDE+|t1 NO"), control) is wrong


@pytest.mark.parametrize(("answers", "wrong"), [("t3 NO|w1 OK", True), ("+ |t3 NO", False)])
def test_behind_a_login_a_challenge_may_take_the_next_line(answers, wrong):
    text = f"{IMAP}# LOGIN %user% %password%\\r\\n\n# AUTHENTICATE PLAIN\\r\\n\n# NOOP\\r\\n\n"
    seen = trace(text, "* OK|t1 OK", f"t2 OK|{answers}", **INSIDE)
    assert judged("login_leads_on", text, seen, CONTROL) is wrong


def test_what_may_be_a_back_ends_is_left_out():
    text = f"{IMAP}# NOOP\\r\\n\n{LOGIN}\n# X\\r\\n\n"
    seen = trace(text, "* OK|t1 OK", "t2 OK|t3 OK|nonsense", entering=(2, 2, 1), **INSIDE)
    outside = seen.outside()
    assert (len(outside.said), len(outside.inside)) == (2, 1)
    assert (outside.upgrade, outside.finished) == (Upgrade.DONE, False)
    assert seen.outside().outside() == outside


@pytest.mark.parametrize(("answer", "wrong"), [("538 TLS first", False), ("535 no", True)])
def test_a_login_in_clear_may_be_sent_off_to_tls(answer, wrong):
    text = "smtp\nEHLO waxseal.invalid\\r\\n\nAUTH PLAIN %plain%\\r\\n\n"
    told = "220 hi|250-x|250 AUTH PLAIN"
    seen = trace(text, f"{told}|{answer}", finished=True)
    control = replace(trace(text, f"{told}|235 in", finished=True), welcome=ORDINARY)
    assert judged("login_leads_on", text, seen, control) is wrong
