"""A campaign at several listeners, in this process."""

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
