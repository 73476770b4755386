"""The same opening hours in the words of everybody who is measured: ours, the bound, and three libraries.

Each takes aware datetimes and gives aware datetimes. What can be prepared once (a length, a rule, an offset) is prepared
outside the measurement for all of them; what a program has to write around a library is inside.
"""

from __future__ import annotations

import operator
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

import businesstimedelta
import pandas
import pytz
from opening_hours import OpeningHours, State

from policies.business_time import WorkingTime
from policies.document import CalendarDocument
from policies.office_hours import OfficeHours

Elapsed = Callable[[datetime, datetime], timedelta]


@dataclass(frozen=True)
class Office:
    """Mon-Fri, the same windows every day, without these holidays: what all contenders can say."""

    name: str
    zone: str
    windows: tuple[tuple[time, time], ...]
    holidays: tuple[date, ...]
    document: CalendarDocument
    ours: OfficeHours


@dataclass(frozen=True)
class Contender:
    """`add(start, length(8 h))` and `elapsed(start, end)`; no `elapsed` = it cannot, for the reason in `cannot`."""

    name: str
    length: Callable[[timedelta], Any]
    add: Callable[[datetime, Any], datetime]
    elapsed: Elapsed | None
    cannot: str = ""


def contenders(office: Office) -> list[Contender]:
    return [rung(office), bound(office), business_time_delta(office), custom_business_hour(office), osm(office)]


def rung(office: Office) -> Contender:
    return Contender("rung", lambda length: length, office.ours.add, office.ours.elapsed)


def bound(office: Office) -> Contender:
    """The least it can cost: two bisections between two conversions, everything in local variables. It checks nothing."""
    zone = ZoneInfo(office.zone)
    epoch, utcoffset, fromutc = datetime(1970, 1, 1, tzinfo=zone), zone.utcoffset, zone.fromutc
    starts, ends, sums = ([timedelta(seconds=n) for n in column] for column in _lists(office.ours.working))

    def add(start: datetime, length: timedelta) -> datetime:
        at = start - epoch - utcoffset(start)  # type: ignore[operator]
        row = bisect_right(starts, at) - 1
        wanted = sums[row] + (at if at < ends[row] else ends[row]) - starts[row] + length
        row = bisect_left(sums, wanted) - 1
        return fromutc(epoch + (starts[row] + wanted - sums[row]))

    def elapsed(start: datetime, end: datetime) -> timedelta:
        at, to = start - epoch - utcoffset(start), end - epoch - utcoffset(end)  # type: ignore[operator]
        i, j = bisect_right(starts, at) - 1, bisect_right(starts, to) - 1
        before = sums[i] + (at if at < ends[i] else ends[i]) - starts[i]
        return sums[j] + (to if to < ends[j] else ends[j]) - starts[j] - before

    return Contender("bound", lambda length: length, add, elapsed)


def bound_in_seconds(working: WorkingTime) -> tuple[Callable[[int, int], int], Callable[[int, int], int]]:
    """The bound without datetimes: `add` and `elapsed` on epoch seconds."""
    starts, ends, sums = _lists(working)

    def add(at: int, seconds: int) -> int:
        row = bisect_right(starts, at) - 1
        wanted = sums[row] + min(at, ends[row]) - starts[row] + seconds
        row = bisect_left(sums, wanted) - 1
        return starts[row] + wanted - sums[row]

    def elapsed(at: int, until: int) -> int:
        i, j = bisect_right(starts, at) - 1, bisect_right(starts, until) - 1
        before = sums[i] + min(at, ends[i]) - starts[i]
        return sums[j] + min(until, ends[j]) - starts[j] - before

    return add, elapsed


def _lists(working: WorkingTime) -> tuple[list[int], list[int], list[int]]:
    intervals = working.intervals(working.since, working.until)
    starts, ends = [a for a, _ in intervals], [b for _, b in intervals]
    return starts, ends, list(accumulate((b - a for a, b in intervals), initial=0))


def business_time_delta(office: Office) -> Contender:
    zone = pytz.timezone(office.zone)
    first, last = office.windows[0][0], office.windows[-1][1]
    rules = [businesstimedelta.WorkDayRule(first, last, [0, 1, 2, 3, 4], tz=zone)]
    for (_, closes), (opens, _) in zip(office.windows, office.windows[1:], strict=False):
        rules.append(businesstimedelta.LunchTimeRule(closes, opens, [0, 1, 2, 3, 4], tz=zone))
    rules.append(businesstimedelta.HolidayRule(frozenset(office.holidays), tz=zone))
    together = businesstimedelta.Rules(rules)

    def elapsed(start: datetime, end: datetime) -> timedelta:
        return together.difference(start, end).timedelta

    def length(wanted: timedelta) -> Any:
        return businesstimedelta.BusinessTimeDelta(together, timedelta=wanted)

    return Contender("businesstimedelta", length, operator.add, elapsed)


def custom_business_hour(office: Office) -> Contender:
    def length(wanted: timedelta) -> Any:
        return pandas.offsets.CustomBusinessHour(
            n=wanted // timedelta(hours=1),
            start=[f"{opens:%H:%M}" for opens, _ in office.windows],
            end=[f"{closes:%H:%M}" for _, closes in office.windows],
            holidays=list(office.holidays),
        )

    cannot = "CustomBusinessHour steps in whole hours; pandas has no business seconds between two instants"
    return Contender("pandas", length, operator.add, None, cannot)


def osm(office: Office) -> Contender:
    """The library tells intervals; adding and measuring is what a program writes around it."""
    spans = ",".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in office.windows)
    holidays = ",".join(f"{day:%Y %b %d}" for day in office.holidays)
    hours = OpeningHours(f"Mo-Fr {spans}; {holidays} off", timezone=ZoneInfo(office.zone))

    def add(start: datetime, length: timedelta) -> datetime:
        for opens, closes, state, _comment in hours.intervals(start):
            if state == State.OPEN:
                if closes - opens >= length:
                    return opens + length
                length -= closes - opens
        raise AssertionError("never")

    def elapsed(start: datetime, end: datetime) -> timedelta:
        spans = (closes - opens for opens, closes, state, _ in hours.intervals(start, end) if state == State.OPEN)
        return sum(spans, timedelta(0))

    return Contender("opening-hours-py", lambda length: length, add, elapsed)


def disagreements(
    asked: Sequence[tuple[Any, ...]], ours: Sequence[object], theirs: Sequence[object], hours: OfficeHours
) -> dict[str, Any]:
    """How many answers are the same, the first that is not, and how many of those have no open time in between.

    The latter: a budget used up exactly at closing is due at closing for us, at the next opening for others.
    """
    different = [(a, x, y) for a, x, y in zip(asked, ours, theirs, strict=True) if x != y]
    found: dict[str, Any] = {"asked": len(ours), "same": len(ours) - len(different)}
    if different:
        question, mine, other = different[0]
        found["first"] = {"asked": [str(part) for part in question], "rung": str(mine), "theirs": str(other)}
        found["closing_or_next_opening"] = sum(_no_open_time(hours, x, y) for _, x, y in different)
    return found


def _no_open_time(hours: OfficeHours, one: object, other: object) -> bool:
    if not isinstance(one, datetime) or not isinstance(other, datetime):
        return False
    return not hours.elapsed(min(one, other), max(one, other))
