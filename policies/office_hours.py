"""Business time for programs that have datetimes: aware ones go in, aware ones come out, exact to the microsecond.

    hours = OfficeHours.of(Catalog().calendar("kr-office.v1"), start, start + timedelta(days=730))
    hours.add(start, timedelta(hours=8))        # when it is due, in the zone of `start`
    hours.elapsed(start, end)                   # a timedelta of open time

A plan does not use it: tickets count in whole UTC seconds (`business_time.py`). Here everything is a timedelta since
the epoch, as turning datetimes into numbers and back costs more than the answer (measured: docs/explanation/speed.md).
Must never answer for a time it does not know, nor take a datetime without a zone.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from itertools import accumulate
from operator import sub as minus
from zoneinfo import ZoneInfo

from policies.business_time import WorkingTime
from policies.compiler import narrow
from policies.document import CalendarDocument

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOTHING = timedelta(0)
SECOND = timedelta(seconds=1)
LONG_AGO = timedelta(days=-100_000_000)
"""Before any instant."""
WALL_EPOCHS: dict[ZoneInfo, datetime] = {}
"""The wall clock of a zone at 1970-01-01 00:00: not the epoch, but what its wall clocks are counted from."""
MOST_ZONES = 1_000


class BeyondKnowledge(ValueError):
    """The question or its answer lies outside the time these hours were made for."""


@dataclass(frozen=True)
class OfficeHours:
    """Working time with datetimes around it. Make it once, ask it often."""

    working: WorkingTime

    @classmethod
    def of(cls, calendar: CalendarDocument, since: datetime, until: datetime, urgency: str = "") -> OfficeHours:
        """Hours of a calendar as they count for one urgency ("" = windows open to all), known in [since, until)."""
        first, last = since_epoch(since) // SECOND, since_epoch(until) // SECOND
        return cls(narrow(calendar, urgency, first, last).working_time(first, last))

    def add(self, start: datetime, length: timedelta) -> datetime:
        """The earliest instant with `length` of open time since `start`, in the zone of `start`.

        No length is `start` itself, even outside hours. Raises BeyondKnowledge, and ValueError without a zone.
        """
        if length <= NOTHING:
            return self._known(start)
        starts, lag, done, since, _until = self._columns
        at = since_epoch(start)
        row = bisect_right(starts, at) - 1
        wanted = at - lag[row]
        if wanted > done[row]:
            wanted = done[row]
        wanted += length
        if wanted > done[-1] or at < since:
            raise self._beyond(start)
        return in_zone(wanted + lag[bisect_left(done, wanted)], start.tzinfo)

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Open time in [start, end); none when end <= start. Raises as `add` does."""
        starts, lag, done, since, until = self._columns
        at, to = since_epoch(start), since_epoch(end)
        if at < since or to > until:
            raise self._beyond(start if at < since else end)
        if to <= at:
            return NOTHING
        row = bisect_right(starts, at) - 1
        before = at - lag[row]
        if before > done[row]:
            before = done[row]
        row = bisect_right(starts, to, row) - 1
        total = to - lag[row]
        return (total if total < done[row] else done[row]) - before

    def is_open(self, at: datetime) -> bool:
        """Open at the opening instant, closed at the closing instant. Raises as `add` does."""
        starts, lag, done, since, until = self._columns
        asked = since_epoch(at)
        if not since <= asked < until:
            raise self._beyond(at)
        row = bisect_right(starts, asked) - 1
        return asked - lag[row] < done[row]

    @cached_property
    def _columns(self) -> tuple[list[timedelta], list[timedelta], list[timedelta], timedelta, timedelta]:
        """The rows of WorkingTime (start, lag, done) as timedeltas since the epoch; since and until."""
        since, until = self.working.since, self.working.until
        spans = [(a * SECOND, b * SECOND) for a, b in self.working.intervals(since, until)]
        starts = [start for start, _ in spans]
        done = list(accumulate((end - start for start, end in spans), initial=NOTHING))
        return [LONG_AGO, *starts], [LONG_AGO, *map(minus, starts, done)], done, since * SECOND, until * SECOND

    def _known(self, moment: datetime) -> datetime:
        if not self.working.since * SECOND <= since_epoch(moment) <= self.working.until * SECOND:
            raise self._beyond(moment)
        return moment

    def _beyond(self, asked: datetime) -> BeyondKnowledge:
        since, until = (in_zone(at * SECOND, asked.tzinfo) for at in (self.working.since, self.working.until))
        return BeyondKnowledge(
            f"asked for {asked.isoformat()}, but these hours are known from {since.isoformat()} to "
            f"{until.isoformat()} and the answer is not in there; make them for a longer time"
        )


def since_epoch(moment: datetime) -> timedelta:
    """What passed since 1970 in UTC. Raises ValueError for a datetime without a zone.

    TRAP: between datetimes of the same tzinfo object, Python subtracts wall clocks. With the offset taken off again
    that is right, and faster than between two zones. Only a ZoneInfo is sure to be the same object when it is equal.
    """
    zone = moment.tzinfo
    try:
        return moment - WALL_EPOCHS[zone] - zone.utcoffset(moment)  # type: ignore[index,union-attr,operator]
    except KeyError:
        pass
    if isinstance(zone, ZoneInfo):
        _remember(zone)
    try:
        return moment - EPOCH
    except TypeError:
        raise ValueError(f"{moment.isoformat()} has no zone; say which: moment.replace(tzinfo=ZoneInfo(...))") from None


def in_zone(passed: timedelta, zone: tzinfo | None) -> datetime:
    """The instant so long after the epoch, on the clocks of a zone."""
    try:
        return zone.fromutc(WALL_EPOCHS[zone] + passed)  # type: ignore[index,union-attr]
    except KeyError:
        return (EPOCH + passed).astimezone(zone)


def _remember(zone: ZoneInfo) -> None:
    """Python keeps one ZoneInfo a name; whoever makes more of them gets the slow way."""
    if len(WALL_EPOCHS) < MOST_ZONES:
        WALL_EPOCHS[zone] = datetime(1970, 1, 1, tzinfo=zone)
