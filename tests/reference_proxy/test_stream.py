from __future__ import annotations

import gc
import socket
from collections.abc import Iterator

import pytest

from reference_proxy.channel import Channel
from reference_proxy.config.settings import AuthHttp, Listen, ServerSettings
from reference_proxy.connection import Connection, Door
from reference_proxy.error_log import ErrorLog
from reference_proxy.loop import Loop
from reference_proxy.server import Server
from reference_proxy.session.base import Session
from reference_proxy.stream import Stream

PATIENCE = 20.0


class Owner:
    """Notes what it is told; the loop runs until `wanted` has been said."""

    def __init__(self, loop: Loop, sock: socket.socket) -> None:
        self.said: list[str] = []
        self.bytes = b""
        self.loop = loop
        self.wanted = ""
        self.stream = Stream(loop, sock, self)

    def until(self, wanted: str) -> None:
        self.wanted = wanted
        timer = self.loop.after(PATIENCE, lambda: pytest.fail(f"no {wanted} in {self.said}"))
        self.turn()
        timer.cancel()

    def turn(self) -> None:
        """Run the loop, again."""
        self.loop._running = True
        self.loop.run()

    def say(self, what: str) -> None:
        self.said.append(what)
        if what == self.wanted:
            self.loop.stop()

    def received(self, data: bytes) -> None:
        self.bytes += data
        self.say("received")

    def ended(self) -> None:
        self.say("ended")

    def lost(self, error: OSError | None) -> None:
        self.say("broken" if error else "closed")

    def clogged(self) -> None:
        self.say("clogged")

    def flowing(self) -> None:
        self.say("flowing")


@pytest.fixture
def peer() -> Iterator[tuple[Owner, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    owner = Owner(Loop(), ours)
    with theirs:
        yield owner, theirs
    owner.stream.abort()


Peer = tuple[Owner, socket.socket]


def drained(sock: socket.socket) -> int:
    """How many bytes are there to be read at once."""
    count = 0
    sock.setblocking(False)
    try:
        while data := sock.recv(1 << 20):
            count += len(data)
    except BlockingIOError:
        pass
    return count


def test_bytes_then_the_end(peer: Peer) -> None:
    owner, other = peer
    other.sendall(b"hello")
    other.close()
    owner.until("ended")
    assert (owner.bytes, owner.said) == (b"hello", ["received", "ended"])


def test_a_held_stream_is_quiet_until_it_is_released(peer: Peer) -> None:
    owner, other = peer
    owner.stream.hold()
    other.sendall(b"hello")
    owner.loop.after(0.1, lambda: (owner.say("quiet"), owner.stream.release()))
    owner.until("received")
    assert owner.said == ["quiet", "received"]


def test_who_does_not_read_clogs_it_and_gets_everything_later(peer: Peer) -> None:
    owner, other = peer
    owner.stream.write(b"x" * 2_000_000)
    assert owner.said == ["clogged"]
    owner.stream.close()
    read = 0
    while owner.stream.waiting:
        read += drained(other)
        owner.loop.after(0, owner.loop.stop)
        owner.turn()
    assert read + drained(other) == 2_000_000


def test_flowing_comes_once_the_peer_reads(peer: Peer) -> None:
    owner, other = peer
    owner.stream.write(b"x" * 500_000)
    other.settimeout(PATIENCE)
    while owner.stream.waiting > 10_000:
        drained(other)
        owner.loop.after(0, owner.loop.stop)
        owner.turn()
    assert owner.said == ["clogged", "flowing"]


def test_finish_ends_our_direction_only(peer: Peer) -> None:
    owner, other = peer
    owner.stream.write(b"bye")
    owner.stream.finish()
    assert (other.recv(10), other.recv(10)) == (b"bye", b"")
    other.sendall(b"still here")
    owner.until("received")


@pytest.mark.parametrize("end", [Stream.close, Stream.abort])
def test_lost_comes_once_and_later(peer: Peer, end: object) -> None:
    owner, _ = peer
    end(owner.stream)  # type: ignore[operator]
    owner.stream.abort()
    assert owner.said == []
    owner.until("closed")
    assert owner.said == ["closed"]


def test_a_connection_that_is_refused_is_lost() -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        host, port = sock.getsockname()
    ours, theirs = socket.socketpair()
    loop = Loop()
    owner = Owner(loop, ours)
    stream = Stream.connect(loop, host, port, owner)
    stream.write(b"hello")
    owner.until("broken")
    assert owner.said == ["broken"]
    theirs.close()
    owner.stream.abort()


def test_a_path_that_does_not_exist_fails_at_once() -> None:
    loop = Loop()
    with pytest.raises(OSError, match="No such file"):
        Stream.connect(loop, "unix:/nonexistent/sock", 0, None)  # type: ignore[arg-type]


def test_nothing_of_a_connection_waits_for_the_collector() -> None:
    listen = Listen("127.0.0.1", 143)
    auth = AuthHttp("127.0.0.1", 9, "/", "auth")
    settings = ServerSettings("mx", "imap", (listen,), "off", None, auth)
    loop = Loop()
    server = Server(loop, ErrorLog([]), frozenset())
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    gc.collect()
    gc.disable()
    try:
        server.admit(ours, "unix:", Door(listen, settings, None))
        theirs.close()
        server.quit()
        loop.run()
        kinds = (Connection, Channel, Stream, Session)
        assert [thing for thing in gc.get_objects() if isinstance(thing, kinds)] == []
    finally:
        gc.enable()
