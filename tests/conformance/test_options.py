"""Options, from the command line or else the environment, or else a file."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from conformance.options import Options, UsageError, kinds, options_of, settle, told


class Config:
    """As much of pytest's configuration as options are read from."""

    def __init__(self, directory=Path("/nonexistent"), **given):
        usual = dict.fromkeys(f"waxseal_{name.replace('-', '_')}" for name in kinds())
        mine = {f"waxseal_{name}": value for name, value in given.items()}
        self.option = SimpleNamespace(**usual, waxseal_baseline_update=False)
        vars(self.option).update(mine)
        self.invocation_params = SimpleNamespace(dir=directory)

    def getoption(self, name):
        return getattr(self.option, name)


def settled(directory=Path("/nonexistent"), **given):
    config = Config(directory, **given)
    settle(config)
    return config


@pytest.fixture(autouse=True)
def _clean(monkeypatch):
    for name in [name for name in os.environ if name.startswith("WAXSEAL_")]:
        monkeypatch.delenv(name)


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
    options = options_of(settled(claims="y.conf"))
    assert options.targets == ("a:1", "b:2")
    assert options.claims == Path("y.conf")
    assert options.claim == ("ssl on",)
    assert options.patience == 2.0


def test_nothing_is_said_and_wins(monkeypatch):
    monkeypatch.setenv("WAXSEAL_FUZZ_EXAMPLES", "5")
    assert settled(fuzz_examples=0).getoption("waxseal_fuzz_examples") == 0
    assert settled().getoption("waxseal_fuzz_examples") == 5


MISUSE = [
    {"target": ["a:1"], "launch": "nginx"},
    {"target": ["a:1"], "faults": ["x"]},
    {"patience": "0"},
    {"patience": "nan"},
    {"patience": "inf"},
    {"patience": "much"},
    {"client_cert": ["trusted"]},
    {"login": "me"},
    {"target": ["a:1"], "doubles": "a"},
    {"target": ["a:1"], "doubles": "a:0"},
    {"doubles": "a:1"},
    {"target": ["a:1"], "client_cert": ["trusted=a", "trusted=b"]},
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


def written(directory, text):
    (directory / "waxseal.toml").write_text(text)
    return directory


def test_the_environment_speaks_before_the_file(monkeypatch, tmp_path):
    monkeypatch.setenv("WAXSEAL_KIT", "of the environment")
    text = '[tool.waxseal]\nkit = "of the file"\nclaims = "c"\ntarget = "a:1"\nfuzz-seed = 5\n'
    config = settled(written(tmp_path, text), claims="of the command line")
    options = options_of(config)
    assert options.kit == Path("of the environment")
    assert options.claims == Path("of the command line")
    assert options.targets == ("a:1",)
    assert config.getoption("waxseal_fuzz_seed") == 5


def test_the_seed_is_one_where_nobody_says_otherwise():
    assert settled().getoption("waxseal_fuzz_seed") == 1


@pytest.mark.parametrize("given", [{"launch": "nginx"}, {"target": ["b:2"]}, {"faults": ["f"]}])
def test_whom_to_judge_is_one_question(monkeypatch, tmp_path, given):
    monkeypatch.setenv("WAXSEAL_TARGET", "a:1")
    config = settled(written(tmp_path, '[tool.waxseal]\nlaunch = "reference"\n'), **given)
    options = options_of(config)
    assert options.targets == tuple(given.get("target", ()))
    assert options.launch == given.get("launch", "")


def test_two_answers_of_one_file_are_told_with_it(tmp_path):
    config = settled(written(tmp_path, '[tool.waxseal]\ntarget = "a:1"\nlaunch = "nginx"\n'))
    with pytest.raises(UsageError) as raised:
        options_of(config)
    assert told(config, raised.value).endswith(f"(from {tmp_path}/waxseal.toml:2: target)")


def test_a_level_of_the_environment_is_looked_at(monkeypatch):
    monkeypatch.setenv("WAXSEAL_REQUIRE_LEVEL", "L9")
    config = settled()
    with pytest.raises(UsageError) as raised:
        options_of(config)
    assert told(config, raised.value).startswith("--require-level L9: the levels are L1")
    assert told(config, raised.value).endswith("(from WAXSEAL_REQUIRE_LEVEL)")


def test_what_no_protocol_can_say_is_no_password(monkeypatch):
    monkeypatch.setenv("WAXSEAL_PASSWORD", "se\r\ncret")
    with pytest.raises(UsageError, match="control character") as raised:
        options_of(Config(login="me"))
    assert "cret" not in str(raised.value)


def test_where_the_doubles_are():
    options = options_of(Config(target=["a:1"], doubles="[::1]:80"))
    assert options.doubles == ("::1", 80)
