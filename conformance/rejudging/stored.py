"""A report that was written to a file, and what of it was edited since."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.report.evidence import SECTIONS, compact, digest, digest_of
from conformance.report.results import SCHEMA, Check, Finding, check_from

_RUN = ("pedantic", "required_level", "whole", "fuzzing_asked", "baseline")


class NoReport(Exception):
    """The file is no report (exit status 4). One line that names it, and the place in it."""


class NoEvidence(Exception):
    """The report does not say what its verdicts rest on (exit status 7). One line."""


@dataclass(frozen=True)
class Report:
    """A report: `header` is all of it but its checks and its evidence."""

    path: Path
    header: Mapping[str, Any]
    checks: tuple[Check, ...]
    evidence: Mapping[str, Mapping[str, Any]]

    @property
    def run(self) -> Mapping[str, Any]:
        """How the run was to be judged."""
        found: Mapping[str, Any] = self.evidence["world"]["run"]
        return found

    @property
    def worlds(self) -> dict[str, Mapping[str, Any]]:
        """The targets that were judged, by what tapes call them."""
        return {name: world for name, world in self.evidence["world"].items() if name != "run"}

    def edited(self) -> Iterator[str]:
        """What of the evidence is not what was written, by name."""
        wrong = {name for name, found in self.evidence["visits"].items()
                 if digest(compact(found)) != name}  # fmt: skip
        texts = {name for name, found in self.evidence["texts"].items() if digest(found) != name}
        wrong |= {name for name, found in self.evidence["visits"].items()
                  if any(f'"#{text}"' in compact(found) for text in texts)}  # fmt: skip
        for name in sorted(wrong):
            yield f"visit {name}, evidence of {', '.join(self._resting_on(name)) or 'nothing'}"
        for section in SECTIONS:
            now = digest_of({key: compact(x) for key, x in self.evidence[section].items()})
            named = (section == "visits" and wrong) or (section == "texts" and texts)
            if now != self.evidence["sha256"].get(section) and not named:
                yield f"the section {section!r} of the evidence"

    def _resting_on(self, visit: str) -> list[str]:
        tapes = self.evidence["checks"].items()
        return [name for name, tape in tapes if f'"{visit}"' in compact(tape)]


def read_report(path: Path) -> Report:
    """The report in that file. Raises `NoReport`, `NoEvidence`."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise NoReport(f"{path}: {error.strerror or error}") from error
    except json.JSONDecodeError as error:
        raise NoReport(f"{path}:{error.lineno}:{error.colno}: no JSON: {error.msg}") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise NoReport(f"{path}: no JSON: {error}") from error
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise NoReport(f'{path}: no report of waxseal: its "schema" is not {SCHEMA!r}')
    checks = tuple(_checks(path, found.pop("checks", None)))
    _check_header(path, found)
    evidence = found.pop("evidence", None)
    if not evidence:
        raise NoEvidence(
            f"{path}: the report does not say what its verdicts rest on: it was written by an "
            "older waxseal, or before anything was judged; nothing can be recomputed"
        )
    _check_evidence(path, evidence)
    return Report(path, found, checks, evidence)


def _checks(path: Path, rows: Any) -> Iterator[Check]:
    if not isinstance(rows, list):
        raise NoReport(f"{path}: checks: a list was expected")
    for number, row in enumerate(rows):
        try:
            yield check_from(row)
        except (TypeError, KeyError, ValueError) as error:
            raise NoReport(f"{path}: checks[{number}]: no check: {error}") from error


def _check_header(path: Path, header: Mapping[str, Any]) -> None:
    for key, kind in (("summary", dict), ("listeners", list), ("findings", list), ("suite", dict)):
        if not isinstance(header.get(key), kind):
            raise NoReport(f"{path}: {key}: {kind.__name__} expected")
    for key, names in (("findings", Finding.__dataclass_fields__), ("listeners", ("name",))):
        for number, row in enumerate(header[key]):
            if not isinstance(row, dict) or not set(names) <= set(row):
                raise NoReport(
                    f"{path}: {key}[{number}]: an object with {', '.join(names)} expected"
                )


def _check_evidence(path: Path, evidence: Any) -> None:
    for section in (*SECTIONS, "sha256"):
        if not isinstance(evidence, dict) or not isinstance(evidence.get(section), dict):
            raise NoReport(f"{path}: evidence.{section}: an object was expected")
    run = evidence["world"].get("run")
    if not isinstance(run, dict) or not set(_RUN) <= set(run):
        raise NoReport(f"{path}: evidence.world.run: an object with {', '.join(_RUN)} expected")
    for name, row in evidence["catalogue"].items():
        if not isinstance(row, list):
            raise NoReport(f"{path}: evidence.catalogue.{name}: a list was expected")
    for name, text in evidence["texts"].items():
        if not isinstance(text, str):
            raise NoReport(f"{path}: evidence.texts.{name}: a text was expected")
