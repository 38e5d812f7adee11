import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from conformance.harness.mail.words import Kind, Reply
from conformance.harness.observation import Alert, Ending, Offer, Stage, TlsFacts
from conformance.harness.pki.authorities import Authority
from conformance.inference.finding import Surety
from conformance.inference.verification import Verification, findings
from tests.conformance.observations import alerted, failed, served

CA = Authority.named("clients").certificate
NAME = CA.subject.public_bytes()
IN = served()
WANTED = Reply(Kind.BYE, (b"* BYE No required SSL certificate was sent",), "*")
WITHOUT = failed(Ending.CLOSED, Stage.HANDSHAKE, unsolicited=(WANTED,))
BUSY = Reply(Kind.BYE, (b"* BYE too busy",), "*")


def asking(*names, asked=True):
    facts = TlsFacts(version="TLSv1.2", request_seen=asked, ca_names=names if asked else None)
    return served(tls=facts, offer=Offer(hello_only=True))


@pytest.mark.parametrize(
    ("nobody", "stranger", "mode"),
    [
        (WITHOUT, WITHOUT, "on"),
        (alerted(alert=Alert(116, "certificate_required")), alerted(), "on"),
        (IN, alerted(), "optional"),
        (IN, IN, "optional_no_ca"),
        # A curve is refused, or a busy server hangs up: nothing is known of certificates.
        (IN, alerted(alert=Alert(47, "illegal_parameter")), ""),
        (failed(Ending.CLOSED, Stage.HANDSHAKE, unsolicited=(BUSY,)), alerted(), ""),
        (WITHOUT, IN, ""),
        (IN, failed(Ending.TIMEOUT), ""),
    ],
)
def test_modes(nobody, stranger, mode):
    facts = Verification(asking(NAME), nobody, stranger)
    one = findings(facts, "imap-993", {}).findings[0]
    assert one.values == ((mode,) if mode else ())


def test_who_does_not_ask_is_off():
    one = findings(Verification(asking(asked=False), IN), "x", {}).findings
    assert (one[0].values, one[1].surety) == (("off",), Surety.UNKNOWN)


def test_no_first_flight_proves_nothing():
    assert findings(Verification(failed(Ending.TIMEOUT)), "x", {}).findings[0].values == ()


def test_names_are_known_and_their_file_is_not():
    found = findings(Verification(asking(NAME), IN, alerted()), "imap-993", {})
    assert found.findings[1].values == ("imap-993-authorities.pem",)
    assert "OU=clients,O=waxseal" in found.findings[1].evidence


def test_a_file_of_the_kit_with_these_names_is_the_one():
    files = {"/kit/clients.pem": CA.public_bytes(Encoding.PEM)}
    one = findings(Verification(asking(NAME), IN, alerted()), "x", files).findings[1]
    assert (one.surety, one.values) == (Surety.KNOWN, ("/kit/clients.pem",))


def test_no_name_is_none_set_where_nginx_allows_that():
    one = findings(Verification(asking(), IN, IN), "x", {}).findings[1]
    assert (one.surety, one.values) == (Surety.KNOWN, ())
    other = findings(Verification(asking(), IN, alerted()), "x", {}).findings[1]
    assert other.surety is Surety.ONE_OF
