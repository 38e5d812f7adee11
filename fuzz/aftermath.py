"""Whether a listener still serves: what is tried behind a stream that did not end as it should."""

from __future__ import annotations

from conformance.harness.endpoint import Endpoint
from conformance.harness.patience import Patience
from conformance.harness.wire import Unreachable

from .control import alone
from .executor import run
from .pace import PATIENT, UNHURRIED
from .trace import Trace


def aftermath(endpoint: Endpoint, patience: Patience, control: Trace) -> str:
    """Why an ordinary session does not go now as it went for `control`; "" if it does."""
    told = ""
    for pace in (UNHURRIED, PATIENT):
        try:
            trace = run(alone(endpoint), endpoint, patience, pace)
        except Unreachable as error:
            return f"a new session: {error}"
        if (trace.finished, trace.upgrade) == (control.finished, control.upgrade):
            return ""
        told = f"a new session: upgrade {trace.upgrade}, {trace.ending}"
    return told
