"""Write the reference pages anew: `python -m conformance.manual [DIR]`, of a checkout's root."""

from __future__ import annotations

import sys
from pathlib import Path

from conformance.manual.pages import pages

_USAGE = "usage: python -m conformance.manual [DIR]   (the reference pages; default docs/reference)"


def main(words: list[str]) -> int:
    """Write every page, and take away those of what is not there any more."""
    if len(words) > 1 or any(word.startswith("-") for word in words):
        print(_USAGE, file=sys.stderr)
        return 4
    place = Path(*words) if words else Path("docs", "reference")
    wanted = {place / name: text for name, text in pages().items()}
    for path in set(place.rglob("*.md")) - set(wanted):
        path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    print(f"{place}: {len(wanted)} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
