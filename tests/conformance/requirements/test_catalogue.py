import ast
import re
from collections import Counter
from pathlib import Path

import pytest

import conformance
from conformance.directives import KNOWN
from conformance.harness.fixtures import fixture
from conformance.requirements import catalogue as module
from conformance.requirements.catalogue import Basis, Level, catalogue, digest
from conformance.requirements.reading import CatalogueError

ROOT = Path(conformance.__file__).parent
PAGE = " ".join(fixture("spec/ngx_mail_ssl_module.txt").read_text("utf-8").split())
ENTRY = 'directive = "d"\nsource = "s"\nbasis = "stated"\nlevel = "MUST"\n["a.b"]\nreading = "r"\n'


def proved():
    """The requirement of every scenario, read from its decorator without running it."""
    for path in sorted((ROOT / "scenarios").glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                calls = [d for d in node.decorator_list if isinstance(d, ast.Call)]
                names = [d.args[0].value for d in calls if d.func.id == "requirement"]
                yield f"{path.name}:{node.name}", names


def judged_elsewhere():
    """The requirements that the fuzzer's oracles name, and the run itself."""
    paths = *(ROOT.parent / "fuzz" / "oracles").glob("*.py"), ROOT / "run.py"
    text = "".join(path.read_text("utf-8") for path in paths)
    return set(re.findall(r'"([a-z_]+\.[A-Za-z0-9_]+)"', text)) & set(catalogue())


def test_every_scenario_proves_one_requirement_of_the_catalogue():
    for scenario, names in proved():
        assert len(names) == 1, scenario
        assert names[0] in catalogue(), scenario


def test_every_requirement_is_proved_by_one_scenario_or_judged_elsewhere():
    count = Counter(name for _, names in proved() for name in names)
    assert max(count.values()) == 1
    assert set(catalogue()) - set(count) == judged_elsewhere() - set(count)


@pytest.mark.parametrize("entry", catalogue().values(), ids=catalogue())
def test_entry(entry):
    assert re.fullmatch(r"[a-z0-9_]+\.[A-Za-z0-9_]+", entry.id)
    assert entry.directive in KNOWN | {"rfc", "security"}
    assert entry.source
    assert re.fullmatch(r"[A-Z`A-Za-z].*\.", entry.reading), entry.reading
    if entry.source.startswith("spec/") and entry.quote:
        assert " ".join(entry.quote.split()) in PAGE
    if entry.basis is Basis.STATED:
        assert entry.quote
        assert entry.source.startswith("spec/")
    if entry.basis is Basis.OBSERVED:
        assert entry.level is not Level.MUST


@pytest.fixture
def written(tmp_path, monkeypatch):
    def write(*texts):
        for number, text in enumerate(texts):
            (tmp_path / f"{number}.toml").write_text(text, "utf-8")
        monkeypatch.setattr(module, "_HERE", tmp_path)
        return catalogue.__wrapped__()

    return write


def test_the_top_of_a_file_is_the_default(written):
    entry = written(ENTRY)["a.b"]
    assert (entry.directive, entry.level, entry.quote) == ("d", Level.MUST, "")


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        ((ENTRY, ENTRY), "1.toml: a.b is in the catalogue twice"),
        (("a = ",), "0.toml: Invalid value"),
        ((ENTRY + ENTRY[-15:],), "0.toml: .*overwrite"),
        ((ENTRY.replace("MUST", "NEVER"),), "0.toml: a.b: .*NEVER"),
        ((ENTRY.replace("stated", "observed"),), "never a MUST"),
        ((ENTRY.replace("reading", "reding"),), "reading"),
        ((ENTRY + 'more = "x"\n',), "unknown keys more"),
        ((ENTRY.replace('"r"', '""'),), "the reading is empty"),
        ((ENTRY.replace('"r"', "1"),), "reading"),
    ],
)
def test_a_malformed_catalogue(written, texts, why):
    with pytest.raises(CatalogueError, match=why):
        written(*texts)


def test_the_digest_tells_catalogues_apart(written):
    ours = digest()
    assert re.fullmatch("[0-9a-f]{64}", ours)
    written(ENTRY)
    first = digest()
    written(ENTRY.replace('"r"', '"another"'))
    assert len({ours, first, digest()}) == 3
