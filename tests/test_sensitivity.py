"""Every check can fail: what is wrong in one thing fails the requirement that names it.

Three kinds of target are wrong in one thing: the reference with a fault, a
product whose running configuration differs from its claims in one directive,
and a relic, which answers as today's OpenSSL cannot. Together they break every
requirement of the catalogue, and where nothing is wrong nothing fails.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from conformance.mutants.bench import Bench
from conformance.mutants.changes import CHANGES, rounds
from conformance.mutants.faults import FAULTS, FaultMutant
from conformance.mutants.faults_of_streams import STREAMS, TIRING, UNSEEN, StreamMutant
from conformance.mutants.relics import RELICS, Relic
from conformance.options import Options
from conformance.premises import Noted, resting_on
from conformance.requirements.catalogue import catalogue
from conformance.run import STEADY, Run
from conformance.verdict import DEVIATIONS, Verdict
from fuzz.account import account_of
from fuzz.campaign import campaign, replay
from fuzz.corpus import corpus
from reference_proxy.faults import ALL_FAULTS

NGINX = pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
PRODUCTS = [pytest.param("nginx", marks=NGINX), "reference"]
ROUNDS = rounds(CHANGES)

# What nginx itself does not keep.
NGINX_DEVIATES = {
    "starttls.argument_refused",
    *(f"ssl_session_cache.{who}_elsewhere" for who in ("revoked", "too_deep", "unknown_ca")),
}
# Judged by the run and not by a scenario; it has a test of its own below.
OF_THE_RUN = {STEADY}


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with resting_on(Noted()), Bench() as made:
        yield made


@pytest.fixture(scope="module")
def started(
    request: pytest.FixtureRequest, bench: Bench
) -> Iterator[Callable[[FaultMutant], list[str]]]:
    """Judges the selected faults side by side: a start takes longer than its judging."""
    params = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    wanted = [p["fault"] for p in params if isinstance(p.get("fault"), FaultMutant)]
    with ThreadPoolExecutor(3) as pool:
        futures: dict[str, Future[list[str]]] = {
            str(mutant): pool.submit(unnoticed, bench, mutant) for mutant in wanted
        }
        yield lambda mutant: futures[str(mutant)].result()


def unnoticed(bench: Bench, mutant: FaultMutant) -> list[str]:
    """What should have failed for the fault and did not, and what should not have and did."""
    with bench.trial("reference", mutant.servers, faults=mutant.faults) as trial:
        survivors = [
            f"{name} on {listener}: {check.verdict} ({check.observed or check.reason})"
            for name, listeners in mutant.kills.items()
            for listener in listeners
            if (check := trial.judge(name, listener)).verdict not in DEVIATIONS
        ]
        collateral = [
            f"{name} on {listener} should not mind: {check.verdict} ({check.observed})"
            for name, listener in mutant.spares.items()
            if (check := trial.judge(name, listener)).verdict is not Verdict.PASS
        ]
        return survivors + collateral


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_fault_is_noticed(started: Callable[[FaultMutant], list[str]], fault: FaultMutant) -> None:
    assert started(fault) == []


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("number", range(len(ROUNDS)))
def test_change_of_a_directive_is_noticed(bench: Bench, product: str, number: int) -> None:
    mutants = ROUNDS[number]
    with bench.trial(
        product, {m.change.server for m in mutants}, changes=[m.change for m in mutants]
    ) as trial:
        survivors = [
            f"{mutant}: {name} {check.verdict} ({check.observed or check.reason})"
            for mutant in mutants
            for name in mutant.kills
            if (check := trial.judge(name, mutant.change.server)).verdict not in DEVIATIONS
        ]
    assert survivors == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_nothing_fails_where_nothing_is_wrong(bench: Bench, product: str) -> None:
    pairs = {(name, m.change.server) for m in CHANGES for name in m.kills}
    pairs |= {
        (name, listener) for m in FAULTS for name, where in m.kills.items() for listener in where
    }
    pairs |= {(name, relic.listener) for relic in RELICS for name in relic.kills}
    if product == "nginx":
        pairs = {pair for pair in pairs if pair[0] not in NGINX_DEVIATES}
    with bench.trial(product) as trial:
        checks = [trial.judge(name, listener) for name, listener in sorted(pairs)]
    # A login that is half done may keep STARTTLS from being granted: then nothing can survive it.
    excused = {Verdict.PASS, Verdict.NOT_APPLICABLE}
    assert [
        f"{c.requirement} on {c.listener}: {c.observed or c.reason}"
        for c in checks
        if c.verdict not in excused
    ] == []
    unproved = {c.requirement for c in checks if c.verdict is Verdict.NOT_APPLICABLE}
    assert unproved <= {"starttls.state_forgotten"}


@pytest.mark.parametrize("relic", RELICS, ids=str)
def test_relic_is_noticed(bench: Bench, relic: Relic) -> None:
    with bench.relic(relic) as trial:
        verdicts = {name: trial.judge(name, relic.listener).verdict for name in relic.kills}
    assert set(verdicts.values()) <= DEVIATIONS, verdicts


@pytest.mark.parametrize("mutant", STREAMS, ids=str)
def test_stream_finds_the_fault(bench: Bench, mutant: StreamMutant) -> None:
    faults = mutant.faults.split(",")
    with bench.trial("reference", [mutant.listener], faults=faults) as trial:
        endpoint = trial.endpoint(mutant.listener)
        account = account_of(trial.suite.login())
        streams = corpus(endpoint.protocol).values()
        known = (x.requirement for x in replay(endpoint, streams, account=account))
        # The first that shows it is enough: some faults let us wait in every stream.
        noticed = mutant.requirement in known
        assert noticed or mutant.requirement in {
            finding.requirement for finding in campaign(endpoint, examples=150, account=account)
        }


def test_target_that_tires_is_noticed() -> None:
    run = Run(Options(launch="reference", faults=(TIRING.faults,)), seed=1)
    try:
        run.open()
        run.finish()
    finally:
        run.close()
    assert {c.requirement for c in run.results.having(Verdict.FAIL)} == {STEADY}


def test_every_requirement_can_fail() -> None:
    tables: list[Any] = [*FAULTS, *CHANGES, *RELICS]
    broken = {name for mutant in tables for name in mutant.kills} | OF_THE_RUN
    broken |= {mutant.requirement for mutant in STREAMS}
    assert broken == set(catalogue())


def test_every_fault_breaks_something() -> None:
    tried = {name for mutant in FAULTS for name in mutant.faults}
    tried |= {name for m in (*STREAMS, TIRING) for name in m.faults.split(",")}
    assert set(ALL_FAULTS) - tried == set(UNSEEN)
    assert tried <= set(ALL_FAULTS)
