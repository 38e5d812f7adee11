"""What the auth server and the back ends saw of a login (level L2).

The auth double undoes the escaping of header values, so values compare as they are.
"""

from __future__ import annotations

from collections.abc import Sequence

from conformance.certificate_headers import plain_name
from conformance.expectations.outcome import (
    holds,
    is_accepted,
    no_verdict,
    refused,
    seen,
    told,
)
from conformance.harness.mail.words import Command, Kind
from conformance.harness.observation import AuthRequest, Observation, answered_well
from conformance.harness.transcript import escaped


def logged_in(observation: Observation) -> None:
    """The login was answered positively, and service went on."""
    reply = observation.login.reply if observation.login else None
    if observation.login is None:
        no_verdict("the login succeeds", f"it could not be tried: {seen(observation)}", observation)
    holds("the login succeeds", is_accepted(observation), f"{told(reply)}, {seen(observation)}", observation)


def login_refused(observation: Observation, *, control: Observation) -> None:
    """The login was declined in the mail protocol, while the control was served."""
    refused(observation, control=control)
    reply = observation.login.reply if observation.login else None
    right = reply is not None and reply.kind in (Kind.NEGATIVE, Kind.BYE)
    holds("the login is declined", right, told(reply), observation, control)


def heard_nothing(observation: Observation, heard: Sequence[AuthRequest], *, control: Observation) -> None:
    """The auth server was not asked, while the control's login got there."""
    expected = "nothing of it reaches the auth server"
    if not control.auth:
        no_verdict(expected, f"not even the control's login did: {seen(control)}", control)
    holds(expected, not heard, f"{len(heard)} requests", observation, control)


def _request(observation: Observation, expected: str) -> AuthRequest:
    if observation.login is None:
        no_verdict(expected, f"the login could not be tried: {seen(observation)}", observation)
    if not observation.auth:
        holds(expected, False, f"the auth server was not asked; {seen(observation)}", observation)
    return observation.auth[-1]


def asked_once(observation: Observation) -> None:
    """The login made one request."""
    _request(observation, "one request at the auth server")
    count = len(observation.auth)
    holds("one request at the auth server", count == 1, f"{count} requests", observation)


def header(
    observation: Observation, name: str, value: str | None, *, prefix: bool = False, secret: bool = False
) -> None:
    """The request has the header once with this value (or one that begins so); None: not at all."""
    if value is None:
        no_header(observation, name)
        return
    shown = "what the client said" if secret else _shown(value)
    expected = f"{name}: {shown}{'…' if prefix else ''}"
    found = _request(observation, expected).all(name)
    right = len(found) == 1 and (found[0].startswith(value) if prefix else found[0] == value)
    text = ", ".join(_shown(v) for v in found) or "no such header"
    holds(expected, right, "something else" if secret and not right else text if not secret else shown, observation)


def header_matches(observation: Observation, name: str, value: bytes) -> None:
    """The header is this distinguished name, in whatever correct escaping."""
    expected = f"{name}: {escaped(value)}"
    found = _request(observation, expected).all(name)
    right = len(found) == 1 and plain_name(found[0]) == value
    holds(expected, right, ", ".join(map(_shown, found)) or "no such header", observation)


def no_header(observation: Observation, *names: str) -> None:
    """The request has none of these headers; `Auth-SSL*` stands for all that begin so."""
    expected = f"no {', '.join(names)}"
    request = _request(observation, expected)
    found = [k for k, _ in request.headers for n in names if _is_named(k, n.lower())]
    holds(expected, not found, ", ".join(found) or "none of them", observation)


def _is_named(header_name: str, name: str) -> bool:
    return header_name.startswith(name[:-1]) if name.endswith("*") else header_name == name


def heard_at_backend(observation: Observation) -> None:
    """The back end that the auth server named was logged in to, once, as the same user."""
    _request(observation, "a login at the back end")
    user = observation.offer.login.user if observation.offer.login else ""
    sessions = observation.backend
    text = f"{len(sessions)} sessions; {seen(observation)}"
    holds(f"one session of {user} at the back end", len(sessions) == 1 and is_accepted(observation), text, observation)


def relayed(observation: Observation, command: Command) -> None:
    """After the login the command reached the back end, and a reply the client."""
    _request(observation, "a relayed command")
    wanted = command.argument.encode()
    at_backend = sum(line.endswith(wanted) for s in observation.backend for line in s.lines)
    holds(f"`{command.argument}` reaches the back end once", at_backend == 1, f"{at_backend} times", observation)
    exchange = next((x for x in observation.inside if x.command == command), None)
    answered = exchange is not None and exchange.reply is not None
    holds("the back end's reply reaches the client", answered and answered_well(observation.probe), seen(observation), observation)


def _shown(value: str) -> str:
    return escaped(value.encode("utf-8", "surrogateescape"))[:300]
