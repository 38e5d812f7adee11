"""nginx's command line."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from reference_proxy.config.errors import ConfigError, failed
from reference_proxy.config.settings import LogTarget
from reference_proxy.error_log import ErrorLog, formatted
from reference_proxy.pid_file import detach, send_signal
from reference_proxy.setup import Setup, Source, prepare
from reference_proxy.sockets import try_addresses

VERSION = "waxseal-reference/0.1.0"

USAGE = """\
Usage: reference_proxy [-?hvVtTq] [-s signal] [-p prefix]
                       [-e filename] [-c filename] [-g directives]
                       [--faults names]

Options:
  -?,-h         : this help
  -v            : show version and exit
  -V            : show version and what it runs on, then exit
  -t            : test configuration and exit
  -T            : test configuration, dump it and exit
  -q            : suppress non-error messages during configuration testing
  -s signal     : send signal to the process: stop, quit, reopen, reload
  -p prefix     : set prefix path (default: the current directory)
  -e filename   : set error log file (default: stderr)
  -c filename   : set configuration file (default: nginx.conf)
  -g directives : set global directives out of configuration file
  --faults names: behave wrongly in these ways, names separated by commas;
                  `list` shows them
"""

_SIGNALS = {
    "stop": signal.SIGTERM,
    "quit": signal.SIGQUIT,
    "reopen": signal.SIGUSR1,
    "reload": signal.SIGHUP,
}

_VALUES = {
    "c": "file name",
    "e": "file name",
    "p": "directory name",
    "g": "parameter",
    "s": "parameter",
}
_SWITCHES = "?hvVtTq"


class UsageError(Exception):
    """The command line makes no sense; `str()` is nginx's line."""


@dataclass(frozen=True)
class Options:
    """The command line: the switches seen, and the options' values ("" where absent)."""

    switches: frozenset[str]
    configuration: str = ""
    error_log: str = ""
    globals_text: str = ""
    prefix: str = ""
    signal: str = ""
    faults: str = ""


def parse(arguments: Sequence[str]) -> Options:
    """Read the arguments as nginx does: `-t -q`, `-tq`, `-c FILE` and `-cFILE` are all the same."""
    switches: set[str] = set()
    values: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word.startswith("--faults"):
            value = word.removeprefix("--faults").removeprefix("=")
            values["faults"] = value or _next(rest, "--faults", "parameter")
        elif word.startswith("-"):
            _letters(word[1:], rest, switches, values)
        else:
            raise UsageError(f'invalid option: "{word}"')
    if values.get("s", "stop") not in _SIGNALS:
        raise UsageError(f'invalid option: "-s {values["s"]}"')
    return Options(
        frozenset(switches),
        configuration=values.get("c", ""),
        error_log=values.get("e", ""),
        globals_text=values.get("g", ""),
        prefix=values.get("p", ""),
        signal=values.get("s", ""),
        faults=values.get("faults", ""),
    )


def _letters(letters: str, rest: list[str], switches: set[str], values: dict[str, str]) -> None:
    for at, letter in enumerate(letters, 1):
        if letter in _VALUES:
            values[letter] = letters[at:] or _next(rest, f"-{letter}", _VALUES[letter])
            return
        if letter not in _SWITCHES:
            raise UsageError(f'invalid option: "{letter}"')
        switches.add(letter)


def _next(rest: list[str], option: str, what: str) -> str:
    if not rest or not rest[0]:
        raise UsageError(f'option "{option}" requires {what}')
    return rest.pop(0)


class Console:
    """Where messages go before the configuration's own log is open.

    To standard error as `nginx: [LEVEL] TEXT`, and to the file that `-e` names
    as a log line; `-e stderr` makes it log lines on standard error.
    """

    def __init__(self, error_log: str, prefix: str) -> None:
        self._bare = error_log == "stderr"
        path = "" if self._bare or not error_log else os.path.join(prefix, error_log)
        self.default_log = LogTarget(path)
        """What the configuration's `error_log` is when it has none."""
        self._file = ErrorLog([])
        if path:
            self._open(path)

    def say(self, text: str) -> None:
        """Print nginx's line without a level."""
        sys.stderr.write(f"nginx: {text}\n")

    def log(self, level: str, text: str) -> None:
        """Print and log a message."""
        self._file.write(level, text)
        sys.stderr.write(formatted(level, text) if self._bare else f"nginx: [{level}] {text}\n")

    def warn(self, text: str) -> None:
        """Print and log a warning."""
        self.log("warn", text)

    def _open(self, path: str) -> None:
        try:
            self._file = ErrorLog([LogTarget(path, "notice")])
        except ConfigError as error:
            self.log("alert", f"could not open error log file: {error}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the reference proxy as the arguments say; return the exit status."""
    try:
        options = parse(sys.argv[1:] if arguments is None else arguments)
        if options.faults == "list":
            return _show(options)
        faults = _faults(options.faults)
        if options.switches & set("?hvV"):
            return _show(options)
    except UsageError as error:
        sys.stderr.write(f"nginx: {error}\n")
        return 1
    prefix = os.path.join(os.path.abspath(options.prefix or "."), "")
    console = Console(options.error_log, prefix)
    path = os.path.join(prefix, options.configuration or "nginx.conf")
    source = Source(path, prefix, options.globals_text, faults)
    try:
        _act(options, source, console)
    except ConfigError as error:
        console.log(error.level, str(error))
        if options.switches & set("tT"):
            console.say(f"configuration file {source.path} test failed")
        return 1
    return 0


def _show(options: Options) -> int:
    if options.faults == "list":
        from reference_proxy.faults import ALL_FAULTS

        sys.stdout.writelines(f"{name}: {text}\n" for name, text in ALL_FAULTS.items())
        return 0
    sys.stderr.write(f"nginx version: {VERSION}\n")
    if "V" in options.switches:
        import platform

        sys.stderr.write(f"running on Python {platform.python_version()}\n")
    if options.switches & set("?h"):
        sys.stderr.write(USAGE)
    return 0


def _faults(names: str) -> frozenset[str]:
    if not names:
        return frozenset()
    from reference_proxy.faults import ALL_FAULTS

    chosen = frozenset(names.split(","))
    for name in sorted(chosen - set(ALL_FAULTS)):
        raise UsageError(f'unknown fault "{name}"')
    return chosen


def _act(options: Options, source: Source, console: Console) -> None:
    setup = prepare(source, console.warn)
    if options.switches & set("tT"):
        _test(setup, options, console, source.path)
    elif options.signal:
        send_signal(setup.settings.pid, _SIGNALS[options.signal])
    else:
        from reference_proxy.process import Process

        process = Process(setup, source, console.default_log)
        if setup.settings.daemon:
            detach()
        process.run()


def _test(setup: Setup, options: Options, console: Console, path: str) -> None:
    """Try everything that a start would do, short of listening."""
    settings = setup.settings
    quiet = "q" in options.switches
    if not quiet:
        console.say(f"the configuration file {path} syntax is ok")
    try:
        # nginx leaves the empty file behind, too.
        os.close(os.open(settings.pid, os.O_RDWR | os.O_CREAT, 0o644))
    except OSError as error:
        raise ConfigError(failed(f'open() "{settings.pid}"', error)) from None
    ErrorLog(settings.error_logs or (console.default_log,)).close()
    try_addresses(setup.servers)
    if not quiet:
        console.say(f"configuration file {path} test is successful")
    if "T" in options.switches:
        for file, text in settings.sources:
            dumped = f"# configuration file {file}:\n{text}\n"
            sys.stdout.buffer.write(dumped.encode("utf-8", "surrogateescape"))
