"""Whatever sits at the address: a run ends in time, in little memory, with the right status.

Nothing of what a target says gets out as it is: not to the terminal, not into a report.
"""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from conformance.report.write import SUFFIXES
from tests import forked
from tests.hostile.cases import CASES, LOOK, Case
from tests.hostile.servers import serving

# Requirements that look at greetings, handshakes of every make, and what is behind them.
SOME = "test_greeting or test_security or test_starttls_injection"
QUICK = ("--patience", "0.15", "--fuzz-examples", "0", "-p", "no:cacheprovider", "-k", SOME)
# Of processor time, which no other process's load adds to (what is imported was so before: another
# second); and by the clock.
PROCESSOR_SECONDS, SECONDS = 19, 120
MEGABYTES = 300
AT_ONCE = 4


@dataclass(frozen=True)
class Ended:
    """A run that is over: what it printed and wrote as bytes, its status and what it took."""

    status: int
    printed: bytes
    reports: dict[str, bytes]
    processor_seconds: float
    megabytes: float


def arguments(case, port, directory):
    """How the server at that port is addressed in that form."""
    if case.form in (LOOK,) or case.form.endswith("://"):
        return [f"{case.form}127.0.0.1:{port}"]
    protocol, way = case.form.split()
    listen = f"listen {port}{' ssl' if way == 'tls' else ''}; protocol {protocol};"
    starttls = "starttls on;" if way == "starttls" else ""
    file = directory / "nginx.conf"
    file.write_text(f"events {{}} mail {{ server {{ {listen} {starttls} }} }}\n")
    return [f"127.0.0.1:{port}", "--claims", str(file)]


def run(commands, case, port, directory) -> Ended:
    directory.mkdir()
    reports = [directory / f"report{suffix}" for suffix in SUFFIXES]
    words = ["certify", *arguments(case, port, directory), *QUICK]
    words += [word for report in reports for word in ("--report", str(report))]
    return over(commands, words, directory, reports)


def over(commands, words, directory, reports=()) -> Ended:
    """How `waxseal WORDS` ends."""
    here = commands.directory / "here"
    done = forked.run("conformance.cli", words, commands.environment, here, directory, SECONDS)
    written = {path.suffix: path.read_bytes() for path in reports if path.exists()}
    return Ended(done.status, done.out + done.err, written, done.processor_seconds, done.megabytes)


@pytest.fixture(scope="module")
def ended(commands, tmp_path_factory):
    """How each case ended; most of a run is waiting, so several wait side by side."""
    directory = tmp_path_factory.mktemp("hostile")
    with ExitStack() as stack, ThreadPoolExecutor(AT_ONCE) as pool:
        runs = {
            str(case): pool.submit(
                run, commands, case, stack.enter_context(serving(case.behave)), directory / f"{n}"
            )
            for n, case in enumerate(CASES)
        }
        yield {name: future.result() for name, future in runs.items()}


def every_case(test):
    return pytest.mark.parametrize("case", CASES, ids=str)(test)


@every_case
def test_it_ends_with_the_right_status_and_says_why(ended, case: Case):
    done = ended[str(case)]
    printed = done.printed.decode()
    assert done.status in case.statuses, printed
    assert "Traceback" not in printed
    assert "INTERNALERROR" not in printed
    assert any(re.search(case.words, line) for line in printed.splitlines()), printed


@every_case
def test_who_cannot_be_judged_is_told_in_one_line(ended, case: Case):
    done = ended[str(case)]
    lines = [line for line in done.printed.decode().splitlines() if line.strip()]
    assert done.reports or (len(lines) == 1 and len(lines[0]) < 400), lines


@every_case
def test_it_takes_little(ended, case: Case):
    done = ended[str(case)]
    assert done.processor_seconds < PROCESSOR_SECONDS
    assert done.megabytes < MEGABYTES


@every_case
def test_nothing_of_his_gets_out_as_it_is(ended, case: Case):
    done = ended[str(case)]
    for text in (done.printed, *done.reports.values()):
        assert odd(text.decode()) == set()
    if ".json" in done.reports:
        report = json.loads(done.reports[".json"])
        # What judging again rests on is kept as it came, in JSON's own escapes.
        report.pop("evidence", None)
        assert {c for text in texts(report) for c in odd(text)} == set()
    assert b"<x-evil" not in done.reports.get(".html", b"")


def odd(text):
    """What a terminal would not show as it stands. The ellipses and dots are our own."""
    return {c for c in text if not (c.isprintable() or c == "\n")} | ({"\u202e"} & set(text))


def texts(value):
    """Every text in a JSON document."""
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from texts(item)
        case dict():
            yield from texts([*value.keys(), *value.values()])
