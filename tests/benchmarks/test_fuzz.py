"""That the lists of the fuzzer's benchmarks fit what they are lists of."""

import pytest

from conformance.claims import read_claims
from conformance.harness.fixtures import fixture
from fuzz.oracles import ORACLES, SEGMENTATION
from reference_proxy.faults import ALL_FAULTS
from tests.benchmarks.fuzz_faults import FAULTS, server
from tests.benchmarks.fuzz_table import Find, _summary, chosen


def test_every_fault_is_one_of_the_reference():
    assert {name for fault, _, _ in FAULTS for name in fault.split(",")} <= set(ALL_FAULTS)


def test_every_oracle_is_one_of_the_fuzzer():
    known = {oracle.name for oracle in (*ORACLES, SEGMENTATION)}
    assert {oracle for _, _, oracles in FAULTS for oracle in oracles} <= known


def test_every_listener_is_in_the_certification_configuration():
    there = {listener.name for listener in read_claims(fixture("certification.conf"))}
    assert {server(fault, protocol) for fault, protocol, _ in FAULTS} <= there


def test_rows_are_chosen_by_fault_and_protocol():
    assert [row[:2] for row in chosen(["double-reply"], "pop3")] == [("double-reply", "pop3")]
    with pytest.raises(SystemExit, match="no such fault"):
        chosen(["double-replies"], None)


def test_a_row_counts_as_found_if_every_try_found_it():
    find = Find(0.1, 0.5, 3, "x", 2)
    told = _summary([[find, find], [find, None], [None, None]], seeds=2)
    assert "1 of 3 rows" in told
    assert "3 of 6 tries" in told
