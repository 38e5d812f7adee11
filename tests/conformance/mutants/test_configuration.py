"""A change touches one directive of one server block, or says why it cannot."""

from __future__ import annotations

import pytest

from conformance.mutants.changes import ConfigurationMutant, rounds
from conformance.mutants.configuration import Change, mutated

TEXT = """mail {
    starttls on;

    server {
        server_name one;
        listen 127.0.0.1:1 ssl;
        ssl_certificate a.pem;
        ssl_certificate b.pem;
        ssl_certificate_key a.key;
    }

    server {
        server_name two;
        listen 127.0.0.1:2;
    }
}
"""


def test_all_lines_of_a_directive_are_replaced_and_no_other() -> None:
    text = mutated(TEXT, [Change("one", "ssl_certificate", ("c.pem",))])
    assert "a.pem" not in text
    assert "b.pem" not in text
    assert text.count("ssl_certificate c.pem;") == text.count("ssl_certificate_key a.key;") == 1


def test_a_directive_can_be_removed_and_added() -> None:
    assert "a.key" not in mutated(TEXT, [Change("one", "ssl_certificate_key", ())])
    added = mutated(TEXT, [Change("two", "ssl_crl", ("x.pem",))])
    assert added.index("server_name two") < added.index("ssl_crl x.pem;")


def test_listen_keeps_its_address() -> None:
    assert "listen 127.0.0.1:1;" in mutated(TEXT, [Change("one", "listen", ("",))])
    assert "listen 127.0.0.1:2 ssl;" in mutated(TEXT, [Change("two", "listen", ("ssl",))])


def test_only_the_named_servers_stay() -> None:
    text = mutated(TEXT, [], {"two"})
    assert ("server_name one;" in text, "server_name two;" in text) == (False, True)
    assert "starttls on;" in text


@pytest.mark.parametrize(
    "change", [Change("three", "ssl_crl", ("x",)), Change("two", "ssl_crl", ())], ids=str
)
def test_a_change_that_changes_nothing_is_an_error(change: Change) -> None:
    with pytest.raises(ValueError, match=change.server):
        mutated(TEXT, [change])


def test_no_round_changes_a_server_twice() -> None:
    mutants = [ConfigurationMutant(Change(s, "ssl_crl", ()), ()) for s in ("a", "b", "a")]
    assert [[m.change.server for m in round_] for round_ in rounds(mutants)] == [["a", "b"], ["a"]]
