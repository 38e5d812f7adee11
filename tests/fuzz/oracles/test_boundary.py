"""What lies on either side of the upgrade, judged from traces made by hand."""

from dataclasses import replace

import pytest

from conformance.harness.endpoint import Protocol
from conformance.harness.observation import Ending
from fuzz.trace import AT_CONNECT, Upgrade
from tests.fuzz.traces import judged, trace

UP = {"upgraded_at": 0}
INSIDE = {**UP, "upgrade": Upgrade.DONE, "finished": True}
IMAP = "imap\n# STARTTLS\\r\\n\n"


@pytest.mark.parametrize(
    ("afterwards", "wrong"),
    [
        (b"", False),
        (b"\x15\x03\x01\x00\x02\x02\x0a", False),
        (b"\x15\x03\x01\x00", False),
        (b"\x15\x03\x01\x00\x02\x02\x0at2 OK\r\n", True),
        (b"* BAD what\r\n", True),
    ],
)
def test_nothing_but_records_follows_a_failed_handshake(afterwards, wrong):
    seen = trace(IMAP, "* OK|t1 OK", afterwards=afterwards, upgrade=Upgrade.FAILED, **UP)
    assert judged("no_fallback_to_clear", IMAP, seen) is wrong


@pytest.mark.parametrize(
    ("inside", "rest", "wrong"),
    [
        ("w1 OK", b"", False),
        ("w1 OK", b"\x15\x03\x03\x00\x02\x02\x0a", False),
        ("w1 OK", b"t2 OK\r\n", True),
        ("w1 OK|t2 OK", b"", True),
        # Who hangs up, now that TLS is broken, may still say so inside it.
        ("w1 OK|* BAD too many errors", b"", False),
    ],
)
def test_octets_beneath_tls_are_not_answered(inside, rest, wrong):
    text = IMAP + "!clear t2 NOOP\\r\\n\n"
    seen = trace(text, "* OK|t1 OK", inside, ["w1 NOOP"], beneath=1, afterwards=rest, **INSIDE)
    assert judged("nothing_beneath_tls", text, seen) is wrong


@pytest.mark.parametrize(
    ("rest", "wrong"),
    [
        (b"", False),
        (b"\x17\x03\x03\x00\x13" + b"\n" * 19, False),
        (b"\x17\x03\x03\x00\x13\n", False),
        (b"\x15\x03\x03\x00\x02\x01\x00-ERR what\r\n", True),
        (b"421 lost connection\r\n", True),
    ],
)
def test_behind_the_end_of_tls_nothing_is_said_in_clear(rest, wrong):
    text = IMAP + "!close-notify\n# NOOP\\r\\n\n"
    seen = trace(text, "* OK|t1 OK", "w1 OK", ["w1 NOOP"], left=True, afterwards=rest, **INSIDE)
    assert judged("nothing_in_clear_behind_tls", text, seen) is wrong
    assert not judged("no_fallback_to_clear", text, seen)


@pytest.mark.parametrize(("last", "wrong"), [("-ERR too many", False), ("+OK", True)])
def test_a_limit_on_errors_may_be_noticed_beneath_tls(last, wrong):
    text = "pop3\nSTLS\\r\\n\n!clear CAPA\\r\\n\n"
    inside = f"-ERR no|-ERR no|{last}"
    seen = trace(text, "+OK|+OK", inside, ["X", "Y"], beneath=2, **INSIDE)
    assert judged("nothing_beneath_tls", text, seen) is wrong


@pytest.mark.parametrize(
    ("text", "ending", "wrong"),
    [
        (IMAP, Ending.CLOSED, True),
        ("imap\n!hello bytewise\n# STARTTLS\\r\\n\n", Ending.ALERT, True),
        (IMAP, Ending.LOCAL, False),
        (IMAP + "# NOOP\\r\\n\n", Ending.CLOSED, False),
        ("imap\n!hello glued\n# STARTTLS\\r\\n\n", Ending.TIMEOUT, False),
        # TLSv1.2 alone may be too little.
        (IMAP + "!renegotiate\n", Ending.ALERT, False),
    ],
)
def test_an_upgrade_that_was_agreed_to_is_made(text, ending, wrong):
    at = text.count("!")
    seen = trace(text, "* OK|t1 OK", ending=ending, upgrade=Upgrade.FAILED, upgraded_at=at)
    assert judged("accepted_upgrade_is_made", text, seen) is wrong
    unfit = replace(seen, upgrade=Upgrade.FAILED)
    assert not judged("accepted_upgrade_is_made", text, seen, unfit)


@pytest.mark.parametrize("granted", [False, True])
def test_nobody_is_granted_another_handshake(granted):
    text = IMAP + "!renegotiate\n"
    seen = trace(text, "* OK|t1 OK", "w1 OK", ["w1 NOOP"], renegotiated=granted, **INSIDE)
    assert judged("no_renegotiation", text, seen) is granted


@pytest.mark.parametrize(("answer", "wrong"), [("t2 OK", True), ("t2 BAD", False)])
def test_there_is_no_second_upgrade(answer, wrong):
    text = IMAP + "# starttls\\r\\n\n"
    seen = trace(text, "* OK|t1 OK", f"w1 OK|{answer}", ["w1 NOOP"], inside_from=1, **INSIDE)
    assert judged("no_second_upgrade", text, seen) is wrong


