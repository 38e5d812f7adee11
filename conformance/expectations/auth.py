"""What the auth server and the back ends saw of a login (level L2).

The auth double undoes the escaping of header values, so values compare as they are.
"""

from __future__ import annotations

from collections.abc import Sequence

from conformance.certificate_headers import plain_name
from conformance.expectations.outcome import (
    SHOWN,
    holds,
    is_accepted,
    is_refused,
    needs_control,
    no_verdict,
    seen,
    told,
)
from conformance.harness.endpoint import Protocol
from conformance.harness.mail.words import Command, Kind
from conformance.harness.observation import (
    AuthRequest,
    BackendSession,
    Exchange,
    Observation,
    answered_well,
)
from conformance.harness.transcript import escaped
from conformance.refusals import REFUSALS, refusals
from conformance.verdict import NotApplicable

# RFC 4954 section 4: the authentication mechanism is not known.
_NO_MECHANISM = "504"


def logged_in(observation: Observation) -> None:
    """The login was answered positively, and service went on."""
    expected = "the login succeeds"
    reply = login_tried(observation, expected).reply
    holds(expected, is_accepted(observation), f"{told(reply)}, {seen(observation)}", observation)


def login_refused(observation: Observation, *, control: Observation) -> None:
    """The login was declined in the mail protocol, while the control was served."""
    expected = "the login is declined"
    needs_control(expected, control)
    reply = login_tried(observation, expected).reply
    # Who hangs up on a login lets nobody in, and his last word has no tag: any other is no answer.
    said = [reply] if reply else [x for x in refusals(observation) if x.kind is Kind.BYE]
    right = any(x.kind in REFUSALS for x in said)
    holds(expected, right, f"{told(reply)}, {seen(observation)}", observation, control)


def heard_nothing(
    observation: Observation, heard: Sequence[AuthRequest], *, control: Observation
) -> None:
    """The auth server was not asked, while the control's login got there."""
    expected = "nothing of it reaches the auth server"
    if not control.auth:
        no_verdict(expected, f"not even the control's login did: {seen(control)}", control)
    if not heard and not is_accepted(observation) and not is_refused(observation):
        no_verdict(expected, f"it was never tried: {seen(observation)}", observation, control)
    holds(expected, not heard, f"{_count(heard)}; {seen(observation)}", observation, control)


def login_tried(observation: Observation, expected: str) -> Exchange:
    """The login that was tried; a visit that did not get that far proves nothing.

    Nor does one by a mechanism that the server does not have.
    """
    if observation.login is None:
        no_verdict(expected, f"it could not be tried: {seen(observation)}", observation)
    reply = observation.login.reply
    if reply and observation.endpoint.protocol is Protocol.SMTP and reply.tag == _NO_MECHANISM:
        raise NotApplicable(f"there is no such way to log in: {told(reply)}")
    return observation.login


def _request(observation: Observation, expected: str) -> AuthRequest:
    """The login's last request; a login that makes none breaks what is expected of requests."""
    login_tried(observation, expected)
    if not observation.auth:
        holds(expected, False, f"the auth server was not asked; {seen(observation)}", observation)
    return observation.auth[-1]


def asked_once(observation: Observation) -> None:
    """The login made one request."""
    expected = "1 request at the auth server"
    _request(observation, expected)
    holds(expected, len(observation.auth) == 1, _count(observation.auth), observation)


def header(
    observation: Observation,
    name: str,
    value: str | None,
    *,
    prefix: bool = False,
    secret: bool = False,
) -> None:
    """The request has the header once with this value (or one that begins so); None: not at all.

    A `secret` value is not shown, neither the right one nor any other.
    """
    if value is None:
        no_header(observation, name)
        return
    expected = f"{name}: {'what the client said' if secret else _shown(value)}{'…' * prefix}"
    found = _request(observation, expected).all(name)
    right = len(found) == 1 and (found[0].startswith(value) if prefix else found[0] == value)
    holds(expected, right, _values(found, secret=value if secret else None), observation)


def header_matches(observation: Observation, name: str, value: bytes) -> None:
    """The header is this distinguished name, in whatever correct escaping."""
    expected = f"{name}: {escaped(value)}"
    found = _request(observation, expected).all(name)
    right = len(found) == 1 and plain_name(found[0]) == value
    holds(expected, right, _values(found), observation)


def _values(found: Sequence[str], secret: str | None = None) -> str:
    """The values of a header, for `observed`; beside a `secret` only whether they equal it."""
    if secret is not None:
        found = ["the same" if value == secret else "something else" for value in found]
    return ", ".join(map(_shown, found)) or "no such header"


def no_header(observation: Observation, *names: str) -> None:
    """The request has none of these headers; `Auth-SSL*` stands for all that begin so."""
    expected = f"no {', '.join(names)}"
    request = _request(observation, expected)
    found = [k for k, _ in request.headers for n in names if _is_named(k, n.lower())]
    holds(expected, not found, ", ".join(map(_shown, found)) or "none of them", observation)


def _is_named(header_name: str, name: str) -> bool:
    return header_name.startswith(name[:-1]) if name.endswith("*") else header_name == name


def heard_at_backend(observation: Observation) -> None:
    """The back end that the auth server named was logged in to, once, and the client is served."""
    _request(observation, "a login at the back end")
    user = observation.offer.login.user if observation.offer.login else ""
    sessions = observation.backend
    right = len(sessions) == 1 and is_accepted(observation)
    text = f"{len(sessions)}; {seen(observation)}"
    holds(f"1 session of {user} at the back end", right, text, observation)


def relayed(observation: Observation, command: Command) -> None:
    """After the login the command reached the back end, and a reply the client."""
    _request(observation, "a relayed command")
    wanted = command.argument.encode()
    times = sum(line.endswith(wanted) for s in observation.backend for line in s.lines)
    holds(f"{command.shown()} reaches the back end once", times == 1, f"{times} times", observation)
    exchange = next((x for x in observation.inside if x.command == command), None)
    answered = exchange is not None and exchange.reply is not None
    right = answered and answered_well(observation.probe)
    holds("the back end's reply reaches the client", right, seen(observation), observation)


def relayed_behind(
    observation: Observation, sessions: Sequence[BackendSession], line: bytes
) -> None:
    """The line that came with the login's last reached the back end, once."""
    if not sessions:
        no_verdict("a login at the back end", f"none: {seen(observation)}", observation)
    times = sum(heard.endswith(line) for s in sessions for heard in s.lines)
    shown = escaped(line)
    holds(f"{shown} reaches the back end once", times == 1, f"{times} times", observation)


def _count(requests: Sequence[AuthRequest]) -> str:
    return f"{len(requests)} request{'' if len(requests) == 1 else 's'} at the auth server"


def _shown(value: str) -> str:
    return escaped(value.encode("utf-8", "surrogateescape"))[:SHOWN]
