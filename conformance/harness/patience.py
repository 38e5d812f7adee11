"""How long to wait for a target: deadlines in its own measure, never a sleep."""

from __future__ import annotations

import time
from dataclasses import dataclass

FLOOR_SECONDS = 2.0
FIRST_CONTACT_SECONDS = 5.0
MULTIPLE = 20.0
# Times what one error takes.
ERRORS = 1.5


@dataclass(frozen=True)
class Patience:
    """Seconds to wait for one answer.

    Starts at `FIRST_CONTACT_SECONDS`; once a greeting and a handshake have been
    measured, `MULTIPLE` times what they took, but never under the floor: a
    loaded machine must not turn a slow answer into a hang. Who keeps errors back is
    given `ERRORS` times what one of them took.
    """

    answer: float = FIRST_CONTACT_SECONDS
    factor: float = 1.0

    def measured(self, greeting_and_handshake: float, error: float = 0.0) -> Patience:
        """A patience fit for a target that needed that many seconds for these."""
        usual = MULTIPLE * greeting_and_handshake
        return Patience(max(FLOOR_SECONDS, usual, ERRORS * error), self.factor)

    def longer(self, times: float) -> Patience:
        """So many times as patient."""
        return Patience(self.answer * times, self.factor)

    def deadline(self) -> Deadline:
        """A deadline that starts now."""
        return Deadline.after(self.answer * self.factor)


@dataclass(frozen=True)
class Deadline:
    """A point on the monotonic clock."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """So many seconds from now."""
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds that remain; 0.0 once it has passed."""
        return max(0.0, self.at - time.monotonic())
