"""Defaults of options, from the environment and from waxseal.toml."""

import pytest

from conformance.defaults import Default, DefaultsError, Kind, from_environment, from_file

KINDS = {
    "claims": Kind.TEXT,
    "claims-server": Kind.TEXT,
    "target": Kind.LIST,
    "pedantic": Kind.FLAG,
    "fuzz-seed": Kind.WHOLE,
    "patience": Kind.NUMBER,
}


def read(directory, text):
    path = directory / "waxseal.toml"
    path.write_text(text)
    return {name: default.value for name, default in from_file(path, KINDS).items()}


def test_every_kind_from_the_environment():
    environment = {
        "WAXSEAL_CLAIMS_SERVER": "imap",
        "WAXSEAL_TARGET": "a:1 'b c'",
        "WAXSEAL_PEDANTIC": "No",
        "WAXSEAL_FUZZ_SEED": "7",
        "WAXSEAL_PATIENCE": "1.5",
        "WAXSEAL_CLAIMS": "",
        "WAXSEAL_OTHER": "x",
    }
    found = from_environment(environment, KINDS)
    assert found.pop("target") == Default(["a:1", "b c"], "WAXSEAL_TARGET")
    values = {name: default.value for name, default in found.items()}
    assert values == {"claims-server": "imap", "pedantic": False, "fuzz-seed": 7, "patience": 1.5}


@pytest.mark.parametrize(
    ("name", "text"),
    [("PEDANTIC", "perhaps"), ("FUZZ_SEED", "1.5"), ("PATIENCE", "much"), ("TARGET", "'a")],
)
def test_a_variable_that_makes_no_sense_is_named(name, text):
    with pytest.raises(DefaultsError, match=f"^WAXSEAL_{name}={text}: it must be "):
        from_environment({f"WAXSEAL_{name}": text}, KINDS)


def test_every_kind_from_a_file(tmp_path):
    text = """
    [tool.other]
    target = 1
    [tool.waxseal]
    claims_server = "imap"
    target = "a:1"
    pedantic = true
    fuzz-seed = 7
    patience = 2
    """
    expected = {"claims-server": "imap", "target": ["a:1"], "pedantic": True, "fuzz-seed": 7}
    assert read(tmp_path, text) == {**expected, "patience": 2}
    assert read(tmp_path, '[tool.waxseal]\ntarget = ["a:1", "b:2"]\n') == {"target": ["a:1", "b:2"]}


def test_a_value_says_where_it_comes_from(tmp_path):
    path = tmp_path / "waxseal.toml"
    path.write_text('[tool.waxseal]\n\n"claims" = "x"\n')
    assert from_file(path, KINDS)["claims"] == Default("x", f"{path}:3: claims")


def test_no_file_is_no_default(tmp_path):
    assert from_file(tmp_path / "waxseal.toml", KINDS) == {}


BAD = {
    "[tool.waxseal]\nclams = 'x'\n": ":2: clams: there is no such option; did you mean claims?",
    "[tool.waxseal]\n\nzzz = 1\n": ":3: zzz: there is no such option; the options are claims,",
    "tool.waxseal.clams = 'x'\n": ":1: clams: there is no such option; did you mean claims?",
    "[tool.waxseal]\npedantic = 'yes'\n": ":2: pedantic: it must be true or false, not 'yes'",
    "[tool.waxseal]\ntarget = [1]\n": ":2: target: it must be a text, or a list of texts, not [1]",
    "[tool.waxseal]\nfuzz-seed = true\n": ":2: fuzz-seed: it must be a whole number, not True",
    "[tool.waxseal]\nfuzz-seed = 1.5\n": ":2: fuzz-seed: it must be a whole number, not 1.5",
    "[tool.waxseal]\npatience = '2'\n": ":2: patience: it must be a number, not '2'",
    "[tool.waxseal]\nclaims = \n": ":2: Invalid value",
    "target = 'a:1'\n": ": there is no [tool.waxseal]: put the options below that line",
    "tool = 1\n": ": there is no [tool.waxseal]",
    "\xff": ": this is not UTF-8",
}


@pytest.mark.parametrize("text", BAD)
def test_a_file_that_makes_no_sense_is_named_with_its_line(tmp_path, text):
    path = tmp_path / "waxseal.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(DefaultsError) as raised:
        from_file(path, KINDS)
    assert str(raised.value).startswith(f"{path}{BAD[text]}")
    assert "\n" not in str(raised.value)


def test_a_directory_is_no_file(tmp_path):
    with pytest.raises(DefaultsError, match="Is a directory"):
        from_file(tmp_path, KINDS)
