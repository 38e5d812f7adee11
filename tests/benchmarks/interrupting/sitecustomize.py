"""Every Python of an observed run loads this: at an event of its first process, signals come.

`INTERRUPTION` names a directory with a file `plan`, a list of steps: which kind of event ("*" is
any; "os.rename=report" is one about a file of that name), the how manieth of them since the step
before, how many calls of functions later the signal comes, and its number. An event is what leaves
something behind, or is about to; each is written to the file `events`.
"""

import json
import os
import sys
import threading
from pathlib import Path

EVENTS = {
    "import",
    "open",
    "os.fork",
    "os.kill",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "shutil.rmtree",
    "socket.bind",
    "socket.connect",
    "subprocess.Popen",
    "tempfile.mkdtemp",
    "tempfile.mkstemp",
}


class Observer:
    """Writes the events of this process, and follows the plan."""

    def __init__(self, place: Path) -> None:
        self.pid, self.begun = os.getpid(), False
        self.plan = json.loads((place / "plan").read_text())
        self.log = os.open(place / "events", os.O_RDWR | os.O_CREAT | os.O_APPEND)
        # This may be another program of the same process, which goes on with what it has said.
        for line in (place / "events").read_text().splitlines():
            self.count(*line.split(" ", 1))

    def hook(self, event: str, arguments: tuple[object, ...]) -> None:
        """An audit hook."""
        if event not in EVENTS or os.getpid() != self.pid:
            return
        # Python ends with 1, and a traceback, where its own start is interrupted: that is not ours.
        ours = event == "import" and str(arguments[0]).partition(".")[0] in (
            "conformance",
            "pytest",
        )
        self.begun = self.begun or ours
        if not self.begun:
            return
        if event == "open" and not int(arguments[2]) & (os.O_WRONLY | os.O_RDWR):  # type: ignore[call-overload]
            return
        what = str(arguments[0]) if arguments else ""
        os.write(self.log, f"{event} {what!r}\n".encode("utf-8", "replace"))
        for calls, number in self.count(event, what):
            send_after(self.pid, calls, number)

    def count(self, event: str, what: str) -> list[tuple[int, int]]:
        """One more event: after how many calls which signal comes, where one does."""
        kind, _, about = self.plan[0][0].partition("=") if self.plan else ("", "", "")
        if kind not in ("*", event) or about not in what:
            return []
        self.plan[0][1] -= 1
        if self.plan[0][1] > 0:
            return []
        _, _, calls, number = self.plan.pop(0)
        return [(calls, number)]


def send_after(pid: int, calls: int, number: int) -> None:
    """Send that signal so many calls later."""

    def called(*_: object) -> None:
        nonlocal calls
        calls -= 1
        if os.getpid() != pid:  # We have been forked meanwhile.
            sys.setprofile(None)
        elif calls <= 0:
            sys.setprofile(None)
            os.kill(pid, number)

    if calls and threading.current_thread() is threading.main_thread():
        sys.setprofile(called)
    else:
        os.kill(pid, number)


def is_first(place: Path) -> bool:
    """This process is the one that the run began with, maybe as another program by now."""
    mine = str(os.getpid())
    try:
        with open(place / "first", "x") as file:
            file.write(mine)
    except FileExistsError:
        return (place / "first").read_text() == mine
    return True


if "INTERRUPTION" in os.environ and is_first(Path(os.environ["INTERRUPTION"])):
    sys.addaudithook(Observer(Path(os.environ["INTERRUPTION"])).hook)
