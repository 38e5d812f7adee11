"""The toy server where TLS comes first: the same streams, inside it from the first word on."""

import subprocess
import sys

import pytest

from conformance.harness.endpoint import Way
from conformance.harness.observation import Ending
from conformance.harness.patience import Patience
from conformance.harness.transcript import Layer
from fuzz.campaign import campaign, replay, search
from fuzz.corpus import corpus
from fuzz.executor import run
from fuzz.judge import Unfit
from fuzz.keeping import read
from fuzz.stream import parse
from fuzz.trace import Upgrade

PROTOCOLS = ["imap", "pop3", "smtp"]


def played(toy, protocol, *lines):
    stream = parse("\n".join((protocol, *lines)) + "\n")
    return run(stream, toy(protocol, way="implicit").endpoint, Patience())


def found(toy, protocol, *lines):
    stream = parse("\n".join((protocol, *lines)) + "\n")
    return search(toy.endpoint, [stream], 1)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_all_is_said_inside(toy, protocol):
    trace = played(toy, protocol, "NOOP\\r\\n")
    assert (trace.upgrade, trace.finished, trace.implicit) == (Upgrade.DONE, True, True)
    assert (trace.clear, trace.octets(Layer.CLEAR)) == ((), b"")


@pytest.mark.parametrize("hello", ["bytewise", "cut 5", "fragments", "glued"])
def test_the_hello_at_connect_may_be_cut(toy, hello):
    assert played(toy, "imap", f"!hello {hello}").finished


@pytest.mark.parametrize("hello", ["sslv2", "garbage", "alert", "silence"])
def test_behind_what_is_no_hello_all_is_said_in_clear(toy, hello):
    trace = played(toy, "imap", f"!hello {hello}", "# NOOP\\r\\n")
    assert (trace.upgrade, trace.afterwards is None) == (Upgrade.FAILED, False)
    assert b"t2 NOOP\r\n" in {act.octets for act in trace.acts}


@pytest.mark.parametrize("gesture", ["!half-close", "!reset"])
def test_these_are_the_end_before_it_began(toy, gesture):
    trace = played(toy, "pop3", gesture, "CAPA\\r\\n")
    assert (trace.ending, trace.said) == (Ending.LOCAL, ())


def test_octets_before_the_hello_are_put_there(toy):
    trace = played(toy, "smtp", "!clear NOOP\\r\\n", "NOOP\\r\\n")
    assert trace.octets(Layer.CLEAR) == b"NOOP\r\n"
    assert (trace.upgrade, trace.doubtful) == (Upgrade.FAILED, True)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_nothing_is_found_where_all_is_well(toy, protocol):
    endpoint = toy(protocol, way="implicit").endpoint
    assert list(replay(endpoint, corpus(endpoint.protocol).values())) == []
    assert campaign(endpoint, examples=40) == []


@pytest.mark.parametrize("hello", ["!hello garbage", "!clear NOOP\\r\\n"])
def test_words_in_clear_to_who_spoke_no_tls_are_found(toy, hello):
    faulty = toy("imap", "talks back", way="implicit")
    (finding,) = found(faulty, "imap", hello, "# NOOP\\r\\n")
    assert finding.requirement in {"stream.fallback_to_clear", "stream.clear_after_upgrade"}


def test_what_is_found_is_kept_with_its_way_and_shown_again(toy, tmp_path):
    faulty = toy("pop3", "answers twice", way="implicit")
    finding = next(
        x for x in campaign(faulty.endpoint, 30) if x.oracle.name == "one_reply_per_command"
    )
    place = finding.save(tmp_path)
    assert read(place).endpoint.way is Way.IMPLICIT
    shown = subprocess.run([sys.executable, str(place / "repro.py")], timeout=60, check=False)
    assert shown.returncode == 1


def test_a_listener_without_tls_is_no_verdict(toy):
    endpoint = toy("imap").endpoint
    with pytest.raises(Unfit, match="TLS at connect"):
        campaign(type(endpoint)(endpoint.host, endpoint.port, endpoint.protocol, Way.IMPLICIT))
