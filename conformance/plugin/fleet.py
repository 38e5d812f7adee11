"""Several targets: instead of a session of pytest's own, one for each of them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.interrupts import heard
from conformance.options import UsageError, options_of, settle, told
from conformance.plugin.beginning import check_descriptors, check_reports
from conformance.plugin.state import is_worker

if TYPE_CHECKING:
    from conformance.fleet.member import Member
    from conformance.fleet.running import Ended

# Stands for a target's name, in whatever word of the command line.
NAME = "{target}"
# What the members' command lines have otherwise, or not at all.
_OURS = ("--target", "--targets", "--report", "--claims", "--claims-server", "--kit", "--baseline")


def judge_several(config: pytest.Config) -> int | None:
    """Where several hosts are named, or a file of them: judge each; the worst status of all.

    None where one run will do. Raises `UsageError` of pytest's.
    """
    if is_worker(config):
        return None
    try:
        settle(config)
        members = _members(config)
        if members:
            _check(config)
    except UsageError as error:
        raise pytest.UsageError(told(config, error)) from error
    return _judge_all(config, members) if members else None


def _members(config: pytest.Config) -> list[Member]:
    """Whom to judge by a run of its own; none where one run will do."""
    file, options = config.getoption("waxseal_targets"), options_of(config)
    if not file and len(options.targets) < 2:
        return []
    from conformance.fleet.member import by_host, from_file

    if file and options.targets:
        raise UsageError("--targets and --target exclude each other: put the address into the file")
    if file:
        return from_file(Path(file), options.kit)
    members = by_host(options.targets, options.kit)
    return members if len(members) > 1 else []


def _check(config: pytest.Config) -> None:
    """What several runs cannot do at the same time."""
    check_descriptors()
    check_reports(config)
    if config.getoption("waxseal_baseline_update"):
        raise UsageError("--baseline-update: with one target at a time")
    if options_of(config).against:
        raise UsageError("--against: with one target at a time")
    junit = config.getoption("xmlpath", None)
    if junit and NAME not in junit:
        raise UsageError(f"--junitxml {junit}: each target writes one: put {NAME} into its name")


def _judge_all(config: pytest.Config, members: Sequence[Member]) -> int:
    from conformance.fleet.running import Running, at_once
    from conformance.fleet.summary import status_of, summary, word
    from conformance.harness.scratch import scratch

    ended: dict[Member, Ended] = {}
    running = Running(_Command(config))
    with heard(lambda _: running.interrupt(), last=True), scratch() as directory:
        for done in running.all(members, at_once(), directory):
            ended[done.member] = done
            at = f"{len(ended)} of {len(members)}"
            said = f"{done.member.label}: {word(done.status)}, {done.seconds:.0f} s"
            print(f"{at}  {said}", file=sys.stderr, flush=True)
        in_order = [ended[member] for member in members if member in ended]
        status = status_of(in_order, interrupted=running.interrupted)
        for line in summary(in_order, len(members) - len(in_order)):
            print(line)
        _write(config, in_order, status)
    return status


def _write(config: pytest.Config, ended: Sequence[Ended], status: int) -> None:
    """The reports over all targets; those of each are written by its own run."""
    paths = [path for path in config.getoption("waxseal_report") or () if NAME not in path]
    if paths:
        from conformance.fleet.summary import merged
        from conformance.report.stored import parse
        from conformance.report.write import write_report

        report = merged(ended, status)
        for path in paths:
            write_report(Path(path), report, parse(report))


class _Command:
    """Makes a member's command line of that of the run."""

    def __init__(self, config: pytest.Config) -> None:
        self._words = list(_without(_OURS, map(str, config.invocation_params.args)))
        # What was not said on the command line is said there, so that no file can say it again.
        self._shared = list(_shared(config))
        self._reports = [x for x in config.getoption("waxseal_report") or () if NAME in x]

    def __call__(self, member: Member, report: Path) -> list[str]:
        words = [*self._words, *member.words, *self._missing(member)]
        words += [word for path in self._reports for word in ("--report", path)]
        words = [word.replace(NAME, member.name) for word in words]
        quiet = ["-o", f"cache_dir={report.with_suffix('.cache')}", "--report", str(report)]
        return [sys.executable, "-m", "pytest", *words, *quiet]

    def _missing(self, member: Member) -> list[str]:
        """The shared options of which the member has none of its own."""
        pairs = [pair for pair in self._shared if pair[0] not in member.options]
        return [word for pair in pairs for word in pair]


def _shared(config: pytest.Config) -> Iterable[tuple[str, str]]:
    for name in ("--claims", "--claims-server", "--kit", "--baseline"):
        value = config.getoption(f"waxseal_{name[2:].replace('-', '_')}")
        if value:
            yield name, str(value)


def _without(options: Sequence[str], words: Iterable[str]) -> Iterable[str]:
    """The words without these options and their values."""
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in options:
            skip = True
        elif not word.startswith(tuple(f"{option}=" for option in options)):
            yield word
