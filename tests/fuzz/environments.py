"""Virtual environments for what the project must not depend on, made once and kept in a cache."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

# How pip says that there is no way to the index, which has versions of all.
_CUT_OFF = re.compile(r"from versions: none|connection broken by|ProxyError|timed out")
_SECONDS = 240


class CutOff(Exception):
    """The package index cannot be reached; `str` is the last that pip said."""


def environment(place: Path, requirements: str) -> Path:
    """The Python of an environment in `place` with these requirements; hashes there are, count.

    One that is there and was made of the same requirements is taken as it is.
    Raises `CutOff`, and `RuntimeError` with pip's words for any other failure.
    """
    python, ready = place / "bin" / "python", place / "ready"
    if ready.exists() and ready.read_text() == requirements:
        return python
    shutil.rmtree(place, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True, timeout=_SECONDS)
    wanted = place / "requirements.txt"
    wanted.write_text(requirements)
    install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    install += ["--only-binary", ":all:", "-r", str(wanted)]
    done = subprocess.run(install, capture_output=True, text=True, timeout=_SECONDS)
    if done.returncode and _CUT_OFF.search(done.stderr):
        raise CutOff(done.stderr.strip().splitlines()[-1])
    if done.returncode:
        raise RuntimeError(done.stderr)
    ready.write_text(requirements)
    return python
