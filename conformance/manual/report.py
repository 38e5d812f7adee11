"""The fields of the JSON report, from its schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.harness.fixtures import fixture
from conformance.manual.prose import cell, code
from conformance.report.tables import head, line

SCHEMA = "schemas/waxseal-report-1.json"
_HEAD = f"""\
# The JSON report

`--report FILE.json` writes it. Its JSON Schema is [`fixtures/{SCHEMA}`](../../fixtures/{SCHEMA});
the project's tests hold real reports against it. A field in *italics* may be missing. `a.b` is
field `b` of `a`, `a[]` each item of the list `a`.
"""

Schema = Mapping[str, Any]


def report_page() -> str:
    """Every field, and what it means."""
    schema: Schema = json.loads(fixture(SCHEMA).read_text("utf-8"))
    parts = [_HEAD, schema["description"], _table(schema, schema)]
    for name, part in schema["definitions"].items():
        if "properties" in part and name != "count":
            parts.append(f"## {name}\n\n{_table(schema, part)}")
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _table(schema: Schema, part: Schema) -> str:
    return "\n".join([*head("field", "type", "meaning"), *_rows(schema, part, "")])


def _rows(schema: Schema, part: Schema, above: str) -> Iterator[str]:
    for name, about in part.get("properties", {}).items():
        path = f"{above}{name}"
        shown = code(path) if name in part.get("required", ()) else f"*{code(path)}*"
        yield line(shown, cell(_type(schema, about)), cell(about.get("description", "")))
        if "properties" in about:
            yield from _rows(schema, about, f"{path}.")
        items = about.get("items", {})
        if isinstance(items, dict) and "properties" in items:
            yield from _rows(schema, items, f"{path}[].")


def _type(schema: Schema, about: Schema) -> str:
    """In a few words; a definition with fields of its own is named, its table stands below."""
    match about:
        case {"$ref": str(pointer)}:
            name = pointer.rpartition("/")[2]
            definition = schema["definitions"][name]
            return name if "properties" in definition else _type(schema, definition)
        case {"const": value}:
            return f"`{value}`"
        case {"enum": values}:
            return ", ".join(f"`{value}`" if value != "" else "empty" for value in values)
        case {"oneOf": choices}:
            return " or ".join(_type(schema, choice) for choice in choices)
        case {"type": "array", "items": dict(items)}:
            return f"list of {_type(schema, items)}"
        case {"type": "object", "additionalProperties": dict(values)}:
            return f"object of {_type(schema, values)}"
        case {"type": list(types)}:
            return " or ".join(types)
        case {"type": "array"}:
            return "list"
    return str(about["type"])
