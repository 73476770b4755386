"""Datetimes in, datetimes out: what a program asks, and what it must not be answered."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.business_time import Calendar
from policies.catalog import Catalog
from policies.office_hours import BeyondKnowledge, OfficeHours


class KST(tzinfo):
    """A zone that somebody wrote."""

    def utcoffset(self, moment: datetime | None) -> timedelta:
        return timedelta(hours=9)

    def dst(self, moment: datetime | None) -> timedelta:
        return timedelta(0)

    def tzname(self, moment: datetime | None) -> str:
        return "KST"


SEOUL, BERLIN = ZoneInfo("Asia/Seoul"), ZoneInfo("Europe/Berlin")
HOURS = OfficeHours.of(
    Catalog().calendar("kr-office.v1"), datetime(2026, 1, 1, tzinfo=SEOUL), datetime(2027, 1, 1, tzinfo=SEOUL)
)
FRIDAY = datetime(2026, 3, 27, 16, tzinfo=SEOUL)


def test_eight_hours_from_friday_four_are_monday_three() -> None:
    assert HOURS.add(FRIDAY, timedelta(hours=8)) == datetime(2026, 3, 30, 15, tzinfo=SEOUL)


def test_the_answer_is_in_the_zone_of_the_question() -> None:
    due = HOURS.add(FRIDAY.astimezone(BERLIN), timedelta(hours=8))
    assert due.isoformat() == "2026-03-30T08:00:00+02:00"
    assert due.tzinfo is BERLIN


def test_the_time_between_is_what_was_open() -> None:
    monday = datetime(2026, 3, 30, 15, tzinfo=SEOUL)
    assert HOURS.elapsed(FRIDAY, monday) == timedelta(hours=8)
    assert HOURS.elapsed(FRIDAY.astimezone(BERLIN), monday.astimezone(UTC)) == timedelta(hours=8)
    assert HOURS.elapsed(monday, FRIDAY) == timedelta(0)


def test_urgent_hours_are_open_to_urgent_tickets() -> None:
    urgent = OfficeHours.of(
        Catalog().calendar("kr-office.v1"), FRIDAY - timedelta(days=9), FRIDAY + timedelta(days=9), "high"
    )
    assert urgent.add(FRIDAY, timedelta(hours=8)) == datetime(2026, 3, 30, 11, tzinfo=SEOUL)
    assert (HOURS.is_open(FRIDAY.replace(hour=19)), urgent.is_open(FRIDAY.replace(hour=19))) == (False, True)


def test_no_length_is_the_start_itself_and_microseconds_count() -> None:
    saturday = datetime(2026, 3, 28, 3, 0, 0, 999_999, tzinfo=SEOUL)
    assert HOURS.add(saturday, timedelta(0)) == saturday
    assert HOURS.add(FRIDAY, timedelta(microseconds=1)) == FRIDAY + timedelta(microseconds=1)
    assert HOURS.elapsed(FRIDAY, FRIDAY + timedelta(microseconds=1)) == timedelta(microseconds=1)


def test_open_at_the_opening_and_closed_at_the_closing_instant() -> None:
    opening, closing = FRIDAY.replace(hour=9), FRIDAY.replace(hour=18)
    a_moment = timedelta(microseconds=1)
    asked = [HOURS.is_open(at) for at in (opening - a_moment, opening, closing - a_moment, closing)]
    assert asked == [False, True, True, False]


ZONES = (
    UTC,
    SEOUL,
    BERLIN,
    ZoneInfo("America/New_York"),
    ZoneInfo("Pacific/Apia"),
    timezone(timedelta(hours=9)),
    KST(),
)


@settings(deadline=None, derandomize=True, database=None, max_examples=300)
@given(
    st.integers(HOURS.working.since, HOURS.working.until - 40 * 86_400), st.integers(0, 20 * 86_400),
    st.integers(0, 9 * 3_600), st.sampled_from(ZONES), st.sampled_from(ZONES),
)  # fmt: skip
def test_it_answers_what_working_time_answers(at: int, later: int, length: int, zone: tzinfo, other: tzinfo) -> None:
    working = HOURS.working
    start, end = datetime.fromtimestamp(at, zone), datetime.fromtimestamp(at + later, other)
    due = HOURS.add(start, timedelta(seconds=length))
    assert due.tzinfo is zone
    assert due.timestamp() == working.add(at, length)
    assert HOURS.elapsed(start, end) == timedelta(seconds=working.elapsed(at, at + later))
    assert HOURS.is_open(start) == working.is_open(at)


def test_an_hour_that_comes_twice_is_told_apart() -> None:
    calendar = Calendar("Europe/Berlin", {"sun": ((0, 86_400),)})
    since = datetime(2026, 10, 20, tzinfo=BERLIN)
    hours = OfficeHours(calendar.working_time(int(since.timestamp()), int(since.timestamp()) + 20 * 86_400))
    first = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
    assert hours.elapsed(first, first.replace(fold=1)) == timedelta(hours=1)
    assert hours.add(first, timedelta(hours=1)).fold == 1
    assert hours.add(first, timedelta(hours=1)).isoformat() == "2026-10-25T02:30:00+01:00"


@pytest.mark.parametrize("ask", [
    lambda: HOURS.add(datetime(2025, 12, 31, tzinfo=SEOUL), timedelta(hours=1)),
    lambda: HOURS.add(datetime(2027, 1, 2, tzinfo=SEOUL), timedelta(0)),
    lambda: HOURS.add(datetime(2026, 12, 31, 12, tzinfo=SEOUL), timedelta(hours=8)),
    lambda: HOURS.elapsed(datetime(2025, 12, 31, tzinfo=SEOUL), FRIDAY),
    lambda: HOURS.elapsed(FRIDAY, datetime(2027, 1, 2, tzinfo=SEOUL)),
    lambda: HOURS.is_open(datetime(2027, 1, 1, tzinfo=SEOUL)),
])  # fmt: skip
def test_what_is_not_known_is_not_answered(ask) -> None:
    with pytest.raises(BeyondKnowledge, match=r"known from 2026-01-01T00:00:00\+09:00 to 2027-01-01T00:00:00\+09:00"):
        ask()


def test_a_datetime_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match=r"2026-03-27T16:00:00 has no zone; say which"):
        HOURS.add(FRIDAY.replace(tzinfo=None), timedelta(hours=1))
