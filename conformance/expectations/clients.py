"""Third-party eyes: a client that is not ours gets through."""

from __future__ import annotations

from collections.abc import Callable

from conformance.harness.clients import ClientFailed
from conformance.harness.endpoint import Endpoint
from conformance.harness.observation import Login
from conformance.harness.transcript import REDACTED, escaped
from conformance.verdict import Judgement, Verdict, conclude


def client_succeeds(
    client: Callable[[Endpoint, Login], str], endpoint: Endpoint, login: Login
) -> None:
    """The client did its errand; what it came back with is what was observed.

    INCONCLUSIVE when nobody took its connection.
    """
    name = client.__name__.partition("_")[0]
    expected = f"{name} logs in and does its errand at {endpoint}"
    try:
        verdict, text = Verdict.PASS, client(endpoint, login)
    except ClientFailed as error:
        nobody = isinstance(error.__cause__, ConnectionRefusedError)
        verdict, text = Verdict.INCONCLUSIVE if nobody else Verdict.FAIL, str(error)
    shown = text.replace(login.password, REDACTED.decode()) if login.password else text
    conclude(Judgement(verdict, expected, escaped(shown.encode("utf-8", "replace"))))
