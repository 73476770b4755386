"""When an outage is looked back on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.outage import Outage
from policies.outage_review import is_reviewed, review_at

HOUR = 3_600
OVER = Outage("INC-7", since=1_774_594_800, ended_at=1_774_598_400, owner="lee")


def at(text: str, zone: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


@pytest.mark.parametrize(
    ("over", "zone", "review"),
    [
        ("2026-03-25T09:59", "Asia/Seoul", "2026-03-26T10:00"),  # Wednesday
        ("2026-03-25T10:00", "Asia/Seoul", "2026-03-26T10:00"),  # a day later to the second
        ("2026-03-25T10:01", "Asia/Seoul", "2026-03-27T10:00"),
        ("2026-03-26T18:00", "Asia/Seoul", "2026-03-30T10:00"),  # Thursday evening: Saturday would be the day
        ("2026-03-29T03:00", "Asia/Seoul", "2026-03-30T10:00"),  # in the night to Sunday
        ("2026-03-07T10:00", "America/New_York", "2026-03-09T10:00"),  # the clocks go forward on Sunday
        ("2026-10-30T12:00", "America/New_York", "2026-11-02T10:00"),  # and back
    ],
)
def test_it_is_at_ten_by_the_owners_clock_on_the_first_weekday_a_day_later(over: str, zone: str, review: str) -> None:
    assert review_at(replace(OVER, since=1, ended_at=at(over, zone)), zone) == at(review, zone)


@given(st.integers(min_value=1, max_value=4_000_000_000), st.sampled_from(["Asia/Seoul", "America/New_York", "UTC"]))
def test_it_is_a_weekday_at_ten_at_least_a_day_and_less_than_five_days_later(over: int, zone: str) -> None:
    found = review_at(replace(OVER, since=1, ended_at=over + 1), zone)
    local = datetime.fromtimestamp(found, ZoneInfo(zone))
    assert (local.hour, local.minute, local.second, local.weekday() < 5) == (10, 0, 0, True)
    assert 24 * HOUR <= found - (over + 1) < 5 * 24 * HOUR


@pytest.mark.parametrize("zone", ["", "Nowhere/At_All", "../etc"])
def test_an_unknown_zone_is_utc(zone: str) -> None:
    over = int(datetime(2026, 3, 25, 8, tzinfo=UTC).timestamp())
    assert review_at(replace(OVER, since=1, ended_at=over), zone) == at("2026-03-26T10:00", "UTC")


def test_one_that_lasts_has_none_yet() -> None:
    with pytest.raises(ValueError, match="INC-7 lasts"):
        review_at(replace(OVER, ended_at=0), "UTC")


def test_it_is_for_outages_that_somebody_answers_for_and_not_for_maintenance() -> None:
    assert is_reviewed(OVER)
    assert not is_reviewed(replace(OVER, owner=""))
    assert not is_reviewed(replace(OVER, planned_end=OVER.ended_at))
    assert not is_reviewed(replace(OVER, ended_at=0))
    assert not is_reviewed(replace(OVER, ended_at=OVER.since)), "over as it began"
