"""Who may import whom, how long a file and a function may be, and what no file may say."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("conformance", "fuzz", "reference_proxy")
FILES = sorted(p for name in (*PACKAGES, "tests") for p in (ROOT / name).rglob("*.py"))
CODE = [p for p in FILES if p.parts[len(ROOT.parts)] in PACKAGES]

# The rooms of `conformance`, lowest first: each imports only from lines above its own, and a room
# of several modules from itself.
LAYERS = [
    [
        *("harness", "once", "server_blocks", "declared", "places", "premises"),
        *("interrupts", "offspring"),
    ],
    ["verdict", "trying", "defaults"],
    ["listener", "ahead"],
    ["directives", "configuration"],
    ["session_claims", "conf_commands"],
    ["claims", "claimed", "ciphers", "certificate_headers", "phrases", "options"],
    [
        *("adapting", "cast", "claimed_groups", "claimed_keys", "reproduce"),
        *("answering", "pacing", "placing", "refusals"),
    ],
    ["applicability"],
    ["company"],
    ["requirements", "applicability_versions", "relations", "workers"],
    ["applicability_keys"],
    ["visitor", "expectations", "report"],
    ["looks", "judge", "baseline", "resumption", "applying"],
    ["resumable", "evidence", "excuses"],
    ["trespass"],
    ["scenarios", "suite"],
    ["prepare"],
    ["twin"],
    ["run"],
    ["streams", "mutants", "inference", "fleet"],
    ["proofs", "rejudging"],
    ["explain"],
    ["plugin", "fuzzing", "scoreboard", "compare"],
    ["cli", "__main__"],
    ["manual"],
]
HEIGHT = {room: n for n, rooms in enumerate(LAYERS) for room in rooms}
# What only the glue may know of pytest: it makes marks, options, tests.
KNOW_PYTEST = {"plugin", "declared", "options", "requirements", "cli", "__main__"}
# Where the fuzzer and the suite meet.
GLUE = {"plugin", "run", "fuzzing", "cli", "excuses"}
JUDGING = {
    "verdict", "listener", "directives", "configuration", "claims", "claimed", "ciphers", "cast",
    "certificate_headers", "applicability", "requirements", "expectations", "report", "reproduce",
    "claimed_keys", "claimed_groups", "applicability_keys", "applicability_versions",
    "conf_commands", "premises", "applying", "evidence", "rejudging", "refusals", "company",
}  # fmt: skip
FILE_LINES, TEST_FILE_LINES, FUNCTION_LINES = 400, 500, 50

# The paths of a workplace, in pieces: this file is searched too.
WORKPLACE = re.compile("|".join("/" + place for place in ("work/", "home/", "root/", "Users/")))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def imports(path: Path) -> set[str]:
    """The dotted modules that a file imports anywhere, relative ones made absolute."""
    package = list(path.relative_to(ROOT).with_suffix("").parts[:-1])
    found = set()
    for node in ast.walk(tree(path)):
        match node:
            case ast.Import():
                found |= {alias.name for alias in node.names}
            case ast.ImportFrom(level=0, module=str(module)):
                found |= {f"{module}.{alias.name}" for alias in node.names}
            case ast.ImportFrom(level=level):
                base = package[: len(package) - level + 1] + (node.module or "").split(".")
                found |= {".".join([*filter(None, base), alias.name]) for alias in node.names}
    return found


def ours(path: Path, package: str) -> set[str]:
    return {module for module in imports(path) if module.split(".")[0] == package}


def room(path: Path) -> str:
    return path.relative_to(ROOT / "conformance").parts[0].removesuffix(".py")


CONFORMANCE = [p for p in CODE if name(p).startswith("conformance/")]
ROOMS = [p for p in CONFORMANCE if name(p) != "conformance/__init__.py"]


def test_every_room_has_its_place():
    assert {room(path) for path in ROOMS} <= set(HEIGHT)


def test_rooms_import_what_is_below():
    assert [
        f"{name(path)} imports {module}"
        for path in ROOMS
        for module in ours(path, "conformance")
        if room(path) != (other := module.split(".")[1]) and HEIGHT[other] >= HEIGHT[room(path)]
    ] == []


def may_cross(path: Path, module: str) -> bool:
    """The fuzzer stands on the harness; its own scenarios and the glue bring both together."""
    if path.is_relative_to(ROOT / "fuzz"):
        return module.startswith("conformance.harness.") or path.name.startswith("test_")
    return path in ROOMS and room(path) in GLUE and module.startswith("fuzz")


def test_packages_are_apart():
    assert [
        f"{name(path)} imports {module}"
        for path in CODE
        for other in {*PACKAGES, "tests"} - {path.relative_to(ROOT).parts[0]}
        for module in ours(path, other)
        if not may_cross(path, module)
    ] == []


def test_only_the_glue_knows_pytest():
    rest = [path for path in ROOMS if room(path) not in KNOW_PYTEST]
    assert [name(path) for path in rest if ours(path, "pytest")] == []


def test_what_judges_touches_no_socket():
    judging = [path for path in ROOMS if room(path) in JUDGING]
    assert [
        f"{name(path)} imports {module}"
        for path in judging
        for module in imports(path)
        if module.split(".")[0] in ("socket", "ssl", "asyncio", "select", "subprocess")
    ] == []


def test_files_are_short():
    long = [(name(p), len(p.read_text("utf-8").splitlines())) for p in FILES]
    limits = {True: FILE_LINES, False: TEST_FILE_LINES}
    assert [(path, n) for path, n in long if n > limits[not path.startswith("tests/")]] == []


def test_functions_are_short():
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    found = [(p, n) for p in CODE for n in ast.walk(tree(p))]
    assert [
        f"{name(path)}: {node.name}"
        for path, node in found
        if isinstance(node, kinds) and (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES
    ] == []


def test_no_file_names_a_workplace():
    assert [name(path) for path in FILES if WORKPLACE.search(path.read_text("utf-8"))] == []


def test_fixtures_are_data():
    assert list((ROOT / "fixtures").rglob("*.py")) == []
