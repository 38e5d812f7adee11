"""What may be written as a target."""

import pytest

from conformance.harness.endpoint import Protocol, Way
from conformance.harness.targets.address import Address, AddressError, parse_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("mail.test:993", Address("mail.test", 993)),
        ("127.0.0.1:1", Address("127.0.0.1", 1)),
        ("mail.test", Address("mail.test")),
        ("[::1]:993", Address("::1", 993)),
        ("[fe80::1%eth0]", Address("fe80::1%eth0")),
        ("imap://h", Address("h", 143, Protocol.IMAP)),
        ("imaps://h/", Address("h", 993, Protocol.IMAP, Way.IMPLICIT)),
        ("POP3S://[::1]", Address("::1", 995, Protocol.POP3, Way.IMPLICIT)),
        ("pop3://h:1110", Address("h", 1110, Protocol.POP3)),
        ("smtps://h", Address("h", 465, Protocol.SMTP, Way.IMPLICIT)),
        ("h:imaps", Address("h", 993)),
        ("[::1]:Submission", Address("::1", 587)),
        ("imap:110", Address("imap", 110)),
        ("b\xfccher.test:25", Address("b\xfccher.test", 25)),
        (" smtp://h:587\n", Address("h", 587, Protocol.SMTP)),
    ],
)
def test_an_address_is_read(text, address):
    assert parse_address(text) == address


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty address"),
        ("imap://", "empty address"),
        (":993", "no host"),
        ("h:", "not a port"),
        ("h:0", "not a port"),
        ("h:65536", "not a port"),
        ("h:http", "nor one of imap, imaps"),
        ("h..x:1", "no host can be called that"),
        ("x" * 64 + ".test:1", "no host can be called that"),
        ("h\x00:1", "no host can be called that"),
        ("h:٣", "not a port"),
        ("::1", "brackets"),
        ("[h", "no host"),
        ("a b:1", "no host"),
        ("https://h", "unknown scheme 'https'"),
        ("imap://h/INBOX", "path"),
        ("h:1/x", "path"),
        ("imap://user:hunter2@h", "WAXSEAL_PASSWORD"),
        ("user:hunter2@h:1", "WAXSEAL_PASSWORD"),
        ("user:a://hunter2@h", "WAXSEAL_PASSWORD"),
        ("imap://\x1b[31m", "no host"),
    ],
)
def test_nonsense_is_named_in_one_line_without_a_password(text, words):
    with pytest.raises(AddressError, match=words) as caught:
        parse_address(text)
    said = str(caught.value)
    assert said.isprintable()
    assert "hunter2" not in said


@pytest.mark.parametrize("text", ["h", "h:1", "[::1]:993", "imaps://h:993", "smtp://[::1]:25"])
def test_an_address_is_shown_as_written(text):
    assert str(parse_address(text)) == text
