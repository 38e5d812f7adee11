"""Tests configurations as `-t` does, one after the other, without a new start for each.

A start takes far longer than a test, and whoever certifies the reference makes
dozens. Each line on standard input is a JSON array, a command line; each line on
standard output is the exit status and what the command printed. It ends with its input.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback

from reference_proxy import command_line

# What every test of a server with TLS would load.
from reference_proxy.tls import context as _context  # noqa: F401


def main() -> None:
    """Serve until the input ends."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_tested(json.loads(line))) + "\n")
        sys.stdout.flush()


def _tested(arguments: list[str]) -> tuple[int, str]:
    """Run the command in a process of its own, which has no input."""
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if not child:
            nothing = os.open(os.devnull, os.O_RDONLY)
            for ours, theirs in enumerate((nothing, output.fileno(), output.fileno())):
                os.dup2(theirs, ours)
            os._exit(_run(arguments))
        _, status = os.waitpid(child, 0)
        output.seek(0)
        return os.waitstatus_to_exitcode(status), output.read().decode("utf-8", "replace")


def _run(arguments: list[str]) -> int:
    try:
        return command_line.main(arguments)
    except BaseException:  # noqa: BLE001 - it must not get into the loop of the parent
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


if __name__ == "__main__":
    main()
