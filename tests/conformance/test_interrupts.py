"""The first signal ends a run in order, whatever it comes into; the next ones change nothing."""

import importlib
import os
import signal
import sys
import tempfile

import pytest

from conformance.interrupts import Interrupts, heard

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
HALF = "import signal\nsignal.raise_signal(signal.{})\nwhole = True\n"


@pytest.fixture(autouse=True)
def undisturbed():
    """Nobody else's handlers, as in a process that was just started."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_one_interrupts_and_no_other(number):
    interrupts = Interrupts()
    with heard(interrupts.hear):
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
        signal.raise_signal(number)
    assert interrupts.asked


@pytest.mark.parametrize("number", SIGNALS)
def test_what_is_being_imported_is_imported(number, tmp_path, monkeypatch):
    name = f"half_{number.name.lower()}"
    (tmp_path / f"{name}.py").write_text(HALF.format(number.name))
    monkeypatch.syspath_prepend(tmp_path)
    with heard(Interrupts().hear), pytest.raises(KeyboardInterrupt):
        importlib.import_module(name)
    assert sys.modules.pop(name).whole


def test_what_tries_a_directory_leaves_nothing_there(tmp_path, monkeypatch):
    unlink = os.unlink

    def interrupted(path):
        signal.raise_signal(signal.SIGINT)
        unlink(path)

    monkeypatch.setattr(os, "unlink", interrupted)
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with heard(Interrupts().hear), pytest.raises(KeyboardInterrupt):
        tempfile.gettempdir()
    assert (tempfile.tempdir, list(tmp_path.iterdir())) == (str(tmp_path), [])


def test_a_signal_that_is_ignored_is_none():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    interrupts = Interrupts()
    with heard(interrupts.hear):
        signal.raise_signal(signal.SIGHUP)
    assert not interrupts.asked


@pytest.mark.parametrize("program", ["/usr/bin/pytest", "/lib/pytest/__main__.py"])
def test_behind_the_end_of_pytest_none_counts(program, monkeypatch):
    monkeypatch.setattr(sys, "argv", [program])
    with heard(Interrupts().hear, last=True):
        pass
    assert [signal.getsignal(number) for number in SIGNALS] == [signal.SIG_IGN] * 3


def test_a_process_that_goes_on_hears_them(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/usr/bin/their-editor"])
    before = [signal.getsignal(number) for number in SIGNALS]
    with heard(Interrupts().hear, last=True):
        pass
    assert [signal.getsignal(number) for number in SIGNALS] == before
