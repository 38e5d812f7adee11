"""What a campaign leaves in its directory, so that it can go on where it stopped.

campaign.json   the seed, and how many drawn streams each listener has been told
*/finding.json  the finds (see `keeping`)
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .hunt import Part
from .keeping import Kept, read

SCHEMA = "waxseal-campaign/1"


def _name(part: Part) -> str:
    return "campaign.json" if part.of == 1 else f"campaign-{part.number + 1}-of-{part.of}.json"


@dataclass(frozen=True)
class Notes:
    """A campaign's seed, and the number of streams said at each listener, by its name."""

    seed: int
    said: Mapping[str, int] = field(default_factory=dict)
    part: Part = field(default_factory=Part)

    def write(self, directory: Path) -> None:
        """Write them into a directory, all or nothing."""
        directory.mkdir(parents=True, exist_ok=True)
        known = {"schema": SCHEMA, "seed": self.seed, "said": dict(self.said)}
        path = directory / _name(self.part)
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        fresh.write_text(json.dumps(known, indent=1) + "\n", "utf-8")
        fresh.replace(path)


def notes_in(directory: Path, part: Part) -> Notes:
    """The notes of the campaign in a directory. Raises ValueError in one line if there are none."""
    path = directory / _name(part)
    try:
        known = json.loads(path.read_text("utf-8"))
        if known["schema"] != SCHEMA:
            raise ValueError(f"its schema is not {SCHEMA}")
        said = {str(name): int(number) for name, number in known["said"].items()}
        if min(said.values(), default=0) < 0:
            raise ValueError("a number of streams is below 0")
        return Notes(int(known["seed"]), said, part)
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}: no campaign was stopped here") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: it is no campaign: {error}") from error


def finds_in(directory: Path) -> list[Kept]:
    """The finds in a directory, in a stable order; what cannot be read is no find."""
    found = []
    for path in sorted(directory.glob("*/finding.json")):
        try:
            found.append(read(path))
        except (OSError, ValueError):
            continue
    return found
