"""Dovecot's auth protocol, as a product speaks it to ours."""

import hashlib
import hmac
import socket
from base64 import b64decode, b64encode

import pytest

from conformance.harness.targets.products.sasl import AuthService, Dialogue

EVERY = ("PLAIN", "LOGIN", "CRAM-MD5")


@pytest.fixture
def dialogue():
    return Dialogue(EVERY, "open sesame", "denied-")


def b64(text):
    return b64encode(text.encode()).decode()


def plain(user, password):
    response = b64("\0".join(["", user, password]))
    return f"AUTH\t7\tplain\tservice=smtp\tresp={response}"


def test_the_greeting_names_the_mechanisms_and_ends():
    first, *mechanisms, _, _, _, last = Dialogue(["LOGIN"], "x", "y").greeting()
    assert (first, mechanisms, last) == ("VERSION\t1\t1", ["MECH\tLOGIN\tplaintext"], "DONE")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (plain("ann", "open sesame"), "OK\t7\tuser=ann"),
        (plain("ann", "something else"), "FAIL\t7"),
        (plain("denied-ann", "open sesame"), "FAIL\t7"),
        ("AUTH\t7\tPLAIN\tresp=!!!!", "FAIL\t7"),
        ("AUTH\t7\tPLAIN\tresp=dw==", "FAIL\t7"),
        ("AUTH\t7\tEXTERNAL", "FAIL\t7"),
        ("CONT\t8\tdw==", ""),
        ("CPID\t1", ""),
    ],
)
def test_a_line_has_one_answer(dialogue, line, answer):
    assert dialogue.answer(line) == answer


def test_a_login_is_asked_twice(dialogue):
    assert dialogue.answer("AUTH\t1\tLOGIN") == f"CONT\t1\t{b64('Username:')}"
    assert dialogue.answer(f"CONT\t1\t{b64('ann')}") == f"CONT\t1\t{b64('Password:')}"
    assert dialogue.answer(f"CONT\t1\t{b64('open sesame')}") == "OK\t1\tuser=ann"
    assert dialogue.answer(f"CONT\t1\t{b64('open sesame')}") == ""


@pytest.mark.parametrize(("secret", "word"), [("open sesame", "OK"), ("other", "FAIL")])
def test_a_challenge_is_answered_by_a_digest(dialogue, secret, word):
    challenge = dialogue.answer("AUTH\t2\tCRAM-MD5").rpartition("\t")[2]
    asked = b64decode(challenge)
    digest = hmac.new(secret.encode(), asked, hashlib.md5).hexdigest()
    assert dialogue.answer(f"CONT\t2\t{b64(f'ann {digest}')}").startswith(f"{word}\t2")


def test_the_service_is_there_at_once_and_gone_afterwards(tmp_path):
    service = AuthService(tmp_path / "auth", EVERY, "open sesame", "denied-")
    with service.serving(), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(service.path))
        client.sendall(f"VERSION\t1\t1\n{plain('ann', 'open sesame')}\n".encode())
        with client.makefile() as lines:
            assert next(line for line in lines if line.startswith("OK")) == "OK\t7\tuser=ann\n"
    with pytest.raises(ConnectionError), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(service.path))
