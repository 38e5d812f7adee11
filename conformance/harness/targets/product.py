"""What the launcher must know of a product: how to start it, and what it calls itself."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TOOL_SECONDS = 30.0


class LaunchError(Exception):
    """A product could not be started. The text says why, and what to do about it."""


@dataclass(frozen=True)
class Plan:
    """How to start a product on one configuration: in the foreground, files of its own in `run`.

    `test` tries the configuration only, for an exit status and what was printed
    (it may raise LaunchError); None where that takes a start. With `answers` it is an adapter,
    whose standard output goes into that file.
    """

    software: str
    argv: tuple[str, ...]
    error_log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    test: Callable[[], tuple[int, str]] | None = None
    answers: Path | None = None

    def full_environment(self) -> dict[str, str]:
        """The suite's own environment with the plan's additions, but no password of --login's."""
        own = {name: text for name, text in os.environ.items() if name != "WAXSEAL_PASSWORD"}
        return {**own, **self.environment}


# (nginx.conf, private run directory, faults) -> Plan; raises LaunchError.
Product = Callable[[Path, Path, Sequence[str]], Plan]


def nginx_options(conf: Path, run: Path, directives: Sequence[str]) -> tuple[str, ...]:
    """nginx's command line for one run; `directives` go to the main context."""
    own = ["daemon off", f"pid {run}/pid", *directives]
    # nginx started as root would change to a user who cannot read the kit's keys.
    if os.geteuid() == 0:
        own.append("user root")
    main_context = "".join(f"{directive}; " for directive in own)
    return ("-c", str(conf), "-p", str(run), "-e", str(run / "error.log"), "-g", main_context)


def output_of(argv: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """Exit status and what a tool printed, stdout and stderr as one. Raises LaunchError."""
    try:
        done = subprocess.run(
            argv,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TOOL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LaunchError(f"cannot run {argv[0]}: {error}") from error
    return done.returncode, done.stdout.decode("utf-8", "replace")


def named_software(version_output: str) -> str:
    """`nginx/1.22.1` from `nginx version: nginx/1.22.1`."""
    found = re.search(r"version:\s*(\S+)", version_output)
    return found[1] if found else version_output.strip()[:80]
