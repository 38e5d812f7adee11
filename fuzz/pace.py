"""How quickly streams are said, and how long silence is no answer."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Pace:
    """How quickly we speak and take silence for an answer, at a server that greets at once.

    Segments are `apart` seconds, or as long as the greeting took, but never over
    `MOST_APART`. Words are swallowed that are not answered in `grace` seconds, or
    in `multiple` times what the greeting took.
    """

    apart: float
    grace: float
    multiple: float


MOST_APART = 0.03
# What counts must not depend on how busy the machine is.
UNHURRIED = Pace(apart=0.02, grace=0.5, multiple=50)
# For what would be grave if it were so: all of the target's time must be up first.
PATIENT = replace(UNHURRIED, grace=float("inf"))
# A first look. Its grace is for words that may be data of a literal or a challenge: there silence
# is likely, and waiting for it costs most.
HURRIED = Pace(apart=0.0005, grace=0.1, multiple=10)
# Streams that failed once are few, and their cuts may be why: these must come apart.
CERTAIN = replace(HURRIED, apart=UNHURRIED.apart)
