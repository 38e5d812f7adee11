from base64 import b64decode

import pytest

from conformance import phrases
from conformance.harness.endpoint import Protocol
from conformance.harness.mail.words import Verb
from conformance.harness.observation import Login

JOE = Login("joe", "geheim")
COMMANDS = [
    phrases.login_opening, phrases.login_opening_lower_case, phrases.sasl_opening,
    phrases.sasl_initial, phrases.on_mailbox, phrases.mixed_case,
]  # fmt: skip
BYTES = [
    phrases.injected, phrases.injected_oddly, phrases.clear_command,
    lambda protocol: phrases.injected_login(protocol, JOE),
]  # fmt: skip


@pytest.mark.parametrize("phrase", COMMANDS)
@pytest.mark.parametrize("protocol", Protocol)
def test_commands_are_one_line(phrase, protocol):
    command = phrase(protocol)
    assert command.verb is Verb.RAW
    assert command.argument.strip()
    assert "\n" not in command.argument


@pytest.mark.parametrize("phrase", BYTES)
@pytest.mark.parametrize("protocol", Protocol)
def test_injections_are_whole_lines(phrase, protocol):
    assert phrase(protocol).endswith(b"\n")


@pytest.mark.parametrize("protocol", Protocol)
def test_an_injected_fragment_is_not(protocol):
    assert b"\n" not in phrases.injected_partial(protocol)


@pytest.mark.parametrize(
    ("protocol", "opening"), [("imap", "login "), ("pop3", "user "), ("smtp", "auth ")]
)
def test_only_the_verb_is_in_lower_case(protocol, opening):
    said = phrases.login_opening_lower_case(Protocol(protocol)).argument
    usual = phrases.login_opening(Protocol(protocol)).argument
    assert said == opening + usual.split(" ", 1)[1]


def test_sasl_plain():
    assert b64decode(phrases.plain(JOE)) == b"\0joe\0geheim"


@pytest.mark.parametrize("protocol", [Protocol.IMAP, Protocol.POP3])
def test_the_password_is_in_the_second_half_alone(protocol):
    first, second = phrases.half_login(protocol, JOE)
    secret = "geheim" if protocol is Protocol.POP3 else phrases.base64("geheim")
    assert secret in second.argument
    assert not any(secret in command.argument for command in first)
