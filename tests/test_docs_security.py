"""What SECURITY.md promises, where no other test holds it."""

import ast
import os
from pathlib import Path

from conformance.harness.pki.kit import write_kit
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
    name = ast.unparse(call.func)
    given = {word.arg: ast.unparse(word.value) for word in call.keywords}
    first = ast.unparse(call.args[0]) if call.args else ""
    named = "'sh'" in first or "'bash'" in first or "/sh'" in first
    return name in SHELLS or name.endswith("_shell") or given.get("shell") == "True" or (
        named and "subprocess" in name
    )  # fmt: skip


def test_no_program_is_started_by_a_shell():
    assert [str(path) for path in CODE for call in calls(path) if starts_a_shell(call)] == []


def test_a_shell_would_be_seen():
    said = (
        "subprocess.run(x, shell=True)",
        "os.system(x)",
        "subprocess.Popen(['/bin/sh', '-c', x])",
    )
    assert all(starts_a_shell(ast.parse(text, mode="eval").body) for text in said)


def test_no_temporary_name_is_guessed():
    # Its own name is random, and must not be there.
    others = [path for path in CODE if path.name != "scratch.py"]
    made = {ast.unparse(call.func) for path in others for call in calls(path)}
    assert {name for name in made if name.endswith(("mktemp", "gettempdir"))} == set()


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
