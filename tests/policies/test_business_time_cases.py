"""Acceptance cases for business time: facts from the field's products, expected values from slow programs.

`RUNG_CASES=<file>` runs the same test over another file of the same shape.
"""

import json
import os
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from policies.business_time import Calendar, WorkingTime
from policies.clock import Clock, merge_pauses

CASES = Path(os.environ.get("RUNG_CASES", Path(__file__).parent.parent / "cases" / "business_time.json"))
YEAR = 366 * 86_400


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def seconds(wall: str) -> int:
    parts = [int(part) for part in wall.split(":")] + [0]
    return parts[0] * 3600 + parts[1] * 60 + parts[2]


def windows(pairs: list[list[str]]) -> list[tuple[int, int]]:
    return [(seconds(opens), seconds(closes)) for opens, closes in pairs]


def calendar_of(written: dict[str, Any]) -> Calendar:
    return Calendar(
        zone=written["tz"],
        weekly={day: windows(pairs) for day, pairs in written["weekly"].items()},
        holidays=frozenset(date.fromisoformat(day) for day in written["holidays"]),
        overrides={date.fromisoformat(d): windows(p) for d, p in written.get("overrides", {}).items()},
        breaks={date.fromisoformat(d): windows(p) for d, p in written.get("breaks", {}).items()},
    )


def pauses_of(given: dict[str, Any]) -> tuple[tuple[int, int | None], ...]:
    return merge_pauses((instant(a), None if b is None else instant(b)) for a, b in given.get("pauses", []))


def searched(calendar: Calendar, at: int, look: Callable[[WorkingTime], int | None]) -> int | None:
    """`look` in a horizon that grows until something is found; "never" after twelve years (semantics 1.5)."""
    for years in (1, 12):
        found = look(calendar.working_time(at - years * YEAR, at + years * YEAR))
        if found is not None:
            return found
    return None


def due(calendar: Calendar, start: int, target: int, pauses: tuple[tuple[int, int | None], ...]) -> int | None:
    return searched(calendar, start, lambda working: Clock(working, start, None, pauses).due(target))


def working_around(calendar: Calendar, *instants: int) -> WorkingTime:
    return calendar.working_time(min(instants) - YEAR, max(instants) + YEAR)


def outcome(case: dict[str, Any]) -> dict[str, Any]:
    calendar, given = calendar_of(case["calendar"]), case["given"]
    match case["op"]:
        case "due":
            return {"due": due(calendar, instant(given["start"]), given["target_seconds"], pauses_of(given))}
        case "elapsed":
            start, end = instant(given["start"]), instant(given["end"])
            clock = Clock(working_around(calendar, start, end), start, None, pauses_of(given))
            return {"elapsed_seconds": clock.consumed(end) if end > start else 0}
        case "checkpoints":
            targets = [given["target_seconds"] * percent // 100 for percent in given["percents"]]
            start, pauses = instant(given["start"]), pauses_of(given)
            return {"instants": [due(calendar, start, target, pauses) for target in targets]}
        case "retarget":
            last = given["changes"][-1]
            start = instant(given["start"] if given["policy"] == "carry_elapsed" else last["at"])
            return {"due": due(calendar, start, last["target_minutes"] * 60, pauses_of(given))}
        case "is_open":
            at = instant(given["at"])
            return {"open": working_around(calendar, at).is_open(at)}
        case "next_open":
            at = instant(given["at"])
            return {"instant": searched(calendar, at, lambda working: working.next_open(at))}
        case "prev_close":
            at = instant(given["at"])
            return {"instant": searched(calendar, at, lambda working: working.prev_close(at))}
        case "open_intervals":
            since, until = instant(given["from"]), instant(given["until"])
            return {"intervals": [list(pair) for pair in calendar.intervals(since, until)]}
        case "sub":
            at = instant(given["start"])
            return {"instant": searched(calendar, at, lambda working: working.sub(at, given["target_seconds"]))}
    raise AssertionError(f"unknown op {case['op']}")


def as_instants(value: Any) -> Any:
    if isinstance(value, str):
        return instant(value)
    return [as_instants(item) for item in value] if isinstance(value, list) else value


CASE_LIST = json.loads(CASES.read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASE_LIST, ids=[case["id"] for case in CASE_LIST])
def test_case(case: dict[str, Any]) -> None:
    got = outcome(case)
    expected = {key: as_instants(value) for key, value in case["expect"].items() if key in got}
    assert expected, f"case {case['id']} expects nothing that '{case['op']}' answers"
    assert got == expected


def test_the_file_holds_cases() -> None:
    assert CASE_LIST, f"{CASES} holds no case"
