"""The other commands that talk to a target, at those that mean no good."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from tests.hostile import servers, tls_servers
from tests.hostile.servers import serving, talks
from tests.hostile.test_hostile import AT_ONCE, MEGABYTES, PROCESSOR_SECONDS, odd, over

TARGETS = {
    "silent": servers.silent,
    "flood": servers.flood("imap"),
    "drip": servers.drip,
    "evil texts": talks("imap", tls_servers.inside(talks("imap", greets=False))),
    "flood behind STARTTLS": talks("imap", tls_servers.clear_flood),
    "alert storm behind STARTTLS": talks("imap", tls_servers.alert_storm),
    "endless certificate": talks("imap", tls_servers.endless_certificate),
}
COMMANDS = {
    "fuzz": ("--seconds", "2", "--examples", "40", "--patience", "0.1"),
    "infer": ("--patience", "0.1"),
}
CASES = [(command, name) for command in COMMANDS for name in TARGETS]
# Of the fuzzer 0 would mean that streams were said and all was well.
ENDS = {"fuzz": (1, 7), "infer": (0, 7)}
WELL = ("evil texts",)


@pytest.fixture(scope="module")
def ended(commands, tmp_path_factory):
    """How each ended; they wait side by side."""
    place = tmp_path_factory.mktemp("others")

    def run(number, command, port):
        directory = place / str(number)
        directory.mkdir()
        keep = ["--keep", str(directory / "finds")] if command == "fuzz" else []
        words = [command, f"imap://127.0.0.1:{port}", *COMMANDS[command], *keep]
        return over(commands, words, directory)

    with ExitStack() as stack, ThreadPoolExecutor(AT_ONCE) as pool:
        ports = {name: stack.enter_context(serving(TARGETS[name])) for name in TARGETS}
        runs = {c: pool.submit(run, n, c[0], ports[c[1]]) for n, c in enumerate(CASES)}
        yield {case: future.result() for case, future in runs.items()}


@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_it_ends_soon_and_lets_nothing_out(ended, case):
    command, name = case
    done = ended[case]
    printed = done.printed.decode()
    assert done.status in (*ENDS[command], *((0,) if name in WELL else ())), printed
    assert "Traceback" not in printed
    assert odd(printed.replace("\r", "\n")) == set()
    assert done.processor_seconds < PROCESSOR_SECONDS
    assert done.megabytes < MEGABYTES
