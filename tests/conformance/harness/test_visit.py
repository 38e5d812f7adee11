"""Visits to small servers that do one thing wrong, or nothing."""

import contextlib
import itertools
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import trustme

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.mail.words import CAPABILITIES, NOOP, Command, Kind, Verb
from conformance.harness.observation import Ending, Login, Observation, Offer, Stage
from conformance.harness.patience import Patience
from conformance.harness.transcript import Layer, Side
from conformance.harness.visit import several, visit

PATIENCE = Patience(answer=2.0)
HURRY = Patience(answer=0.2)
GREETINGS = {
    Protocol.IMAP: b"* OK hi\r\n",
    Protocol.POP3: b"+OK hi\r\n",
    Protocol.SMTP: b"220 hi\r\n",
}
INJECTED = {Protocol.IMAP: b"b NOOP\r\n", Protocol.POP3: b"NOOP\r\n", Protocol.SMTP: b"NOOP\r\n"}
REFUSALS = {
    Protocol.IMAP: b"* BYE SSL certificate error\r\n",
    Protocol.POP3: b"-ERR SSL certificate error\r\n",
    Protocol.SMTP: b"421 4.7.1 SSL certificate error\r\n",
}
PROTOCOLS = pytest.mark.parametrize("protocol", list(Protocol))
Behaviour = Callable[[socket.socket], None]


@pytest.fixture(scope="module")
def context() -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(made)
    return made


@contextlib.contextmanager
def serving(behaviour: Behaviour) -> Iterator[tuple[str, int]]:
    """A server that treats each connection with `behaviour`, in a thread of its own."""

    def treat(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            behaviour(connection)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=treat, args=(connection,), daemon=True).start()

    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def paid(
    behaviour: Behaviour,
    offer: Offer | None = None,
    protocol: Protocol = Protocol.IMAP,
    way: Way = Way.NONE,
    patience: Patience = PATIENCE,
) -> Observation:
    with serving(behaviour) as (host, port):
        return visit(Endpoint(host, port, protocol, way), offer or Offer(), patience)


class Toy:
    """A mail server of few words; its parameters are its faults."""

    def __init__(
        self,
        protocol: Protocol,
        context: ssl.SSLContext,
        keeps_plaintext: bool = False,
        greets_again: bool = False,
        refuses_inside: bool = False,
        falls_back: bool = False,
        starttls: bool = True,
    ) -> None:
        self.protocol = protocol
        self.context = context
        self.keeps_plaintext = keeps_plaintext
        self.greets_again = greets_again
        self.refuses_inside = refuses_inside
        self.falls_back = falls_back
        self.starttls = starttls

    def __call__(self, connection: socket.socket) -> None:
        connection.sendall(GREETINGS[self.protocol])
        self.serve(connection, b"")

    def serve(self, connection: socket.socket, held: bytes) -> None:
        while True:
            while b"\n" not in held:
                data = connection.recv(4096)
                if not data:
                    return
                held += data
            line, _, held = held.partition(b"\n")
            tag, word = self.parsed(line)
            if self.starttls and word in (b"STARTTLS", b"STLS"):
                connection.sendall(self.done(tag, b"220 go"))
                if self.secured(connection, held if self.keeps_plaintext else b""):
                    return
                held = b""
            else:
                connection.sendall(self.answer(tag, word))
                if word in (b"QUIT", b"LOGOUT"):
                    return

    def secured(self, connection: socket.socket, held: bytes) -> bool:
        try:
            secured = self.context.wrap_socket(connection.dup(), server_side=True)
        except ssl.SSLError:
            return not self.falls_back
        with secured:
            if self.greets_again:
                secured.sendall(GREETINGS[self.protocol])
            if self.refuses_inside:
                secured.sendall(REFUSALS[self.protocol])
                secured.unwrap()
            else:
                self.serve(secured, held)
        return True

    def parsed(self, line: bytes) -> tuple[bytes, bytes]:
        words = line.upper().split()
        if self.protocol is Protocol.IMAP:
            return line.split()[0], words[1]
        return b"", words[0]

    def done(self, tag: bytes, smtp: bytes) -> bytes:
        told = {Protocol.IMAP: tag + b" OK", Protocol.POP3: b"+OK", Protocol.SMTP: smtp}
        return told[self.protocol] + b"\r\n"

    def answer(self, tag: bytes, word: bytes) -> bytes:
        match word:
            case b"CAPA":
                return b"+OK list\r\nTOP\r\n.\r\n"
            case b"EHLO":
                return b"250-toy\r\n250 HELP\r\n"
            case b"QUIT" | b"LOGOUT":
                return self.done(tag, b"221 bye")
            case b"NOOP" | b"CAPABILITY":
                return self.done(tag, b"250 ok")
        refused = {Protocol.IMAP: tag + b" BAD", Protocol.POP3: b"-ERR", Protocol.SMTP: b"500 no"}
        return refused[self.protocol] + b"\r\n"


