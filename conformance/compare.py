"""`waxseal compare` and `waxseal render`: two runs held together, a stored one in other forms."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from conformance.harness.targets.address import AddressError, parse_address
from conformance.harness.targets.launch import PRODUCTS
from conformance.offspring import offspring
from conformance.report.comparison import compare
from conformance.report.comparison_files import check_comparison_path, write_comparison
from conformance.report.comparison_text import comparison_text
from conformance.report.files import ReportError
from conformance.report.report import Report
from conformance.report.scorecard import scorecard
from conformance.report.stored import parsed as report_in
from conformance.report.stored import read_json, read_report
from conformance.report.write import check_report_path, write_report
from conformance.requirements.catalogue import catalogue

INTERRUPTED, INTERNAL, USAGE, NO_VERDICT = 2, 3, 4, 7
_ROOT = Path(__file__).resolve().parents[1]
# Lines of a run that tell how far it is.
_PROGRESS = re.compile(r"\d+ of \d+ checks after")
# What is about one run, or said to somebody who must hear of the comparison alone.
_NOT_FOR_RUNS = ("WAXSEAL_TARGET", "WAXSEAL_LAUNCH", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY")

COMPARE = """\
usage: waxseal compare NEW OLD [--report FILE] [options of certify]

What changes when OLD is replaced by NEW, requirement by requirement and
listener by listener? Each is a stored report (REPORT.json), an address, or a
product that can be started; an address is judged now, and the options of
certify (--claims FILE, --kit DIR, ...) apply to all that are.

  waxseal compare new.json old.json
  waxseal compare imaps://new.example.org imaps://old.example.org --claims nginx.conf
  waxseal compare mail.example.org:993 yesterday.json
  waxseal compare nginx reference --report migration.html

Listeners are paired by name; those that are known by their address alone, by
protocol and way into TLS. Where the reports are of different catalogues, what
both have is compared, and the rest is named.

  --report FILE   .json, .md or .html; repeatable

exit status: 0 nothing changed for the worse; 1 something did: it fails, warns
or is not judged any more; 2 interrupted; 4 usage; 7 no verdict (nobody there,
something stayed open, or nothing is in both).
"""


class _Ended(Exception):
    """A run that brought no report: its exit status, and what it said."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status = status


def rendered(stored: Path, files: Sequence[Path]) -> int:
    """`waxseal render`: write these files, or without any print the scorecard."""
    try:
        for path in files:
            check_report_path(path)
        data = read_json(stored)
        report = report_in(stored, data)
        for path in files:
            write_report(path, data, report)
    except ReportError as error:
        print(f"waxseal render: {error}", file=sys.stderr)
        return USAGE
    if not files:
        print("\n".join(scorecard(report, _readings())))
    return 0


def compared(words: Sequence[str]) -> int:
    """`waxseal compare` with these words; returns its exit status."""
    if {"-h", "--help"} & set(words):
        print(COMPARE, end="")
        return 0
    try:
        return _compared(words)
    except (ReportError, AddressError) as error:
        print(f"waxseal compare: {error}", file=sys.stderr)
        return USAGE
    except _Ended as ended:
        print(f"waxseal compare: {ended}", file=sys.stderr)
        return ended.status


def _compared(words: Sequence[str]) -> int:
    sides, paths, options = _understood(words)
    for path in paths:
        check_comparison_path(path)
    stored = [Path(side).is_file() for side in sides]
    if options and all(stored):
        raise ReportError(f"{options[0]}: two stored reports are compared as they are")
    # What is stored may be a mistake, and is read before anybody is visited.
    reports = {
        side: read_report(Path(side))
        for side, is_file in zip(sides, stored, strict=True)
        if is_file
    }
    for side in sides:
        if side not in reports:
            reports[side] = _judged(side, options)
    comparison = compare(reports[sides[0]], reports[sides[1]])
    for line in comparison_text(comparison, _readings()):
        print(line)
    for path in paths:
        write_comparison(path, comparison)
    return comparison.exit_status


def _understood(words: Sequence[str]) -> tuple[list[str], list[Path], list[str]]:
    """NEW and OLD, the files to write, and what is for certify."""
    sides, rest = list(words[:2]), list(words[2:])
    if len(sides) < 2 or any(side.startswith("-") for side in sides):
        raise ReportError("give NEW and OLD first; see waxseal compare --help")
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--report", type=Path, action="append", default=[])
    try:
        parsed, options = parser.parse_known_args(rest)
    except argparse.ArgumentError as error:
        raise ReportError(str(error)) from error
    for side in sides:
        if not Path(side).is_file() and side not in PRODUCTS:
            if side.endswith(".json"):
                raise ReportError(f"{side}: there is no such file")
            parse_address(side)
    return sides, parsed.report, options


def _judged(side: str, options: Sequence[str]) -> Report:
    """The report of a run there, made now. Raises `_Ended` where it brings none."""
    whom = ["--launch", side] if side in PRODUCTS else ["--target", side]
    print(f"waxseal compare: judging {side} ...", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="waxseal-") as directory:
        path = Path(directory) / "report.json"
        command = [sys.executable, "-m", "conformance.cli", "certify", *whom, *options]
        status, said = _run([*command, "--report", str(path)], side)
        if status == INTERRUPTED:
            raise KeyboardInterrupt
        if not path.exists() or status == USAGE:
            last = said[-1] if said else f"certify ended with status {status}"
            raise _Ended(status if status in (USAGE, NO_VERDICT) else INTERNAL, f"{side}: {last}")
        report = read_report(path)
    if not report.checks:
        raise _Ended(NO_VERDICT, report.why)
    return report


def _run(command: Sequence[str], side: str) -> tuple[int, list[str]]:
    """Its exit status and what it said; how far it is goes to standard error."""
    environment = {k: v for k, v in os.environ.items() if k not in _NOT_FOR_RUNS}
    path = os.pathsep.join(filter(None, [str(_ROOT), environment.get("PYTHONPATH")]))
    said = []
    with offspring(
        command,
        env={**environment, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                if _PROGRESS.match(line):
                    print(f"{side}: {line}", end="", file=sys.stderr, flush=True)
                elif line.strip():
                    said.append(line.strip())
    return process.returncode, said


def _readings() -> dict[str, str]:
    return {r.id: r.reading for r in catalogue().values()}
