"""The reference does not grow with the number of its clients: a short run of the benchmark."""

from __future__ import annotations

from tests.benchmarks.memory import held, left, make_room
from tests.benchmarks.servers import servers

# Far less than any object that could be left behind for each connection takes.
_BYTES_PER_CONNECTION = 300


def test_connections_leave_nothing_behind() -> None:
    with servers(("reference",)) as (server,):
        # What each leaves behind shows twice; that more of them than ever stood at a time, once.
        assert min(left(server, 2000) for _ in range(2)) < _BYTES_PER_CONNECTION


def test_an_idle_connection_takes_little() -> None:
    make_room(1000)
    with servers(("reference",)) as (server,):
        assert held(server, 500) < 60_000
