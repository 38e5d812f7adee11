"""A reader who types what a page of ours says, and looks whether he is shown what it shows."""

import contextlib
import os
import re
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_SIGNAL = re.compile(r"^(.*\\\n)*.* -s (?P<name>reload|quit|stop)\n", re.MULTILINE)
Done = subprocess.CompletedProcess[str]
# What differs from run to run: how long it took and might have, and whom the suite made up.
_VOLATILE = (
    (re.compile(r"\b\d+(\.\d+)? ?s(econds)?\b"), "0 s"),
    (re.compile(r" --patience [\d.]+"), ""),
    (re.compile(r"\b[0-9a-f]{6}-[0-9a-f]{8}\b"), "0-0"),
)


def blocks(page: Path) -> list[tuple[str, str]]:
    """The code blocks of a page, each with its language."""
    return _BLOCK.findall(page.read_text("utf-8"))


def commands(page: Path) -> list[str]:
    """What the page has its reader type."""
    return [text for language, text in blocks(page) if language == "sh"]


@dataclass
class Reader:
    """Types in a directory of his own; `names` are what the page calls what is `real` here."""

    where: Path
    names: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.where / "bin").mkdir()
        for name, module in (("waxseal", "-m conformance.cli"), ("python", "")):
            tool = self.where / "bin" / name
            tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" {module} "$@"\n')
            tool.chmod(0o755)

    def types(self, block: str, **environment: str) -> Done:
        """The commands of a block; the first that fails ends them."""
        if not (signal_ := _SIGNAL.search(block)):
            return self._types(block, environment)
        done = self._types(block[: signal_.start()], environment)
        if done.returncode == 0:
            # A person types no faster than a server ends.
            ending = [os.pidfd_open(pid) for pid in self.told(signal_["name"])]
            done = self._then(done, self._types(signal_[0], environment))
            wait_for_the_end_of(ending)
        rest = block[signal_.end() :]
        if done.returncode or not rest:
            return done
        return self._then(done, self.types(rest, **environment))

    @staticmethod
    def _then(one: Done, other: Done) -> Done:
        """Both as one."""
        out, err = one.stdout + other.stdout, one.stderr + other.stderr
        return Done(other.args, other.returncode, out, err)

    def _types(self, block: str, environment: Mapping[str, str]) -> Done:
        for name, real in self.names.items():
            block = block.replace(name, real)
        ours = ("PYTEST", "WAXSEAL", "HYPOTHESIS")
        around = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
        around["PATH"] = f"{self.where}/bin:{around['PATH']}:/usr/sbin"
        around["PYTHONPATH"] = str(ROOT)
        around["XDG_CACHE_HOME"] = str(self.where / "cache")
        # Into files: a server in the background may keep a pipe open for as long as it runs.
        out, err = self.where / "printed", self.where / "complained"
        command = ["sh", "-eux", "-c", block]
        with out.open("wb") as stdout, err.open("wb") as stderr:
            done = subprocess.run(
                command,
                cwd=self.where,
                env={**around, **environment},
                stdout=stdout,
                stderr=stderr,
                timeout=600,
            )
        texts = (path.read_text("utf-8", "replace") for path in (out, err))
        return Done(command, done.returncode, *texts)

    def told(self, name: str) -> list[int]:
        """Who ends when the server that runs here is told to reload, quit or stop."""
        (file,) = (x for x in self.where.rglob("*.pid") if x.stem in ("nginx", "proxy"))
        pid = int(file.read_text())
        if name != "reload":
            return [pid]
        return [int(x) for x in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def is_shown(self, shown: str, printed: str) -> bool:
        """All lines of it were printed, in this order; `...` stands for any that are left out."""
        for name, real in self.names.items():
            printed = printed.replace(real, name)
        text, at = _alike(printed), 0
        for part in re.split(r"^ *\.\.\.\n", _alike(shown), flags=re.MULTILINE):
            at = text.find(part, at)
            if at < 0:
                return False
            at += len(part)
        return True

    def tidy(self) -> None:
        """End what the page has started and not ended, if one of its commands failed."""
        for pid in self.where.rglob("*.pid"):
            with contextlib.suppress(ProcessLookupError, ValueError):
                os.kill(int(pid.read_text()), signal.SIGTERM)


def wait_for_the_end_of(processes: list[int]) -> None:
    """Of processes by their pidfds, which are closed."""
    for process in processes:
        assert select.select([process], [], [], 60)[0], "a server does not end"
        os.close(process)


def _alike(text: str) -> str:
    for pattern, word in _VOLATILE:
        text = pattern.sub(word, text)
    return text


def a_checkout_that_is_ready(where: Path) -> None:
    """`certify` and an environment of its own: in this one it might make the tests' own anew."""
    (where / ".ci").mkdir()
    for path in (ROOT / "certify", ROOT / "pyproject.toml", *(ROOT / ".ci").glob("*.*")):
        shutil.copy2(path, where / path.relative_to(ROOT))
    (where / ".venv/bin").mkdir(parents=True)
    (where / ".venv/bin/python").symlink_to(sys.executable)
    (where / ".venv/bin/waxseal").symlink_to(where / "bin/waxseal")
    stamp = f'root={where}; . .ci/environment.sh; stamp .venv/bin/python "" >.venv/waxseal-stamp'
    subprocess.run(["sh", "-euc", stamp], cwd=where, check=True)
