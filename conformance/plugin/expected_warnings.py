"""The warnings that visits give on purpose: they ask for what Python deprecates.

Filters belong to a whole process, and visits run in threads and in processes of
their own; so they are said at two places and nowhere near the visits.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

# (the message's beginning, the module that gives it); all are DeprecationWarnings.
_EXPECTED = ((r"ssl\.TLSVersion\.TLSv1", ""), ("", "imaplib2"))


def expected_warnings() -> list[str]:
    """As lines of pytest's `filterwarnings`."""
    return [f"ignore:{message}:DeprecationWarning:{module}" for message, module in _EXPECTED]


@contextmanager
def ignored() -> Iterator[None]:
    """Here, and in a process that is forked here, they are ignored."""
    with warnings.catch_warnings():
        for message, module in _EXPECTED:
            warnings.filterwarnings("ignore", message, DeprecationWarning, module)
        yield
