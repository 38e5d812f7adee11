"""pytest glue, and nothing else: options, parametrisation over listeners, verdicts, exit status.

This module is loaded in every pytest run of its environment, so it imports
nothing heavy and does nothing until an option of ours or a scenario asks for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.options import UsageError, add_options, options_of

if TYPE_CHECKING:
    from conformance.applicability import Situation
    from conformance.cast import Cast
    from conformance.listener import Listener
    from conformance.report.results import Check
    from conformance.requirements.catalogue import Requirement
    from conformance.run import Run
    from conformance.streams import Budget, Found, Outcome
    from conformance.verdict import Judgement
    from conformance.visitor import Visitor

HERE = Path(__file__).resolve().parent
_RUN = pytest.StashKey["Run"]()
_CHECK = pytest.StashKey["Check"]()
_SELECTED = pytest.StashKey[int]()
_STREAMS = pytest.StashKey["Outcome"]()
_STREAM_FIXTURE = "stream_listener"
_NONE_APPLICABLE = "nowhere"

# How a verdict shows among pytest's own outcomes: category, letter, word.
_STATUS = {
    "fail": ("not conformant", "F", "FAIL"),
    "warn": ("warned", "W", "WARN"),
    "inconclusive": ("inconclusive", "I", "INCONCLUSIVE"),
    "not_applicable": ("not applicable", "-", "NOT APPLICABLE"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare our options."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark; when a target was named, judge that alone, and refuse nonsense now."""
    config.addinivalue_line(
        "markers", "requirement(id, *when): proves one requirement of the catalogue where all of `when` hold"
    )
    try:
        options = options_of(config)
        for report in config.getoption("waxseal_report") or ():
            _check_report(Path(report))
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error
    if options.targets or options.launch or options.claims or options.kit:
        if config.args_source is not pytest.Config.ArgsSource.ARGS:
            config.args = [str(HERE / "scenarios"), str(HERE.parent / "fuzz")]
        run = _run(config)
        if options.targets:
            _open(run)


def _check_report(path: Path) -> None:
    from conformance.report.write import ReportError, check_report_path  # noqa: PLC0415

    try:
        check_report_path(path)
    except ReportError as error:
        raise UsageError(str(error)) from error


def _run(config: pytest.Config) -> Run:
    """The run of this session, prepared on first use."""
    if _RUN not in config.stash:
        from conformance.requirements.catalogue import CatalogueError  # noqa: PLC0415
        from conformance.run import Run  # noqa: PLC0415
        from conformance.suite import NoTarget  # noqa: PLC0415

        try:
            run = Run(options_of(config), config.getoption("waxseal_fuzz_seed"))
        except (UsageError, CatalogueError) as error:
            raise pytest.UsageError(str(error)) from error
        except NoTarget as error:
            pytest.exit(f"no verdict: {error}", returncode=7)
        config.stash[_RUN] = run
        config.add_cleanup(run.close)
    return config.stash[_RUN]


def _open(run: Run) -> None:
    from conformance.suite import NoTarget  # noqa: PLC0415

    try:
        run.open()
    except NoTarget as error:
        pytest.exit(f"no verdict: {error}", returncode=7)


# --- which scenario, where --------------------------------------------------------


def _requirement(node: pytest.Item | pytest.Metafunc) -> tuple[Requirement, tuple[object, ...]] | None:
    """The requirement that a test proves and its conditions; None for a test that is none of ours."""
    definition = node.definition if isinstance(node, pytest.Metafunc) else node
    mark = definition.get_closest_marker("requirement")
    if mark is None:
        return None
    from conformance.requirements.catalogue import catalogue  # noqa: PLC0415

    identifier, *when = mark.args
    if identifier not in catalogue():
        raise pytest.UsageError(f"{definition.nodeid}: no requirement {identifier!r} in the catalogue")
    return catalogue()[identifier], tuple(when)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per listener on which the scenario's requirement arises."""
    if _STREAM_FIXTURE in metafunc.fixturenames:
        _parametrize(metafunc, _stream_situations(metafunc.config))
        return
    marked = _requirement(metafunc)
    if marked is None:
        return
    requirement, when = marked
    if "situation" not in metafunc.fixturenames:
        raise pytest.UsageError(f"{metafunc.definition.nodeid}: a scenario takes visit, kit or listener")
    _parametrize(metafunc, _run(metafunc.config).applicable(requirement, when))  # type: ignore[arg-type]


