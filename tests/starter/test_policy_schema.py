"""`rung policy schema`: what editors complete and check with is made of the models and fits what is published."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from policies.catalog import PUBLISHED
from policies.fault import Faulty
from policies.yaml_text import parse
from starter.schema import policy_schema, schema_text
from tests.starter.on_paper import rung

FOLDER = Path(__file__).parents[1]
FILES = sorted([*PUBLISHED.glob("*.v*.yaml"), *PUBLISHED.glob("calendars/*.yaml"),
                *FOLDER.glob("policies_for_scenarios/*.yaml"), *FOLDER.glob("policies_for_scenarios/calendars/*.yaml")])  # fmt: skip
BROKEN = sorted((FOLDER / "broken_policies").glob("*.yaml"))
NOT_BY_A_SCHEMA = {
    "anchors": "whether a role exists is written in people.yaml",
    "approvals": "whether there is such a level, and what waits for it",
    "cross-checks": "one key against another: clocks, levels, names, triggers",
    "no-calendar": "whether a calendar file exists",
    "no-promise": "whether every tier by urgency has a promise",
    "wrong-name": "the file's own name",
    "repeated-keys": "a parser has dropped the repeated keys before a schema looks",
}
"""Of those that are YAML at all; the others no schema ever gets to see."""
VALIDATOR = Draft202012Validator(policy_schema())


def as_json(value: Any) -> Any:
    """What a JSON validator sees of YAML: texts as keys, dates as text."""
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return str(value) if isinstance(value, datetime.date) else value


def data_of(path: Path) -> Any:
    return as_json(parse(path.read_bytes().decode("utf-8"), path.name).data)


def readable(path: Path) -> bool:
    try:
        data_of(path)
    except (Faulty, UnicodeDecodeError):
        return False
    return True


def test_it_is_a_schema_of_its_draft_and_names_no_host() -> None:
    schema = policy_schema()
    Draft202012Validator.check_schema(schema)
    assert "//" not in schema["$id"]


def test_every_key_is_described() -> None:
    definitions = policy_schema()["$defs"]
    keys = [(name, key, shape) for name, one in definitions.items() for key, shape in one.get("properties", {}).items()]
    assert len(keys) > 100
    assert [f"{name}.{key}" for name, key, shape in keys if not shape.get("description")] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_that_is_good_fits(path: Path) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(data_of(path))] == []


@pytest.mark.parametrize("path", [path for path in BROKEN if readable(path)], ids=lambda path: path.name)
def test_every_broken_file_that_a_schema_can_refuse_is_refused(path: Path) -> None:
    refused = not VALIDATOR.is_valid(data_of(path))
    assert refused is (path.name.split(".")[0] not in NOT_BY_A_SCHEMA)


def test_the_published_copy_is_what_the_models_say() -> None:
    assert (PUBLISHED / "policy.schema.json").read_text(encoding="utf-8") == schema_text(), (
        "write it anew: rung policy schema > policies/published/policy.schema.json"
    )


@pytest.mark.usefixtures("alone")
def test_the_command_prints_it() -> None:
    assert json.loads(rung("policy", "schema").stdout) == policy_schema()
