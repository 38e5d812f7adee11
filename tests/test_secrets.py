"""No secret of the kit is in anything that a run prints or writes.

What a campaign with a login writes is looked at in tests/fuzz/test_command.py.
"""

import base64
import re

import pytest

from conformance.report.write import SUFFIXES

# Every directive whose files are secret is looked at, and logins are made.
PART = "locked or ticket or credentials or revoked or certificate_key or sasl or wrong_password"
FORMS = tuple(f"report{suffix}" for suffix in SUFFIXES)


@pytest.fixture(scope="module")
def written(commands):
    """The kit's directory, and all that was printed and written, as one text for each."""
    made = commands.waxseal("kit", "kit")
    assert made.status == 0
    words = [word for name in FORMS for word in ("--report", name)]
    done = commands.certify("--launch", "reference", "--kit", "kit", "-k", PART, *words,
                            "--junitxml", "junit.xml", "--fuzz-examples", "5", "-vv")  # fmt: skip
    assert done.status == 0, done.out + done.err
    here = commands.directory / "here"
    files = {name: (here / name).read_text() for name in (*FORMS, "junit.xml")}
    return here / "kit", {"printed": made.out + made.err + done.out + done.err, **files}


def secrets(kit):
    """Each secret of the kit in the forms in which somebody could use it, by its file."""
    for path in sorted(kit.rglob("*")):
        if path.suffix in (".key", ".pem") and "PRIVATE KEY" in path.read_text(errors="replace"):
            (body,) = re.findall(r"PRIVATE KEY-----\n(.*?)\n-----END", path.read_text(), re.DOTALL)
            lines = [line for line in body.split("\n") if len(line) == 64]
            # An RSA key begins with its modulus, which its certificate shows to everybody.
            secret = lines[8:] if len(lines) > 10 else lines[:2]
            yield from ((path.name, line) for line in secret)
        elif path.name.startswith("ticket-"):
            key = path.read_bytes()
            yield from ((path.name, form) for form in (key.hex(), base64.b64encode(key).decode()))
        elif path.suffix == ".pass":
            yield from ((path.name, line) for line in path.read_text().splitlines() if line)


def test_nothing_that_is_written_has_a_secret_of_the_kit(written):
    kit, texts = written
    looked_for = set(secrets(kit))
    assert {name.rpartition(".")[2] for name, _ in looked_for} >= {"key", "pem", "pass"}
    assert [
        (where, name) for where, text in texts.items() for name, one in looked_for if one in text
    ] == []


def test_the_search_finds_what_is_there(written):
    kit, _ = written
    everything = "".join(p.read_text(errors="replace") for p in kit.rglob("*.key"))
    assert any(secret in everything for _, secret in secrets(kit))
