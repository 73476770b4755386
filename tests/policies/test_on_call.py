"""Who is on call: a table of cases by hand, and the same questions put to a slow program."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from activities.adapters.people_document import Document, read
from activities.adapters.schedule_document import ScheduleEntry
from activities.adapters.schedules import rotation, schedule
from policies.on_call import Feed, Schedule, Shift
from policies.rotation import Turn
from tests.support import slow_on_call

FILE = Path(__file__).parents[1] / "cases" / "on_call.yaml"
TEXT = FILE.read_text(encoding="utf-8")
HEAD, _, TAIL = TEXT.partition("\ncases:\n")
WRITTEN: Mapping[str, Any] = YAML(typ="base").load(TEXT)
"""Every value as text."""
CASES = WRITTEN["cases"]
MINUTE, HOUR, DAY = 60, 3_600, 86_400


def made(name: str, entry: ScheduleEntry) -> Schedule:
    layers = tuple(rotation(layer, entry.zone, layer.name) for layer in entry.layers)
    return schedule(name, entry, layers)


DOCUMENT: Document = read(FILE.name, HEAD.encode(), {})
SCHEDULES = {name: made(name, entry) for name, entry in DOCUMENT.schedules.items()}


def second(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def said(shift: Shift) -> str:
    return " ".join(shift.people) or "nobody"


@pytest.mark.parametrize(("name", "at", "wanted", "why"), CASES, ids=[f"{c[0]} {c[1]}" for c in CASES])
def test_a_case_of_the_table(name: str, at: str, wanted: str, why: str) -> None:
    assert said(SCHEDULES[name].who(second(at))) == wanted, why
    assert (slow_on_call.who(WRITTEN["schedules"][name], datetime.fromisoformat(at)) or "nobody") == wanted, why


def test_the_table_is_long_enough_and_asks_every_schedule() -> None:
    assert len(CASES) >= 60
    assert {case[0] for case in CASES} == set(SCHEDULES)
    assert sum(case[2] == "nobody" for case in CASES) >= 10
    assert len({(case[0], case[1]) for case in CASES}) == len(CASES)


@pytest.mark.parametrize("name", SCHEDULES)
def test_shifts_and_the_question_of_a_second_agree(name: str) -> None:
    one = SCHEDULES[name]
    since, until = second("2026-03-14T00:00:00Z"), second("2026-04-08T00:00:00Z")
    shifts = one.shifts(since, until)
    assert (shifts[0].start, shifts[-1].end) == (since, until)
    for shift, following in pairwise(shifts):
        assert shift.end == following.start
        assert (shift.people, shift.why) != (following.people, following.why)
    for shift in shifts:
        assert one.who(shift.start).people == one.who(shift.end - 1).people == shift.people
    assert one.gaps(since, until) == tuple(shift for shift in shifts if not shift.people)


def test_the_week_of_the_change_is_an_hour_shorter_and_the_one_in_autumn_an_hour_longer() -> None:
    weekly = SCHEDULES["berlin-weekly"]
    spring = weekly.shifts(second("2026-03-23T09:00:00+01:00"), second("2026-04-06T09:00:00+02:00"))
    assert [(said(shift), (shift.end - shift.start) // HOUR) for shift in spring] == [("ben", 167), ("cem", 168)]
    autumn = weekly.shifts(second("2026-10-19T09:00:00+02:00"), second("2026-11-02T09:00:00+01:00"))
    assert [(said(shift), (shift.end - shift.start) // HOUR) for shift in autumn] == [("ben", 169), ("cem", 168)]


def test_the_next_change_is_named_and_a_gap_says_why() -> None:
    office = SCHEDULES["office"]
    change = office.next_change(second("2026-03-27T12:00:00+01:00"))
    assert change is not None
    assert (change.start, change.people) == (second("2026-03-27T18:00:00+01:00"), ())
    assert change.why == "office does not cover this hour"
    over = SCHEDULES["fortnight"].who(second("2026-03-02T09:00:00+09:00"))
    assert over.why == "two weeks has ended"
    assert SCHEDULES["fortnight"].who(second("2026-01-01T09:00:00+09:00")).why == "two weeks has not begun"
    assert SCHEDULES["fortnight"].next_change(second("2026-03-02T09:00:00+09:00")) is None


def test_what_decided_is_said() -> None:
    layered, swapped = SCHEDULES["layered"], SCHEDULES["swapped"]
    assert layered.who(second("2026-03-23T10:00:00+01:00")).why == "days"
    assert layered.who(second("2026-03-24T18:00:00+01:00")).why == "override"
    assert layered.who(second("2026-03-26T08:30:00+01:00")).why == "override for ann"
    assert swapped.who(second("2026-03-17T10:00:00+01:00")).why == "swap of ann and ben"


def test_two_entries_of_a_feed_at_once_are_two_people_on_call() -> None:
    feed = Feed((Turn(0, 10 * HOUR, "ann"), Turn(5 * HOUR, 8 * HOUR, "ben")), 0, DAY, name="feed")
    one = Schedule("s", (feed,))
    assert [(s.start // HOUR, s.end // HOUR, s.people) for s in one.shifts(0, DAY)] == [
        (0, 5, ("ann",)), (5, 8, ("ann", "ben")), (8, 10, ("ann",)), (10, 24, ()),
    ]  # fmt: skip
    assert one.who(12 * HOUR).why == "feed has no entry"
    assert one.who(25 * HOUR).why == "feed is not known for that time"
    assert Schedule("empty").who(0).why == "there are no layers"


# --- the slow program --------------------------------------------------------------------------------------

CHANGES = (
    ("Europe/Berlin", "2026-03-29"), ("Europe/Berlin", "2026-10-25"), ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"), ("Australia/Lord_Howe", "2026-04-05"), ("America/Santiago", "2026-09-06"),
    ("America/Havana", "2026-03-08"), ("Africa/Cairo", "2026-10-30"), ("Asia/Seoul", "2026-06-01"),
)  # fmt: skip
PEOPLE = ("ann", "ben", "cem", "dee")
EVERY = ("1h", "2h", "5h", "8h", "12h", "daily", "2 days", "weekly")
HOURS = ("09:00-18:00", "mon-fri 08:30-17:15", "22:00-06:00", "sat-sun 06:00-23:45", "01:15-02:45", "02:00-03:00")


@st.composite
def written_schedules(draw: st.DrawFn) -> tuple[dict[str, Any], datetime]:
    """A schedule as in a people file around a change of some clock, and where the walk begins."""
    zone, day = draw(st.sampled_from(CHANGES))
    around = datetime.fromisoformat(day)
    layers = [draw(written_layers(zone, around)) for _ in range(draw(st.integers(1, 3)))]
    begin = around.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) - timedelta(days=1)
    written: dict[str, Any] = {"zone": zone, "layers": layers}
    written["overrides"] = [
        {**draw(spells(begin)), "who": draw(st.sampled_from(PEOPLE)),
         **({"instead_of": draw(st.sampled_from(PEOPLE))} if draw(st.booleans()) else {})}
        for _ in range(draw(st.integers(0, 2)))
    ]  # fmt: skip
    written["swaps"] = [
        {**draw(spells(begin)), "between": draw(st.permutations(PEOPLE))[:2]} for _ in range(draw(st.integers(0, 2)))
    ]
    return written, begin


@st.composite
def written_layers(draw: st.DrawFn, zone: str, around: datetime) -> dict[str, Any]:
    quarter = draw(st.one_of(st.integers(0, 16), st.integers(0, 95)))  # often in the hours that clocks change in
    starts = around + timedelta(days=draw(st.integers(-4, 1)), minutes=15 * quarter)
    layer: dict[str, Any] = {
        "members": draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=4)),
        "starts": starts.isoformat(),
        "every": draw(st.sampled_from(EVERY)),
    }
    if draw(st.integers(0, 3)) == 0:
        layer["zone"] = draw(st.sampled_from([change[0] for change in CHANGES]))
    if draw(st.booleans()):
        layer["hours"] = draw(st.lists(st.sampled_from(HOURS), min_size=1, max_size=2, unique=True))
    if draw(st.integers(0, 3)) == 0:
        layer["ends"] = (starts + timedelta(minutes=15 * draw(st.integers(1, 500)))).isoformat()
    return layer


@st.composite
def spells(draw: st.DrawFn, begin: datetime) -> dict[str, Any]:
    start = begin + timedelta(minutes=7 * draw(st.integers(-100, 500)))
    return {"from": start.isoformat(), "to": (start + timedelta(minutes=7 * draw(st.integers(1, 300)))).isoformat()}


@given(written_schedules())
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_minute_around_a_change_is_as_the_slow_program_says(drawn: tuple[dict[str, Any], datetime]) -> None:
    written, begin = drawn
    one = made("drawn", ScheduleEntry.model_validate(written))
    end = begin + timedelta(days=3)
    shifts = one.shifts(int(begin.timestamp()), int(end.timestamp()))
    slow = [(int(at.timestamp()), person) for at, person in slow_on_call.walk(written, begin, end)]
    quick = {
        minute: (shift.people or (None,))[0]
        for shift in shifts
        for minute in range(-(-shift.start // MINUTE) * MINUTE, shift.end, MINUTE)
    }
    event(f"shifts: {min(len(shifts) // 5 * 5, 30)}")
    assert [(at, person) for at, person in slow if quick[at] != person] == []
    assert len(quick) == len(slow)
