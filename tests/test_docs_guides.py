"""The guides of docs/: a reader types every command of one in its order, and sees what it shows.

A guide is gone through once, in one directory; what its commands share is made once.
"""

import re
from pathlib import Path

import pytest

from conformance.harness.targets.loopback import free_loopback
from tests.reader import Reader, blocks, commands

DOCS = Path(__file__).resolve().parents[1] / "docs"
GUIDES = ("tutorial.md", "migrating.md", "proxy-authors.md", "security-testing.md")
PORTS = (1080, 1110, 1143, 1993, 2993, 9000)
# What sets the machine up; test_readme.py and test_scripts.py install waxseal.
SET_UP = ("apt-get", "pip install", "git clone")


@pytest.fixture
def reader(tmp_path):
    """Types in an empty directory, on an address of his own."""
    reader = Reader(tmp_path, {"127.0.0.1": free_loopback(PORTS)})
    yield reader
    reader.tidy()


def is_set_up(block):
    return any(words in block for words in SET_UP)


@pytest.mark.parametrize("guide", GUIDES)
def test_the_commands_work_and_print_what_is_shown(reader, guide):
    printed = None
    for language, block in blocks(DOCS / guide):
        if language == "sh" and not is_set_up(block):
            # As printed; but a busy machine leaves nothing open.
            done = reader.types(block, WAXSEAL_PATIENCE="10")
            printed = done.stdout
            assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
        elif language == "text" and printed is not None:
            assert reader.is_shown(block, printed), f"shown:\n{block}\nprinted:\n{printed}"


def test_no_guide_is_left_out():
    typed = {path.name for path in DOCS.glob("*.md") if commands(path)}
    # test_ci.py and test_readme.py type these.
    assert typed - {"ci.md", "manual.md"} == set(GUIDES)


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")) + sorted(DOCS.parent.glob("*.md")))
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
