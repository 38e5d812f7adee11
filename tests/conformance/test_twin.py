from dataclasses import replace

import pytest

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.listener import Listener
from conformance.options import Options, UsageError
from conformance.suite import Suite
from conformance.twin import Twin

IMAP = Listener("imap", Endpoint("10.0.0.1", 143, Protocol.IMAP, Way.STARTTLS), {"ssl": ("off",)})
POP3S = Listener("pop3s", Endpoint("10.0.0.1", 995, Protocol.POP3, Way.IMPLICIT))


def twin(against, *listeners, **options):
    given = Options(targets=("10.0.0.1",), against=against, **options)
    return Twin(given, Suite(given, list(listeners), None))


def test_a_host_stands_for_all_listeners_at_their_ports():
    there = twin("10.0.0.2", IMAP, POP3S).suite.listeners
    assert [(x.name, x.endpoint.address) for x in there] == [
        ("imap", "10.0.0.2:143"),
        ("pop3s", "10.0.0.2:995"),
    ]
    assert there[0] == replace(IMAP, endpoint=replace(IMAP.endpoint, host="10.0.0.2"))


@pytest.mark.parametrize("address", ["10.0.0.2:1143", "imap://10.0.0.2:1143"])
def test_a_port_is_one_listener_s(address):
    (there,) = twin(address, IMAP).suite.listeners
    assert there.endpoint == Endpoint("10.0.0.2", 1143, Protocol.IMAP, Way.STARTTLS)


@pytest.mark.parametrize(
    ("address", "listeners", "why"),
    [
        ("10.0.0.2:143", [IMAP, POP3S], "2 listeners"),
        ("pop3://10.0.0.2", [IMAP], "speaks imap"),
        ("imaps://10.0.0.2", [IMAP], r"imap \(starttls\)"),
        ("ftp://10.0.0.2", [IMAP], "--against: unknown scheme"),
        ("nginx", [IMAP], "--against nginx"),
    ],
)
def test_what_cannot_be_a_twin_is_named(address, listeners, why):
    with pytest.raises(UsageError, match=why):
        twin(address, *listeners)


def test_what_is_about_the_first_target_alone_is_not_the_other_s():
    made = twin("10.0.0.2", IMAP, patience=3.0, faults=("x",))
    options = made.suite.options
    assert (options.targets, options.against, options.faults) == (("10.0.0.2",), "", ())
    assert options.patience == 3.0
