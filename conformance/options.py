"""What the options of the command line, and what stands in for them, amount to."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.declared import FILE, LEVELS, NUMBERS, REPEATABLE, VALUES, dest, is_said
from conformance.defaults import DefaultsError, Kind, from_environment, from_file

if TYPE_CHECKING:
    import pytest


LONGEST_PATIENCE = 100


class UsageError(Exception):
    """An option that makes no sense (exit status 4). One line that names it."""


@dataclass(frozen=True)
class Options:
    """The options of INTERFACE.md that decide what is judged."""

    targets: tuple[str, ...] = ()
    launch: str = ""
    claims: Path | None = None
    claims_server: str = ""
    claim: tuple[str, ...] = ()
    kit: Path | None = None
    client_certs: Mapping[str, Path] = field(default_factory=dict)
    login: str = ""
    patience: float = 1.0
    faults: tuple[str, ...] = ()
    baseline: Path | None = None
    against: str = ""
    doubles: tuple[str, int] | None = None

    @property
    def product(self) -> str:
        """The product that is started where no address is given."""
        return self.launch or "reference"

    @property
    def named(self) -> bool:
        """The run is about a target, and about nothing else."""
        return bool(self.targets or self.launch or self.claims or self.kit)


def settle(config: pytest.Config) -> None:
    """Fill in what the command line leaves open, from the environment or else `waxseal.toml`.

    Whom to judge (`--target`, `--targets`, `--launch`, `--faults`) is one question, which the
    first of these three that says anything of it answers. Raises `UsageError`.
    """
    given = config.option
    if hasattr(given, "waxseal_origins"):  # done already
        return
    here = config.invocation_params.dir
    try:
        layers = [from_environment(os.environ, kinds()), from_file(here / FILE, kinds())]
    except DefaultsError as error:
        raise UsageError(str(error)) from error
    origins: dict[str, str] = {}
    for layer in layers:
        answered = any(getattr(given, dest(f"--{name}"), None) for name in _WHOM)
        for name, default in layer.items():
            place = dest(f"--{name}")
            if not is_said(getattr(given, place)) and not (answered and name in _WHOM):
                setattr(given, place, default.value)
                origins[f"--{name}"] = default.origin
    for name, _, _, _, usual in NUMBERS:
        if getattr(given, dest(name), None) is None:
            setattr(given, dest(name), usual)
    given.waxseal_origins = origins


def told(config: pytest.Config, error: Exception) -> str:
    """The error's one line, and where an option that it begins with comes from."""
    text = str(error)
    origins: dict[str, str] = getattr(config.option, "waxseal_origins", {})
    named = re.match(r"--[a-z-]+", text)
    origin = origins.get(named[0]) if named else None
    return f"{text} (from {origin})" if origin else text


def options_of(config: pytest.Config) -> Options:
    """The run's options. Raises `UsageError`."""
    claims, kit = _one(config, "claims"), _one(config, "kit")
    baseline = _one(config, "baseline")
    options = Options(
        targets=_several(config, "target"),
        launch=_one(config, "launch"),
        claims=Path(claims) if claims else None,
        claims_server=_one(config, "claims_server"),
        claim=_several(config, "claim"),
        kit=Path(kit) if kit else None,
        client_certs=_roles(_several(config, "client_cert")),
        login=_one(config, "login"),
        patience=_patience(_one(config, "patience")),
        faults=tuple(n for text in _several(config, "faults") for n in text.split(",")),
        baseline=Path(baseline) if baseline else None,
        against=_one(config, "against"),
        doubles=_place(_one(config, "doubles")),
    )
    if options.targets and options.launch:
        raise UsageError(
            "--target and --launch exclude each other: judge an address, or what we start"
        )
    if options.doubles and not options.targets:
        raise UsageError(
            "--doubles: it goes with --target; what we start asks where its claims say"
        )
    if options.targets and options.faults:
        raise UsageError("--faults is for the reference proxy, which --target does not start")
    if config.getoption("waxseal_baseline_update") and options.baseline is None:
        raise UsageError("--baseline-update: say which with --baseline FILE")
    level = _one(config, "require_level")
    if level not in ("", *LEVELS):
        raise UsageError(f"--require-level {level}: the levels are {', '.join(LEVELS)}")
    check_login(options.login)
    return options


def check_login(user: str) -> None:
    """Raise UsageError where that name, or the password of the environment, cannot be said."""
    password = os.environ.get("WAXSEAL_PASSWORD", "")
    if user and not password:
        raise UsageError("--login: put the password into the environment variable WAXSEAL_PASSWORD")
    for what, text in (("the name", user), ("WAXSEAL_PASSWORD", password)):
        if user and any(ord(character) < 32 for character in text):
            raise UsageError(f"--login: {what} has a control character, which no protocol can say")


def _one(config: pytest.Config, name: str) -> str:
    """An option's value, "" where it has none."""
    given: str | float | None = config.getoption(f"waxseal_{name}")
    return "" if given is None else str(given)


def _several(config: pytest.Config, name: str) -> tuple[str, ...]:
    return tuple(config.getoption(f"waxseal_{name}") or ())


def _patience(text: str) -> float:
    try:
        factor = float(text or "1")
    except ValueError as error:
        raise UsageError(f"--patience {text}: it must be a number greater than 0") from error
    if not 0 < factor <= LONGEST_PATIENCE:
        raise UsageError(
            f"--patience {text}: it must be greater than 0, at most {LONGEST_PATIENCE}"
        )
    return factor


def _place(text: str) -> tuple[str, int] | None:
    if not text:
        return None
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise UsageError(f"--doubles {text}: give HOST:PORT of this machine")
    return host.strip("[]"), int(port)


def _roles(texts: tuple[str, ...]) -> dict[str, Path]:
    roles: dict[str, Path] = {}
    for text in texts:
        role, separator, path = text.partition("=")
        if not separator:
            raise UsageError(f"--client-cert {text}: give ROLE=PEM")
        if role in roles:
            raise UsageError(f"--client-cert {text}: there is a {role} one already")
        roles[role] = Path(path)
    return roles


def kinds() -> dict[str, Kind]:
    """What each option (`claims-server`) takes, where it may also be given by other means."""
    numbers = {name: Kind.WHOLE if kind is int else Kind.NUMBER for name, _, _, kind, _ in NUMBERS}
    found = {
        **{name: Kind.TEXT for name, *_ in VALUES},
        "--require-level": Kind.TEXT,
        "--patience": Kind.NUMBER,
        **{name: Kind.LIST for name, *_ in REPEATABLE},
        "--pedantic": Kind.FLAG,
        **numbers,
    }
    return {name.removeprefix("--"): kind for name, kind in found.items()}


# Whom to judge: several answers to one question.
_WHOM = ("target", "targets", "launch", "faults")
