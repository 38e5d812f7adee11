"""The first signal ends a run in order, whatever it comes into; the next ones change nothing."""

import importlib
import signal
import sys

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


def test_a_signal_that_is_ignored_is_none():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    interrupts = Interrupts()
    with heard(interrupts.hear):
        signal.raise_signal(signal.SIGHUP)
    assert not interrupts.asked
