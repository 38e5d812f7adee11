"""Whose answer is whose: pure, and over a channel that is told what to do."""

import itertools
import socket

import pytest

from conformance.harness.conversation import Closed, Conversation, Role, Said, settle
from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.mail import DIALECTS
from conformance.harness.mail.dialect import Dialect
from conformance.harness.mail.words import NOOP, QUIT, Command, Kind, Reply, Verb
from conformance.harness.observation import Alert
from conformance.harness.patience import Patience
from conformance.harness.tls.outcome import AlertReceived
from conformance.harness.transcript import Layer, Transcript
from conformance.harness.wire import ConnectionReset, Silence, Wire

IMAP, POP3, SMTP = (DIALECTS[protocol] for protocol in Protocol)
RAW = Command(Verb.RAW, "x")


def ok(name: str, kind: Kind = Kind.POSITIVE) -> Reply:
    return Reply(kind, (f"+OK {name}".encode(),), name)


def said(*pairs: tuple[Command, Reply | None]) -> list[Said]:
    return [
        Said(command, f"w{n}", command, Role.INSIDE, answer)
        for n, (command, answer) in enumerate(pairs, 1)
    ]


def test_as_many_replies_as_commands_stay_where_they_are():
    a, b = ok("a"), ok("b")
    settled = settle(POP3, said((NOOP, a), (QUIT, b)), [a, b], upgraded=True)
    assert ([s.answer for s in settled.said], settled.ahead) == ([a, b], ())


def test_one_reply_too_many_came_first():
    injected, a, b = ok("injected"), ok("a"), ok("b")
    taken = said((NOOP, injected), (QUIT, a))
    settled = settle(POP3, taken, [injected, a, b], upgraded=True)
    assert settled.ahead == (injected,)
    assert [s.answer for s in settled.said] == [a, b]


def test_where_nothing_was_said_before_a_reply_too_many_leaves_the_answers_before_it_alone():
    a, b, stray = ok("a"), ok("b", Kind.NEGATIVE), ok("stray", Kind.NEGATIVE)
    taken = said((RAW, a), (NOOP, b), (QUIT, None))
    settled = settle(POP3, taken, [a, b, stray], upgraded=False, opening=True)
    assert [s.answer for s in settled.said] == [a, b, None]
    assert settled.later == (stray,)


def test_what_was_there_when_we_spoke_is_too_much_even_if_the_end_came_early():
    first, second = ok("first"), ok("second")
    settled = settle(POP3, said((NOOP, first), (QUIT, None)), [first, second], upgraded=True)
    assert settled.ahead == (first,)
    assert [s.answer for s in settled.said] == [second, None]


def test_a_parting_that_nobody_asked_for_answers_nothing():
    bye = Reply(Kind.POSITIVE, (b"221 bye",), "221")
    settled = settle(SMTP, said((NOOP, bye), (QUIT, None)), [bye], upgraded=True)
    assert (settled.ahead, settled.said[0].answer) == ((bye,), None)


def test_garbage_does_not_count():
    a, junk, b = ok("a"), Reply(Kind.MALFORMED, (b"junk",)), ok("b")
    settled = settle(SMTP, said((NOOP, a), (QUIT, b)), [a, junk, b], upgraded=True)
    assert (settled.ahead, settled.later) == ((), (junk,))


def test_a_lone_refusal_was_meant_for_the_connection():
    refusal = ok("no", Kind.NEGATIVE)
    pairs = said((NOOP, refusal), (QUIT, None))
    assert settle(POP3, pairs, [refusal], upgraded=True).ahead == (refusal,)
    assert settle(POP3, pairs, [refusal], upgraded=False).ahead == ()


def test_a_lone_refusal_of_nonsense_was_meant_for_the_nonsense():
    refusal = ok("no", Kind.NEGATIVE)
    settled = settle(POP3, said((RAW, refusal), (NOOP, None)), [refusal], upgraded=True)
    assert settled.said[0].answer == refusal


def test_a_tag_of_the_clear_answers_nothing_inside():
    stray, answer = ok("b"), ok("w1")
    settled = settle(IMAP, said((NOOP, answer)), [stray, answer], upgraded=True)
    assert (settled.ahead, settled.said[0].answer) == ((stray,), answer)


@pytest.mark.parametrize("kind", [Kind.NEGATIVE, Kind.POSITIVE])
def test_an_untagged_bad_ahead_of_the_tagged_answer_is_a_warning(kind):
    warning, answer = Reply(Kind.NEGATIVE, (b"* BAD",), "*"), ok("w1", kind)
    settled = settle(IMAP, said((RAW, warning)), [warning, answer], upgraded=True)
    assert (settled.ahead, settled.said[0].answer, settled.later) == ((), answer, ())


