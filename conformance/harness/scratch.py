"""One directory for all that is only needed for a while, which goes however we end."""

from __future__ import annotations

import secrets
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Its input ends when we close it or are gone, and with us whoever was forked meanwhile. What those
# have started is being killed then, and may write to the end: so it tries again, for a while.
_KEEPER = """
trap '' INT TERM HUP
read _
n=50; until rm -rf -- "$1" || [ $((n -= 1)) = 0 ]; do sleep 0.1; done 2>/dev/null
"""


@contextmanager
def scratch() -> Iterator[Path]:
    """Temporary files of this process and of those that it forks are in a directory of their own.

    It is removed at the end, and also where this process is killed.
    """
    # Nobody else's, and not there before somebody watches over it.
    directory = Path(tempfile.gettempdir(), f"waxseal-{secrets.token_hex(8)}")
    keeper = subprocess.Popen(
        ("/bin/sh", "-c", _KEEPER, "sh", str(directory)),
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
