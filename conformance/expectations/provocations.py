"""How a server takes what no client says (see `harness.tls.provoke`)."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.expectations.outcome import (
    chose_version,
    holds,
    is_refused,
    no_verdict,
    seen,
)
from conformance.harness.observation import Observation
from conformance.verdict import NotApplicable

# The server turned the connection down.
_TURNED_DOWN = ("alert", "closed", "reset")


def heartbeat_unanswered(observation: Observation) -> None:
    """A heartbeat that claims more than it holds brought back none (CVE-2014-0160)."""
    expected = "no heartbeat in answer"
    words = _reaction(observation, expected)
    if words == ("nothing",):
        no_verdict(expected, "nothing came, not even of the record behind it", observation)
    holds(expected, "heartbeat" not in words, _shown(words), observation)


def change_turned_down(observation: Observation) -> None:
    """A ChangeCipherSpec that came too early ended the handshake (CVE-2014-0224).

    Whoever says nothing of it, and something of the record behind it, has taken it;
    but an `unexpected_message` that comes late is still one.
    """
    expected = "a ChangeCipherSpec before the key exchange ends the handshake"
    words = _reaction(observation, expected)
    if set(words) == {"nothing"}:
        no_verdict(expected, "nothing came, not even of the record behind it", observation)
    right = words[0].startswith(_TURNED_DOWN) or "alert unexpected_message" in words
    holds(expected, right, _shown(words), observation)


def not_renegotiated(observation: Observation) -> None:
    """Another ClientHello inside the session brought no other handshake.

    It is declined, or ends the connection, or the session goes on without it.
    """
    expected = "no second handshake in a session"
    words = _reaction(observation, expected)
    if words == ("nothing",):
        no_verdict(expected, "nothing came, not even of the command behind it", observation)
    holds(expected, "handshake" not in words, _shown(words), observation)


def same_reaction(observations: Sequence[Observation]) -> None:
    """All of them were taken alike: the server tells nobody what was wrong (CVE-2017-13099)."""
    expected = f"the same reaction to {len(observations)} key exchanges, whatever is wrong in them"
    found = [_reaction(observation, expected) for observation in observations]
    for words, observation in zip(found, observations, strict=True):
        if "nothing" in words:
            no_verdict(expected, "nothing came", observation)
    # How the connection ends behind an alert is the kernel's business.
    told = [words[:1] for words in found]
    other = next((n for n, words in enumerate(told) if words != told[0]), 0)
    text = f"{_shown(told[0])}; to {_named(observations[other])}: {_shown(told[other])}"
    holds(expected, not other, text if other else _shown(told[0]), *observations)


def _reaction(observation: Observation, expected: str) -> tuple[str, ...]:
    """What came; it does not arise where the handshake that it belongs into is refused."""
    words = observation.reaction
    if not words and is_refused(observation):
        raise NotApplicable(f"no such handshake is begun: {seen(observation)}")
    if not words and observation.offer.hello_only and chose_version(observation):
        raise NotApplicable(f"the handshake leaves no room for it: {seen(observation)}")
    if not words:
        no_verdict(expected, seen(observation), observation)
    return words


def _shown(words: Sequence[str]) -> str:
    return ", ".join(words)


def _named(observation: Observation) -> str:
    return observation.offer.provoke.value if observation.offer.provoke else "nothing"
