"""What the reference says of its faults is what the matrix goes by."""

from __future__ import annotations

from conformance.directives import KNOWN
from conformance.mutants.running_faults import Fault, registry, tryings
from reference_proxy.faults import ALL_FAULTS

CLAUSES = KNOWN | {"rfc", "security"}


def test_registry_is_the_reference_s_own() -> None:
    assert {name: fault.text for name, fault in registry().items()} == dict(ALL_FAULTS)
    assert len(ALL_FAULTS) >= 120


def test_every_fault_names_what_it_breaks() -> None:
    faults = [Fault(name, text) for name, text in ALL_FAULTS.items()]
    assert [f.name for f in faults if not f.clauses or not set(f.clauses) <= CLAUSES] == []


def test_references_are_no_clauses() -> None:
    assert Fault("x", "wrong (a) here (starttls, CVE-2011-0411 of Postfix)").clauses == (
        "starttls",
    )
    assert Fault("x", "wrong").clauses == ()


def test_every_fault_is_tried() -> None:
    faults = {name: Fault(name, text) for name, text in ALL_FAULTS.items()}
    tried = {part for t in tryings(faults) for part in t.name.split(" (")[0].split(",")}
    assert set(ALL_FAULTS) <= tried
