"""Streams that several machines share, through a directory and through a real Redis server."""

import shutil
import subprocess
import sys

import pytest
import redis as client
from hypothesis.database import DirectoryBasedExampleDatabase, InMemoryExampleDatabase

from conformance.harness.endpoint import Protocol
from conformance.harness.patience import Patience
from conformance.harness.targets.loopback import free_loopback
from fuzz import command
from fuzz import sharing as room
from fuzz.command import Choice, Place, fuzz
from fuzz.sharing import Shared, database
from fuzz.stream import parse

INJECTION = parse("imap\n# STARTTLS\\r\\n&\n# NOOP\\r\\n\n")


@pytest.fixture
def redis(tmp_path):
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    host = free_loopback([6379])
    command = ["redis-server", "--bind", host, "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert any("Ready to accept connections" in line for line in server.stdout)
            yield f"redis://{host}:6379/0"
        finally:
            server.terminate()


def test_what_one_saves_the_other_hears_once(monkeypatch):
    monkeypatch.setattr(room, "LOOK_SECONDS", 0.0)
    store = InMemoryExampleDatabase()
    one, other, third = (Shared(store, x) for x in (*[Protocol.IMAP] * 2, Protocol.POP3))
    one.save(INJECTION)
    assert [one.new(), other.new(), other.new(), third.new()] == [[], [INJECTION], [], []]


def test_what_is_no_stream_is_passed_over():
    store = InMemoryExampleDatabase()
    for octets in (b"\xff", b"frob\n", b"", b"pop3\nCAPA\\r\\n\n", str(INJECTION).encode()):
        store.save(b"streams of imap", octets)
    assert Shared(store, Protocol.IMAP).new() == [INJECTION]


def test_a_directory_is_a_database(tmp_path):
    with database(str(tmp_path)) as store:
        assert isinstance(store, DirectoryBasedExampleDatabase)


@pytest.mark.parametrize("where", ["http://127.0.0.1", "redis://127.0.0.1:1/0", "redis://x:y"])
def test_what_is_no_database_is_told(where):
    with pytest.raises(ValueError, match=where), database(where):
        pass


def test_two_machines_share_their_finds_through_redis(toy, redis, tmp_path, monkeypatch):
    faulty = toy("imap", "keeps plaintext").endpoint

    def machine(name, where):
        choice = Choice(tmp_path / name, examples=1, database=where)
        return fuzz([Place(name, faulty)], choice, Patience())

    assert machine("first", redis) == 1
    with database(redis) as store:
        assert INJECTION in Shared(store, Protocol.IMAP).new()
    # The others know no corpus, and the one stream that they draw is harmless.
    monkeypatch.setattr(command, "corpus", lambda protocol: {})
    assert [machine("alone", ""), machine("second", redis)] == [0, 1]


def test_a_campaign_goes_on_without_its_database(redis, monkeypatch):
    monkeypatch.setattr(room, "LOOK_SECONDS", 0.0)
    with database(redis) as store, client.Redis.from_url(redis) as other:
        shared = Shared(store, Protocol.IMAP)
        shared.save(INJECTION)
        other.shutdown(nosave=True)
        shared.save(INJECTION)
        assert shared.new() == []


CAMPAIGN = """
import os
from itertools import islice
from conformance.harness.endpoint import Protocol
from fuzz.hunt import Part, legs
from fuzz.strategies import LEG

import pytest

@pytest.mark.parametrize("turn", range(2))
def test_my_part(turn):
    part = Part.of_worker(os.environ)
    streams = islice(legs(Protocol.IMAP, 1, 0, part), LEG)
    open(f"said-{part.number}-of-{part.of}", "w").write("".join(map(str, streams)))
"""


def test_the_workers_of_xdist_say_different_streams(tmp_path):
    (tmp_path / "test_it.py").write_text(CAMPAIGN)
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "each", "test_it.py"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=120, stdout=subprocess.DEVNULL)
    one, other = (set((tmp_path / f"said-{n}-of-2").read_text().split("imap\n")) for n in (0, 1))
    assert len(one) > 400
    assert len(one & other) < len(one) / 2
