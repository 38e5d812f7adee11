"""One directory for all that is only needed for a while, which goes however we end."""

from __future__ import annotations

import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Its input ends when we close it or are gone, and with us whoever was forked meanwhile. What those
# have started is being killed then, and may write to the end: so it tries again, for a while.
_KEEPER = """
import os, shutil, signal, sys, threading
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
sys.stdin.readline()
for _ in range(50):
    shutil.rmtree(sys.argv[1], ignore_errors=True)
    if not os.path.exists(sys.argv[1]):
        break
    threading.Event().wait(0.1)
"""


@contextmanager
def scratch() -> Iterator[Path]:
    """Temporary files of this process and of those that it forks are in a directory of their own.

    It is removed at the end, and also where this process is killed.
    """
    # Nobody else's, and not there before somebody watches over it.
    directory = Path(tempfile.gettempdir(), f"waxseal-{secrets.token_hex(8)}")
    keeper = subprocess.Popen(
        (sys.executable, "-I", "-S", "-c", _KEEPER, str(directory)),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Whoever ends our whole group does not end what tidies up behind it.
        start_new_session=True,
    )
    before = tempfile.tempdir
    try:
        # Servers give up root's rights before they open files of ours further below.
        directory.mkdir(mode=0o711)
        tempfile.tempdir = str(directory)
        yield directory
    finally:
        tempfile.tempdir = before
        # A line, for its input does not end before that of all who were forked has.
        keeper.communicate(b"\n")
