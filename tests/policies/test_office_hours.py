"""Datetimes in, datetimes out: what a program asks, and what it must not be answered."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from policies.catalog import Catalog
from policies.office_hours import BeyondKnowledge, OfficeHours

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


def test_no_length_is_the_start_itself_and_a_fraction_of_a_second_is_cut_off() -> None:
    saturday = datetime(2026, 3, 28, 3, 0, 0, 999_999, tzinfo=SEOUL)
    assert HOURS.add(saturday, timedelta(0)) == datetime(2026, 3, 28, 3, tzinfo=SEOUL)
    assert HOURS.add(FRIDAY, timedelta(seconds=1, microseconds=1)) == FRIDAY + timedelta(seconds=1)


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
