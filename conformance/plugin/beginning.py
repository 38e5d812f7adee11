"""The beginning of a run of ours: what makes no sense is refused, and the target gets ready."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from conformance.interrupts import Interrupts, heard
from conformance.options import Options, UsageError, options_of, settle, told
from conformance.places import PLACES
from conformance.plugin.interrupts import INTERRUPTS
from conformance.plugin.reporting import report_interrupted, report_nobody
from conformance.plugin.state import begin_run, is_distributing, is_worker, open_run, run_of


def pytest_configure(config: pytest.Config) -> None:
    """When a target was named, judge that alone; refuse nonsense now."""
    try:
        settle(config)
        options = options_of(config)
        check_reports(config)
    except UsageError as error:
        raise pytest.UsageError(told(config, error)) from error
    if not options.named and not set(PLACES) <= set(config.args):
        return
    check_descriptors()
    try:
        _begin(config, options)
    except pytest.exit.Exception as left:
        # A report of an earlier run must not stand there as if it were this one's.
        report_nobody(config, left.msg)
        raise


def _begin(config: pytest.Config, options: Options) -> None:
    """Have the run begin. Leaves pytest where there is nobody to judge."""
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args = list(PLACES)
    if is_distributing(config) and not options.targets and (options.claims or options.kit):
        raise pytest.UsageError(
            "-n: the processes would start the target on the same ports; leave it"
        )
    from conformance.harness.targets.adapted import is_adapted

    if is_distributing(config) and is_adapted(options.product):
        raise pytest.UsageError("-n: each of the processes would start the product; leave it")
    _check_machines(config)
    _end_in_order(config)
    run = run_of(config)
    if is_worker(config) or is_distributing(config):
        return
    # What an adapter declines is known once the product is there.
    if options.targets or (is_adapted(options.product) and not config.option.collectonly):
        open_run(run)
    elif not config.option.collectonly:
        # It gets ready while the scenarios are collected.
        begin_run(run)


def _check_machines(config: pytest.Config) -> None:
    """Raises `UsageError` for what pytest-xdist would take for files to copy to other machines."""
    words = map(str, config.invocation_params.args)
    far = [x for x in config.getoption("tx", ()) or () if "popen" not in x]
    if is_distributing(config) and far and (path := next(filter(_is_path, words), None)):
        raise pytest.UsageError(
            f"--tx {far[0]}: pytest-xdist would take {path} for something to copy there: say "
            "`pytest`, not `waxseal certify`, and name files as in --claims=FILE"
        )


def _is_path(word: str) -> bool:
    return not word.startswith("-") and Path(word.partition("::")[0]).exists()


def _end_in_order(config: pytest.Config) -> None:
    """Whatever happens from now on: nothing is left behind, and an interrupt is reported."""
    from conformance.harness.scratch import scratch

    interrupts = config.stash[INTERRUPTS] = Interrupts()
    stack = ExitStack()
    config.add_cleanup(stack.close)
    # The last of these ends first.
    stack.enter_context(heard(interrupts.hear, last=True))
    stack.callback(report_interrupted, config)
    stack.enter_context(scratch())


def check_descriptors() -> None:
    """Raises `UsageError` of pytest's where this process may have next to nothing open."""
    from conformance.harness.descriptors import too_few

    if why := too_few():
        raise pytest.UsageError(why)


def check_reports(config: pytest.Config) -> None:
    """Raises `UsageError` before the run when a report could not be written after it."""
    paths = config.getoption("waxseal_report")
    if paths and not is_worker(config):
        from conformance.report.files import ReportError
        from conformance.report.write import check_report_path

        for path in paths:
            try:
                check_report_path(Path(path))
            except ReportError as error:
                raise UsageError(str(error)) from error
