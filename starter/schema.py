"""The JSON schema of policy and calendar files, made from the models, so that editors complete and check.

What it says of a key is the model's own docstring. Must never know a rule of its own: what needs two keys is said by
`rung policy check`.
"""

from __future__ import annotations

import ast
import inspect
import json
from typing import Any

from pydantic.json_schema import models_json_schema

from policies import condition, document
from policies.document import CalendarDocument, PolicyDocument

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ID = "urn:rung:policy-1"


def policy_schema() -> dict[str, Any]:
    """One schema for both kinds of files (draft 2020-12); a file that names no language and no policy is a calendar."""
    _, made = models_json_schema([(PolicyDocument, "validation"), (CalendarDocument, "validation")])
    described = _docstrings()
    for name, definition in made["$defs"].items():
        definition.pop("title", None)
        for key, shape in definition.get("properties", {}).items():
            shape.pop("title", None)
            if text := described.get(name, {}).get(key):
                shape["description"] = text
    return {
        "$schema": DIALECT, "$id": ID, "title": "Rung policies and calendars", "type": "object",
        "if": {"anyOf": [{"required": ["language"]}, {"required": ["policy"]}, {"required": ["rungs"]}]},
        "then": {"$ref": "#/$defs/PolicyDocument"}, "else": {"$ref": "#/$defs/CalendarDocument"},
        "$defs": made["$defs"],
    }  # fmt: skip


def schema_text() -> str:
    """As `rung policy schema` prints it and the published copy holds it."""
    return json.dumps(policy_schema(), indent=2, ensure_ascii=False) + "\n"


def _docstrings() -> dict[str, dict[str, str]]:
    """Class -> key -> the text under it, with those of its parent."""
    found: dict[str, dict[str, str]] = {}
    source = "\n".join(inspect.getsource(module) for module in (condition, document))
    for node in ast.parse(source.replace("from __future__ import annotations", "")).body:
        if isinstance(node, ast.ClassDef):
            inherited = [found.get(base.id, {}) for base in node.bases if isinstance(base, ast.Name)]
            found[node.name] = {k: v for own in inherited for k, v in own.items()} | _fields(node)
    return found


def _fields(node: ast.ClassDef) -> dict[str, str]:
    texts: dict[str, str] = {}
    for statement, following in zip(node.body, node.body[1:], strict=False):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            text = following.value if isinstance(following, ast.Expr) else None
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                texts[statement.target.id] = " ".join(text.value.split())
    return texts