def _parametrize(metafunc: pytest.Metafunc, situations: list[Situation]) -> None:
    if situations:
        ids = [s.listener.name for s in situations]
        metafunc.parametrize("situation", situations, ids=ids, indirect=True)
    else:
        metafunc.parametrize("situation", [None], ids=[_NONE_APPLICABLE], indirect=True)


def _stream_situations(config: pytest.Config) -> list[Situation]:
    from conformance.streams import chosen  # noqa: PLC0415

    options = (config.getoption("waxseal_fuzz_examples"), config.getoption("waxseal_fuzz_seconds"))
    return chosen(_run(config), asked=options != (None, None)) if options[0] != 0 else []


def _is_ours(item: pytest.Item) -> bool:
    """A test that judges the target: a scenario, or one over streams."""
    streams = _STREAM_FIXTURE in getattr(item, "fixturenames", ())
    return streams or item.get_closest_marker("requirement") is not None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What applies nowhere is accounted for already: it is no test."""
    items[:] = [item for item in items if not item.name.endswith(f"[{_NONE_APPLICABLE}]")]
    config.stash[_SELECTED] = sum(map(_is_ours, items))


def pytest_deselected(items: list[pytest.Item]) -> None:
    """A report over a selection says so."""
    for item in items:
        if _is_ours(item):
            item.config.stash[_RUN].results.deselected += 1


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Iterator[None]:
    """Start the target when there is something to ask it, and see at the end whether it still stands."""
    run = session.config.stash.get(_RUN, None)
    ours = run is not None and any(map(_is_ours, session.items))
    if run is None or not ours or session.config.option.collectonly:
        return (yield)  # type: ignore[return-value]
    _open(run)
    result = yield
    run.finish()
    return result  # type: ignore[return-value]


# --- what a scenario is given -------------------------------------------------------


@pytest.fixture
def situation(request: pytest.FixtureRequest) -> Situation:
    """One listener, its claims and what we can bring there."""
    result: Situation = request.param
    return result


@pytest.fixture
def listener(situation: Situation) -> Listener:
    """The listener under judgement, with its claims."""
    return situation.listener


@pytest.fixture
def kit(situation: Situation) -> Cast:
    """Who is what to this listener: `kit.client`, `kit.revoked` …"""
    return situation.cast


@pytest.fixture
def visit(request: pytest.FixtureRequest, situation: Situation) -> Visitor:
    """Visits this listener."""
    from conformance.visitor import Visitor  # noqa: PLC0415

    return Visitor(request.config.stash[_RUN].suite, situation)


@pytest.fixture
def stream_listener(situation: Situation) -> Listener:
    """A listener for the fuzzer."""
    return situation.listener


@pytest.fixture
def fuzz_budget(request: pytest.FixtureRequest) -> Budget:
    """(streams, seconds, seed) for one listener."""
    from conformance.streams import budget  # noqa: PLC0415

    get = request.config.getoption
    return budget(get("waxseal_fuzz_examples"), get("waxseal_fuzz_seconds"), get("waxseal_fuzz_seed"))


@pytest.fixture
def record_judged(request: pytest.FixtureRequest) -> Callable[[tuple[str, ...]], None]:
    """Says which requirements a test over streams has judged."""

    def record(requirements: tuple[str, ...]) -> None:
        request.node.stash[_STREAMS].judged = requirements

    return record


@pytest.fixture
def record_finding(request: pytest.FixtureRequest) -> Callable[[Found], None]:
    """Takes a finding of the fuzzer into the report."""
    return lambda finding: request.node.stash[_STREAMS].found.append(finding)  # type: ignore[no-any-return]


# --- what becomes of it ---------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """A place for what a test over streams brings."""
    if _STREAM_FIXTURE in getattr(item, "fixturenames", ()):
        from conformance.streams import Outcome  # noqa: PLC0415

        item.stash[_STREAMS] = Outcome()
    return (yield)  # type: ignore[return-value]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Turn how the test ended into checks. A broken SHOULD is no failing test."""
    if not _is_ours(item):
        return (yield)  # type: ignore[return-value]
    from conformance.streams import worst  # noqa: PLC0415
    from conformance.verdict import Verdict, begin  # noqa: PLC0415

    judgements, started = begin(), time.perf_counter()
    error: BaseException | None = None
    try:
        yield
    except (KeyboardInterrupt, pytest.exit.Exception):
        raise
    except BaseException as raised:  # noqa: BLE001 - whatever it is, it becomes the check's verdict
        error = raised
    more = {"seconds": round(time.perf_counter() - started, 6), "reproduce": _reproduce(item)}
    checks = [replace(check, **more) for check in _checks(item, judgements, error)]  # type: ignore[arg-type]
    for check in checks:
        item.config.stash[_RUN].results.add(check)
    item.stash[_CHECK] = worst(checks)
    if item.stash[_CHECK].verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.ERROR):
        raise error or AssertionError(item.stash[_CHECK].reason)
    return None


