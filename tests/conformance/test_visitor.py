from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from conformance.applicability import Evidence, Situation
from conformance.cast import Cast
from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.mail.words import Kind, Reply
from conformance.harness.observation import AuthRequest, Exchange, Login, Offer
from conformance.harness.pki.person import Person
from conformance.harness.pki.standing import Standing
from conformance.listener import Listener
from conformance.phrases import half_login, injected_login
from conformance.verdict import NotApplicable
from conformance.visitor import DENIED, EVERY_VERSION, NOBODY, Visitor
from tests.conformance.observations import NO, TRIED, served

JOE = Person("joe", None, None)  # type: ignore[arg-type] # never read
HERE = Endpoint("127.0.0.1", 143, Protocol.IMAP, Way.STARTTLS)
HEARD = AuthRequest(())

NOW = datetime.now(UTC)


class Caller:
    """Remembers the calls, and serves everybody."""

    def __init__(self):
        self.calls = []

    def visit(self, listener, offer, *, log_in=""):
        self.calls.append((listener, offer, log_in))
        return served(offer=offer)

    def login(self, word="user"):
        return Login(word, "geheim")

    def heard(self, user):
        return (HEARD,) if user == "user" else ()


def visitor(mode="off", evidence=Evidence.L2):
    listener = Listener("x", HERE, {"ssl_verify_client": (mode,)})
    cast = Cast({Standing.TRUSTED: (JOE,)})
    return Visitor(Caller(), Situation(listener, cast, evidence, True))


def test_who_brings_a_certificate_logs_in_where_that_can_be_followed():
    calls = []
    for evidence in Evidence:
        visit = visitor("off", evidence)
        visit(JOE)
        visit(JOE, versions=["TLSv1.2"])
        visit(NOBODY)
        calls.append([log_in for _, _, log_in in visit._caller.calls])
    assert calls == [["", "", ""], ["user", "", ""], ["user", "", ""]]


BLAMING = Reply(Kind.NEGATIVE, (b"-ERR [AUTH] Client didn't present valid SSL certificate",))


@pytest.mark.parametrize(("reply", "calls"), [(NO, ["user", ""]), (BLAMING, ["user"])])
def test_who_is_denied_the_login_comes_again_without_unless_the_certificate_is_why(reply, calls):
    class Denying(Caller):
        def visit(self, listener, offer, *, log_in=""):
            seen = super().visit(listener, offer, log_in=log_in)
            return replace(seen, login=Exchange(TRIED, reply) if log_in else None)

    visit = Visitor(Denying(), Situation(Listener("x", HERE), Cast(), Evidence.L2, True))
    assert (visit(JOE).login is None) is (reply is NO)
    assert [log_in for _, _, log_in in visit._caller.calls] == calls


@pytest.mark.parametrize(
    ("mode", "person", "brought"),
    [
        ("off", None, None), ("optional", None, None), ("on", None, JOE), ("on", NOBODY, None),
        ("off", JOE, JOE),
    ],
)  # fmt: skip
def test_who_comes(mode, person, brought):
    visit = visitor(mode, Evidence.L1)
    assert visit(person).offer == Offer(versions=EVERY_VERSION, person=brought)


def test_fields_of_the_offer():
    offer = visitor()(versions=["TLSv1.2"], ciphers=["b", "a"], glued=b"x").offer
    assert offer == Offer(versions=("TLSv1.2",), ciphers=("b", "a"), glued=b"x")


def test_logins():
    visit = visitor()
    visit(login=True)
    visit(login=Login("me", "x"))
    visit(login=DENIED)
    assert [(o.login, log_in) for _, o, log_in in visit._caller.calls] == [
        (None, "user"), (Login("me", "x"), ""), (None, "denied"),
    ]  # fmt: skip
    assert visit.new_login() == Login("user", "geheim")
    assert visit.new_login(password="other") == Login("user", "other")
    assert visit.heard(visit.new_login()) == (HEARD,)


def test_another_way():
    visit = visitor()
    visit.by(Way.IMPLICIT)
    assert visit._caller.calls[0][0].endpoint.way is Way.IMPLICIT


def test_what_was_seen_is_kept():
    visit = visitor()
    assert [visit(), visit(JOE)] == visit.seen


@pytest.mark.parametrize("protocol", Protocol)
def test_a_password_in_raw_bytes_is_not_shown(protocol):
    listener = Listener("x", Endpoint("127.0.0.1", 1, protocol, Way.STARTTLS))
    visit = Visitor(Caller(), Situation(listener, Cast(), Evidence.L2, True))
    login = visit.new_login(password='ge"h eim')
    seen, first_and_second = (
        visit(glued=injected_login(protocol, login)),
        half_login(protocol, login),
    )
    said = [
        seen.offer.glued,
        *(c.argument.encode() for c in (*first_and_second[0], first_and_second[1])),
    ]
    for line in said:
        seen.transcript.add(0.0, "client", "clear", line)
    shown = "".join(row[2] for row in seen.transcript.shown())
    assert "<redacted>" in shown
    assert not [secret for secret in seen.transcript.secrets if secret.decode() in shown]
    assert "eim" not in shown


def test_a_certificate_that_cannot_be_shown_is_no_refusal(tmp_path):
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    built = x509.CertificateBuilder(name, name, key.public_key(), 1, NOW, NOW)
    (tmp_path / "ann.pem").write_bytes(built.sign(key, SHA256()).public_bytes(Encoding.PEM))
    ann = Person("ann", tmp_path / "ann.pem", tmp_path / "ann.pem")
    claims = {"ssl_verify_client": ("optional",), "ssl_ecdh_curve": ("X25519",),
              "ssl_protocols": ("TLSv1.2", "TLSv1.3")}  # fmt: skip
    situation = Situation(Listener("x", HERE, claims), Cast(), Evidence.L1, True)
    visit = Visitor(Caller(), situation)
    with pytest.raises(NotApplicable, match="prime256v1"):
        visit(ann, versions=["TLSv1.2"])
    assert visit(ann).alive
    assert visit(ann, versions=["TLSv1.2"], hello_only=True).alive
