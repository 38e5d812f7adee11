"""A campaign at several listeners, in this process."""

import signal
from base64 import b64encode

import pytest

from conformance.harness.patience import Patience
from fuzz import command
from fuzz.account import Account
from fuzz.command import Choice, Place, fuzz
from fuzz.stream import parse

ANN = Account("ann", "s3cret-word")
SWEPT = [parse("imap\n# NOOP\\r\\n\n"), parse("imap\n# STARTTLS\\r\\n\n")]


def test_a_sweep_alone_is_said_to_its_end(toy, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command.sweep, "streams", lambda _: iter(SWEPT))
    monkeypatch.setattr(command, "corpus", lambda _: {})
    choice = Choice(tmp_path, examples=0, sweep=True)
    assert fuzz([Place("toy", toy("imap").endpoint)], choice, Patience()) == 0
    assert "toy: 0 streams, beside 2 known ones, 0 failed" in capsys.readouterr().out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_signal_that_ends_a_session_asks_for_an_end_in_order(number):
    # Whoever runs the tests may have it ignored, as nohup has SIGHUP.
    before = signal.signal(number, signal.SIG_DFL)
    try:
        with command.stoppable() as stop:
            signal.raise_signal(number)
            assert stop.asked
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(number)
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, before)


def test_who_has_a_hangup_ignored_means_to_go_on():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with command.stoppable() as stop:
            signal.raise_signal(signal.SIGHUP)
            assert not stop.asked
    finally:
        signal.signal(signal.SIGHUP, before)


def test_no_password_is_in_what_a_campaign_writes(toy, tmp_path, monkeypatch, capsys):
    logs_in = parse("imap\n# STARTTLS\\r\\n\n# LOGIN %user% %password%\\r\\n\n")
    monkeypatch.setattr(command, "corpus", lambda _: {"known": logs_in})
    forgetful = Place("toy", toy("imap", "forgets ann").endpoint, account=ANN)
    assert fuzz([forgetful], Choice(tmp_path, examples=1), Patience()) == 1
    captured = capsys.readouterr()
    written = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    names = {path.name for path in written}
    assert {"finding.stream", "transcript.txt", "finding.json", "repro.py"} <= names
    assert any(b"%password%" in text for text in written.values())
    written["printed"] = (captured.out + captured.err).encode()
    forms = (b"s3cret-word", b64encode(b"s3cret-word"), b64encode(b"\0ann\0s3cret-word"))
    assert [(where, x) for where, text in written.items() for x in forms if x in text] == []
