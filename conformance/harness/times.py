"""Times as nginx writes them."""

from __future__ import annotations

import itertools
import re

_UNITS = {
    "y": 31_536_000, "M": 2_592_000, "w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1, "": 1,
}  # fmt: skip
_TIME = re.compile(r"(\d+)([yMwdhms]?) ?")


def seconds(values: tuple[str, ...]) -> int:
    """A time as nginx reads it: `90`, `5m`, `1h 30m`, the larger units first, each once.

    Raises ValueError with a reason.
    """
    text = values[0] if len(values) == 1 else ""
    parts = _TIME.findall(text)
    if not parts or "".join(m[0] for m in _TIME.finditer(text)) != text or text.endswith(" "):
        raise ValueError(f'"{" ".join(values)}" is no time such as 300, 5m or "1h 30m"')
    sizes = [_UNITS[unit] for _, unit in parts]
    if any(after >= before for before, after in itertools.pairwise(sizes)):
        raise ValueError(f'"{text}" does not have each unit once and the larger ones first')
    return sum(int(number) * _UNITS[unit] for number, unit in parts)
