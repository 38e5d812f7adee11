"""What may be done in which state, judged from traces made by hand."""

import pytest

from fuzz.trace import Upgrade
from tests.fuzz.traces import judged, trace

INSIDE = {"upgraded_at": 0, "upgrade": Upgrade.DONE, "finished": True}
SURVEYED = {"inside_from": 2, "upgraded_at": 1, "upgrade": Upgrade.DONE, "finished": True}
IMAP = "imap\n# CAPABILITY\\r\\n\n# STARTTLS\\r\\n\n# CAPABILITY\\r\\n\n"
POP3 = "pop3\nCAPA\\r\\n\nSTLS\\r\\n\nCAPA\\r\\n\nPASS waxseal\\r\\n\n"
SMTP = "smtp\nEHLO waxseal.invalid\\r\\n\nSTARTTLS\\r\\n\nEHLO waxseal.invalid\\r\\n\n"


def control(protocol, clear, inside):
    """A survey with these capabilities in clear and inside."""
    match protocol:
        case "imap":
            clear = f"* OK|* CAPABILITY A {clear}|t1 OK|t2 OK"
            return trace(IMAP, clear, f"* CAPABILITY A {inside}|t3 OK", **SURVEYED)
        case "pop3":
            inside = f"+OK|{inside}|.|-ERR what"
            return trace(POP3, f"+OK|+OK|{clear}|.|+OK", inside, **SURVEYED)
        case _:
            clear = f"220 hi|250-toy|{clear}|220 go"
            return trace(SMTP, clear, f"250-toy|{inside}", **SURVEYED)


ONLY = {
    "imap": control("imap", "LOGINDISABLED STARTTLS", "AUTH=PLAIN"),
    "pop3": control("pop3", "STLS", "USER"),
    "smtp": control("smtp", "250 STARTTLS", "250 AUTH PLAIN"),
}
ANY = {
    "imap": control("imap", "AUTH=PLAIN STARTTLS", "AUTH=PLAIN"),
    "pop3": control("pop3", "USER|STLS|SASL PLAIN", "USER"),
    "smtp": control("smtp", "250-AUTH PLAIN|250 STARTTLS", "250 AUTH PLAIN"),
}


@pytest.mark.parametrize(
    ("line", "answer", "wrong"),
    [
        ("imap # login waxseal waxseal", "* OK|t1 OK", True),
        ("imap # AUTHENTICATE PLAIN", "* OK|+ ", True),
        ("imap # LOGIN {%userlen%}", "* OK|+ OK", False),
        ("imap # LOGIN waxseal waxseal", "* OK|t1 NO", False),
        ("imap # NOOP", "* OK|t1 OK", False),
        ("pop3 USER waxseal", "+OK|+OK", True),
        ("pop3 AUTH", "+OK|+OK|PLAIN|.", False),
        ("smtp AUTH PLAIN", "220 hi|334 ", True),
        ("smtp AUTH PLAIN", "220 hi|530 x", False),
        ("smtp MAIL FROM:<>", "220 hi|250 x", False),
    ],
)
def test_no_login_is_taken_in_clear_where_it_needs_tls(line, answer, wrong):
    protocol, _, words = line.partition(" ")
    text = f"{protocol}\n{words}\\r\\n\n"
    seen = trace(text, answer, finished=True)
    assert judged("no_login_in_clear", text, seen, ONLY[protocol]) is wrong
    assert not judged("no_login_in_clear", text, seen, ANY[protocol])


@pytest.mark.parametrize("doubtful", [True, False])
def test_the_data_of_a_literal_are_no_login(doubtful):
    text = "imap\n# LOGIN {%userlen%}\\r\\n\n# LOGIN axseal\\r\\n\n%user% {%passwordlen%}\\r\\n\n"
    seen = trace(text, "* OK|+ OK|+ OK", doubtful=doubtful)
    assert not judged("no_login_in_clear", text, seen, ONLY["imap"])


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("# AUTHENTICATE CRAM-MD5", False),
        ("# AUTHENTICATE PLAIN", True),
        ("# LOGIN CRAM-MD5 waxseal", True),
    ],
)
def test_a_way_that_is_named_beside_logindisabled_is_no_barred_one(line, wrong):
    named = control("imap", "LOGINDISABLED AUTH=CRAM-MD5 STARTTLS", "AUTH=PLAIN")
    text = f"imap\n{line}\\r\\n\n"
    answer = "t1 OK" if "LOGIN " in line else "+ PDE+"
    assert judged("no_login_in_clear", text, trace(text, f"* OK|{answer}"), named) is wrong


@pytest.mark.parametrize(("greeting", "wrong"), [("* PREAUTH hi", True), ("* OK hi", False)])
def test_nobody_is_greeted_as_logged_in(greeting, wrong):
    assert judged("no_preauth", "imap\n", trace("imap\n", greeting)) is wrong


