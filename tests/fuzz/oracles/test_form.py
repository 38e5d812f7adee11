"""Long lines, goodbyes and bare carriage returns, judged from traces made by hand."""

from dataclasses import replace

import pytest

from conformance.harness.observation import Ending
from fuzz.trace import Upgrade
from tests.fuzz.traces import judged, trace

LONG = "smtp\nNOOP A\\{8192}\n"


@pytest.mark.parametrize(
    ("ending", "finished", "wrong"),
    [
        (Ending.OPEN, False, True),
        (Ending.TIMEOUT, False, True),
        (Ending.CLOSED, False, False),
        (Ending.OPEN, True, False),
        (Ending.FLOOD, False, True),
    ],
)
def test_a_long_line_is_answered_or_refused(ending, finished, wrong):
    seen = trace(LONG, "220 hi", ending=ending, finished=finished)
    assert judged("long_lines_are_bounded", LONG, seen) is wrong


@pytest.mark.parametrize(("octets", "wrong"), [(10_000, False), (50_000, True)])
def test_answers_are_in_proportion(octets, wrong):
    seen = trace("smtp\nNOOP\\r\\n\n", "220 hi|250 " + "x" * octets, finished=True)
    assert judged("long_lines_are_bounded", "smtp\nNOOP\\r\\n\n", seen) is wrong


@pytest.mark.parametrize(
    ("text", "last", "stayed", "wrong"),
    [
        ("imap\n", "* BYE|w2 OK", False, False),
        ("imap\n", "* BYE|w2 OK", True, True),
        ("imap\n", "w2 OK", False, True),
        ("smtp\n", "221 bye", False, False),
        ("smtp\n", "250 bye", False, True),
        ("pop3\n", "+OK", False, False),
    ],
)
def test_a_goodbye_is_the_end(text, last, stayed, wrong):
    # Who was answered only after he had closed cannot tell whether the server would have.
    ending = Ending.OPEN if stayed or not wrong else Ending.CLOSED
    seen = trace(text, f"* OK|{last}", ending=ending, finished=True, stayed=stayed)
    assert judged("goodbye_is_the_end", text, seen) is wrong


@pytest.mark.parametrize(("protocol", "wrong"), [("smtp", True), ("pop3", False)])
def test_a_carriage_return_alone_ends_no_line_of_smtp(protocol, wrong):
    replies = {"smtp": "220 hi|250 x|250 x", "pop3": "+OK|+OK|+OK"}[protocol]
    text = f"{protocol}\nNOOP\\rNOOP\\r\\n\n"
    assert judged("one_reply_per_command", text, trace(text, replies, finished=True)) is wrong


@pytest.mark.parametrize(("text", "wrong"), [("STARTTLS\\r\\n", False), ("NOOP\\r\\n", True)])
def test_an_alert_may_follow_an_upgrade_that_never_came(text, wrong):
    seen = trace(f"smtp\n{text}\n", "220 hi|220 go|\x15\x03\x03\x00\x02\x02\x00", finished=True)
    assert judged("replies_are_well_formed", f"smtp\n{text}\n", seen) is wrong


@pytest.mark.parametrize("deliberate", [True, False])
def test_who_keeps_errors_back_may_be_late(deliberate):
    seen = trace("imap\n# XXXX\\r\\n\n# NOOP\\r\\n\n", "* OK|t1 BAD", ending=Ending.OPEN)
    control = trace("imap\n", "* OK", deliberate=deliberate)
    assert judged("one_reply_per_command", "imap\n# XXXX\\r\\n\n", seen, control) is not deliberate


@pytest.mark.parametrize(
    ("replies", "wrong"),
    [
        ("* OK|* BAD careful|t1 NO no", False),
        ("* OK|+ OK|t1 BAD no literal", False),
        ("* OK|t1 NO no|t1 NO no", True),
    ],
)
def test_a_warning_or_a_prompt_may_stand_beside_the_answer(replies, wrong):
    text = "imap\n# LOGIN a b\\r\\n\n"
    seen = trace(text, replies, finished=True)
    assert judged("one_reply_per_command", text, seen) is wrong


def test_who_is_hung_up_on_with_221_is_told_enough():
    text = "smtp\nGET / HTTP/1.1\\r\\n\nNOOP\\r\\n\n"
    assert not judged("one_reply_per_command", text, trace(text, "220 hi|221 not a browser"))
    assert judged("one_reply_per_command", text, trace(text, "220 hi|250 hi"))


