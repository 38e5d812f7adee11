"""Which claimed listener an address stands for."""

import pytest

from conformance.claims import read_claims
from conformance.harness.targets.address import parse_address
from conformance.options import UsageError
from conformance.placing import Claimed, told_apart

CONF = """
events {}
mail {
    server { server_name one; listen 192.0.2.1:143; listen 192.0.2.1:993 ssl; starttls on; }
    server { server_name two; listen 192.0.2.2:143; }
    server { server_name six; listen [2001:db8::6]:143; }
    server { server_name pop; listen 110; }
}
"""


@pytest.fixture
def at(tmp_path):
    """What a target stands for: `name host:port` of each."""
    path = tmp_path / "nginx.conf"
    path.write_text(CONF)

    def at(target, server="", known=()):
        claimed = Claimed.of("nginx.conf", read_claims(path), server)
        found = claimed.at(parse_address(target), lambda host: known)
        return [f"{x.name} {x.endpoint.address}" for x in found]

    return at


def test_a_bare_host_stands_for_all(at):
    ports = [143, 993, 143, 143, 110]
    names = ["one", "one:993", "two", "six", "pop"]
    assert at("h") == [f"{name} h:{port}" for name, port in zip(names, ports, strict=True)]


def test_a_port_that_one_server_has(at):
    assert at("h:110") == ["pop h:110"]
    assert at("imaps://h") == ["one:993 h:993"]


def test_of_several_servers_on_a_port_the_one_of_that_address(at):
    assert at("192.0.2.2:143") == ["two 192.0.2.2:143"]
    assert at("[2001:db8::6]:imap") == ["six [2001:db8::6]:143"]


def test_a_name_goes_by_its_addresses(at):
    assert at("mail.test:143", known=["203.0.113.9", "2001:db8::6"]) == ["six mail.test:143"]


def test_which_of_several_is_not_guessed(at):
    for known in ([], ["192.0.2.1", "192.0.2.2"]):
        with pytest.raises(UsageError, match=r"several .* \(one on 192\.0\.2\.1:143, two on"):
            at("mail.test:143", known=known)
    assert at("mail.test:143", "two") == ["two mail.test:143"]


def test_another_port_takes_a_name_or_a_scheme(at):
    with pytest.raises(UsageError, match=r"no server in .* listens on port 10110"):
        at("h:10110")
    assert at("h:10110", "pop") == ["pop h:10110"]
    with pytest.raises(UsageError, match=r"on 143, 993\); say which by a scheme"):
        at("h:10993", "one")
    assert at("imaps://h:10993", "one") == ["one:993 h:10993"]
    assert at("imap://h:10143", "one") == ["one h:10143"]


@pytest.mark.parametrize("target", ["imap://h:993", "pop3s://h:110", "smtp://h:110"])
def test_a_scheme_that_the_claims_contradict(at, target):
    with pytest.raises(UsageError, match=r"claims for that port say (imaps|pop3)$"):
        at(target)


def test_an_unknown_server_names_those_that_there_are(at):
    with pytest.raises(UsageError, match=r"--claims-server x: nginx\.conf has no .* one, two, six"):
        at("h", "x")


def test_listeners_of_several_hosts_are_told_apart(tmp_path):
    path = tmp_path / "nginx.conf"
    path.write_text(CONF)
    claimed = Claimed.of("nginx.conf", read_claims(path), "pop")
    listeners = [x for host in ("a", "b", "a") for x in claimed.at(parse_address(f"{host}:110"))]
    assert [x.name for x in told_apart(listeners)] == ["a/pop", "b/pop"]
    assert [x.name for x in told_apart(listeners[:1])] == ["pop"]
