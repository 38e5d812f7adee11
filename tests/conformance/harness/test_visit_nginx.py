"""Visits to a real nginx: every protocol, both ways into TLS, with and without certificates."""

import shutil
from dataclasses import dataclass, replace
from itertools import count

import pytest

from conformance.harness.doubles.doubles import Doubles
from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.mail import DIALECTS
from conformance.harness.mail.words import CAPABILITIES, NOOP, Command, Kind, Verb
from conformance.harness.observation import Alert, Ending, Login, Observation, Offer, Stage
from conformance.harness.patience import Patience
from conformance.harness.pki.kit import Kit, write_kit
from conformance.harness.pki.person import Person
from conformance.harness.targets.launch import launch
from conformance.harness.targets.loopback import free_loopback
from conformance.harness.tls.hello import client_hello
from conformance.harness.transcript import Layer, Side
from conformance.harness.visit import several, visit

PATIENCE = Patience(answer=5.0)
ENDPOINTS = pytest.mark.parametrize("way", [Way.IMPLICIT, Way.STARTTLS])
PROTOCOLS = pytest.mark.parametrize("protocol", list(Protocol))
INJECTED = {Protocol.IMAP: b"b NOOP\r\n", Protocol.POP3: b"NOOP\r\n", Protocol.SMTP: b"NOOP\r\n"}
REFUSED = {Protocol.IMAP: Kind.BYE, Protocol.POP3: Kind.NEGATIVE, Protocol.SMTP: Kind.BYE}
AUTH_PORT = 20080
MODES = {"open": "ssl_verify_client off;", "on": "ssl_verify_client on;", "only": "starttls only;"}
PORTS = dict(
    zip(
        [(m, p, w) for m in MODES for p in Protocol for w in (Way.IMPLICIT, Way.STARTTLS)],
        count(20100),
        strict=False,
    )
)
CONF = """
events {{ worker_connections 512; }}
mail {{
  auth_http {host}:{auth}/auth;
  server_name proxy.test;
  ssl_certificate pki/rsa.pem; ssl_certificate_key pki/rsa.key;
  ssl_client_certificate pki/clients.pem;
  ssl_protocols TLSv1.2 TLSv1.3;
  {servers}
}}
"""


@dataclass
class Proxy:
    host: str
    kit: Kit
    doubles: Doubles

    def endpoint(self, protocol: Protocol, way: Way, mode: str = "open") -> Endpoint:
        return Endpoint(self.host, PORTS[mode, protocol, way], protocol, way)

    def visit(
        self, protocol: Protocol, way: Way, offer: Offer | None = None, mode: str = "open"
    ) -> Observation:
        return visit(self.endpoint(protocol, way, mode), offer or Offer(), PATIENCE, self.doubles)

    def login(self, word: str = "user") -> Login:
        return Login(self.doubles.new_user(word), self.doubles.password)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory):
    if shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None:
        pytest.skip("nginx is not installed")
    host = free_loopback([AUTH_PORT, *PORTS.values()])
    kit = write_kit(tmp_path_factory.mktemp("visit") / "kit")
    servers = "".join(
        f"server {{ listen {host}:{port}{' ssl' if way is Way.IMPLICIT else ''};"
        f" protocol {protocol}; {'' if mode == 'only' else 'starttls on;'} {MODES[mode]} }}\n"
        for (mode, protocol, way), port in PORTS.items()
    )
    kit.conf.write_text(CONF.format(host=host, auth=AUTH_PORT, servers=servers))
    endpoints = [Endpoint(host, port, p, w) for (_, p, w), port in PORTS.items()]
    with (
        Doubles(host, AUTH_PORT, host) as doubles,
        launch("nginx", kit.conf, endpoints, PATIENCE),
    ):
        yield Proxy(host, kit, doubles)


@PROTOCOLS
@ENDPOINTS
@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_a_plain_visit_is_served(proxy, protocol, way, version):
    seen = proxy.visit(protocol, way, Offer(versions=(version,), inside=(CAPABILITIES, NOOP)))
    assert (seen.stage, seen.ending, seen.alive, seen.note) == (
        Stage.SERVICE,
        Ending.OPEN,
        True,
        "",
    )
    assert seen.tls.version == version
    assert (seen.unsolicited, seen.strays) == ((), ())
    assert [exchange.command for exchange in seen.inside] == [CAPABILITIES, NOOP]
    inside = DIALECTS[protocol].capabilities(seen.answer(CAPABILITIES))
    assert "AUTH=PLAIN" in inside
    assert "STARTTLS" not in inside