@pytest.mark.parametrize(("doubtful", "wrong"), [(False, True), (True, False)])
def test_a_late_answer_is_not_taken_for_a_goodbye(doubtful, wrong):
    seen = trace("smtp\n", "220 hi|250 late", finished=True, doubtful=doubtful)
    assert judged("goodbye_is_the_end", "smtp\n", seen) is wrong
    logout = "imap\nw2 LOGOUT\\r\\n\n"
    answer = "t1 OK" if doubtful else "w2 OK"
    late = trace(logout, f"* OK|{answer}", finished=True)
    assert judged("goodbye_is_the_end", logout, late) is wrong


@pytest.mark.parametrize(("said", "wrong"), [("%user64%", False), ("%plain%", True)])
def test_what_a_name_is_spelled_as_a_stream_does_not_tell(said, wrong):
    text = f"imap\n{said}\\r\\n\n"
    assert judged("tag_fidelity", text, trace(text, "* OK|d2F4c2VhbA== BAD")) is wrong


@pytest.mark.parametrize(("tag", "wrong"), [("xt2", False), ("x\0t2", True)])
def test_a_carriage_return_in_a_tag_may_be_dropped(tag, wrong):
    text = "imap\nx\\r&\n# NOOP\\r\\n\n"
    assert judged("tag_fidelity", text, trace(text, f"* OK|{tag} OK", finished=True)) is wrong


@pytest.mark.parametrize(
    ("doubtful", "last", "wrong"), [(True, "QUIT", False), (False, "QUIT", True), (True, "X", True)]
)
def test_who_takes_leave_and_is_answered_late_is_owed_no_more(doubtful, last, wrong):
    """Our own words behind his goodbye are not read; its late answer looks like that to ours."""
    text = f"pop3\nPASS waxseal\\r\\n\n{last}\\r\\n\n"
    ours = trace("pop3\nCAPA\\r\\n\nQUIT\\r\\n\n", "").said
    seen = trace(text, "+OK|-ERR|+OK", finished=True, doubtful=doubtful)
    seen = replace(seen, said=(*seen.said, *(replace(x, position=None) for x in ours)))
    assert judged("one_reply_per_command", text, seen) is wrong


def test_a_list_for_each_command_is_in_proportion():
    text = "pop3\n" + "CAPA\\r\\n&\n" * 140
    seen = trace(text, "+OK hi|" + "|".join(["+OK " + "x" * 140] * 140), finished=True)
    assert not judged("long_lines_are_bounded", text, seen)


@pytest.mark.parametrize(
    ("text", "doubtful", "wrong"),
    [
        ("imap\n# STARTTLS\\r\\n&\n# NOOP\\r\\n\n", False, False),
        ("imap\n# STARTTLS\\r\\n\n# NOOP\\r\\n\n", True, False),
        ("imap\n# STARTTLS\\r\\n\n# NOOP\\r\\n\n", False, True),
        ("imap\n# NOOP\\r\\n&\n# STARTTLS\\r\\n\n", False, True),
    ],
)
def test_what_is_said_before_an_upgrade_is_answered_may_be_dropped(text, doubtful, wrong):
    seen = trace(text, "* OK hi|t1 BAD no", finished=True, doubtful=doubtful)
    assert judged("one_reply_per_command", text, seen) is wrong


def test_an_alert_in_front_of_a_reply_is_no_tag():
    text = "imap\n# STARTTLS\\r\\n\n"
    seen = trace(text, "* OK hi|t1 OK go|\x15\x03\x03\x00\x02\x02\x32t1 NO")
    assert not judged("tag_fidelity", text, seen)
    assert judged("tag_fidelity", "imap\n# NOOP\\r\\n\n", seen)


@pytest.mark.parametrize("doubtful", [True, False])
def test_behind_an_upgrade_that_was_made_each_line_is_answered(doubtful):
    text = "imap\n# STARTTLS\\r\\n\n# NOOP\\r\\n\n# CAPABILITY\\r\\n\n"
    done = {"upgraded_at": 0, "upgrade": Upgrade.DONE, "finished": True, "doubtful": doubtful}
    seen = trace(text, "* OK hi|t1 OK go", "t2 OK", inside_from=1, **done)
    assert judged("one_reply_per_command", text, seen)
