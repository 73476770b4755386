"""The table of requirements names files, keys and scenarios that exist, and the scenarios are among those played."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.support.scenarios import scenario_files, storm_files

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs" / "reference" / "requirements.md").read_text(encoding="utf-8")
ROWS = {
    cells[0]: cells[1:]
    for line in TABLE.splitlines()
    if (cells := [cell.strip() for cell in line.strip("|").split("|")]) and re.fullmatch(r"[A-Z]\d+", cells[0])
}
NO_POLICY = {"S8"}
WANTED = {
    *(f"S{n}" for n in range(1, 9)), *(f"E{n}" for n in range(1, 11)), "T1", "T2", "T3", "P1", "P3", "G1",
    *(f"Q{n}" for n in range(1, 5)),
}  # fmt: skip
NAMES = ("rung", "cadence", "adjustment", "region", "name")


def named(cell: str) -> list[str]:
    """What stands in backticks and is a path."""
    return [word for word in re.findall(r"`([^`]+)`", cell) if "/" in word]


def at(data: Any, key: str) -> Any:
    """`rungs.line-down`: a key of a mapping, or the entry of a list that has that name."""
    for part in key.split("."):
        if isinstance(data, list):
            data = next((entry for entry in data if part in [entry.get(name) for name in NAMES]), None)
        else:
            data = data.get(part)
        assert data, f"nothing at '{part}' of '{key}'"
    return data


def test_every_requirement_on_policies_has_its_row_or_says_why_not() -> None:
    assert WANTED - set(ROWS) == NO_POLICY
    assert [wanted for wanted in NO_POLICY if f"{wanted} (" not in TABLE] == []


@pytest.mark.parametrize("row", ROWS)
def test_what_a_row_names_is_there(row: str) -> None:
    _what, said, shown = ROWS[row]
    assert named(said)
    assert named(shown)
    for place in named(said):
        file, _, key = place.partition("#")
        assert (ROOT / file).is_file(), place
        if key:
            at(YAML(typ="safe").load((ROOT / file).read_text(encoding="utf-8")), key)
    played = [*scenario_files(), *storm_files()]
    for place in named(shown):
        assert (ROOT / place).is_file(), place
        assert (ROOT / place) in played or place.endswith(".py"), place