def test_an_untagged_bad_alone_is_the_answer():
    alone, stray = Reply(Kind.NEGATIVE, (b"* BAD",), "*"), ok("x9")
    settled = settle(IMAP, said((RAW, alone)), [alone, stray], upgraded=False)
    assert (settled.said[0].answer, settled.later) == (alone, (stray,))


def test_a_late_stray_is_not_lost():
    stray, answer = ok("b"), ok("w1")
    settled = settle(IMAP, said((NOOP, answer)), [answer, stray], upgraded=True)
    assert (settled.ahead, settled.later) == ((), (stray,))


def test_a_status_line_ahead_of_the_first_answer_is_unsolicited_only_after_an_upgrade():
    answer = Reply(Kind.POSITIVE, (b"* OK IMAP ready", b"w1 OK"), "w1")
    (aside,) = settle(IMAP, said((NOOP, answer)), [answer], upgraded=True).ahead
    assert aside.lines == (b"* OK IMAP ready",)
    assert settle(IMAP, said((NOOP, answer)), [answer], upgraded=False).ahead == ()


def test_a_goodbye_is_no_answer_to_the_first_command_inside():
    bye = Reply(Kind.BYE, (b"* BYE",), "*")
    settled = settle(IMAP, said((NOOP, bye)), [bye], upgraded=True)
    assert (settled.ahead, settled.said[0].answer) == ((bye,), None)


def test_of_several_steps_the_last_answer_counts():
    login = Command(Verb.LOGIN, "u p")
    replies = [ok("user"), ok("pass", Kind.NEGATIVE)]
    steps = [Said(RAW, "", login, Role.LOGIN, reply) for reply in replies]
    (exchange,) = settle(POP3, steps, replies, upgraded=False).exchanges(Role.LOGIN)
    assert (exchange.command, exchange.reply) == (login, replies[1])


class Told:
    """A channel that does as told: bytes are received, exceptions are raised."""

    def __init__(self, *received: bytes | Exception, broken: bool = False) -> None:
        self.received = list(received)
        self.broken = broken
        self.sent = b""

    def send(self, data: bytes) -> None:
        self.sent += data
        if self.broken:
            raise ConnectionReset("broken pipe")

    def receive(self, deadline: object) -> bytes:
        match self.received.pop(0):
            case bytes() as data:
                return data
            case error:
                raise error


@pytest.fixture
def wire():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        endpoint = Endpoint(host, port, Protocol.IMAP, Way.NONE)
        with Wire(endpoint, Patience(answer=1.0), Transcript()) as made:
            yield made


def talking(wire: Wire, channel: Told, dialect: Dialect = IMAP) -> Conversation:
    tags = (f"w{n}" for n in itertools.count(1))
    return Conversation(channel, wire, dialect, Layer.TLS, tags)


def test_an_alert_behind_a_broken_send_is_read(wire):
    alert = AlertReceived(Alert(116, "certificate_required"))
    with pytest.raises(AlertReceived):
        talking(wire, Told(alert, broken=True)).ask(NOOP, Role.PROBE)


def test_what_was_said_before_a_broken_send_is_kept(wire):
    talk = talking(wire, Told(b"* BYE no\r\n", b"", broken=True))
    with pytest.raises(Closed):
        talk.ask(NOOP, Role.PROBE)
    assert [reply.kind for reply in talk.replies] == [Kind.BYE]


def test_a_passed_deadline_is_silence_even_while_bytes_come(wire):
    wire.patience = Patience(answer=0.0)
    with pytest.raises(Silence):
        talking(wire, Told(b"*", b" ", b"OK")).greeting()


def test_what_is_there_before_we_speak_answers_nothing(wire):
    talk = talking(wire, Told(b"+OK 1\r\n+OK 2\r\n", b"+OK 3\r\n"), POP3)
    assert [talk.ask(NOOP, Role.INSIDE).text for _ in range(2)] == ["+OK 1", "+OK 3"]


def test_a_fork_takes_over_what_was_not_needed(wire):
    talk = talking(wire, Told(b"w1 OK\r\nw9 OK\r\n"))
    talk.ask(NOOP, Role.UPGRADE)
    later = talk.fork()
    assert [reply.tag for reply in talk.replies] == ["w1"]
    assert [reply.tag for reply in later.replies] == ["w9"]


def test_parting_ends_with_its_answer(wire):
    talk = talking(wire, Told(b"* BYE\r\nw1 OK\r\n"))
    talk.part()
    assert talk.said[0].answer.tag == "w1"


def test_glued_bytes_travel_with_the_command_and_trailing_ones_do_not(wire):
    channel = Told(b"w1 OK\r\n")
    talking(wire, channel).ask(NOOP, Role.UPGRADE, glued=b"glued", trailing=b"trailing")
    assert [line.data for line in wire.transcript.lines][:2] == [b"w1 NOOP\r\nglued", b"trailing"]
