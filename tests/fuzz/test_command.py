"""A campaign at several listeners, in this process."""

import signal

import pytest

from conformance.harness.patience import Patience
from fuzz import command
from fuzz.command import Choice, Place, fuzz
from fuzz.stream import parse

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
