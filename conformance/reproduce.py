"""The command that repeats one check."""

from __future__ import annotations

import re
import shlex

from conformance.options import Options


def command(options: Options, test: str) -> str:
    """A `waxseal certify` line, ready for a POSIX shell, that runs the named test alone."""
    words = ["waxseal", "certify"]
    for target in options.targets:
        words += ["--target", target]
    words += ["--launch", options.launch] if options.launch else []
    words += ["--claims", str(options.claims)] if options.claims else []
    words += ["--claims-server", options.claims_server] if options.claims_server else []
    for claim in options.claim:
        words += ["--claim", claim]
    words += ["--kit", str(options.kit)] if options.kit else []
    for role, path in options.client_certs.items():
        words += ["--client-cert", f"{role}={path}"]
    words += ["--login", options.login] if options.login else []
    words += ["--patience", f"{options.patience:g}"] if options.patience != 1 else []
    words += ["--faults", ",".join(options.faults)] if options.faults else []
    return shlex.join([*words, "-k", _selection(test)])


def _selection(test: str) -> str:
    """The test in the grammar of `-k`: as it is, or the words of it that the grammar can hold."""
    words = re.findall(r"[\w:+\-.\[\]\\/]+", test)
    return " and ".join(words)
