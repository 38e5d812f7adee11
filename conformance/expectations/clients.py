"""Third-party eyes: a client that is not ours gets through."""

from __future__ import annotations

from collections.abc import Callable

from conformance.harness.clients import ClientFailed
from conformance.harness.endpoint import Endpoint
from conformance.harness.observation import Login
from conformance.verdict import Judgement, Verdict, conclude


def client_succeeds(client: Callable[[Endpoint, Login], str], endpoint: Endpoint, login: Login) -> None:
    """The client did its errand; what it came back with is what was observed."""
    name = client.__name__.partition("_")[0]
    expected = f"{name} logs in and does its errand at {endpoint}"
    try:
        conclude(Judgement(Verdict.PASS, expected, client(endpoint, login)))
    except ClientFailed as error:
        conclude(Judgement(Verdict.FAIL, expected, str(error)))
