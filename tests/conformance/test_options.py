"""Options, from the command line or else the environment."""

from pathlib import Path

import pytest

from conformance.options import Options, UsageError, options_of


class Config:
    """As much of pytest's configuration as options are read from."""

    def __init__(self, **given):
        self.given = given

    def getoption(self, name):
        return self.given.get(name.removeprefix("waxseal_"))


@pytest.fixture(autouse=True)
def _clean(monkeypatch):
    for name in ("TARGET", "LAUNCH", "CLAIMS", "CLAIM", "KIT", "LOGIN", "PASSWORD", "PATIENCE"):
        monkeypatch.delenv(f"WAXSEAL_{name}", raising=False)


def test_nothing_given_is_the_default():
    options = options_of(Config())
    assert options == Options()
    assert options.product == "reference"
    assert not options.named


def test_the_environment_speaks_where_the_command_line_is_silent(monkeypatch):
    monkeypatch.setenv("WAXSEAL_TARGET", "a:1 b:2")
    monkeypatch.setenv("WAXSEAL_CLAIMS", "x.conf")
    monkeypatch.setenv("WAXSEAL_CLAIM", "'ssl on'")
    monkeypatch.setenv("WAXSEAL_PATIENCE", "2")
    options = options_of(Config(claims="y.conf"))
    assert options.targets == ("a:1", "b:2")
    assert options.claims == Path("y.conf")
    assert options.claim == ("ssl on",)
    assert options.patience == 2.0


MISUSE = [
    {"target": ["a:1"], "launch": "nginx"},
    {"target": ["a:1"], "faults": ["x"]},
    {"patience": "0"},
    {"patience": "nan"},
    {"patience": "inf"},
    {"patience": "much"},
    {"client_cert": ["trusted"]},
    {"login": "me"},
]


@pytest.mark.parametrize("given", MISUSE, ids=lambda given: " ".join(given))
def test_what_makes_no_sense_names_the_option(given):
    option = "--" + list(given)[-1].replace("_", "-")
    with pytest.raises(UsageError, match=option):
        options_of(Config(**given))


def test_the_password_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("WAXSEAL_PASSWORD", "secret")
    options = options_of(Config(login="me"))
    assert options.login == "me"
    assert "secret" not in repr(options)


def test_faults_are_named_with_commas():
    assert options_of(Config(faults=["a,b", "c"])).faults == ("a", "b", "c")
