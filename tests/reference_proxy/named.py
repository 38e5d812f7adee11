"""The rows and tests of the reference, by the names that the tables of clauses have for them.

A name begins with the room that the row is in: `handshakes.SERVER OPTIONS`, `resumptions.KIND:
VISITS`, `hellos.NAME`, `config.NAME`; a conversation's own name has its subject in front. A test
is `FILE::FUNCTION`, the file relative to this directory.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

from tests.reference_proxy import conversations
from tests.reference_proxy.config.rows import rows as configurations
from tests.reference_proxy.tls import handshakes, hellos, resumptions

HERE = Path(__file__).parent
# What may stand behind the words that a name begins with.
_ENDS = (" ", "(")


def _everything() -> tuple[str, ...]:
    return (
        *(f"handshakes.{name}" for name in handshakes.names()),
        *(f"resumptions.{name}" for name in resumptions.names()),
        *(f"hellos.{name}" for name in hellos.names()),
        *(f"config.{name}" for name in configurations()),
        *(row.name for row in conversations.ROWS),
        *_tests(),
    )


def _tests() -> Iterator[str]:
    for path in sorted(HERE.rglob("test_*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield f"{path.relative_to(HERE)}::{node.name}"


# The names of all rows and tests.
EVERYTHING = _everything()
_EXACT = frozenset(EVERYTHING)


@functools.cache
def found(words: str) -> tuple[str, ...]:
    """What has this name; if nothing has, what begins with these words."""
    if words in _EXACT:
        return (words,)
    return tuple(
        name
        for name in EVERYTHING
        if name.startswith(words) and name[len(words) : len(words) + 1] in _ENDS
    )
