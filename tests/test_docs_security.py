"""What SECURITY.md promises, where no other test holds it."""

import ast
import os
from pathlib import Path

import pytest

from conformance.harness.pki.kit import write_kit
from conformance.harness.scratch import scratch
from conformance.harness.targets.product import Plan

ROOT = Path(__file__).resolve().parents[1]
CODE = [
    p for name in ("conformance", "fuzz", "reference_proxy") for p in (ROOT / name).rglob("*.py")
]
SHELLS = {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}


def calls(path):
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    return [node for node in nodes if isinstance(node, ast.Call)]


def starts_a_shell(call):
    given = {word.arg: ast.unparse(word.value) for word in call.keywords}
    name = ast.unparse(call.func)
    return name in SHELLS or name.endswith("_shell") or given.get("shell", "False") != "False"


def scripts(tree):
    """What is given to a shell as `-c`, wherever a command line is written down."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple | ast.List):
            words = [x.value if isinstance(x, ast.Constant) else None for x in node.elts]
            for n, word in enumerate(words[:-1]):
                if word == "-c" and n and str(words[n - 1]).endswith("sh"):
                    yield node.elts[n + 1]


def fixed(tree):
    """The names of a module's texts that are written in it, and only there."""
    return {
        ast.unparse(node.targets[0])
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }


def is_fixed(script, tree):
    return isinstance(script, ast.Constant) or ast.unparse(script) in fixed(tree)


def test_no_program_is_started_by_a_shell():
    assert [str(path) for path in CODE for call in calls(path) if starts_a_shell(call)] == []


def test_what_a_shell_is_given_is_a_script_of_ours():
    trees = [ast.parse(path.read_text("utf-8")) for path in CODE]
    found = [(script, tree) for tree in trees for script in scripts(tree)]
    assert found
    assert [ast.unparse(script) for script, tree in found if not is_fixed(script, tree)] == []


@pytest.mark.parametrize("text", ["subprocess.run(x, shell=True)", "os.system(x)", "os.popen(x)"])
def test_a_shell_would_be_seen(text):
    assert starts_a_shell(ast.parse(text, mode="eval").body)


def test_a_script_that_is_put_together_would_be_seen():
    tree = ast.parse("subprocess.Popen(['/bin/sh', '-c', f'kill {pid}'])")
    assert [is_fixed(script, tree) for script in scripts(tree)] == [False]


def test_nobody_else_may_list_what_a_run_needs_for_itself():
    before = os.umask(0)
    try:
        with scratch() as directory:
            assert directory.stat().st_mode & 0o066 == 0
    finally:
        os.umask(before)


def test_secrets_of_a_kit_are_private_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        kit = write_kit(tmp_path / "kit", "127.0.0.1", 20000)
    finally:
        os.umask(before)
    secret = [
        path
        for path in kit.directory.rglob("*")
        if path.is_file()
        and (path.suffix in (".key", ".pass") or b"PRIVATE KEY" in path.read_bytes())
    ]
    assert len(secret) > 20
    assert [path.name for path in secret if path.stat().st_mode & 0o077] == []


def test_what_is_started_is_told_no_password(monkeypatch):
    monkeypatch.setenv("WAXSEAL_PASSWORD", "secret")
    environment = Plan("a product", (), Path("log"), {"MORE": "1"}).full_environment()
    assert "WAXSEAL_PASSWORD" not in environment
    assert (environment["PATH"], environment["MORE"]) == (os.environ["PATH"], "1")


def test_no_option_takes_a_password():
    reference = ROOT / "docs/reference"
    assert "--password" not in (reference / "options.md").read_text()
    assert "--password" not in (reference / "command-line.md").read_text()
