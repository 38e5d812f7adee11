"""What the scripts install is pinned: everything, with hashes, and as pyproject.toml wants it."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
DEPENDENCIES = PROJECT["project"]["dependencies"] + PROJECT["build-system"]["requires"]
DEV = PROJECT["project"]["optional-dependencies"]["dev"]
PYTHONS = ("3.11.0", "3.11.9", "3.12.0", "3.13.0", "3.14.0")
STALE = "run .ci/lock, and commit what it writes"


def locked(name):
    """Each pinned requirement of the file, with how many hashes it has."""
    text = (ROOT / ".ci" / name).read_text().replace("\\\n", "")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    return {
        Requirement(line.partition("--hash")[0]): line.count("--hash=sha256:") for line in lines
    }


def chosen(name, python):
    """What pip would install of it under that Python on Linux, version by name."""
    place = {
        **default_environment(),
        "python_full_version": python,
        "python_version": python[:4],
        "sys_platform": "linux",
    }
    return {
        re.sub(r"[-_.]+", "-", pin.name).lower(): str(pin.specifier).removeprefix("==")
        for pin in locked(name)
        if pin.marker is None or pin.marker.evaluate(place)
    }


@pytest.mark.parametrize("name", ["locked.txt", "locked-dev.txt"])
def test_every_pin_is_of_one_version_and_has_hashes(name):
    assert [
        str(pin)
        for pin, hashes in locked(name).items()
        if not re.fullmatch(r"==[\w.+]+", str(pin.specifier)) or not hashes
    ] == []


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    ("name", "wanted"), [("locked.txt", DEPENDENCIES), ("locked-dev.txt", DEPENDENCIES + DEV)]
)
def test_what_the_project_wants_is_pinned_as_it_wants_it(name, wanted, python):
    pins = chosen(name, python)
    assert [
        text
        for text in wanted
        if not (one := Requirement(text)).specifier.contains(pins.get(one.name.lower(), "0"))
    ] == [], STALE


@pytest.mark.parametrize("python", PYTHONS)
def test_development_has_the_versions_of_everybody(python):
    assert chosen("locked.txt", python).items() <= chosen("locked-dev.txt", python).items(), STALE
