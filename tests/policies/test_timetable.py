"""The form in which working time is written into histories: exact, short, readable, and the old form still read."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from policies import timetable
from policies.business_time import DAY, WEEKDAYS, Calendar, WorkingTime
from policies.catalog import Catalog
from policies.compiler import narrow

RECORD = TypeAdapter(WorkingTime)
NEW_YEAR = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
TWO_YEARS = NEW_YEAR + 730 * DAY
ZONES = (
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo", "America/Havana",
    "Africa/Casablanca", "Atlantic/Azores", "Pacific/Chatham", "Antarctica/Troll", "Pacific/Apia", "Asia/Seoul",
    "Asia/Kathmandu", "Pacific/Kiritimati", "UTC",
)  # fmt: skip
LUNCH = ((9 * 3600, 12 * 3600), (13 * 3600, 18 * 3600))


def as_steps(working: WorkingTime) -> WorkingTime:
    """The same in the form of the first tickets."""
    steps, cursor = [], working.since
    for start, end in working.intervals(working.since, working.until):
        steps += [start - cursor, end - start]
        cursor = end
    return WorkingTime(working.since, working.until, tuple(steps))


def test_a_person_can_read_it() -> None:
    calendar = Calendar(
        "America/New_York", dict.fromkeys(WEEKDAYS[:5], LUNCH),
        holidays=frozenset({date(2026, 1, 1)}), overrides={date(2026, 2, 28): [(10 * 3600, 10 * 3600 + 90)]},
    )  # fmt: skip
    working = calendar.working_time(NEW_YEAR, NEW_YEAR + 92 * DAY)
    assert working.hours == (
        "a=14:00-17:00,18:00-23:00 b=15:00-15:01:30 c=13:00-16:00,17:00-22:00; 2025-12-29 ....a 7aaaaa aaaaab aaaaa 3ccccc cccc"
    )


def test_weeks_that_come_often_have_a_name() -> None:
    calendar = Calendar(
        "UTC", dict.fromkeys(WEEKDAYS[:5], ((0, 3600),)), frozenset({date(2026, 1, 14), date(2026, 2, 4)})
    )
    working = calendar.working_time(NEW_YEAR + 4 * DAY, NEW_YEAR + 60 * DAY)
    assert working.hours == "a=00:00-01:00 A=aaaaa; 2026-01-05 A aa.aa 2A aa.aa 3A"


def test_an_opening_may_last_longer_than_its_day() -> None:
    calendar = Calendar("Australia/Sydney", dict.fromkeys(WEEKDAYS[:5], ((9 * 3600, 17 * 3600),)))
    working = calendar.working_time(NEW_YEAR + 11 * DAY + DAY // 2, NEW_YEAR + 60 * DAY + DAY // 2)
    assert working.hours == "a=22:00-30:00; 2026-01-12 7aaaa..a"


def test_two_years_of_the_korean_office_take_less_than_400_bytes() -> None:
    calendar = narrow(Catalog().calendar("kr-office.v1"), "", NEW_YEAR, TWO_YEARS)
    working = calendar.working_time(NEW_YEAR, TWO_YEARS)
    assert len(RECORD.dump_json(working)) < 400
    assert len(RECORD.dump_json(as_steps(working))) > 5_000


def test_the_form_of_the_first_tickets_is_still_read() -> None:
    old = RECORD.validate_json('{"since":1774224000,"until":1774500000,"steps":[0,32400,54000,32400]}')
    assert old.intervals(old.since, old.until) == [(1774224000, 1774256400), (1774310400, 1774342800)]
    assert RECORD.dump_python(old, exclude_defaults=True) == {
        "since": 1774224000, "until": 1774500000, "steps": (0, 32400, 54000, 32400),
    }  # fmt: skip


def test_an_old_snapshot_is_extended_by_a_new_one() -> None:
    calendar = narrow(Catalog().calendar("kr-office.v1"), "high", NEW_YEAR, TWO_YEARS)
    known = as_steps(calendar.working_time(NEW_YEAR, NEW_YEAR + 92 * DAY))
    assert known.extended(calendar.working_time(NEW_YEAR, TWO_YEARS)) == calendar.working_time(NEW_YEAR, TWO_YEARS)


def test_what_is_open_all_the_time_stays_two_numbers() -> None:
    assert WorkingTime.always(NEW_YEAR, TWO_YEARS) == WorkingTime(NEW_YEAR, TWO_YEARS, (0, 730 * DAY))


def test_more_kinds_of_days_than_letters_are_written_as_steps() -> None:
    wild = [(NEW_YEAR + n * DAY, NEW_YEAR + n * DAY + 60 + n) for n in range(27)]
    assert timetable.written(wild) == ""
    assert timetable.read(timetable.written(wild[:26])) == wild[:26]
    working = WorkingTime.of(wild, NEW_YEAR, TWO_YEARS)
    assert working.hours == ""
    assert working.intervals(NEW_YEAR, TWO_YEARS) == wild


@pytest.mark.parametrize(
    "text", ["a=00:00-09:00; 2025-12-29 b", "a=00:00; 2025-12-29 a", "a=00:00-09:00; today a", "a"]
)
def test_what_is_no_timetable_is_refused(text: str) -> None:
    with pytest.raises((KeyError, ValueError)):
        timetable.read(text)


@st.composite
def workings(draw: st.DrawFn) -> WorkingTime:
    """A calendar with nights, holidays, special hours and breaks in a zone that changes its clock."""
    wall = st.integers(0, 24 * 12).map(lambda n: n * 300 + (n % 97 == 0))
    windows = st.lists(st.tuples(wall, wall), min_size=1, max_size=3)
    zone = draw(st.sampled_from(ZONES))
    first = draw(st.dates(date(1985, 1, 1), date(2037, 1, 1)))
    some_day = st.integers(-2, 430).map(lambda n: first + timedelta(days=n))
    calendar = Calendar(
        zone=zone,
        weekly=draw(st.dictionaries(st.sampled_from(WEEKDAYS), windows, min_size=draw(st.sampled_from((0, 4, 5, 5))))),
        holidays=frozenset(draw(st.lists(some_day, max_size=20))),
        overrides=draw(st.dictionaries(some_day, windows, max_size=draw(st.sampled_from((3, 3, 30))))),
        breaks=draw(st.dictionaries(some_day, windows, max_size=3)),
    )
    since = (first - date(1970, 1, 1)).days * DAY + draw(st.integers(0, DAY))
    return calendar.working_time(
        since, since + draw(st.sampled_from((0, 60, 200, 365))) * DAY + draw(st.integers(0, 65 * DAY))
    )


@settings(deadline=None, derandomize=True, database=None, max_examples=100)
@given(workings(), st.data())
def test_what_is_read_is_what_was_written(working: WorkingTime, data: st.DataObject) -> None:
    event(
        "timetable"
        if working.hours
        else f"steps, {bool(timetable.written(working.intervals(working.since, working.until)))}"
    )
    old = as_steps(working)
    intervals = old.intervals(old.since, old.until)
    text = timetable.written(intervals)
    assert text == "" or timetable.read(text) == intervals
    assert len(RECORD.dump_json(working)) <= len(RECORD.dump_json(old)) + 2
    again = RECORD.validate_json(RECORD.dump_json(working))
    assert again == working
    inside = st.integers(old.since - DAY, old.until + DAY)
    for at, length in data.draw(st.lists(st.tuples(inside, st.integers(0, 60 * DAY)), min_size=5, max_size=5)):
        assert again.add(at, length) == old.add(at, length)
        assert again.sub(at, length) == old.sub(at, length)
        assert again.close_after(at) == next((end for _, end in intervals if end > at), None)
        assert again.prev_close(at) == next((end for _, end in reversed(intervals) if end <= at), None)
        assert again.elapsed(at, at + length) == old.elapsed(at, at + length)
        assert (again.is_open(at), again.next_open(at), again.prev_close(at)) == (
            old.is_open(at), old.next_open(at), old.prev_close(at),
        )  # fmt: skip
        assert again.intervals(at, at + length) == old.intervals(at, at + length)