@PROTOCOLS
@ENDPOINTS
@pytest.mark.parametrize("name", [None, "stranger", "expired"])
@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_a_refused_certificate_leaves_its_refusal(proxy, protocol, way, name, version):
    person: Person | None = proxy.kit.person(name) if name else None
    seen = proxy.visit(protocol, way, Offer(versions=(version,), person=person), "on")
    told = (seen.greeting,) if way is Way.IMPLICIT else seen.unsolicited
    assert [reply.kind for reply in told] == [REFUSED[protocol]]
    assert b"certificate" in told[0].lines[0]
    assert (seen.stage, seen.alive) == (Stage.HANDSHAKE, False)
    assert seen.ending in (Ending.CLOSED, Ending.RESET)


@PROTOCOLS
@ENDPOINTS
def test_a_good_certificate_is_served(proxy, protocol, way):
    seen = proxy.visit(protocol, way, Offer(person=proxy.kit.person("client")), "on")
    assert (seen.stage, seen.alive, seen.unsolicited) == (Stage.SERVICE, True, ())


@PROTOCOLS
@ENDPOINTS
def test_a_login_reaches_the_doubles_and_the_back_end(proxy, protocol, way):
    login = proxy.login()
    seen = proxy.visit(protocol, way, Offer(login=login))
    assert seen.login.reply.positive
    assert (seen.alive, seen.ending, seen.note) == (True, Ending.OPEN, "")
    assert [request.get("auth-ssl") for request in seen.auth] == ["on"]
    assert len(seen.backend) == 1
    assert login.password not in str(seen.transcript.shown())


@PROTOCOLS
@ENDPOINTS
def test_a_denied_login_is_answered_and_ends_the_connection(proxy, protocol, way):
    login = Login(proxy.doubles.denied_user(), proxy.doubles.password)
    seen = proxy.visit(protocol, way, Offer(login=login))
    assert seen.login.reply.kind is Kind.NEGATIVE
    assert (seen.stage, seen.alive, seen.unsolicited) == (Stage.SERVICE, False, ())
    assert seen.backend == ()


@PROTOCOLS
def test_a_login_in_clear_is_refused_where_only_tls_will_do(proxy, protocol):
    offer = Offer(login=proxy.login(), login_before_tls=True)
    seen = proxy.visit(protocol, Way.STARTTLS, offer, "only")
    assert seen.login.reply.kind is Kind.NEGATIVE
    assert (seen.auth, seen.alive) == ((), True)


@PROTOCOLS
def test_a_login_in_clear_goes_through_where_tls_is_an_offer(proxy, protocol):
    seen = proxy.visit(protocol, Way.STARTTLS, Offer(login=proxy.login(), upgrade=False))
    assert seen.login.reply.positive
    assert seen.tls is None
    assert [request.get("auth-ssl") for request in seen.auth] == [None]


@PROTOCOLS
def test_plaintext_behind_starttls_is_dropped(proxy, protocol):
    seen = proxy.visit(protocol, Way.STARTTLS, Offer(glued=INJECTED[protocol] * 2))
    assert (seen.stage, seen.alive) == (Stage.SERVICE, True)
    assert (seen.unsolicited, seen.strays) == ((), ())


@pytest.mark.parametrize("protocol", [Protocol.IMAP, Protocol.SMTP])
def test_a_glued_hello_is_dropped_and_said_again(proxy, protocol):
    offer = Offer(glued=client_hello(Offer()))
    assert proxy.visit(protocol, Way.STARTTLS, offer).alive


@PROTOCOLS
def test_plaintext_in_the_next_segment_does_no_harm(proxy, protocol):
    seen = proxy.visit(protocol, Way.STARTTLS, Offer(trailing=INJECTED[protocol]))
    assert seen.alive or (seen.stage, seen.ending) == (Stage.UPGRADE, Ending.CLOSED)
    assert seen.unsolicited == ()


@PROTOCOLS
def test_a_spoiled_handshake_is_the_end(proxy, protocol):
    offer = Offer(spoil=b"NOOP\r\n", after_failure=(NOOP,))
    seen = proxy.visit(protocol, Way.STARTTLS, offer)
    assert [exchange.reply for exchange in seen.after_failure] in ([], [None])
    assert (seen.stage, seen.ending) == (Stage.UPGRADE, Ending.CLOSED)


@ENDPOINTS
def test_a_refused_version_is_an_alert(proxy, way):
    seen = proxy.visit(Protocol.IMAP, way, Offer(versions=("TLSv1", "TLSv1.1")))
    assert (seen.ending, seen.alert) == (Ending.ALERT, Alert(70, "protocol_version"))
    assert seen.stage is (Stage.CONNECT if way is Way.IMPLICIT else Stage.UPGRADE)