def upgraded(toy: Toy, **offer: object) -> Observation:
    return paid(toy, Offer(**offer), toy.protocol, Way.STARTTLS)  # type: ignore[arg-type]


# A server that does nothing wrong


@PROTOCOLS
def test_an_upgrade_reaches_the_service(protocol, context):
    seen = upgraded(Toy(protocol, context), inside=(CAPABILITIES,))
    assert (seen.stage, seen.ending, seen.alive) == (Stage.SERVICE, Ending.OPEN, True)
    assert seen.tls.version == "TLSv1.3"
    assert (seen.unsolicited, seen.strays) == ((), ())
    assert seen.answer(CAPABILITIES).positive


@PROTOCOLS
def test_bytes_behind_starttls_may_be_thrown_away(protocol, context):
    seen = upgraded(Toy(protocol, context), glued=INJECTED[protocol])
    assert seen.alive
    assert seen.unsolicited == ()


@PROTOCOLS
def test_the_upgrade_is_said_as_offered(protocol, context):
    said = Command(Verb.RAW, "sTlS x" if protocol is Protocol.POP3 else "sTaRtTlS x")
    seen = upgraded(Toy(protocol, context), starttls=said)
    assert (seen.upgrade.command, seen.stage) == (said, Stage.SERVICE)


@PROTOCOLS
def test_what_is_said_before_is_said_in_clear(protocol, context):
    seen = upgraded(Toy(protocol, context), before=(CAPABILITIES,), upgrade=False)
    assert [exchange.reply.kind for exchange in seen.clear] == [Kind.POSITIVE]
    assert (seen.stage, seen.alive, seen.tls) == (Stage.SERVICE, True, None)


@PROTOCOLS
def test_a_refused_upgrade_leaves_a_live_connection(protocol, context):
    seen = upgraded(Toy(protocol, context, starttls=False), inside=(CAPABILITIES,))
    assert seen.upgrade.reply.kind is Kind.NEGATIVE
    assert (seen.stage, seen.ending, seen.alive) == (Stage.GREETING, Ending.OPEN, True)
    assert seen.inside == ()


@PROTOCOLS
def test_after_a_refused_upgrade_what_was_glued_is_not_the_probes_answer(protocol, context):
    toy = Toy(protocol, context, starttls=False)
    seen = upgraded(toy, glued=b"c JUNK\r\n", before=(CAPABILITIES,))
    assert [exchange.reply.kind for exchange in seen.clear] == [Kind.POSITIVE]
    assert seen.alive
    assert seen.strays[0].kind is Kind.NEGATIVE


@PROTOCOLS
def test_a_refused_upgrade_keeps_the_password_to_itself(protocol, context):
    seen = upgraded(Toy(protocol, context, starttls=False), login=Login("me", "pa55"))
    assert seen.login is None
    assert b"pa55" not in seen.transcript.sent_by(Side.CLIENT, Layer.CLEAR)


# Servers that execute what was said in clear


@PROTOCOLS
@pytest.mark.parametrize("count", [1, 2, 3])
def test_executed_plaintext_is_told_apart(protocol, count, context):
    toy = Toy(protocol, context, keeps_plaintext=True)
    seen = upgraded(toy, glued=INJECTED[protocol] * count, inside=(CAPABILITIES, NOOP))
    assert len(seen.unsolicited) == count
    assert seen.alive
    assert all(exchange.reply.positive for exchange in seen.inside)


@pytest.mark.parametrize(
    ("protocol", "glued"), [(Protocol.POP3, b"CAPA\r\n"), (Protocol.SMTP, b"EHLO x\r\n")]
)
def test_a_longer_answer_to_plaintext_is_told_apart_too(protocol, glued, context):
    assert upgraded(Toy(protocol, context, keeps_plaintext=True), glued=glued).unsolicited


@PROTOCOLS
def test_half_a_line_kept_from_the_clear_is_told_apart(protocol, context):
    toy = Toy(protocol, context, keeps_plaintext=True)
    with serving(toy) as (host, port):
        endpoint = Endpoint(host, port, protocol, Way.STARTTLS)
        seen = visit(endpoint, Offer(glued=b"b JUNK "), HURRY)
    assert not seen.alive or seen.unsolicited


