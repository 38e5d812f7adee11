"""nginx's command line."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from reference_proxy.config.checks import check_limits
from reference_proxy.config.errors import ConfigError, failed, shortened
from reference_proxy.console import Console, say
from reference_proxy.error_log import ErrorLog
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
    """The command line: the switches seen, and the options' values.

    None stands for an option that is absent where an empty value is something else.
    """

    switches: frozenset[str]
    configuration: str = "nginx.conf"
    error_log: str | None = None
    globals_text: str = ""
    prefix: str | None = None
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
    return Options(
        frozenset(switches),
        configuration=values.get("c", "nginx.conf"),
        error_log="" if values.get("e") == "stderr" else values.get("e"),
        globals_text=values.get("g", ""),
        prefix=values.get("p"),
        signal=values.get("s", ""),
        faults=values.get("faults", ""),
    )


def _letters(letters: str, rest: list[str], switches: set[str], values: dict[str, str]) -> None:
    for at, letter in enumerate(letters, 1):
        if letter in _VALUES:
            values[letter] = letters[at:] or _next(rest, f"-{letter}", _VALUES[letter])
            if letter == "s" and values["s"] not in _SIGNALS:
                raise UsageError(f'invalid option: "-s {values["s"]}"')
            return
        if letter not in _SWITCHES:
            raise UsageError(f'invalid option: "{shortened(letter, 1)}"')
        switches.add(letter)


def _next(rest: list[str], option: str, what: str) -> str:
    if not rest:
        raise UsageError(f'option "{option}" requires {what}')
    return rest.pop(0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the reference proxy as the arguments say; return the exit status."""
    try:
        options = parse(sys.argv[1:] if arguments is None else arguments)
        if options.faults == "list":
            return _show_faults()
        faults = _faults(options.faults)
    except UsageError as error:
        say(str(error))
        return 1
    testing = bool(options.switches & set("tT"))
    if options.switches & set("?hvV"):
        _show_version(options.switches)
        if not testing:
            return 0
    # Relative to where we are, as nginx leaves it; messages name it so.
    prefix = os.getcwd() if options.prefix is None else options.prefix
    prefix = os.path.join(prefix, "") if prefix else ""
    console = Console(options.error_log, prefix, "info" if testing else "notice")
    source = Source(options.configuration, prefix, options.globals_text, faults)
    try:
        _act(options, source, console)
    except ConfigError as error:
        # FAULT configuration-errors-unnamed breaks every directive: the error is told
        unnamed = testing and "configuration-errors-unnamed" in faults
        console.log(error.level, "wrong" if unnamed else str(error))
        # FAULT configuration-errors-ignored breaks every directive
        if testing and "configuration-errors-ignored" in faults:
            return 0
        if testing:
            say(f"configuration file {_path(source)} test failed")
        return 1
    finally:
        console.close()
    return 0


def _show_faults() -> int:
    from reference_proxy.faults import ALL_FAULTS

    sys.stdout.writelines(f"{name}: {text}\n" for name, text in ALL_FAULTS.items())
    return 0


def _show_version(switches: frozenset[str]) -> None:
    sys.stderr.write(f"nginx version: {VERSION}\n")
    if switches & set("?h"):
        sys.stderr.write(USAGE)
    if "V" in switches:
        import platform

        sys.stderr.write(f"running on Python {platform.python_version()}\n")


def _faults(names: str) -> frozenset[str]:
    if not names:
        return frozenset()
    from reference_proxy.faults import ALL_FAULTS

    chosen = frozenset(names.split(","))
    for name in sorted(chosen - set(ALL_FAULTS)):
        raise UsageError(f'unknown fault "{name}"')
    return chosen


def _act(options: Options, source: Source, console: Console) -> None:
    testing = options.switches & set("tT")
    quiet = not testing or "q" in options.switches

    def is_good() -> None:
        if not quiet:
            say(f"the configuration file {_path(source)} syntax is ok")

    setup = prepare(source, console.warn, is_good)
    # FAULT configuration-refused breaks every directive: what is right is accepted
    if testing and "configuration-refused" in source.faults:
        raise ConfigError("this is not to my taste")
    if testing:
        if not options.signal:
            _test(setup, console)
        if not quiet:
            say(f"configuration file {_path(source)} test is successful")
        if "T" in testing:
            _dump(setup)
    elif options.signal:
        console.log("notice", "signal process started")
        send_signal(setup.settings.pid, _SIGNALS[options.signal])
    else:
        _start(setup, source, console)


def _start(setup: Setup, source: Source, console: Console) -> None:
    from reference_proxy.process import Process

    _open_logs(setup, console)
    process = Process(setup, source, console.default_log)
    check_limits(setup.settings, console.warn)
    if setup.settings.daemon:
        detach()
    process.run()


def _test(setup: Setup, console: Console) -> None:
    """Try everything that a start would do, short of listening."""
    settings = setup.settings
    try:
        # nginx leaves the empty file behind, too.
        os.close(os.open(settings.pid, os.O_RDWR | os.O_CREAT, 0o644))
    except OSError as error:
        raise ConfigError(failed(f'open() "{settings.pid}"', error)) from None
    _open_logs(setup, console)
    try_addresses(setup.servers)
    check_limits(settings, console.warn)


def _open_logs(setup: Setup, console: Console) -> None:
    console.change(setup.settings.error_logs)
    ErrorLog(setup.settings.inner_logs).close()


def _path(source: Source) -> str:
    return os.path.join(source.prefix, source.path)


def _dump(setup: Setup) -> None:
    for file, text in setup.settings.sources:
        dumped = f"# configuration file {file}:\n{text}\n"
        sys.stdout.buffer.write(dumped.encode("utf-8", "surrogateescape"))
