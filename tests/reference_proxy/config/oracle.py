"""nginx's judgement of a configuration, and the reference's, in a form that can be compared."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import pytest

from reference_proxy.command_line import VERSION, main

ROOT = Path(__file__).parents[3]
MODULE = Path("/usr/lib/nginx/modules/ngx_mail_module.so")
PATIENCE = 30.0

NGINX = ("nginx",)
REFERENCE = (sys.executable, "-m", "reference_proxy")

# The reference's own warnings, which nginx has no reason for.
_OWN = re.compile(r"has no effect here, ignored|has no log of its own here, ignored")
_DATE = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d (\[\w+\]) \d+#\d+:")


@dataclass(frozen=True)
class Judgement:
    """The exit status, the lines on standard output and error, and those of the log files."""

    status: int
    out: str
    err: tuple[str, ...]
    logs: tuple[tuple[str, ...], ...] = ()
    pid: int = field(default=0, compare=False)


def place(text: bytes, directory: Path) -> Path:
    """Write the configuration into the directory, with its own pid file and the files' paths."""
    for word, file in ((b"CERT;", b"cert.pem"), (b"KEY;", b"key.pem")):
        text = text.replace(word, b"%s/%s;" % (os.fsencode(directory), file))
    text = text.replace(b"DIR", os.fsencode(directory))
    path = directory / "nginx.conf"
    path.write_bytes(text)
    return path


def arguments(path: Path) -> list[str]:
    """`-t` of this file; the pid file and the first log are in its directory."""
    log = str(path.parent / "e.log")
    return ["-t", "-p", str(path.parent), "-c", str(path), "-e", log, "-g", _globals(path)]


def _globals(path: Path) -> str:
    """`pid` has to be named somewhere: nginx's own is not ours to write."""
    named = re.search(rb"pid [^;]", path.read_bytes())
    return f"load_module {MODULE};" + ("" if named else f" pid {path.parent}/pid;")


def in_process(
    words: Sequence[str], capfdbinary: pytest.CaptureFixture[bytes], pid: int = 0
) -> Judgement:
    """What the reference says, called in this process.

    With a pid it says it under that: where a long line is cut depends on its digits.
    """
    with patch("os.getpid", return_value=pid or os.getpid()):
        status = main(list(words))
    said = capfdbinary.readouterr()
    return _judgement(status, said.out, said.err)


def run(command: Sequence[str], words: Sequence[str], directory: Path) -> Judgement:
    """What a process says that is started in the directory; it has no terminal."""
    with subprocess.Popen(
        [*command, *words],
        cwd=directory,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            out, err = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    return _judgement(process.returncode, out, err, process.pid)


def _judgement(status: int, out: bytes, err: bytes, pid: int = 0) -> Judgement:
    text = err.decode(errors="surrogateescape")
    return Judgement(status, out.decode(errors="surrogateescape"), messages(text), pid=pid)


def messages(output: str) -> tuple[str, ...]:
    """The lines, without our own warnings, OpenSSL's details, and what names time and process."""
    lines = [re.sub(r" \(SSL: .*", " (SSL)", line) for line in output.splitlines()]
    lines = [_DATE.sub(r"DATE \1 PID:", line).replace(VERSION, "nginx/1.22.1") for line in lines]
    return tuple(line for line in lines if not _OWN.search(line))
