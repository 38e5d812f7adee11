"""The oracles without a server: what they see, and where they hold back."""

from dataclasses import replace

import pytest

from conformance.harness.endpoint import Protocol
from conformance.harness.observation import Ending
from conformance.harness.transcript import Layer
from fuzz.oracles import ORACLES, SEGMENTATION
from fuzz.replies import split
from fuzz.stream import Stream, parse
from fuzz.trace import Said, Trace, Upgrade

POP3 = Protocol.POP3
PLAIN = Stream(POP3)


def replies(octets: bytes, protocol: Protocol = POP3):
    return split(protocol, octets).replies


def said(octets: bytes, layer: Layer = Layer.CLEAR) -> tuple[Said, ...]:
    return (Said(None, layer, octets),)


def judged(name: str, trace: Trace, stream: Stream = PLAIN, other: Trace | None = None) -> bool:
    (oracle,) = [oracle for oracle in (*ORACLES, SEGMENTATION) if oracle.name == name]
    return oracle(stream, trace, other or CONTROL) is not None


CONTROL = Trace(
    said=said(b"CAPA\r\nNOOP\r\nCAPA\r\nQUIT\r\n", Layer.TLS),
    clear=replies(b"+OK hi\r\n+OK\r\n"),
    inside=replies(b"+OK\r\nUSER\r\n.\r\n-ERR\r\n+OK\r\nUSER\r\n.\r\n+OK\r\n"),
    upgrade=Upgrade.DONE,
    upgraded_at=0,
    finished=True,
)


@pytest.mark.parametrize(
    ("inside", "ending", "wrong"),
    [
        (b"+OK\r\n+OK\r\nUSER\r\n.\r\n", Ending.CLOSED, True),
        (b"+OK\r\nUSER\r\n.\r\n+OK\r\nUSER\r\n.\r\n", Ending.CLOSED, True),
        (b"-ERR what\r\n-ERR what\r\n", Ending.CLOSED, True),
        (b"-ERR no pipelining\r\n", Ending.CLOSED, False),
        (b"-ERR no pipelining\r\n", Ending.OPEN, True),
        (b"", Ending.RESET, False),
        (b"+OK\r\nUSER\r\n.\r\n", Ending.CLOSED, False),
    ],
)
def test_what_may_be_heard_first_inside_tls(inside, ending, wrong):
    trace = replace(CONTROL, inside=replies(inside), ending=ending, finished=False)
    assert judged("no_plaintext_survives_upgrade", trace) is wrong


@pytest.mark.parametrize(("behind", "wrong"), [(b"+OK\r\n", True), (b"\x15\x03", False)])
def test_only_records_follow_the_upgrade(behind, wrong):
    trace = replace(CONTROL, behind=behind)
    assert judged("no_clear_after_upgrade", trace, parse("pop3\nSTLS\\r\\n\n")) is wrong


def test_a_reply_too_many_does_not_pass_for_the_upgrades():
    trace = replace(CONTROL, behind=b"+OK\r\n", upgraded_at=1)
    assert not judged("no_clear_after_upgrade", trace, parse("pop3\nCAPA\\r\\n\nSTLS\\r\\n\n"))


@pytest.mark.parametrize(
    ("client", "server", "finished", "wrong"),
    [
        (b"X\r\nQUIT\r\n", b"+OK hi\r\n-ERR\r\n-ERR\r\n+OK\r\n", True, True),
        (b"X\r\nQUIT\r\n", b"+OK hi\r\n+OK\r\n", True, True),
        (b"X\r\nQUIT\r\n", b"+OK hi\r\n-ERR\r\n-ERR bye\r\n-ERR\r\n", False, False),
        (b"\xff\r\n", b"+OK hi\r\n", False, True),
        (b"X\rY\r\nQUIT\r\n", b"+OK hi\r\n-ERR\r\n-ERR\r\n+OK\r\n", True, False),
        (b"\x00\r\nQUIT\r\n", b"+OK hi\r\n+OK\r\n", True, False),
        (b"QUIT\r\nNOOP\r\n", b"+OK hi\r\n+OK\r\n", False, False),
    ],
)
def test_replies_are_counted(client, server, finished, wrong):
    trace = Trace(said=said(client), clear=replies(server), finished=finished)
    assert judged("one_reply_per_command", trace) is wrong


@pytest.mark.parametrize(
    ("step", "server", "wrong"),
    [
        ("# NOOP\\r\\n", b"t1 OK\r\n", False),
        ("# NOOP\\r\\n", b"t2 OK\r\n", True),
        ("# NOOP\\r\\n", b" OK\r\n", True),
        ("\\x20NOOP\\r\\n", b" OK\r\n", False),
        ("a.b NOOP\\r\\n", b"a.b OK\r\n", False),
        ("# NOOP\\r\\n# NOOP\\r\\n", b"t1 OK\r\n# OK\r\n", False),
    ],
)
def test_a_tag_is_one_that_was_sent(step, server, wrong):
    stream = parse(f"imap\n{step}\n")
    octets = stream.steps[0].text.replace(b"#", b"t1", 1)
    trace = Trace(
        said=(Said(0, Layer.CLEAR, octets),),
        clear=replies(b"* OK\r\n" + server, Protocol.IMAP),
    )
    assert judged("tag_fidelity", trace, stream) is wrong


@pytest.mark.parametrize(
    ("cut", "finished", "wrong"),
    [
        (b"+OK hi\r\n-ERR\r\n+OK\r\n", True, True),
        (b"+OK hi\r\n+OK\r\n", True, False),
        (b"+OK hi\r\n-ERR too long\r\n", False, False),
    ],
)
def test_cuts_do_not_show(cut, finished, wrong):
    whole = Trace(clear=replies(b"+OK hi\r\n+OK\r\n"), finished=True)
    trace = Trace(clear=replies(cut), finished=finished)
    assert judged("segmentation_is_invisible", trace, other=whole) is wrong


def test_a_list_without_its_dot_is_malformed():
    trace = Trace(clear=replies(b"+OK hi\r\n+OK\r\nUSER\r\n"), finished=True)
    assert judged("replies_are_well_formed", trace)
    assert not judged("replies_are_well_formed", replace(trace, finished=False))


def test_a_refusal_inside_tls_that_bears_a_clear_tag_was_no_refusal_to_listen():
    stream = parse("imap\n# STARTTLS\\r\\n&\n# LOGIN \\x20\n")
    heard = replies(b"t2 BAD what\r\n", Protocol.IMAP)
    words = (Said(0, Layer.CLEAR, b"t1 STARTTLS\r\n"), Said(1, Layer.CLEAR, b"t2 LOGIN  "))
    trace = Trace(said=words, inside=heard, upgrade=Upgrade.DONE, upgraded_at=0)
    control = replace(trace, inside=replies(b"w1 OK\r\n", Protocol.IMAP))
    assert judged("no_plaintext_survives_upgrade", trace, stream, control)
