"""Business time: a calendar as written becomes open intervals in UTC seconds, and arithmetic on them.

`Calendar` knows wall clocks, zones, holidays; `WorkingTime` knows only integers, so that an open ticket
can carry it and never notice an upgrade of tzdata or `holidays` (semantics 1.7). Must never read a clock,
round, or use a float.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from itertools import accumulate
from operator import sub as minus
from zoneinfo import ZoneInfo, reset_tzpath

from policies import timetable
from policies.timetable import DAY as DAY
from policies.timetable import Interval as Interval

# TRAP: zoneinfo prefers the system's zone files, which may be years old; the pinned `tzdata` package decides.
reset_tzpath(to=())

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

LONG_AGO = -(2**62)
"""Before any instant."""

Window = tuple[int, int]
"""Open and close as seconds after local midnight; a close at or before the open is on the next day."""


@dataclass(frozen=True)
class Calendar:
    """Opening hours as people write them, already narrowed to one ticket (semantics 1.1-1.3)."""

    zone: str
    weekly: Mapping[str, Sequence[Window]] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()
    overrides: Mapping[date, Sequence[Window]] = field(default_factory=dict)
    breaks: Mapping[date, Sequence[Window]] = field(default_factory=dict)

    def windows_on(self, day: date) -> Sequence[Window]:
        """Override before holiday before weekly."""
        if day in self.overrides:
            return self.overrides[day]
        if day in self.holidays:
            return ()
        return self.weekly.get(WEEKDAYS[day.weekday()], ())

    def intervals(self, since: int, until: int) -> list[Interval]:
        """Merged open intervals, clipped to [since, until)."""
        first = datetime.fromtimestamp(since, UTC).date() - timedelta(days=3)
        last = datetime.fromtimestamp(until, UTC).date() + timedelta(days=2)
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        opened = [self._instants(day, window) for day in days for window in self.windows_on(day)]
        cut = [self._instants(day, window) for day in days for window in self.breaks.get(day, ())]
        return clip(subtract(merge(opened), merge(cut)), since, until)

    def working_time(self, since: int, until: int) -> "WorkingTime":
        """The snapshot a plan carries."""
        return WorkingTime.of(self.intervals(since, until), since, until)

    def _instants(self, day: date, window: Window) -> Interval:
        opens, closes = window
        if closes <= opens:
            closes += DAY
        return first_instant(self.zone, day, opens), first_instant(self.zone, day, closes)


@lru_cache(maxsize=256)
def zone_of(name: str) -> ZoneInfo:
    """One `ZoneInfo` per name. Raises `zoneinfo.ZoneInfoNotFoundError` for an unknown one."""
    return ZoneInfo(name)


def first_instant(zone: str, day: date, seconds: int) -> int:
    """The first UTC second at which the local clock shows `seconds` after midnight of `day`, or later.

    In a DST gap that is the transition, in an overlap the first occurrence (semantics 1.1).
    """
    wall = datetime(day.year, day.month, day.day) + timedelta(seconds=seconds)  # noqa: DTZ001 - a wall clock
    tz = zone_of(zone)
    instant = _utc(wall.replace(tzinfo=tz))
    if datetime.fromtimestamp(instant, tz).replace(tzinfo=None) == wall:
        return instant
    # TRAP: in a gap fold=0 uses the old offset and fold=1 the new one; the transition lies between the two.
    low, high = sorted((_utc(wall.replace(tzinfo=tz, fold=1)), instant))
    while low < high:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, tz).replace(tzinfo=None) >= wall:
            high = middle
        else:
            low = middle + 1
    return low


def _utc(moment: datetime) -> int:
    return int(moment.timestamp())


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """Sorted, without empty ones; touching and overlapping ones become one."""
    merged: list[Interval] = []
    for start, end in sorted(pair for pair in intervals if pair[0] < pair[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def subtract(intervals: Sequence[Interval], cuts: Sequence[Interval]) -> list[Interval]:
    """`intervals` without `cuts`; both merged."""
    left: list[Interval] = []
    for start, end in intervals:
        for cut_start, cut_end in cuts:
            if cut_end <= start or cut_start >= end:
                continue
            if cut_start > start:
                left.append((start, cut_start))
            start = max(start, cut_end)
        if start < end:
            left.append((start, end))
    return left


def clip(intervals: Iterable[Interval], since: int, until: int) -> list[Interval]:
    """The parts inside [since, until)."""
    cut = ((max(a, since), min(b, until)) for a, b in intervals)
    return [(a, b) for a, b in cut if a < b]


@dataclass(frozen=True)
class WorkingTime:
    """Open seconds between `since` and `until`, in the shorter of two forms: as steps, or as a timetable.

    All instants are UTC epoch seconds. What lies outside [since, until) counts as closed: the owner of a
    plan extends the snapshot before its end is reached.
    """

    since: int
    until: int
    steps: tuple[int, ...] = ()
    """Alternating closed and open lengths from `since` on; the only form in histories of the first tickets."""
    hours: str = ""
    """A line that people can read (`policies/timetable.py`); "" = see the steps."""

    @classmethod
    def of(cls, intervals: Sequence[Interval], since: int, until: int) -> "WorkingTime":
        """From merged intervals inside [since, until)."""
        steps: list[int] = []
        cursor = since
        for start, end in intervals:
            steps += (start - cursor, end - start)
            cursor = end
        hours = timetable.written(intervals)
        if hours and len(hours) < len(",".join(map(str, steps))):
            return cls(since, until, hours=hours)
        return cls(since, until, tuple(steps))

    @classmethod
    def always(cls, since: int, until: int) -> "WorkingTime":
        """Every second counts (24x7, and rungs on elapsed time)."""
        return cls.of([(since, until)], since, until)

    @cached_property
    def _columns(self) -> tuple[list[int], list[int], list[int]]:
        """One row an interval: its start, its lag, and `done`, the open seconds up to its end.

        The lag is what lies closed before it: inside the interval, instant = open seconds so far + lag. Row 0 is an
        empty interval before all time, so that every instant has a last start at or before it.
        """
        if self.hours:
            starts, ends = (list(column) for column in zip(*timetable.read(self.hours), strict=True))
        else:
            marks = list(accumulate(self.steps, initial=self.since))[1:]
            starts, ends = marks[0::2], marks[1::2]
        done = list(accumulate(map(minus, ends, starts), initial=0))
        return [LONG_AGO, *starts], [LONG_AGO, *map(minus, starts, done)], done

    def extended(self, later: "WorkingTime") -> "WorkingTime":
        """This one up to its end, `later` from there on: what is known never changes."""
        known = self.intervals(self.since, self.until)
        return WorkingTime.of(merge([*known, *later.intervals(self.until, later.until)]), self.since, later.until)

    def total_until(self, at: int) -> int:
        """Open seconds in [since, at)."""
        starts, lag, done = self._columns
        row = bisect_right(starts, at) - 1
        total = at - lag[row]
        return total if total < done[row] else done[row]

    def elapsed(self, start: int, end: int) -> int:
        """Open seconds in [start, end); 0 when end <= start."""
        return self.total_until(end) - self.total_until(start) if end > start else 0

    def add(self, start: int, seconds: int) -> int | None:
        """The earliest instant at which elapsed(start, t) == seconds; None when that lies past `until`.

        0 seconds is `start` itself, even outside hours (semantics 1.4).
        """
        if seconds <= 0:
            return start
        _starts, lag, done = self._columns
        wanted = self.total_until(start) + seconds
        return wanted + lag[bisect_left(done, wanted)] if wanted <= done[-1] else None

    def sub(self, start: int, seconds: int) -> int | None:
        """The latest t <= start with `seconds` open in [t, start); None when that lies before `since`."""
        if seconds <= 0:
            return start
        _starts, lag, done = self._columns
        wanted = self.total_until(start) - seconds
        return wanted + lag[bisect_right(done, wanted)] if wanted >= 0 else None

    def is_open(self, at: int) -> bool:
        """Half-open: open at the opening second, closed at the closing second."""
        starts, lag, done = self._columns
        row = bisect_right(starts, at) - 1
        return at - lag[row] < done[row]

    def next_open(self, at: int) -> int | None:
        """`at` itself when open, else the next opening; None when none is left."""
        if self.is_open(at):
            return at
        starts = self._columns[0]
        row = bisect_left(starts, at)
        return starts[row] if row < len(starts) else None

    def close_after(self, at: int) -> int | None:
        """The first closing instant after `at`; None when none is left."""
        starts, lag, done = self._columns
        row = bisect_right(starts, at) - 1
        if at - lag[row] >= done[row]:
            row += 1
        return done[row] + lag[row] if row < len(done) else None

    def prev_close(self, at: int) -> int | None:
        """The last closing instant <= at."""
        starts, lag, done = self._columns
        row = bisect_right(starts, at) - 1
        if at - lag[row] < done[row]:
            row -= 1
        return done[row] + lag[row] if row > 0 else None

    def intervals(self, since: int, until: int) -> list[Interval]:
        """Open intervals inside [since, until)."""
        starts, lag, done = self._columns
        low = max(bisect_right(starts, since) - 1, 1)
        high = bisect_left(starts, until)
        return clip(((starts[row], done[row] + lag[row]) for row in range(low, high)), since, until)
