"""A listener before and after one change of its configuration, and whoever has to do with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from conformance.cast import cast
from conformance.claimed import workable_versions
from conformance.harness.endpoint import Way
from conformance.harness.pki.person import Person
from conformance.harness.pki.standing import Standing
from conformance.listener import Listener


@dataclass(frozen=True)
class Altered:
    """One listener before and after a change of `directive`.

    `people` are all whom the authorities have issued certificates to; `company` are the
    listeners of the other servers, of which nothing changes.
    """

    directive: str
    before: Listener
    after: Listener
    people: Sequence[Person] = ()
    company: Sequence[Listener] = ()

    def both(self, directive: str, *values: str) -> bool:
        """The directive has one of these values, before and after."""
        return all(x.value(directive) in values for x in (self.before, self.after))

    def alive(self, version: str = "") -> bool:
        """Before or after, some handshake succeeds (of that version)."""
        found = {*workable_versions(self.before), *workable_versions(self.after)}
        return version in found if version else bool(found)

    @property
    def nobody_gets_in(self) -> bool:
        """No client is served behind TLS, neither before nor after."""
        return not any(_somebody_in(x, self.people) for x in (self.before, self.after))


def _somebody_in(listener: Listener, people: Sequence[Person]) -> bool:
    if listener.way is Way.NONE:
        return True
    if not workable_versions(listener):
        return False
    demanded = listener.value("ssl_verify_client") == "on"
    return not demanded or cast(listener, people, {}).get(Standing.TRUSTED) is not None


Rule = Callable[[Altered], str | None]
"""From a change to the reason why nobody outside could notice it, if that is so."""
