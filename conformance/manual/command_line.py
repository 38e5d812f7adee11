"""The subcommands with their options, and what an option may be set by besides the command line."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any, cast

from conformance.cli import parser
from conformance.compare import COMPARE
from conformance.declared import FILE, add_options
from conformance.defaults import Kind
from conformance.manual.prose import cell, code
from conformance.options import kinds
from conformance.report.tables import head, line

_COMMANDS = """\
# The command line

`waxseal COMMAND --help` tells the same. `certify` takes the options of [options.md](options.md) and
pytest's own, `compare` those as well, and `proxy` has nginx's command line.
"""
_OPTIONS = """\
# Options of a run

They are options of `waxseal certify`, and of pytest wherever waxseal is installed. What the command
line leaves open comes from the environment, else from `[tool.waxseal]` of the `waxseal.toml` in the
directory where the command is given, under the option's name. Several values are words in the
environment, quoted as for a shell, and a list in the file.
"""
_VARIABLES = """\
## Other variables

| variable | meaning |
| --- | --- |
| `WAXSEAL_PASSWORD` | the password of `--login`; an option could be seen by other users |
| `WAXSEAL_NGINX`, `WAXSEAL_DOVECOT`, … | what `--launch` starts, instead of the one on PATH |
| `WAXSEAL_LIBSSL` | the libssl that the reference proxy binds, and no other |
"""
_TOML = {
    Kind.TEXT: "text",
    Kind.LIST: "text, or a list of texts",
    Kind.FLAG: "true or false",
    Kind.WHOLE: "whole number",
    Kind.NUMBER: "number",
}


def command_line_page() -> str:
    """Every subcommand."""
    (commands,) = (x for x in parser()._actions if isinstance(x, argparse._SubParsersAction))
    helps = {x.dest: x.help or "" for x in commands._choices_actions}
    parts = [_COMMANDS]
    for name in sorted(commands.choices):
        parts.append(f"## waxseal {name}\n\n{_sentence(helps[name])}\n")
        parts += [f"{part}\n" for part in _command(name, commands.choices[name])]
    return "\n".join(parts)


def _command(name: str, command: argparse.ArgumentParser) -> Iterator[str]:
    """What is told of a subcommand: its words, its arguments, its exit status."""
    if name == "compare":
        yield _block(COMPARE)
        return
    rows = [_argument(x) for x in command._actions if not isinstance(x, argparse._HelpAction)]
    if rows and command.description and "\n" in command.description:
        yield _block(command.description)
    if rows:
        yield "\n".join([*head("argument", "meaning"), *rows])
    if rows and command.epilog:
        yield _block(command.epilog)


def _argument(action: argparse.Action) -> str:
    choices = "|".join(map(str, action.choices)) if action.choices else ""
    value = "" if action.nargs == 0 else choices or str(action.metavar or action.dest.upper())
    name = " ".join(filter(None, [", ".join(action.option_strings), value]))
    meaning = (action.help or "") % {**vars(action), "prog": "waxseal"}
    repeatable = isinstance(action, argparse._AppendAction) and "repeatable" not in meaning
    return line(code(name), cell(f"{meaning}; repeatable" if repeatable else meaning))


class _Recorder:
    """Stands for pytest's parser, and keeps what is declared."""

    def __init__(self) -> None:
        self.declared: dict[str, dict[str, Any]] = {}

    def getgroup(self, *_: str) -> _Recorder:
        return self

    def addoption(self, name: str, **about: Any) -> None:
        self.declared[name] = about


def settings_page() -> str:
    """Every option of a run, with its variable and what its key takes."""
    recorder = _Recorder()
    add_options(cast(Any, recorder))
    by_other_means = kinds()
    rows = []
    for name, about in sorted(recorder.declared.items()):
        value = about.get("metavar") or "|".join(about.get("choices", ()))
        kind = by_other_means.get(name.removeprefix("--"))
        variable = f"WAXSEAL_{name.removeprefix('--').replace('-', '_').upper()}" if kind else ""
        key = _TOML[kind] if kind else ""
        option = f"{name} {value}".strip()
        rows.append(line(code(option), code(variable), key, cell(about["help"])))
    table = "\n".join([*head("option", "variable", f"in {FILE}", "meaning"), *rows])
    return f"{_OPTIONS}\n{table}\n\n{_VARIABLES}"


def _sentence(text: str) -> str:
    return cell(text[:1].upper() + text[1:]) + "."


def _block(text: str) -> str:
    return f"```text\n{text.strip()}\n```"
