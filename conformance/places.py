"""Where the suite's own tests are."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACES = (str(ROOT / "conformance" / "scenarios"), str(ROOT / "fuzz"))
