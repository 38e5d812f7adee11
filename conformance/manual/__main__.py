"""Write the reference pages anew: `python -m conformance.manual [DIR]`, of a checkout's root."""

from __future__ import annotations

import sys
from pathlib import Path

from conformance.manual.pages import NOTE, pages

_USAGE = "usage: python -m conformance.manual [DIR]   (the reference pages; default docs/reference)"


def main(words: list[str]) -> int:
    """Write every page, and take away those of ours of what is not there any more."""
    if words in (["-h"], ["--help"]):
        print(_USAGE)
        return 0
    if len(words) > 1 or any(word.startswith("-") for word in words):
        print(_USAGE, file=sys.stderr)
        return 4
    place = Path(*words) if words else Path("docs", "reference")
    wanted = {place / name: text for name, text in pages().items()}
    there = {path for path in place.rglob("*.md") if path.is_file()}
    ours = {path for path in there if path.read_text("utf-8", "replace").startswith(NOTE)}
    if others := sorted(there & set(wanted) - ours):
        print(f"{others[0]}: somebody else wrote that: name another directory", file=sys.stderr)
        return 4
    for path in ours - set(wanted):
        path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    print(f"{place}: {len(wanted)} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
