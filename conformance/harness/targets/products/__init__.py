"""Third parties' products, each with an adapter of ours: from claims to its own language.

`python -m conformance.harness.targets.products NAME DIRECTORY` is the adapter of that
product; it speaks the same protocol as anybody's (`adapter`).
"""

from __future__ import annotations

import os
import re
import shutil
from functools import cache

from ..product import LaunchError, output_of
from . import dovecot, exim, haproxy, hitch, perdition, postfix, stunnel
from .setup import Translator

# Where daemons live, and a user's PATH often does not lead.
_MORE_PATHS = "/usr/sbin:/usr/local/sbin"

TRANSLATORS: dict[str, Translator] = {
    t.name: t
    for t in (
        dovecot.TRANSLATOR,
        exim.TRANSLATOR,
        haproxy.TRANSLATOR,
        hitch.TRANSLATOR,
        perdition.TRANSLATOR,
        postfix.TRANSLATOR,
        stunnel.TRANSLATOR,
    )
}


def program(translator: Translator) -> str:
    """The product's executable, by its environment variable or on PATH.

    Raises `LaunchError`, with the remedy, where it is not there or could not be started.
    """
    named = os.environ.get(translator.variable)
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), _MORE_PATHS])
    candidates = (named,) if named else translator.programs
    found = next(filter(None, (shutil.which(name, path=path) for name in candidates)), None)
    if found is None:
        missing = (
            f"{translator.variable}={named}: no such program"
            if named
            else f"{translator.name} is not installed"
        )
        raise LaunchError(f"{missing}. Debian and Ubuntu: apt install {translator.package}")
    if translator.needs_root and os.geteuid() != 0:
        raise LaunchError(f"{translator.name} can be started by root alone: run this as root")
    return found


def software(translator: Translator) -> str:
    """What the product calls itself (`stunnel/5.68`). Raises `LaunchError` as `program` does."""
    return _software(translator.name, program(translator), translator.version)


@cache
def _software(name: str, executable: str, options: tuple[str, ...]) -> str:
    _, words = output_of([executable, *options], os.environ)
    found = re.search(r"\d+\.\d+[\w.~-]*", words)
    return f"{name}/{found[0]}" if found else name
