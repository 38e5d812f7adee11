"""The doubles in a process of their own, asked from several."""

import multiprocessing
import multiprocessing.util
import os
import signal
import socket
import tempfile

import pytest

from conformance.harness.doubles.apart import DoublesApart, doubles_at
from conformance.harness.doubles.doubles import Doubles, DoublesError

# A test runner may have threads of its own, which Python 3.12 and later warn of.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")

REQUEST = b"GET / HTTP/1.0\r\nAuth-Method: plain\r\nAuth-User: %s\r\nAuth-Protocol: imap\r\n\r\n"


@pytest.fixture
def doubles():
    with DoublesApart("127.0.0.1", 0) as running:
        yield running


def ask(doubles, user):
    with socket.create_connection((doubles.auth_host, doubles.auth_port), timeout=10) as client:
        client.sendall(REQUEST % user.encode())
        return b"".join(iter(lambda: client.recv(65536), b""))


def test_what_was_asked_is_known_at_once(doubles):
    user = doubles.new_user()
    assert b"Auth-Status" in ask(doubles, user)
    assert [r.get("auth-user") for r in doubles.requests(user)] == [user]
    assert doubles.sessions(user) == ()


def test_it_starts_however_long_the_path_of_temporary_files_is(monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/tmp/" + "d" * 200)
    monkeypatch.setattr(multiprocessing.util, "get_temp_dir", lambda: tempfile.tempdir)
    with DoublesApart("127.0.0.1", 0) as doubles:
        assert doubles.requests(doubles.new_user()) == ()


def test_it_is_known_in_every_process_and_names_never_meet(doubles):
    def child(pipe):
        user = doubles.new_user()
        ask(doubles, user)
        pipe.send((user, len(doubles.requests(user)), len(doubles.requests(mine))))

    mine = doubles.new_user()
    ask(doubles, mine)
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=child, args=(theirs,))
    process.start()
    user, own, others = ours.recv()
    process.join()
    assert (own, others, user == mine) == (1, 1, False)
    assert len(doubles.requests(user)) == 1


def test_a_taken_address_is_named_with_the_remedy():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(DoublesError, match=rf"127\.0\.0\.1:{port}.*Free that address"),
            DoublesApart("127.0.0.1", port),
        ):
            pass


def test_a_double_that_failed_is_told_at_the_end(monkeypatch):
    monkeypatch.setattr("conformance.harness.doubles.doubles.answer", lambda *_: 1 // 0)
    doubles = DoublesApart("127.0.0.1", 0)
    with pytest.raises(DoublesError, match="ZeroDivisionError"), doubles:
        ask(doubles, "anybody")


def test_the_process_ends_with_it(doubles):
    pid = doubles._process.pid
    doubles.__exit__(None, None, None)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, signal.SIG_DFL)


def test_a_process_that_dies_at_the_start_is_an_error_of_its_own(monkeypatch):
    monkeypatch.setattr("conformance.harness.doubles.apart._serve", lambda *_: os._exit(3))
    with pytest.raises(DoublesError, match="ended"), DoublesApart("127.0.0.1", 0):
        pass


def test_beside_a_thread_they_are_a_thread(monkeypatch):
    monkeypatch.setattr("conformance.harness.doubles.apart.forkable", lambda: False)
    with doubles_at("127.0.0.1", 0, "127.0.0.1") as doubles:
        assert isinstance(doubles, Doubles)


def test_who_is_interrupted_while_they_start_leaves_no_process(monkeypatch):
    def interrupt(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(DoublesApart, "_answer", interrupt)
    doubles = DoublesApart("127.0.0.1", 0)
    with pytest.raises(KeyboardInterrupt):
        doubles.__enter__()
    assert not doubles._process.is_alive()
