"""Processor time per connection of the reference, beside nginx's, one worker each.

Both are visited in turns, by one client and one connection at a time, so that whatever else the
machine does befalls both alike; only their ratio means something. Nothing is asserted.
"""

from __future__ import annotations

import argparse

from tests.benchmarks.servers import PRODUCTS, Server, servers
from tests.benchmarks.visits import VISITS

_TURN = 25
"""Visits to one server before it is the other's turn."""


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.speed", description=__doc__)
    parser.add_argument("visits", nargs="*", metavar="VISIT", help=f"of {', '.join(VISITS)}")
    parser.add_argument("--count", type=int, default=500, help="of each visit (default 500)")
    options = parser.parse_args()
    if unknown := set(options.visits) - set(VISITS):
        parser.error(f"no such visit: {', '.join(sorted(unknown))}")
    print(f"{'microseconds per visit':<24}{'nginx':>9}{'reference':>11}{'ratio':>8}")
    with servers(PRODUCTS) as started:
        for name in options.visits or VISITS:
            nginx, reference = measured(started, name, options.count)
            ratio = reference / nginx
            print(f"{name:<24}{nginx * 1e6:>9.0f}{reference * 1e6:>11.0f}{ratio:>8.2f}", flush=True)


def measured(started: list[Server], name: str, count: int) -> list[float]:
    """Return each server's seconds of processor for one visit."""
    visit = VISITS[name]
    for server in started:
        visit(server.host)
    before = [server.cpu() for server in started]
    for turn in range(0, count, _TURN):
        for server in started:
            for _ in range(min(_TURN, count - turn)):
                visit(server.host)
    return [(server.cpu() - was) / count for server, was in zip(started, before, strict=True)]


if __name__ == "__main__":
    main()
