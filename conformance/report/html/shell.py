"""The page around every HTML report: its head, its style, its script, and what they may do."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from conformance.report.escaping import for_html

_HERE = Path(__file__).parent


def shell(title: str, body: Iterable[str], *, script: bool = False) -> str:
    """A whole page. Nothing but its own style, and its own script if it has one, takes effect."""
    style, code = _text("page.css"), _text("page.js")
    sources = [f"style-src '{_hash(style)}'"] + ([f"script-src '{_hash(code)}'"] if script else [])
    policy = "; ".join(["default-src 'none'", *sources, "base-uri 'none'", "form-action 'none'"])
    head = [
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{for_html(title)}</title><style>{style}</style></head><body>",
    ]
    tail = [f"<script>{code}</script>"] if script else []
    return "\n".join([*head, *body, *tail, "</body></html>"]) + "\n"


@cache
def _text(name: str) -> str:
    return (_HERE / name).read_text("utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
