"""ALPN, of which nginx has no directive: it takes the protocol's name, and no other (RFC 7301)."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.expectations.outcome import seen
from conformance.harness.observation import Observation
from conformance.inference.asker import Asker
from conformance.inference.finding import Found

_STRANGE = "waxseal"


@dataclass(frozen=True)
class Names:
    """What became of a client that names the protocol, and of one that names something else."""

    right: Observation | None = None
    wrong: Observation | None = None


def look(ask: Asker, versions: tuple[str, ...]) -> Names:
    """Two visits."""
    top = versions[-1:]
    if not top or "SSL" in top[0]:
        return Names()
    name = str(ask.endpoint.protocol)
    right = ask(versions=top, alpn=(name,))
    return Names(right, ask(versions=top, alpn=(_STRANGE,), hello_only=True))


def findings(facts: Names) -> Found:
    """A remark: there is no directive for it."""
    if facts.right is None or facts.wrong is None or facts.right.tls is None:
        return Found()
    right = facts.right.tls.alpn or "nothing"
    wrong = f"is refused ({seen(facts.wrong)})" if facts.wrong.alert else "goes on without"
    return Found(
        remarks=(
            f"ALPN: of a client that names {facts.right.offer.alpn[0]} {right} is chosen; "
            f"one that names something else {wrong}",
        )
    )