@ENDPOINTS
def test_only_a_hello_shows_the_first_flight(proxy, way):
    seen = proxy.visit(Protocol.IMAP, way, Offer(versions=("TLSv1", "TLSv1.3"), hello_only=True))
    assert (seen.ending, seen.tls.version) == (Ending.OPEN, "TLSv1.3")
    assert seen.probe is None


@ENDPOINTS
def test_details_of_the_request_and_service_come_together(proxy, way):
    person = proxy.kit.person("client")
    seen = proxy.visit(Protocol.IMAP, way, Offer(person=person, request_details=True), "on")
    assert seen.tls.request_seen
    assert len(seen.tls.ca_names) == 1
    assert seen.alive


@PROTOCOLS
def test_a_counted_error_closes_and_says_so(proxy, protocol):
    junk = tuple(Command(Verb.RAW, f"JUNK{n}") for n in range(7))
    seen = proxy.visit(protocol, Way.IMPLICIT, Offer(inside=junk))
    replies = [exchange.reply for exchange in seen.inside]
    assert [reply.kind for reply in replies[:5]] == [Kind.NEGATIVE] * 5
    assert replies[5:] in ([], [None])
    assert seen.ending in (Ending.CLOSED, Ending.RESET)


def test_many_visits_are_as_good_as_one(proxy):
    endpoint = proxy.endpoint(Protocol.POP3, Way.STARTTLS, "on")
    offer = Offer(person=proxy.kit.person("stranger"))
    seen = several([lambda: visit(endpoint, offer, PATIENCE)] * 100)
    assert [len(x.unsolicited) for x in seen] == [1] * 100


def test_the_transcript_tells_what_went_in_clear(proxy):
    seen = proxy.visit(Protocol.IMAP, Way.STARTTLS, Offer(before=(CAPABILITIES,)))
    assert seen.transcript.sent_by(Side.CLIENT, Layer.CLEAR) == (
        b"w1 CAPABILITY\r\nw2 STARTTLS\r\n"
    )
    assert b"w3 NOOP\r\n" in seen.transcript.sent_by(Side.CLIENT, Layer.TLS)


@ENDPOINTS
@pytest.mark.parametrize("details", [False, True], ids=["stdlib", "tlslite"])
@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_a_session_is_resumed(proxy, way, version, details):
    offer = Offer(versions=(version,), keep_session=True, request_details=details)
    first = proxy.visit(Protocol.IMAP, way, offer)
    again = proxy.visit(Protocol.IMAP, way, replace(offer, session=first.session))
    assert (first.tls.resumed, again.tls.resumed, again.alive) == (False, True, True)
    assert first.session.usable
    assert first.session.begun < first.session.made


def test_a_visit_keeps_no_session_unasked(proxy):
    assert proxy.visit(Protocol.IMAP, Way.IMPLICIT).session is None


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_a_ticket_is_seen(proxy, version):
    offer = Offer(versions=(version,), keep_session=True)
    first = proxy.visit(Protocol.IMAP, Way.IMPLICIT, offer)
    again = proxy.visit(Protocol.IMAP, Way.IMPLICIT, replace(offer, session=first.session))
    assert first.session.lifetime == 300
    assert len(again.tls.brought) > 100
    assert (first.tls.ticket == again.tls.brought) is (version == "TLSv1.2")


def test_a_client_without_tickets_gets_none(proxy):
    offer = Offer(versions=("TLSv1.2",), tickets=False, keep_session=True)
    seen = proxy.visit(Protocol.IMAP, Way.IMPLICIT, offer)
    assert (seen.tls.ticket, seen.tls.ticket_promised, seen.session.lifetime) == (b"", False, None)
    assert len(seen.tls.session_id) == 32


def test_a_hello_shows_that_its_ticket_is_taken(proxy):
    kept = Offer(versions=("TLSv1.2",), keep_session=True)
    ticket = proxy.visit(Protocol.IMAP, Way.IMPLICIT, kept).tls.ticket
    offer = Offer(versions=("TLSv1.2",), hello_only=True, ticket=ticket, session_id=b"i" * 32)
    seen = proxy.visit(Protocol.IMAP, Way.IMPLICIT, offer)
    assert (seen.tls.resumed, seen.tls.session_id) == (True, b"i" * 32)
    wrong = replace(offer, ticket=ticket[:-1] + bytes([ticket[-1] ^ 1]))
    seen = proxy.visit(Protocol.IMAP, Way.IMPLICIT, wrong)
    assert (seen.tls.resumed, seen.alert) == (False, None)