def _checks(item: pytest.Item, judgements: list[Judgement], error: BaseException | None) -> list[Check]:
    from conformance.run import check_of  # noqa: PLC0415

    situation = item.callspec.params["situation"]  # type: ignore[attr-defined]
    outcome = item.stash.get(_STREAMS, None)
    if outcome is not None:
        item.config.stash[_RUN].results.findings += outcome.findings(situation.listener.name)
        return outcome.checks(situation, error)
    visitor = item.funcargs.get("visit")  # type: ignore[attr-defined]
    requirement, _ = _requirement(item) or (None, ())
    assert requirement is not None
    return [check_of(requirement, situation, judgements, error, visitor.seen if visitor else ())]


def _reproduce(item: pytest.Item) -> str:
    """The command that runs this check alone."""
    from conformance.reproduce import command  # noqa: PLC0415

    return command(item.config.stash[_RUN].options, item.name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """The check travels with the test's report."""
    report = yield
    check = item.stash.get(_CHECK, None)
    if check is not None and report.when == "call":  # type: ignore[attr-defined]
        report.waxseal = check  # type: ignore[attr-defined]
        if check.verdict.value in _STATUS:
            report.longrepr = f"{check.expected}; observed {check.observed}"  # type: ignore[attr-defined]
    return report


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Verdicts under their own names; the scorecard shows them in full."""
    check: Check | None = getattr(report, "waxseal", None)
    if check is None or report.when != "call":
        return None
    return _STATUS.get(check.verdict.value)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Green means all of it: the exit status is INTERFACE's, and the reports are written."""
    config = session.config
    if _RUN not in config.stash or exitstatus == pytest.ExitCode.USAGE_ERROR:
        return
    run = config.stash[_RUN]
    pedantic = config.getoption("waxseal_pedantic")
    if exitstatus in (0, 1, 5) and (config.stash.get(_SELECTED, 0) or run.options.targets or run.options.launch):
        own = _own_failures(session)
        session.exitstatus = 1 if own else run.results.exit_status(pedantic=pedantic)
        _require_level(session, run)
    run.results.interrupted = exitstatus == pytest.ExitCode.INTERRUPTED
    for path in config.getoption("waxseal_report") or ():
        from conformance.report.write import write_report  # noqa: PLC0415

        report = run.results.as_dict(exit_status=int(session.exitstatus), pedantic=pedantic)
        write_report(Path(path), report)


def _own_failures(session: pytest.Session) -> int:
    """Failing tests that are no scenario: the project's own."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return 0
    failed = [*reporter.stats.get("failed", ()), *reporter.stats.get("error", ())]
    return sum(1 for report in failed if getattr(report, "waxseal", None) is None)


def _require_level(session: pytest.Session, run: Run) -> None:
    wanted = session.config.getoption("waxseal_require_level")
    if wanted and run.suite.evidence.name < wanted and session.exitstatus == 0:
        session.exitstatus = 7


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The scorecard."""
    if _RUN not in config.stash or not config.stash[_RUN].results.checks:
        return
    from conformance.report.scorecard import scorecard  # noqa: PLC0415
    from conformance.requirements.catalogue import catalogue  # noqa: PLC0415

    readings = {r.id: r.reading for r in catalogue().values()}
    pedantic = config.getoption("waxseal_pedantic")
    terminalreporter.section("waxseal scorecard")
    for line in scorecard(config.stash[_RUN].results, readings, pedantic=pedantic):
        terminalreporter.write_line(line)