@pytest.mark.parametrize(
    ("steps", "inside", "wrong"),
    [
        ("STLS PASS_waxseal", "+OK|USER|.|-ERR|-ERR what", False),
        ("STLS PASS_waxseal", "+OK|USER|.|-ERR|-ERR wrong password", True),
        ("STLS PASS_waxseal", "+OK|USER|.|-ERR|+OK", True),
        ("STLS USER_waxseal PASS_waxseal", "+OK|USER|.|-ERR|+OK|-ERR wrong", False),
        ("STLS dw==", "+OK|USER|.|-ERR|+ ", True),
        ("STLS AUTH_LOGIN dw==", "+OK|USER|.|-ERR|+ |+ ", False),
    ],
)
def test_what_was_begun_in_clear_is_not_completed_inside(steps, inside, wrong):
    text = "pop3\n" + "".join(f"{x.replace('_', ' ')}\\r\\n\n" for x in steps.split())
    seen = trace(text, "+OK|+OK", inside, ["CAPA", "NOOP"], inside_from=1, **INSIDE)
    assert judged("past_is_forgotten", text, seen, ANY["pop3"]) is wrong


@pytest.mark.parametrize(("introduction", "wrong"), [("", False), ("EHLO waxseal.invalid", True)])
def test_who_has_not_introduced_himself_may_be_told_that(introduction, wrong):
    rcpt = "RCPT TO:<waxseal@waxseal.invalid>"
    asked = "smtp\n" + "".join(f"{x}\\r\\n\n" for x in ("STARTTLS", "EHLO waxseal.invalid", rcpt))
    told = "250 hi|503 need MAIL command"
    known = trace(asked, "220 hi|220 go", told, inside_from=1, **INSIDE)
    lines = [*filter(None, [introduction]), rcpt]
    text = "smtp\n!straight\nSTARTTLS\\r\\n\n" + "".join(f"{x}\\r\\n\n" for x in lines)
    inside = "250 hi|" * bool(introduction) + "503 send HELO first"
    seen = trace(text, "220 hi|220 go", inside, inside_from=1, **INSIDE)
    assert judged("past_is_forgotten", text, seen, known) is wrong


@pytest.mark.parametrize(("mail", "wrong"), [("", True), ("MAIL FROM:<>\\r\\n\n", False)])
def test_an_envelope_is_one_of_this_layer(mail, wrong):
    rcpt = "RCPT TO:<waxseal@waxseal.invalid>\\r\\n\n"
    text = f"smtp\n!straight\nSTARTTLS\\r\\n\n{mail}{rcpt}"
    inside = "250 x|250 x" if mail else "250 x"
    seen = trace(text, "220 hi|220 go", inside, inside_from=1, **INSIDE)
    assert judged("past_is_forgotten", text, seen) is wrong


@pytest.mark.parametrize(
    ("line", "answer", "wrong"),
    [
        ("smtp AUTH PLAIN", "220 hi|504 no", True),
        ("smtp AUTH CRAM-MD5", "220 hi|504 no", False),
        # That it is offered nevertheless breaks a SHOULD NOT (RFC 4954 6).
        ("smtp AUTH PLAIN", "220 hi|538 encryption required", False),
        ("smtp AUTH PLAIN", "220 hi|530 issue STARTTLS first", False),
        ("pop3 USER waxseal", "+OK|-ERR", True),
        ("pop3 AUTH PLAIN", "+OK|-ERR", True),
        ("imap # AUTHENTICATE PLAIN", "* OK|t1 BAD", True),
        ("imap # LOGIN waxseal waxseal", "* OK|t1 BAD", True),
        ("imap # LOGIN waxseal waxseal", "* OK|t1 NO wrong", False),
        ("imap # LOGIN waxseal waxseal", "* OK|t1 NO [PRIVACYREQUIRED] no", True),
    ],
)
def test_what_is_advertised_can_be_begun(line, answer, wrong):
    protocol, _, words = line.partition(" ")
    text = f"{protocol}\n{words}\\r\\n\n"
    seen = trace(text, answer, finished=True)
    assert judged("advertised_is_true", text, seen, ANY[protocol]) is wrong
    assert not judged("advertised_is_true", text, seen, ONLY[protocol])


def test_an_upgrade_that_is_agreed_to_is_advertised():
    hidden = control("imap", "AUTH=PLAIN", "AUTH=PLAIN")
    assert judged("advertised_is_true", "imap\n", trace("imap\n", "* OK"), hidden)


@pytest.mark.parametrize(("answer", "wrong"), [("250 x", True), ("500 x", False)])
def test_what_does_not_exist_is_refused(answer, wrong):
    text = "smtp\nXXXX\\r\\n\n"
    assert judged("unknown_is_refused", text, trace(text, f"220 hi|{answer}")) is wrong


