"""The command that repeats one check."""

from __future__ import annotations

import re
import shlex

from conformance.options import Options

# The words that `-k` takes; whatever else is in a name separates them.
_WORD = re.compile(r"[\w:+.\-/\\]+")


def command(options: Options, test: str) -> str:
    """A `waxseal certify` line, ready for a POSIX shell, that selects the named test.

    `test` is pytest's name of it, `test_quit[imap-only]`. Tests whose names begin
    with the same words run along. No password is in the line: WAXSEAL_PASSWORD is
    to be set where `--login` is.
    """
    words = ["waxseal", "certify"]
    for target in options.targets:
        words += ["--target", target]
    words += ["--launch", options.launch] if options.launch else []
    words += ["--claims", str(options.claims)] if options.claims else []
    words += ["--claims-server", options.claims_server] if options.claims_server else []
    for claim in options.claim:
        # What the auth server knows a proxy by is judged by nothing, and may be a password.
        if not claim.lstrip().startswith("auth_http_header"):
            words += ["--claim", claim]
    words += ["--kit", str(options.kit)] if options.kit else []
    for role, path in options.client_certs.items():
        words += ["--client-cert", f"{role}={path}"]
    if options.doubles:
        host, port = options.doubles
        words += ["--doubles", f"[{host}]:{port}" if ":" in host else f"{host}:{port}"]
    words += ["--login", options.login] if options.login else []
    words += ["--faults", ",".join(options.faults)] if options.faults else []
    words += ["--patience", str(options.patience)] if options.patience != 1 else []
    return shlex.join([*words, "-k", " and ".join(_WORD.findall(test))])
