"""Broken files: exactly the planted faults are told, each with its line, all at once, and never a traceback.

A plant is a remark in the file itself: `#! key | part of the message`, for the line it stands on, or
`#! line | key | part of the message` where no remark can stand (0 = the file as a whole).
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from policies.checking import check_authoring, check_policy
from policies.compiler import Policy
from policies.document import PolicyDocument
from policies.written import read_sound, read_yaml
from policies.yaml_text import MOST_BYTES
from tests.starter.on_paper import rung
from tests.starter.test_policy_warnings import GOOD

pytestmark = pytest.mark.usefixtures("alone")
FOLDER = Path(__file__).parents[1] / "broken_policies"
FILES = sorted(FOLDER.glob("*.yaml"))
Plant = tuple[int, str, str]


def planted(path: Path) -> list[Plant]:
    """(line, key, part of the message) of every plant."""
    text = path.read_bytes().decode("utf-8", errors="replace")
    found: list[Plant] = []
    for number, line in enumerate(text.splitlines(), 1):
        for plant in line.split("#! ")[1:]:
            *place, key, message = (part.strip() for part in plant.split("|", plant.count("|")))
            found.append((int(place[0]) if place else number, key, message))
    return sorted(found)


def told(path: Path) -> list[dict[str, object]]:
    result = rung("policy", "check", str(path), "--json")
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    (checked,) = json.loads(result.stdout)["checked"]
    assert len(checked["details"]) == len(checked["faults"])
    return list(checked["details"])


def test_there_are_thirty_of_them_and_each_says_what_is_wrong() -> None:
    assert len(FILES) >= 30
    assert [path.name for path in FILES if not planted(path)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_exactly_the_planted_faults_are_told(path: Path) -> None:
    details = told(path)
    got = sorted((int(str(d["line"])), str(d["key"]), str(d["message"])) for d in details)
    wanted = planted(path)
    assert [(line, key) for line, key, _ in got] == [(line, key) for line, key, _ in wanted], got
    for line, key, part in wanted:
        assert any((line, key) == (at, where) and part in message for at, where, message in got), (part, got)
    assert {d["severity"] for d in details} == {"fault"}


@pytest.mark.parametrize("path", FILES[::3], ids=lambda path: path.name)
def test_people_read_the_same_as_programs(path: Path) -> None:
    result = rung("policy", "check", str(path))
    assert result.exit_code == 1
    assert result.stdout.startswith("FAIL  ")
    lines = [line.strip() for line in result.stdout.split("Faults\n")[1].splitlines()]
    for line, fault in zip(lines, told(path), strict=True):
        place = f"{path.name}:{fault['line']}" if fault["line"] else path.name
        said = f"{fault['key']}: {fault['message']}" if fault["key"] else fault["message"]
        assert line == f"{place}  {said}"


def test_no_words_of_the_library_come_through() -> None:
    result = rung("policy", "check", *map(str, FILES))
    said = result.output
    assert result.exit_code == 1
    assert not re.search(r"[Ii]nput should be|validation error|Value error|pydantic|Traceback", said)


def test_a_file_of_ten_megabytes_is_refused_before_it_is_read(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = alone / "huge.v1.yaml"
    path.write_bytes(b"language: policy/1\n" + b"# more\n" * 1_500_000)
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("was read") if self == path else read(self))
    (fault,) = told(path)
    assert fault["message"] == (
        f"has 10,500,019 bytes, the limit is {MOST_BYTES:,}; is it a policy? take out what does not belong here"
    )


def test_a_folder_is_not_a_policy(alone: Path) -> None:
    (alone / "folder.v1.yaml").mkdir()
    (fault,) = told(alone / "folder.v1.yaml")
    assert fault["message"] == "is not a file; name a policy or a YAML file"


def test_a_folder_among_the_policies_hides_no_other(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (alone / "ours" / "folder.v1.yaml").mkdir(parents=True)
    monkeypatch.setenv("RUNG_POLICIES", str(alone / "ours"))
    result = rung("policy", "check")
    assert result.exit_code == 1
    assert "FAIL  folder.v1" in result.stdout
    assert re.search(r"(OK|WARN) +standard.v1", result.stdout)


def test_a_file_that_may_not_be_read_is_told(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, read = alone / "secret.v1.yaml", Path.read_bytes
    path.write_text("language: policy/1\n", encoding="utf-8")

    def refuse(self: Path) -> bytes:
        if self == path:
            raise PermissionError(13, "Permission denied", str(self))
        return read(self)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    (fault,) = told(path)
    assert fault["message"] == "Permission denied; name a policy or a YAML file that can be read"


def places(value: object, key: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Every place in nested data."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [key, *(place for part, item in inside for place in places(item, (*key, part)))]


@pytest.mark.parametrize("odd", [None, True, -1, "x y", [], [None], {}, {"a": 1}], ids=json.dumps)
def test_whatever_stands_in_place_of_a_value_is_told_and_the_rest_is_checked(odd: object) -> None:
    plain = json.dumps(read_yaml(GOOD, "good").data)
    for place in places(json.loads(plain))[1:]:
        data = json.loads(plain)
        holder = data
        for part in place[:-1]:
            holder = holder[part]
        holder[place[-1]] = odd
        document, written = read_sound(read_yaml(json.dumps(data, indent=1), "odd"), PolicyDocument)
        assert document is not None, place
        faults = [
            *written.faults,
            *check_policy(written, Policy(document, {})),
            *check_authoring(written, Policy(document, {})),
        ]
        assert all(fault.line and fault.message for fault in faults), place