@pytest.mark.parametrize(
    ("line", "answer", "wrong"),
    [
        ("imap # noop", "* OK|t1 BAD", True),
        ("imap # CAPABILITY", "* OK|t1 NO", True),
        ("imap NOOP", "* OK|NOOP BAD", False),
        ("imap # NOOP x", "* OK|t1 BAD", False),
        ("smtp ehlo waxseal.invalid", "220 hi|500 x", True),
        ("smtp EHLO", "220 hi|501 x", False),
        ('smtp EHLO "', "220 hi|501 x", False),
        ("smtp RSET", "220 hi|530 x", False),
        ("imap # NOOP ", "* OK|t1 BAD", False),
        ("smtp EHLO  waxseal", "220 hi|501 x", False),
        ("pop3 NOOP", "+OK|-ERR", False),
        ("pop3 capa", "+OK|-ERR", True),
    ],
)
def test_what_everybody_has_is_taken(line, answer, wrong):
    protocol, _, words = line.partition(" ")
    text = f"{protocol}\n{words}\\r\\n\n"
    survey = POP3.replace("CAPA\\r\\n\nPASS", "PASS")
    told = trace(survey, "+OK|+OK|.|+OK", "+OK|USER|.|-ERR what", ["CAPA"], **SURVEYED)
    assert judged("known_is_taken", text, trace(text, answer, finished=True), told) is wrong
    # Who hangs up over earlier lines says so instead of an answer.
    earlier = text.replace("\n", "\nx y\\r\\n\n", 1)
    first, _, rest = answer.partition("|")
    refusal = {"imap": "* BAD", "pop3": "-ERR", "smtp": "500 x"}[protocol]
    late = trace(earlier, f"{first}|{refusal}|{rest}")
    assert not judged("known_is_taken", earlier, late, told)


@pytest.mark.parametrize(
    ("lines", "answers", "wrong"),
    [
        ("AUTH_PLAIN *", "334 |501 no", False),
        ("AUTH_PLAIN *", "334 |334 ", True),
        ("AUTH_LOGIN !!!!", "334 VXNlcm5hbWU6|334 ", True),
        ("AUTH_LOGIN dw==", "334 VXNlcm5hbWU6|334 ", False),
        ("AUTH_LOGIN", "334 your turn!", True),
    ],
)
def test_an_exchange_can_be_ended(lines, answers, wrong):
    steps = "".join(
        f"{x.replace('_', ' ').replace('!', chr(92) + 'x21')}\\r\\n\n" for x in lines.split()
    )
    seen = trace(f"smtp\n{steps}", f"220 hi|{answers}")
    assert judged("sasl_can_be_ended", f"smtp\n{steps}", seen) is wrong


@pytest.mark.parametrize(("answer", "wrong"), [("w {3}", False), ("w 3", True)])
def test_a_literal_is_asked_for_in_an_exchange_too(answer, wrong):
    text = f"imap\n# AUTHENTICATE LOGIN\\r\\n\n{answer}\\r\\n\n"
    seen = trace(text, "* OK|+ VXNlcm5hbWU6|+ OK")
    assert judged("sasl_can_be_ended", text, seen) is wrong


@pytest.mark.parametrize(
    ("count", "word", "wrong"), [(99, "XXXX", 0), (120, "XXXX", 1), (120, "NOOP", 0)]
)
def test_nonsense_is_not_listened_to_without_end(count, word, wrong):
    text = "smtp\n" + f"{word}\\r\\n" * count + "\n"
    seen = trace(text, "220 hi" + "|500 what" * count)
    assert judged("errors_are_bounded", text, seen) == wrong


def test_who_says_helo_does_without_logins():
    text = "smtp\nHELO waxseal\\r\\n\nAUTH PLAIN\\r\\n\n"
    seen = trace(text, "220 hi|250 hi|503 not now", finished=True)
    assert not judged("advertised_is_true", text, seen, ANY["smtp"])
    asked = trace("smtp\nAUTH PLAIN\\r\\n\n", "220 hi|503 not now", finished=True)
    assert judged("advertised_is_true", "smtp\nAUTH PLAIN\\r\\n\n", asked, ANY["smtp"])


@pytest.mark.parametrize(
    ("inside", "wrong"), [("w1 OK|w2 OK", False), ("w1 BAD|w2 OK", True), ("w1 OK", True)]
)
def test_another_client_is_answered_as_if_it_were_alone(inside, wrong):
    told = trace("imap\n", "* OK|t1 OK", "w1 OK|w2 OK", **INSIDE)
    other = trace("imap\n", "* OK|t1 OK", inside, **INSIDE)
    seen = trace("imap\n", "* OK", beside=(other,), finished=True)
    assert judged("neighbours_are_apart", "imap\n", seen, told) is wrong
