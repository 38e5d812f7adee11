"""Products that are started by an adapter: how one is called, and what it answered."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from ..patience import Patience
from .adapter import CONFIGURATION, LISTENERS, NOTHING_SUPPORTED, Answer, Brief, read_answers
from .product import LaunchError, Plan
from .products import TRANSLATORS, software
from .running import Running, private_directory

# It reads keys, starts processes, and waits for each of them: dozens, maybe.
START_SECONDS = 60.0
# A product may say a lot before the lines that tell why it gave up.
LAST_WORDS = 4
_PAUSE = 0.02
# We are installed beside what it imports.
_ROOT = Path(__file__).resolve().parents[3]


def is_adapted(name: str) -> bool:
    """The name is that of a product with an adapter of ours, or a path of somebody's own."""
    return name in TRANSLATORS or os.sep in name


def adapted_software(name: str) -> str:
    """What the product calls itself. Raises `LaunchError` for what cannot be started here."""
    if name in TRANSLATORS:
        return software(TRANSLATORS[name])
    if not Path(name).is_file():
        raise LaunchError(f"{name}: there is no such file")
    if not os.access(name, os.X_OK):
        raise LaunchError(f"{name}: it is not executable: chmod +x {name}")
    return Path(name).name


def start_adapter(name: str, conf: Path, brief: Brief) -> Running:
    """Call the adapter, and do not wait for it. Raises `LaunchError`.

    Its directory has what stands beside the configuration, so that relative file names hold.
    """
    run = private_directory(None)
    try:
        # Servers give up root's rights before they open files that we name.
        run.chmod(0o711)
        directory = run / "adapter"
        directory.mkdir(mode=0o711)
        _fill(directory, conf, brief)
        return Running(name, _plan(name, run, directory), run)
    except BaseException:
        shutil.rmtree(run, ignore_errors=True)
        raise


def _plan(name: str, run: Path, directory: Path) -> Plan:
    called = adapted_software(name)
    answers, log = run / "answers", directory / "error.log"
    if name not in TRANSLATORS:
        theirs = (str(Path(name).resolve()), str(directory))
        return Plan(called, theirs, log, answers=answers)
    path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
    argv = (sys.executable, "-m", f"{__package__}.products", name, str(directory))
    return Plan(called, argv, log, {"PYTHONPATH": path}, answers=answers)


def _fill(directory: Path, conf: Path, brief: Brief) -> None:
    for beside in conf.absolute().parent.iterdir():
        if beside.name not in (CONFIGURATION, LISTENERS):
            (directory / beside.name).symlink_to(beside)
    (directory / CONFIGURATION).write_bytes(conf.read_bytes())
    told = directory / LISTENERS
    told.touch(mode=0o600)
    told.write_text(brief.text(), "utf-8")


def answers_of(running: Running, names: Sequence[str], patience: Patience) -> dict[str, Answer]:
    """Wait until the adapter has answered for every listener.

    Raises `LaunchError` where it ends before, says that it supports none of this, or takes too
    long.
    """
    deadline = Patience(START_SECONDS * patience.factor).deadline()
    while True:
        ended = running.status
        found = read_answers(running.answers(), names)
        if ended is not None:
            raise LaunchError(_why_ended(running, ended, found))
        if len(found) == len(names):
            return found
        if deadline.left() <= 0:
            missing = [name for name in names if name not in found]
            raise LaunchError(
                f"{running.software}: its adapter did not answer for {missing[0]} within "
                f"{START_SECONDS * patience.factor:.0f} s "
                f"({len(missing)} of {len(names)} missing): {_last_words(running)}"
            )
        running.died_within(_PAUSE)


def _why_ended(running: Running, status: int, answers: dict[str, Answer]) -> str:
    if status == NOTHING_SUPPORTED:
        reasons = dict.fromkeys(answer.reason for answer in answers.values())
        return f"{running.software} supports none of this: {next(iter(reasons), 'it says no more')}"
    what = f"its adapter ended with exit status {status}"
    return f"{running.software}: {what}: {_last_words(running)}"


def _last_words(running: Running) -> str:
    words = running.output().strip() or running.log().strip() or "it said nothing"
    return "; ".join(words.splitlines()[-LAST_WORDS:])
