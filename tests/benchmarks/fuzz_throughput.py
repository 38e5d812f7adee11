"""Streams per second of the fuzzer, as a ratio to what the same connections take without it.

A turn of the fuzzer draws streams, plays them at a faultless reference over
sockets, shakes hands where they come to that, and judges them: every connection
that it makes for this, repetitions and controls included, is then made again by a
bare loop, which sends the same octets in the same segments, shakes hands in the
same places and reads as many octets, and neither draws nor parses nor judges. The
turns alternate in one run, so whatever else the machine does befalls both alike.
Beside it, what the same streams take with sessions in this process, without sockets.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from unittest.mock import patch

from conformance.harness.endpoint import Endpoint, Protocol
from conformance.harness.patience import Patience
from conformance.harness.transcript import Layer, Line, Side
from conformance.harness.wire import Wire
from conformance.mutants.bench import Bench
from fuzz import executor
from fuzz.account import NOBODY
from fuzz.judge import Judge
from fuzz.pace import HURRIED
from fuzz.strategies import drawn
from fuzz.stream import Stream
from fuzz.trace import Trace
from tests.benchmarks.visits import quick
from tests.fuzz.in_process import Play

_TURN = 25
"""Streams of the fuzzer before it is the bare loop's turn."""
_PATIENCE = 2.0
# A greeting's number may have fewer digits the next time.
_SLACK = 8
# Stands in what is recorded for the half-close, which says nothing.
_END = b"<half-close>"
# As `fuzz.connection` notes it.
_CLOSE_NOTIFY = b"close_notify"
_RESET = struct.pack("ii", 1, 0)


@dataclass
class Clock:
    """Seconds on the wall and of this process's processor, summed over turns."""

    wall: float = 0.0
    cpu: float = 0.0

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Count what happens inside."""
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            self.wall += time.perf_counter() - wall
            self.cpu += time.process_time() - cpu


@dataclass
class Measured:
    """The sums of one protocol."""

    streams: int = 0
    connections: int = 0
    handshakes: int = 0
    fuzzer: Clock = field(default_factory=Clock)
    bare: Clock = field(default_factory=Clock)
    inside: Clock = field(default_factory=Clock)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.fuzz_throughput",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--count", type=int, default=500, help="streams of each protocol (500)")
    parser.add_argument("--seed", type=int, default=1, help="of the streams (default 1)")
    parser.add_argument("--product", default="reference", help="who is fuzzed: or nginx")
    options = parser.parse_args()
    names = ("streams", "conns", "TLS", "fuzz/s", "bare/s", "ratio", "cpu ratio", "in-proc/s")
    print(f"{'protocol':<9}" + "".join(f"{name:>10}" for name in names))
    places = {protocol: f"{protocol}-starttls" for protocol in Protocol}
    with Bench() as bench, bench.trial(options.product, [*places.values()]) as trial:
        for protocol, place in places.items():
            sums = measured(trial.endpoint(place), options.count, options.seed)
            print(f"{protocol:<9}{_written(sums)}", flush=True)


def measured(endpoint: Endpoint, count: int, seed: int) -> Measured:
    """The sums of so many streams at a listener."""
    judge, play, sums = Judge(endpoint, Patience()), Play(endpoint.protocol), Measured()
    said = drawn(endpoint.protocol, seed)
    for _ in range(0, count, _TURN):
        with recording() as traces, sums.fuzzer.running():
            streams = list(islice(said, _TURN))
            for stream in streams:
                judge.worst(stream, HURRIED)
        with sums.bare.running():
            sums.handshakes += sum(repeat(endpoint, trace) for trace in traces)
        with sums.inside.running():
            for stream in streams:
                play.violations(stream)
        sums.streams += len(streams)
        sums.connections += len(traces)
    return sums


@contextlib.contextmanager
def recording() -> Iterator[list[list[Line]]]:
    """What went over every connection that the fuzzer makes inside."""
    traces: list[list[Line]] = []
    run = executor.run

    def recorded(stream: Stream, endpoint: Endpoint, *how: object) -> Trace:
        trace = run(stream, endpoint, *how)  # type: ignore[arg-type]
        traces.append(trace.transcript.lines)
        return trace

    def noted(wire: Wire) -> None:
        wire.note(Side.CLIENT, Layer.CLEAR, _END)
        finish(wire)

    finish = Wire.finish_sending
    ends = patch.object(Wire, "finish_sending", noted)
    runs = [patch(f"fuzz.{room}.run", recorded) for room in ("executor", "judge", "aftermath")]
    with ends, contextlib.ExitStack() as stack:
        for each in runs:
            stack.enter_context(each)
        yield traces


def repeat(endpoint: Endpoint, lines: list[Line]) -> bool:
    """Make a connection again as it was; whether hands were shaken on it."""
    sock = quick(socket.create_connection((endpoint.host, endpoint.port), _PATIENCE))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    owed, secured = 0, False
    try:
        for line in lines:
            if line.data == _CLOSE_NOTIFY:
                sock = _beneath(sock)
            elif line.layer is Layer.HANDSHAKE:
                if not isinstance(sock, ssl.SSLSocket):
                    sock, secured = _CONTEXT.wrap_socket(sock), True
            elif line.side is Side.CLIENT:
                _say(sock, line)
            else:
                # What came in two pieces may come in one now, and be there already.
                owed = _read(sock, owed + len(line.data))
    except OSError:
        pass  # as it was when it was recorded: refused, reset, or no TLS
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    sock.close()
    return secured


def _beneath(sock: socket.socket) -> socket.socket:
    """The connection without the TLS that is ended on it: what comes then is read as it is."""
    assert isinstance(sock, ssl.SSLSocket)
    sock.setblocking(False)
    # It says close_notify; the other's is not waited for.
    with contextlib.suppress(OSError):
        sock.unwrap()
    plain = socket.socket(fileno=sock.detach())
    plain.settimeout(_PATIENCE)
    return plain


def _say(sock: socket.socket, line: Line) -> None:
    if line.data == _END:
        sock.shutdown(socket.SHUT_WR)
    # The transcript has tokens; who says these gets answers of another length, and waits.
    elif line.layer is Layer.CLEAR:
        os.write(sock.fileno(), NOBODY.spelled(line.data))  # beneath TLS, if there is TLS by now
    else:
        sock.sendall(NOBODY.spelled(line.data))


def _read(sock: socket.socket, count: int) -> int:
    """Read so many octets; how many are left, negative where more came."""
    while count > 0:
        data = quick(sock).recv(65536)
        count -= len(data)
        if not data or (count <= _SLACK and data.endswith(b"\n")):
            break
    return min(count, 0)


def _written(sums: Measured) -> str:
    fuzzer, bare = (sums.streams / clock.wall for clock in (sums.fuzzer, sums.bare))
    ratio, cpu = sums.bare.wall / sums.fuzzer.wall, sums.bare.cpu / sums.fuzzer.cpu
    inside = sums.streams / sums.inside.wall
    whole = "".join(f"{n:>10}" for n in (sums.streams, sums.connections, sums.handshakes))
    return whole + f"{fuzzer:>10.0f}{bare:>10.0f}{ratio:>10.2f}{cpu:>10.2f}{inside:>10.0f}"


def _trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


_CONTEXT = _trusting()

if __name__ == "__main__":
    main()
