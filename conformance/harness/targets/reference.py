"""The reference proxy as a target: nginx's command line, run by our own interpreter."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from .product import LaunchError, Plan, named_software, nginx_options, output_of

# It is installed beside us, and started as a process: nothing of ours imports it.
_ROOT = Path(__file__).resolve().parents[3]


def reference(conf: Path, run: Path, faults: Sequence[str]) -> Plan:
    """The bundled reference proxy, with these faults switched on."""
    command = (sys.executable, "-m", "reference_proxy")
    path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
    switches = ("--faults", ",".join(faults)) if faults else ()
    return Plan(
        named_software(_version((*command, *switches), path)),
        (*command, *nginx_options(conf, run, ()), *switches),
        run / "error.log",
        {"PYTHONPATH": path},
    )


@cache
def _version(command: tuple[str, ...], path: str) -> str:
    """What it says of itself: asked once, since that takes as long as a start."""
    status, version = output_of([*command, "-v"], {**os.environ, "PYTHONPATH": path})
    if status:
        words = version.strip().removeprefix("nginx: ")
        raise LaunchError(f"the reference proxy does not start: {words}")
    return version