@PROTOCOLS
def test_a_second_greeting_is_unsolicited(protocol, context):
    seen = upgraded(Toy(protocol, context, greets_again=True))
    assert [reply.lines[0] for reply in seen.unsolicited] == [GREETINGS[protocol].strip()]
    assert seen.alive


@PROTOCOLS
def test_a_refusal_inside_is_unsolicited_and_no_service(protocol, context):
    seen = upgraded(Toy(protocol, context, refuses_inside=True))
    assert [reply.lines[0] for reply in seen.unsolicited] == [REFUSALS[protocol].strip()]
    assert (seen.stage, seen.ending) == (Stage.HANDSHAKE, Ending.CLOSED)
    assert not seen.alive


# Handshakes that are spoiled


@PROTOCOLS
def test_going_back_to_clear_after_a_spoiled_handshake_is_seen(protocol, context):
    toy = Toy(protocol, context, falls_back=True)
    seen = upgraded(toy, spoil=b"\x16\x03\x01\x00\x05hello", after_failure=(CAPABILITIES,))
    assert [exchange.reply.kind for exchange in seen.after_failure] == [Kind.POSITIVE]
    assert seen.ending is Ending.ALERT


def test_going_back_without_an_alert_is_seen_too(context):
    with serving(Toy(Protocol.IMAP, context, falls_back=True)) as (host, port):
        endpoint = Endpoint(host, port, Protocol.IMAP, Way.STARTTLS)
        seen = visit(endpoint, Offer(spoil=b"NOPE\n", after_failure=(NOOP,)), HURRY)
    assert [exchange.reply.kind for exchange in seen.after_failure] == [Kind.POSITIVE]


def test_staying_shut_after_a_spoiled_handshake_is_seen(context):
    toy = Toy(Protocol.IMAP, context)
    seen = upgraded(toy, spoil=b"\x16\x03\x01\x00\x05hello", after_failure=(NOOP,))
    assert [exchange.reply for exchange in seen.after_failure] == [None]
    assert (seen.stage, seen.ending) == (Stage.UPGRADE, Ending.ALERT)


# Servers that are no servers


