"""How deep drawn streams go: how many of the first ones of a seed come to each depth of a session.

They are played with sessions of the reference in this process, whose auth server lets one
account in (see tests/fuzz/in_process). A depth counts where the answers show it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import islice

from conformance.harness.endpoint import Protocol
from conformance.harness.mail.words import Kind
from conformance.harness.transcript import Layer
from fuzz.oracles.entering import walk
from fuzz.session import Does
from fuzz.strategies import drawn
from fuzz.stream import Stream
from fuzz.trace import Trace, Upgrade
from tests.fuzz.in_process import Play

_BEGINS = {Does.ASK, Does.NAME, Does.LOGIN, Does.WRONG}
_MAILBOX = {Does.OPEN, Does.MAILBOX}
DEPTHS = ("upgrade", "login inside", "mailbox", "and the end", "login before, too")


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.fuzz_depth",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--count", type=int, default=1000, help="streams of each protocol (1000)")
    parser.add_argument("--seed", type=int, default=1, help="of the streams (default 1)")
    options = parser.parse_args()
    print(f"{'protocol':<9}" + "".join(f"{name:>18}" for name in DEPTHS))
    for protocol in Protocol:
        play = Play(protocol)
        said = islice(drawn(protocol, options.seed), options.count)
        reached = [list(depths(stream, play.trace(stream))) for stream in said]
        print(f"{protocol:<9}" + "".join(f"{sum(x):>18}" for x in zip(*reached, strict=True)))


def depths(stream: Stream, trace: Trace) -> Iterator[bool]:
    """Which of `DEPTHS` the stream came to, each with what is before it."""
    seen = list(walk(stream, trace))
    inside = [at for at in seen if at.layer is Layer.TLS]
    upgraded = trace.upgrade is Upgrade.DONE
    within = [at for at in inside if at.state.entered and at.reply.kind is Kind.POSITIVE]
    mailbox = any(at.word.does in _MAILBOX for at in within)
    ended = mailbox and (trace.finished or any(at.word.does is Does.LEAVE for at in within))
    before = any(at.word.does in _BEGINS for at in seen if at.layer is Layer.CLEAR)
    yield from (upgraded, any(at.enters for at in inside), mailbox, ended, ended and before)


if __name__ == "__main__":
    main()
