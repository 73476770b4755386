"""Business time for programs that have datetimes: aware ones go in, aware ones come out.

    hours = OfficeHours.of(Catalog().calendar("kr-office.v1"), start, start + timedelta(days=730))
    hours.add(start, timedelta(hours=8))        # when it is due, in the zone of `start`
    hours.elapsed(start, end)                   # a timedelta of open time

A plan does not use it: tickets count in whole UTC seconds (`business_time.py`). Whole seconds here too: a fraction is
cut off. Must never answer for a time it does not know, nor take a datetime without a zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from policies.business_time import DAY, WorkingTime
from policies.compiler import narrow
from policies.document import CalendarDocument

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BeyondKnowledge(ValueError):
    """The question or its answer lies outside the time these hours were made for."""


@dataclass(frozen=True)
class OfficeHours:
    """Working time with datetimes around it. Make it once, ask it often."""

    working: WorkingTime

    @classmethod
    def of(cls, calendar: CalendarDocument, since: datetime, until: datetime, urgency: str = "") -> OfficeHours:
        """Hours of a calendar as they count for one urgency ("" = windows open to all), known in [since, until)."""
        first, last = second(since), second(until)
        return cls(narrow(calendar, urgency, first, last).working_time(first, last))

    def add(self, start: datetime, length: timedelta) -> datetime:
        """The earliest instant with `length` of open time since `start`, in the zone of `start`.

        No length is `start` itself, even outside hours. Raises BeyondKnowledge, and ValueError without a zone.
        """
        at = second(start)
        due = self.working.add(at, length.days * DAY + length.seconds)
        if due is None or at < self.working.since or at > self.working.until:
            raise self._beyond(start)
        return datetime.fromtimestamp(due, start.tzinfo)

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Open time in [start, end); none when end <= start. Raises as `add` does."""
        first, last = second(start), second(end)
        if first < self.working.since or last > self.working.until:
            raise self._beyond(start if first < self.working.since else end)
        return timedelta(0, self.working.elapsed(first, last))

    def is_open(self, at: datetime) -> bool:
        """Open at the opening second, closed at the closing second. Raises as `add` does."""
        if not self.working.since <= second(at) < self.working.until:
            raise self._beyond(at)
        return self.working.is_open(second(at))

    def _beyond(self, asked: datetime) -> BeyondKnowledge:
        since, until = (datetime.fromtimestamp(at, asked.tzinfo) for at in (self.working.since, self.working.until))
        return BeyondKnowledge(
            f"asked from {asked.isoformat()} on, but these hours are known from {since.isoformat()} to "
            f"{until.isoformat()} and the answer is not in there; make them for a longer time"
        )


def second(moment: datetime) -> int:
    """UTC epoch second; a fraction is cut off. Raises ValueError for a datetime without a zone."""
    try:
        passed = moment - EPOCH
    except TypeError:
        raise ValueError(f"{moment.isoformat()} has no zone; say which: moment.replace(tzinfo=ZoneInfo(...))") from None
    return passed.days * DAY + passed.seconds
