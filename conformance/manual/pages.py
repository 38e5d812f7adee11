"""All reference pages, by their name below docs/reference."""

from __future__ import annotations

from conformance.manual.command_line import command_line_page, settings_page
from conformance.manual.report import report_page
from conformance.manual.requirements import requirement_pages

NOTE = "<!-- Made by `python -m conformance.manual`; a change here would be lost. -->\n\n"
"""What each begins with."""


def pages() -> dict[str, str]:
    """The text of each, in Markdown; the same on every machine and Python."""
    found = {
        "command-line.md": command_line_page(),
        "options.md": settings_page(),
        "report.md": report_page(),
        **requirement_pages(),
    }
    return {name: f"{NOTE}{text}" for name, text in found.items()}
