"""Maintenance by rule: which windows it makes, in whose time, under which ids, and which rules are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from policies.business_time import zone_of
from policies.maintenance import Maintenance, ahead, faults, windows
from policies.outage import REPRIORITISE, Outage, Scope

HOUR, DAY = 3_600, 86_400
WHAT = Outage("MW-12", Scope(("payments",)), reason="new disks", owner="duty-manager", declared_by="lee")
SEOUL = Maintenance(WHAT, "Asia/Seoul", "2026-03-28T22:00", "2026-03-29T02:00", "weekly")
NEW_YORK = Maintenance(WHAT, "America/New_York", "2026-03-01T02:30", "2026-03-01T04:30", "weekly")
LORD_HOWE = replace(
    NEW_YORK, zone="Australia/Lord_Howe", begins="2026-10-03T02:15", ends="2026-10-03T03:15", every="daily"
)


def said(rule: Maintenance, most: int = 3, after: int = 0) -> list[str]:
    """`28 Mar 13:00 - 17:00`, in UTC."""
    assert faults(rule) == []
    return [
        f"{datetime.fromtimestamp(one.since, UTC):%d %b %H:%M} - {datetime.fromtimestamp(one.planned_end, UTC):%H:%M}"
        for one in ahead(rule, after, most)
    ]


def test_each_window_is_an_outage_with_a_planned_end_under_the_day_on_which_it_begins() -> None:
    first, second = ahead(SEOUL, 0, 2)
    begins = int(datetime(2026, 3, 28, 13, tzinfo=UTC).timestamp())
    assert first == replace(WHAT, id="MW-12.2026-03-28", since=begins, planned_end=begins + 4 * HOUR)
    assert second == replace(
        first, id="MW-12.2026-04-04", since=begins + 7 * DAY, planned_end=begins + 7 * DAY + 4 * HOUR
    )


def test_one_that_goes_on_is_still_ahead_and_one_that_has_ended_is_not() -> None:
    first, second = ahead(SEOUL, 0, 2)
    assert next(windows(SEOUL, first.planned_end - 1)) == first
    assert next(windows(SEOUL, first.planned_end)) == second


def test_without_changes_of_the_clock_a_week_is_a_week() -> None:
    assert said(SEOUL) == ["28 Mar 13:00 - 17:00", "04 Apr 13:00 - 17:00", "11 Apr 13:00 - 17:00"]


def test_new_york_in_spring_begins_an_hour_later_where_its_beginning_is_skipped_and_ends_by_the_wall() -> None:
    assert said(NEW_YORK) == ["01 Mar 07:30 - 09:30", "08 Mar 07:30 - 08:30", "15 Mar 06:30 - 08:30"]


def test_new_york_in_autumn_the_first_of_the_two_hours_counts() -> None:
    autumn = replace(NEW_YORK, begins="2026-10-25T00:30", ends="2026-10-25T02:30")
    assert said(autumn, 2) == ["25 Oct 04:30 - 06:30", "01 Nov 04:30 - 07:30"]
    within = replace(NEW_YORK, begins="2026-10-25T01:15", ends="2026-10-25T01:45")
    assert said(within, 2) == ["25 Oct 05:15 - 05:45", "01 Nov 05:15 - 05:45"]


@pytest.mark.parametrize(
    ("begins", "ends", "on_that_day"),
    [
        ("02:00", "02:30", "08 Mar 07:00 - 07:30"),
        ("02:15", "02:45", "08 Mar 07:15 - 07:45"),
        ("02:30", "03:15", "08 Mar 07:30 - 08:15"),
        ("01:45", "02:15", "08 Mar 06:45 - 07:15"),
        ("01:00", "04:00", "08 Mar 06:00 - 08:00"),
    ],
)
def test_no_window_vanishes_in_the_hour_that_is_skipped(begins: str, ends: str, on_that_day: str) -> None:
    rule = replace(NEW_YORK, begins=f"2026-03-01T{begins}", ends=f"2026-03-01T{ends}")
    assert said(rule, 2)[1] == on_that_day


def test_lord_howe_skips_half_an_hour() -> None:
    assert said(LORD_HOWE) == ["02 Oct 15:45 - 16:45", "03 Oct 15:45 - 16:15", "04 Oct 15:15 - 16:15"]


def test_lord_howe_repeats_half_an_hour() -> None:
    autumn = replace(LORD_HOWE, begins="2026-04-04T01:15", ends="2026-04-04T02:15")
    assert said(autumn) == ["03 Apr 14:15 - 15:15", "04 Apr 14:15 - 15:45", "05 Apr 14:45 - 15:45"]


def test_rules_as_calendars_write_them() -> None:
    second_sunday = replace(
        SEOUL, begins="2026-03-08T22:00", ends="2026-03-09T02:00", every="RRULE:freq=monthly;byday=2su"
    )
    assert said(second_sunday) == ["08 Mar 13:00 - 17:00", "12 Apr 13:00 - 17:00", "10 May 13:00 - 17:00"]
    last = replace(SEOUL, begins="2026-03-31T22:00", ends="2026-04-01T02:00", every="FREQ=MONTHLY;BYMONTHDAY=-1")
    assert said(last, 2) == ["31 Mar 13:00 - 17:00", "30 Apr 13:00 - 17:00"]
    assert said(replace(SEOUL, every="monthly"), 2) == ["28 Mar 13:00 - 17:00", "28 Apr 13:00 - 17:00"]
    assert said(replace(SEOUL, every="FREQ=DAILY;INTERVAL=2;COUNT=2"), 9) == [
        "28 Mar 13:00 - 17:00",
        "30 Mar 13:00 - 17:00",
    ]


@pytest.mark.parametrize(
    ("until", "count"), [("2026-04-11", 3), ("2026-04-11T22:00", 3), ("2026-04-11T21:59", 2), ("2026-03-28", 1)]
)
def test_until_a_day_or_a_wall_time_the_last_begins(until: str, count: int) -> None:
    assert len(said(replace(SEOUL, until=until), 9)) == count


FAULTS = [
    ({"zone": "Seoul"}, "zone 'Seoul' is unknown; write one like Asia/Seoul"),
    ({"begins": "tomorrow"}, "--from 'tomorrow' is not a wall time"),
    ({"begins": "2026-03-28T22:00+09:00"}, "has a zone of its own, which a rule cannot keep over a year"),
    ({"begins": "1999-03-28T22:00"}, "--from '1999-03-28T22:00' is too far away"),
    ({"ends": "2026-03-28T22:00"}, "--to is not after --from"),
    ({"until": "soon"}, "--until 'soon' is not a day or a wall time"),
    ({"until": "2026-03-27"}, "--until is before --from"),
    ({"every": ""}, "the rule '' says not how often (known: daily, monthly, weekly); write 'weekly' or an RRULE like FREQ=MONTHLY;BYDAY=2SU"),
    ({"every": "weekl"}, "the rule 'weekl' says not how often (did you mean 'weekly'?)"),
    ({"every": "BYDAY=SA"}, "the rule says not how often"),
    ({"every": "FREQ=HOURLY"}, "FREQ=HOURLY is not one of DAILY, WEEKLY, MONTHLY, YEARLY: at most one a day"),
    ({"every": "FREQ=DAILY;BYHOUR=2,3"}, "the rule's part 'BYHOUR' is not understood"),
    ({"every": "FREQ=WEEKLY;BYDYA=SA"}, "the rule's part 'BYDYA' is not understood (did you mean 'BYDAY'?)"),
    ({"every": "FREQ=WEEKLY;UNTIL=20270101"}, "say it with --until"),
    ({"every": "FREQ=WEEKLY;FREQ=DAILY"}, "the rule says FREQ twice; keep one"),
    ({"every": "FREQ=WEEKLY;INTERVAL=0"}, "INTERVAL=0 must be a number from 1 to 999"),
    ({"every": "FREQ=WEEKLY;COUNT=1,2"}, "COUNT=1,2 must be a number from 1 to 9999"),
    ({"every": "FREQ=MONTHLY;BYMONTHDAY=0"}, "BYMONTHDAY=0 must be numbers from -31 to 31 without 0"),
    ({"every": "FREQ=WEEKLY;BYDAY=SUN"}, "BYDAY=SUN is no weekday"),
    ({"every": "FREQ=MONTHLY;BYDAY=53SU"}, "BYDAY=53SU is no weekday"),
    ({"every": "FREQ=WEEKLY;BYDAY=2SA"}, "BYDAY=2SA: only months and years have a 2. SA; write FREQ=MONTHLY"),
    ({"every": "FREQ=WEEKLY;WKST=X"}, "WKST=X is no weekday"),
    ({"every": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "never comes"),
    ({"every": "FREQ=WEEKLY;BYDAY=SU"}, "--from (Sat 28 Mar 2026) is not one of the rule's days; its first is Sun 29 Mar 2026"),
    ({"begins": "2026-03-31T22:00", "ends": "2026-04-01T02:00", "every": "monthly"}, "write FREQ=MONTHLY;BYMONTHDAY=-1"),
    ({"ends": "2026-04-04T21:00"}, "leaves less than two hours until the next, Sat 04 Apr 2026 22:00; make it shorter, or rarer"),
    ({"outage": replace(WHAT, id="x" * 50)}, "at most 49 characters, each window's has the day behind it"),
    ({"outage": replace(WHAT, id="MW 12")}, "id 'MW 12': write 1 to 60 letters"),
    ({"outage": replace(WHAT, effect=REPRIORITISE)}, "reprioritise to what?"),
    ({"outage": replace(WHAT, scope=Scope())}, "the scope names nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "text"), FAULTS, ids=[text for _, text in FAULTS])
def test_what_cannot_be_meant_is_refused(change: dict[str, object], text: str) -> None:
    (fault,) = faults(replace(SEOUL, **change))  # type: ignore[arg-type]
    assert text in fault


def test_every_fault_is_told_at_once_and_everything_may_be_meant() -> None:
    found = faults(replace(SEOUL, zone="Mars", begins="x", ends="y", outage=replace(WHAT, effect="stop")))
    assert len(found) == 4
    assert faults(replace(SEOUL, outage=replace(WHAT, scope=Scope())), everything_is_meant=True) == []


# --- whatever the rule -------------------------------------------------------------------------------------

ZONES = ("Asia/Seoul", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu",
         "Africa/Casablanca", "Pacific/Chatham", "UTC")  # fmt: skip
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@st.composite
def rules(draw: st.DrawFn) -> Maintenance:
    """Of those without faults; around the changes of the clock more than elsewhere."""
    day = draw(st.dates(date(2025, 9, 1), date(2028, 6, 1)))
    minutes = draw(st.one_of(st.integers(0, 4 * 60), st.integers(0, 24 * 60 - 1)))
    begins = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes)
    length = draw(st.one_of(st.integers(1, 4 * 60), st.integers(1, 7 * 24 * 60)))
    ends = begins + timedelta(minutes=length)
    weekday = WEEKDAYS[day.weekday()]
    every = draw(
        st.sampled_from([
            "daily", "weekly", f"FREQ=MONTHLY;BYMONTHDAY={day.day}", "FREQ=DAILY;INTERVAL=3", f"FREQ=WEEKLY;BYDAY={weekday}",
            "FREQ=WEEKLY;INTERVAL=2", f"FREQ=MONTHLY;BYDAY={weekday}", "FREQ=DAILY;COUNT=5", "FREQ=YEARLY",
        ])
    )  # fmt: skip
    until = draw(st.sampled_from(["", (day + timedelta(days=20)).isoformat()]))
    made = Maintenance(WHAT, draw(st.sampled_from(ZONES)), begins.isoformat(), ends.isoformat(), every, until)
    assume(not faults(made))
    return made


@given(rules())
def test_windows_come_in_order_each_of_some_length_none_within_another_each_under_an_id_of_its_own(
    rule: Maintenance,
) -> None:
    found = list(islice(windows(rule, 0), 60))
    assert found
    for one in found:
        assert one.since < one.planned_end
    for one, following in pairwise(found):
        assert one.planned_end <= following.since
    assert len({one.id for one in found}) == len(found)


@given(rules(), st.integers(0, 40))
def test_where_one_looks_from_changes_no_window(rule: Maintenance, number: int) -> None:
    found = list(islice(windows(rule, 0), 60))
    after = found[min(number, len(found) - 1)].since
    assert list(ahead(rule, after, 5)) == [one for one in found if one.planned_end > after][:5]


@given(rules())
def test_each_begins_by_its_until_and_shows_the_wall_time_that_was_written_or_the_clock_skipped_it(
    rule: Maintenance,
) -> None:
    wanted = datetime.fromisoformat(rule.begins).time()
    for one in islice(windows(rule, 0), 60):
        shown = datetime.fromtimestamp(one.since, zone_of(rule.zone))
        day = one.id.removeprefix("MW-12.")
        assert not rule.until or day <= rule.until
        written = datetime.combine(datetime.fromisoformat(day).date(), wanted)
        skipped = shown.replace(tzinfo=None) - written
        assert skipped in (timedelta(), timedelta(minutes=30), timedelta(hours=1))
        exists = (
            written.replace(tzinfo=shown.tzinfo).astimezone(UTC).astimezone(shown.tzinfo).replace(tzinfo=None)
            == written
        )
        assert exists == (not skipped)