@pytest.mark.parametrize(
    ("protocol", "inside", "wrong"),
    [
        ("imap", "* CAPABILITY IMAP4rev1|w1 OK", False),
        ("imap", "* CAPABILITY IMAP4rev1 STARTTLS|w1 OK", True),
        ("imap", "* CAPABILITY LOGINDISABLED|w1 OK", True),
        ("pop3", "+OK|USER|STLS|.", True),
        ("pop3", "+OK|USER|.", False),
        ("smtp", "250-a|250-STARTTLS|250 8BITMIME", True),
        ("smtp", "250-a|250 8BITMIME", False),
    ],
)
def test_the_upgrade_is_not_offered_inside(protocol, inside, wrong):
    seen = trace(f"{protocol}\n", "", inside, ["w1 X"], **INSIDE)
    assert judged("no_upgrade_offered_inside", f"{protocol}\n", seen) is wrong


@pytest.mark.parametrize(
    ("protocol", "inside", "wrong"),
    [
        (Protocol.IMAP, "* OK hi|w1 OK", True),
        (Protocol.IMAP, "w1 OK", False),
        (Protocol.POP3, "+OK hi|+OK", True),
        (Protocol.POP3, "+OK", False),
        (Protocol.SMTP, "220 hi|250 x", True),
        (Protocol.SMTP, "250 x", False),
    ],
)
def test_nothing_is_said_unasked(protocol, inside, wrong):
    verb = "STLS" if protocol is Protocol.POP3 else "STARTTLS"
    text = f"{protocol}\n{'# ' * (protocol is Protocol.IMAP)}{verb}\\r\\n\n"
    seen = trace(text, "", inside, ["w1 NOOP"], **INSIDE)
    assert judged("nothing_is_said_unasked", text, seen) is wrong


@pytest.mark.parametrize(
    ("before", "wrong"),
    [("NOOP", True), ("XXXX", True), ("MAIL FROM:<>", False), ("HELO waxseal", False)],
)
def test_the_upgrade_is_steady(before, wrong):
    text = f"smtp\n{before}\\r\\n\nSTARTTLS\\r\\n\n"
    seen = trace(text, "220 hi|500 what|503 no", finished=True)
    control = trace("smtp\nSTARTTLS\\r\\n\n", "220 hi|220 go", **INSIDE)
    assert judged("upgrade_is_steady", text, seen, control) is wrong
    glued = text.replace("STARTTLS\\r\\n", "STARTTLS\\r\\n&") + "NOOP\\r\\n\n"
    assert not judged("upgrade_is_steady", glued, seen, control)


def test_where_tls_comes_first_a_whole_hello_leads_into_it():
    facts = {"upgraded_at": AT_CONNECT, "upgrade": Upgrade.FAILED, "ending": Ending.ALERT}
    seen = trace("imap\n!hello bytewise\n", "", **facts)
    assert judged("accepted_upgrade_is_made", "imap\n!hello bytewise\n", seen)
    assert not judged("accepted_upgrade_is_made", "imap\n!hello glued\n", seen)


def test_who_hangs_up_over_earlier_lines_refuses_no_upgrade():
    text = "pop3\nx\\r\\n\nSTLS\\r\\n\n"
    seen = trace(text, "+OK|-ERR what|-ERR too many errors")
    assert not judged("upgrade_is_steady", text, seen)


_OURS = ["EHLO w", "NOOP", "QUIT"]
_USUAL, _MORE = "250 a|250 b|221 bye", "250 a|250 b|250 a|250 b|221 bye"


def _smtp(inside, tail=""):
    text = f"smtp\nSTARTTLS\\r\\n{tail}\n"
    return text, trace(text, "220 hi|220 go", inside, _OURS, **INSIDE)


@pytest.mark.parametrize(
    ("inside", "tail", "usual", "wrong"),
    [
        (_MORE, "&\nEHLO x\\r\\n&\nNOOP\\r\\n", _USUAL, True),
        (_USUAL, "&\nEHLO x\\r\\n&\nNOOP\\r\\n", _USUAL, False),
        # Nothing stands there that could have survived; or so it answers without it, too.
        (_MORE, "", _USUAL, False),
        (_MORE, "&\nEHLO x\\r\\n&\nNOOP\\r\\n", _MORE, False),
    ],
)
def test_survivors_whose_replies_look_like_those_expected_first(inside, tail, usual, wrong):
    text, seen = _smtp(inside, tail)
    _, control = _smtp(usual)
    assert judged("no_plaintext_survives_upgrade", text, seen, control) is wrong


@pytest.mark.parametrize(
    ("inside", "ending", "wrong"),
    [
        ("250 a|421 too many", Ending.CLOSED, False),
        ("421 too many", Ending.CLOSED, False),
        ("250 a|421 too many", Ending.OPEN, True),
        ("250 a|221 bye", Ending.CLOSED, True),
        ("500 what|421 too many", Ending.CLOSED, True),
    ],
)
def test_who_counts_lines_may_hang_up_inside(inside, ending, wrong):
    text = "smtp\nNOOP\\r\\n\nNOOP\\r\\n\nSTARTTLS\\r\\n\n"
    facts = INSIDE | {"upgraded_at": 2, "finished": False, "ending": ending}
    seen = trace(text, "220 hi|250 a|250 a|220 go", inside, _OURS, **facts)
    _, control = _smtp(_USUAL)
    assert judged("no_plaintext_survives_upgrade", text, seen, control) is wrong


def test_a_goodbye_behind_what_may_have_survived_excuses_nothing():
    text = "smtp\nSTARTTLS\\r\\n&\nEHLO x\\r\\n\n"
    facts = INSIDE | {"finished": False, "ending": Ending.CLOSED}
    seen = trace(text, "220 hi|220 go", "250 a|421 too many", _OURS, **facts)
    _, control = _smtp(_USUAL)
    assert judged("no_plaintext_survives_upgrade", text, seen, control)
