"""When the owner of an action item is reminded: a business day before, at the due, then every business day (T4)."""

from __future__ import annotations

from datetime import UTC, datetime

from policies.action_item import Item, lead_hears, next_reminder
from policies.business_time import WorkingTime
from policies.compiler import office_hours
from policies.ticket import Ticket
from tests.support.scenarios import CATALOG, make_plan

MONDAY = int(datetime(2026, 3, 23, 0, 0, tzinfo=UTC).timestamp())
"""09:00 in Seoul; Monday to Friday 09:00-18:00, a business day has nine hours."""
HOUR, DAY = 3_600, 86_400
A_DAY = 9 * HOUR
FRIDAY_NOON = MONDAY + 4 * DAY + 3 * HOUR


def working() -> WorkingTime:
    plan = make_plan("items.v1", Ticket(id="1", tier="gold", urgency="high"), MONDAY, MONDAY)
    return plan.working["plain.v1"]


def test_the_first_is_a_business_day_before() -> None:
    assert next_reminder(working(), FRIDAY_NOON, A_DAY, MONDAY) == MONDAY + 3 * DAY + 3 * HOUR


def test_over_a_weekend_that_is_the_friday() -> None:
    monday_ten = MONDAY + 7 * DAY + HOUR
    assert next_reminder(working(), monday_ten, A_DAY, MONDAY) == MONDAY + 4 * DAY + HOUR


def test_then_it_is_due_and_then_every_business_day_after() -> None:
    time, at, found = working(), MONDAY, []
    for _ in range(5):
        after = next_reminder(time, FRIDAY_NOON, A_DAY, at)
        assert after is not None
        at = after
        found.append(at)
    noon = 3 * HOUR
    assert found == [MONDAY + day * DAY + noon for day in (3, 4, 7, 8, 9)]  # over the weekend to Monday


def test_one_that_is_due_within_a_day_is_reminded_when_it_is_due() -> None:
    soon = MONDAY + 2 * HOUR
    assert next_reminder(working(), soon, A_DAY, MONDAY) == soon


def test_an_item_is_due_by_office_hours_and_not_by_those_for_urgent_tickets() -> None:
    """standard.v1 keeps evenings and weekends open for high and critical; nobody builds an alarm then."""
    policy = CATALOG.policy("standard.v1")
    friday_four = MONDAY + 4 * DAY + 7 * HOUR
    office = office_hours(policy, friday_four, friday_four + 30 * DAY)
    assert office.add(friday_four, 4 * HOUR) == MONDAY + 7 * DAY + 2 * HOUR
    urgent = make_plan("standard.v1", Ticket(id="1", tier="gold", urgency="critical"), friday_four, friday_four)
    assert urgent.working["kr-office.v1"].add(friday_four, 4 * HOUR) == friday_four + 4 * HOUR
    assert "office" not in urgent.working  # only where a rung makes items
    assert "office" in make_plan("items.v1", Ticket(id="1", tier="gold", urgency="high"), MONDAY, MONDAY).working


def test_what_was_missed_is_not_made_up_for() -> None:
    a_week_later = FRIDAY_NOON + 7 * DAY
    assert next_reminder(working(), FRIDAY_NOON, A_DAY, a_week_later) == FRIDAY_NOON + 10 * DAY


def test_a_due_at_night_is_told_then_and_counts_from_the_next_opening() -> None:
    night = MONDAY + 14 * HOUR
    assert next_reminder(working(), night, A_DAY, MONDAY + 10 * HOUR) == night
    assert next_reminder(working(), night, A_DAY, night) == MONDAY + DAY + 9 * HOUR


def test_past_the_known_time_nothing_is_guessed() -> None:
    time = working()
    assert next_reminder(time, time.until + DAY, A_DAY, time.until + 2 * DAY) is None


def test_the_lead_hears_after_the_due_and_not_at_it() -> None:
    heard = [lead_hears(FRIDAY_NOON, FRIDAY_NOON + seconds) for seconds in (-1, 0, 59, 60)]
    assert heard == [False, False, False, True]  # the reminder at the due goes out a moment later


def test_in_the_due_second_it_is_in_time_and_done_is_never_overdue() -> None:
    item = Item("1", "x", "kim", FRIDAY_NOON)
    assert [item.overdue(FRIDAY_NOON), item.overdue(FRIDAY_NOON + 1)] == [False, True]
    assert not Item("1", "x", "kim", FRIDAY_NOON, done_at=FRIDAY_NOON + 9).overdue(FRIDAY_NOON + 10)