def silent(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


def sends(*pieces: bytes) -> Behaviour:
    """Sends the first piece at once and each other one when it has been told something."""

    def behaviour(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)
            connection.recv(4096)
        silent(connection)

    return behaviour


def floods(line: bytes) -> Behaviour:
    def behaviour(connection: socket.socket) -> None:
        while True:
            connection.sendall(line * 1000)

    return behaviour


def drips(connection: socket.socket) -> None:
    for byte in itertools.cycle(b"* OK "):
        connection.sendall(bytes([byte]))
        if threading.Event().wait(0.02):
            return


def closes(connection: socket.socket) -> None:
    return


def test_silence_ends_in_time():
    start = time.monotonic()
    seen = paid(silent, patience=HURRY)
    assert (seen.stage, seen.ending, seen.greeting) == (Stage.CONNECT, Ending.TIMEOUT, None)
    assert time.monotonic() - start < 10  # and not for ever


def test_dripping_ends_in_time():
    start = time.monotonic()
    assert paid(drips, patience=HURRY).ending is Ending.TIMEOUT
    assert time.monotonic() - start < 10  # and not for ever


def test_a_door_that_closes_is_seen():
    seen = paid(closes)
    assert (seen.stage, seen.ending) == (Stage.CONNECT, Ending.CLOSED)


def test_nobody_there_is_unreachable():
    with serving(closes) as (host, port):
        pass
    seen = visit(Endpoint(host, port, Protocol.IMAP, Way.NONE), Offer(), PATIENCE)
    assert seen.ending is Ending.UNREACHABLE


def test_an_endless_line_is_garbage():
    assert paid(floods(b"x" * 100)).ending is Ending.GARBAGE


def test_an_endless_answer_is_a_flood():
    seen = paid(floods(b"220-" + b"x" * 1000 + b"\r\n"), protocol=Protocol.SMTP)
    assert (seen.ending, seen.greeting) == (Ending.FLOOD, None)


@pytest.mark.parametrize("greeting", [b"220 mail ESMTP\r\n", b"\x00\xff\x1b[31m\r\n", b"\r\n"])
def test_another_protocol_is_garbage(greeting):
    seen = paid(sends(greeting))
    assert (seen.ending, seen.greeting.kind) == (Ending.GARBAGE, Kind.MALFORMED)
    assert "\x1b" not in seen.note


def test_garbage_instead_of_an_answer_is_garbage():
    seen = paid(sends(b"* OK hi\r\n", b"what?\r\n"), patience=HURRY)
    assert (seen.probe.reply, seen.alive) == (None, False)
    assert seen.ending is Ending.GARBAGE
    assert [reply.kind for reply in seen.strays] == [Kind.MALFORMED]


@PROTOCOLS
def test_a_refusal_in_place_of_the_greeting_is_the_greeting(protocol):
    def refuses(connection: socket.socket) -> None:
        connection.sendall(REFUSALS[protocol])

    seen = paid(refuses, protocol=protocol)
    assert seen.greeting.lines == (REFUSALS[protocol].strip(),)
    assert (seen.stage, seen.ending) == (Stage.CONNECT, Ending.CLOSED)


def test_after_a_goodbye_nothing_more_is_said():
    seen = paid(sends(b"* OK hi\r\n", b"* BYE\r\n"), Offer(before=(NOOP, NOOP)), patience=HURRY)
    assert [exchange.reply.kind for exchange in seen.clear] == [Kind.BYE]
    assert (seen.ending, seen.probe) == (Ending.TIMEOUT, None)


@pytest.mark.parametrize("behaviour", [silent, closes, sends(b"* OK plain\r\n")])
def test_no_tls_is_no_exception(behaviour):
    seen = paid(behaviour, way=Way.IMPLICIT, patience=HURRY)
    assert seen.ending in (Ending.TIMEOUT, Ending.CLOSED, Ending.RESET, Ending.GARBAGE)
    assert (seen.stage, seen.greeting) == (Stage.CONNECT, None)


def test_a_starttls_that_leads_nowhere_ends_in_time():
    seen = paid(
        sends(b"* OK\r\n", b"w1 OK\r\n"), protocol=Protocol.IMAP, way=Way.STARTTLS, patience=HURRY
    )
    assert seen.ending is Ending.TIMEOUT


# A server that asks for a certificate in TLS itself


@pytest.fixture(scope="module")
def demanding() -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority = trustme.CA()
    authority.issue_cert("localhost").configure_cert(made)
    authority.configure_trust(made)
    made.verify_mode = ssl.CERT_REQUIRED
    return made


@PROTOCOLS
@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_an_alert_after_the_handshake_is_found(protocol, version, demanding):
    seen = upgraded(Toy(protocol, demanding), versions=(version,))
    assert seen.ending is Ending.ALERT
    late = version == "TLSv1.3"
    assert seen.alert.name == ("certificate_required" if late else "handshake_failure")
    assert seen.stage is (Stage.HANDSHAKE if late else Stage.UPGRADE)
    assert (seen.alive, seen.unsolicited) == (False, ())


# What a visit never shows


@PROTOCOLS
def test_no_password_is_shown(protocol, context):
    offer = Offer(login=Login("me", 'pa"ss'))
    seen = paid(Toy(protocol, context), offer, protocol, Way.STARTTLS)
    assert seen.login.reply.kind is Kind.NEGATIVE
    shown = str(seen.transcript.shown()) + seen.offer.shown()
    assert 'pa"ss' not in shown
    assert "AG1lAHBhInNz" not in shown


@PROTOCOLS
def test_a_login_may_come_before_the_upgrade(protocol, context):
    offer = Offer(login=Login("me", "x-secret"), login_before_tls=True)
    seen = paid(Toy(protocol, context), offer, protocol, Way.STARTTLS)
    assert (seen.login.reply.kind, seen.alive) == (Kind.NEGATIVE, True)
    said = b"".join(line.data for line in seen.transcript.lines if line.layer is Layer.TLS)
    assert b"me" not in said


def test_visits_overlap_and_keep_their_order():
    with serving(silent) as (host, port):
        endpoint = Endpoint(host, port, Protocol.IMAP, Way.NONE)
        offers = [replace(Offer(), glued=bytes([n])) for n in range(60)]
        start = time.monotonic()
        seen = several([lambda o=o: visit(endpoint, o, HURRY) for o in offers], workers=60)
    assert [x.offer for x in seen] == offers
    assert time.monotonic() - start < len(offers) * HURRY.answer / 2


def test_a_raw_line_is_answered_by_what_comes():
    raw = Command(Verb.RAW, " nonsense", tagged=False)
    seen = paid(sends(b"* OK\r\n", b" BAD what\r\n"), Offer(before=(raw,)), patience=HURRY)
    assert seen.clear[0].reply.kind is Kind.MALFORMED
