"""Business time against a program that knows nothing but a wall clock and steps through it, second by second.

The oracle reads the local clock at every step and remembers the latest time that it has shown. A wall time is reached
as soon as the clock has shown it or later (semantics 1.1), so a window is open while that latest time lies in it: gaps,
overlaps and skipped days need no rule of their own. It shares no line with the code it judges.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from policies.business_time import Calendar, WorkingTime

MINUTE, HOUR, DAY = 60, 3_600, 86_400
DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

TRANSITIONS = (
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-04-05"),  # half an hour
    ("Australia/Lord_Howe", "2026-10-04"),
    ("America/Santiago", "2026-04-05"),  # at midnight
    ("America/Santiago", "2026-09-06"),
    ("Africa/Cairo", "2026-04-24"),  # Friday begins at 01:00
    ("Africa/Cairo", "2026-10-30"),
    ("America/Havana", "2026-03-08"),  # Sunday begins at 01:00
    ("America/Havana", "2025-11-02"),  # 00:00-01:00 twice
    ("Asia/Beirut", "2026-03-29"),
    ("Africa/Casablanca", "2026-02-15"),  # Ramadan: winter time in winter
    ("Africa/Casablanca", "2026-03-22"),
    ("Atlantic/Azores", "2026-10-25"),  # midnight belongs to the overlap
    ("Pacific/Chatham", "2026-09-27"),  # 02:45
    ("Antarctica/Troll", "2026-03-29"),  # two hours
    ("Asia/Seoul", "1988-05-08"),
    ("Asia/Seoul", "1988-10-09"),
    ("Pacific/Apia", "2011-12-30"),  # a day that never was
    ("Pacific/Kwajalein", "1993-08-21"),  # another
    ("Pacific/Kwajalein", "1969-09-30"),  # 23 hours twice
    ("Asia/Pyongyang", "2018-05-05"),
    ("America/Caracas", "2007-12-09"),
)
QUIET = (("Asia/Seoul", "2026-03-27"), ("Asia/Kathmandu", "2026-01-01"), ("UTC", "2024-02-29"))


# --- the oracle --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Oracle:
    """Open or closed for every step of `step` seconds from `since` on."""

    since: int
    step: int
    open: Sequence[bool]
    cells: Sequence[tuple[int, int]]
    """The open steps, first to last."""

    @classmethod
    def watch(cls, calendar: Calendar, since: int, until: int, step: int) -> Oracle:
        zone = ZoneInfo(calendar.zone)
        latest = datetime(1, 1, 1)  # noqa: DTZ001 - a wall clock
        for at in range(since - 2 * DAY, since, 15 * MINUTE):
            latest = max(latest, datetime.fromtimestamp(at, zone).replace(tzinfo=None))
        seen = []
        for at in range(since, until, step):
            latest = max(latest, datetime.fromtimestamp(at, zone).replace(tzinfo=None))
            seen.append(latest)
        spans = {day: list(_spans(calendar, day)) for day in _days(seen[0].date(), seen[-1].date())}
        is_open = [_counts(spans[moment.date()], moment) for moment in seen]
        starts = [since + index * step for index, counts in enumerate(is_open) if counts]
        return cls(since, step, is_open, [(start, start + step) for start in starts])

    @property
    def until(self) -> int:
        return self.since + self.step * len(self.open)

    def is_open(self, at: int) -> bool:
        return self.since <= at < self.until and self.open[(at - self.since) // self.step]

    def elapsed(self, start: int, end: int) -> int:
        return sum(max(0, min(b, end) - max(a, start)) for a, b in self.cells)

    def add(self, start: int, seconds: int) -> int | None:
        if seconds <= 0:
            return start
        for a, b in self.cells:
            here = max(0, b - max(a, start))
            if here >= seconds:
                return max(a, start) + seconds
            seconds -= here
        return None

    def sub(self, start: int, seconds: int) -> int | None:
        if seconds <= 0:
            return start
        for a, b in reversed(self.cells):
            here = max(0, min(b, start) - a)
            if here >= seconds:
                return min(b, start) - seconds
            seconds -= here
        return None

    def next_open(self, at: int) -> int | None:
        return next((max(a, at) for a, b in self.cells if b > at), None)

    def prev_close(self, at: int) -> int | None:
        ends = [b for _, b in self.cells if b <= at and not self.is_open(b)]
        return ends[-1] if ends else None

    def intervals(self) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        for a, b in self.cells:
            if found and found[-1][1] == a:
                found[-1] = (found[-1][0], b)
            else:
                found.append((a, b))
        return found


Span = tuple[datetime, datetime, bool]


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def _spans(calendar: Calendar, day: date) -> Iterator[Span]:
    """Windows (True) and breaks (False) that may count at a wall time of `day`: of that day and its neighbours."""
    for owner in (day - timedelta(days=2), day - timedelta(days=1), day):
        midnight = datetime(owner.year, owner.month, owner.day)  # noqa: DTZ001 - a wall clock
        if owner in calendar.overrides:
            windows = calendar.overrides[owner]
        elif owner in calendar.holidays:
            windows = []
        else:
            windows = calendar.weekly.get(DAY_NAMES[owner.weekday()], [])
        for counts, pairs in ((True, windows), (False, calendar.breaks.get(owner, []))):
            for opens, closes in pairs:
                later = timedelta(days=0 if closes > opens else 1)
                yield midnight + timedelta(seconds=opens), midnight + timedelta(seconds=closes) + later, counts


def _counts(spans: Sequence[Span], moment: datetime) -> bool:
    inside = {counts for opens, closes, counts in spans if opens <= moment < closes}
    return inside == {True}


# --- calendars and instants around a change of the clock ---------------------------------------------------


@dataclass(frozen=True)
class Situation:
    calendar: Calendar
    since: int
    until: int
    instants: tuple[int, ...]
    lengths: tuple[int, ...]


def windows(grain: int, around: int, least: int, most: int) -> st.SearchStrategy[list[tuple[int, int]]]:
    """Often between times of day at which the clock changes."""
    near = st.integers((around - 90 * MINUTE) // grain, (around + 90 * MINUTE) // grain).map(lambda n: n * grain % DAY)
    wall = st.one_of(near, near, st.integers(0, DAY // grain).map(lambda n: n * grain), st.just(0))
    return st.lists(st.tuples(wall, wall), min_size=least, max_size=most)


@st.composite
def situations(draw: st.DrawFn, grain: int, before: int, length: int) -> Situation:
    zone, text = draw(st.sampled_from(TRANSITIONS + QUIET))
    day = date.fromisoformat(text)
    near = [day + timedelta(days=n) for n in range(-3, 4)]
    some_day = st.sampled_from(near)
    middle = change_of(zone, day)
    around = _wall_second(zone, middle - 1)
    calendar = Calendar(
        zone=zone,
        weekly=draw(st.dictionaries(st.sampled_from(DAY_NAMES), windows(grain, around, 1, 2), min_size=5)),
        holidays=frozenset(draw(st.lists(some_day, max_size=2))),
        overrides=draw(st.dictionaries(some_day, windows(grain, around, 0, 2), max_size=2)),
        breaks=draw(st.dictionaries(some_day, windows(grain, around, 0, 2), max_size=2)),
    )
    since = middle - before + draw(st.integers(-30, 30)) * MINUTE
    until = since + length
    instants = draw(st.lists(st.integers(since, until - 1), min_size=4, max_size=4))
    lengths = draw(st.lists(st.integers(0, length // 2), min_size=3, max_size=3))
    return Situation(calendar, since, until, tuple(instants), tuple(lengths))


def change_of(zone: str, day: date) -> int:
    """The second at which the offset changes near `day`, else noon; found by looking."""
    noon = int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp())
    offset = _offset(zone, noon - 2 * DAY)
    changed = [at for at in range(noon - 2 * DAY, noon + 2 * DAY, 15 * MINUTE) if _offset(zone, at) != offset]
    return changed[0] if changed else noon


def _offset(zone: str, at: int) -> timedelta | None:
    return datetime.fromtimestamp(at, ZoneInfo(zone)).utcoffset()


def _wall_second(zone: str, at: int) -> int:
    shown = datetime.fromtimestamp(at, ZoneInfo(zone))
    return shown.hour * HOUR + shown.minute * MINUTE + shown.second


def assert_same(situation: Situation, step: int) -> None:
    calendar, since, until = situation.calendar, situation.since, situation.until
    oracle = Oracle.watch(calendar, since, until, step)
    working = calendar.working_time(since, until)
    event("always closed" if not any(oracle.open) else "open at times")
    assert calendar.intervals(since, until) == oracle.intervals()
    assert working.intervals(since, until) == oracle.intervals()
    edges = [edge + by for pair in oracle.intervals()[:6] for edge in pair for by in (-1, 0, 1)]
    for at in (*situation.instants, *(edge for edge in edges if since <= edge < until)):
        assert working.is_open(at) == oracle.is_open(at), at
        assert working.next_open(at) == oracle.next_open(at), at
        assert working.prev_close(at) == oracle.prev_close(at), at
    for start in situation.instants[:2]:
        for end in situation.instants:
            assert working.elapsed(start, end) == (oracle.elapsed(start, end) if end > start else 0), (start, end)
        for length in (*situation.lengths, oracle.elapsed(start, until)):
            assert working.add(start, length) == oracle.add(start, length), (start, length)
            assert working.sub(start, length) == oracle.sub(start, length), (start, length)


FEW = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


@settings(FEW, max_examples=80)
@given(situations(MINUTE, before=3 * DAY, length=6 * DAY))
def test_six_days_around_a_change_of_the_clock_equal_the_clock_watched_by_the_minute(situation: Situation) -> None:
    assert_same(situation, MINUTE)


@settings(FEW, max_examples=45)
@given(situations(1, before=90 * MINUTE, length=4 * HOUR))
def test_four_hours_around_a_change_of_the_clock_equal_the_clock_watched_by_the_second(situation: Situation) -> None:
    assert_same(situation, 1)


@pytest.mark.parametrize(("zone", "text"), TRANSITIONS, ids=[f"{zone} {day}" for zone, day in TRANSITIONS])
def test_around_the_clock_every_second_counts_once_on_any_day(zone: str, text: str) -> None:
    middle = change_of(zone, date.fromisoformat(text))
    calendar = Calendar(zone, {name: [(0, DAY)] for name in DAY_NAMES})
    assert calendar.intervals(middle - 3 * DAY, middle + 3 * DAY) == [(middle - 3 * DAY, middle + 3 * DAY)]


@pytest.mark.parametrize(("zone", "text"), TRANSITIONS, ids=[f"{zone} {day}" for zone, day in TRANSITIONS])
def test_the_clock_really_changes_there(zone: str, text: str) -> None:
    middle = change_of(zone, date.fromisoformat(text))
    assert _offset(zone, middle - 1) != _offset(zone, middle)


def test_a_snapshot_knows_nothing_outside_itself() -> None:
    working = WorkingTime.of([(10, 20)], 0, 30)
    assert (working.elapsed(-100, 500), working.add(15, 6), working.sub(15, 6)) == (10, None, None)
    assert (working.next_open(20), working.prev_close(9), working.is_open(-1)) == (None, None, False)
