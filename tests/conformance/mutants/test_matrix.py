"""What a matrix amounts to."""

from __future__ import annotations

import pytest

from conformance.mutants.configuration import Change
from conformance.mutants.matrix import Fate, Kind, Matrix, Row, fate_of
from conformance.mutants.running import rounds_of
from conformance.mutants.systematic.mutants import Mutant

DIRECTIVES = {"ssl_crl.revoked": "ssl_crl", "rfc.noop": "rfc"}


def row(name: str, fate: Fate, *killers: str) -> Row:
    return Row(name, Kind.CONFIGURATION, "nginx", ("ssl_crl",), "ssl_crl x", fate, killers)


def matrix(*rows: Row, selection: str = "") -> Matrix:
    return Matrix("nginx", "nginx/1", DIRECTIVES, selection, list(rows))


ALL = row("a", Fate.KILLED, "ssl_crl.revoked", "rfc.noop")


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        ([ALL], 0),
        ([ALL, row("b", Fate.UNOBSERVABLE)], 0),
        ([ALL, row("b", Fate.SURVIVED)], 1),
        ([ALL, row("b", Fate.UNCLAIMED, "rfc.noop")], 1),
        ([ALL, row("b", Fate.REFUSED)], 1),
        ([row("b", Fate.KILLED, "rfc.noop")], 1),
    ],
)
def test_exit_status(rows: list[Row], status: int) -> None:
    assert matrix(*rows).exit_status == status


def test_a_selection_says_nothing_of_idle_requirements() -> None:
    part = matrix(row("b", Fate.KILLED, "rfc.noop"), selection="faults only")
    assert (part.idle, part.exit_status) == ([], 0)
    assert matrix(*part.rows).idle == ["ssl_crl.revoked"]


@pytest.mark.parametrize(
    ("killers", "named", "fate"),
    [
        ((), ("ssl_crl.revoked",), Fate.SURVIVED),
        (("rfc.noop",), (), Fate.UNCLAIMED),
        (("ssl_crl.revoked",), ("ssl_crl.revoked", "rfc.noop"), Fate.UNCLAIMED),
        (("ssl_crl.revoked",), ("ssl_crl.revoked",), Fate.KILLED),
    ],
)
def test_fault_is_to_be_noticed_by_whom_it_concerns(
    killers: tuple[str, ...], named: tuple[str, ...], fate: Fate
) -> None:
    assert fate_of(killers, ("ssl_crl",), named, DIRECTIVES) is fate


def test_rounds_are_few_and_even_and_change_no_server_twice() -> None:
    servers = ["a"] * 4 + ["b"] * 3 + ["c"] * 1
    mutants = [Mutant(Change(s, "ssl_crl", (str(n),))) for n, s in enumerate(servers)]
    rounds = [[m.change.server for m in several] for several in rounds_of(mutants)]
    assert all(len(several) == len(set(several)) for several in rounds)
    assert sorted(map(len, rounds)) == [2, 2, 2, 2]
