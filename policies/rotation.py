"""A rotation: people who take turns, handing over at wall times of one zone.

Every handover is a wall time: the n-th one is `starts` plus n shifts on the local clock, at the first instant at which
that clock shows it or later (semantics 1.1). A week that begins on Monday 09:00 begins there on both sides of a change
to summer time, and twelve-hour shifts hand over at 08:00 and 20:00 all year. Must never count a shift in elapsed time,
nor read a clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from policies.business_time import Calendar, clip, first_instant, zone_of

HOUR, DAY, WEEK = 3_600, 86_400, 7 * 86_400


@dataclass(frozen=True)
class Turn:
    """`person` is on duty in [start, end), UTC seconds."""

    start: int
    end: int
    person: str


@dataclass(frozen=True)
class Rotation:
    """`members` in their order; the first one begins at `starts`, a wall time without a zone of its own.

    `length` is one shift in seconds of the local clock; `ends` the wall time from which nobody takes turns any more.
    With `hours` only those are covered; the turns go on outside them all the same.
    """

    members: tuple[str, ...]
    starts: datetime
    zone: str = "UTC"
    length: int = WEEK
    ends: datetime | None = None
    hours: Calendar | None = None
    name: str = ""

    @property
    def begins_at(self) -> int:
        """UTC second of the first handover."""
        return _reached(self.starts, self.zone)

    @property
    def ends_at(self) -> int | None:
        """UTC second from which on nobody is on duty; None = it goes on."""
        return _reached(self.ends, self.zone) if self.ends else None

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody who ever has a turn."""
        return tuple(dict.fromkeys(self.members))

    def turns(self, since: int, until: int) -> Iterator[Turn]:
        """All turns inside [since, until), clipped to it, in order; a shift that vanishes in a DST gap is none."""
        last = until if self.ends_at is None else min(until, self.ends_at)
        first = max(since, self.begins_at)
        if not self.members or first >= last:
            return
        number = self._number(first)
        start = self._handover(number)
        while start < last:
            end = self._handover(number + 1)
            span = (max(start, first), min(end, last))
            covered = self.hours.intervals(*span) if self.hours and span[0] < span[1] else [span]
            for opens, closes in clip(covered, *span):
                yield Turn(opens, closes, self.members[number % len(self.members)])
            number, start = number + 1, end

    def silence(self, at: int) -> str:
        """Why nobody is on duty at an instant without a turn."""
        if not self.members:
            return "has nobody in it"
        if at < self.begins_at:
            return "has not begun"
        return "has ended" if self.ends_at is not None and at >= self.ends_at else "does not cover this hour"

    def _handover(self, number: int) -> int:
        return _reached(self.starts + timedelta(seconds=number * self.length), self.zone)

    def _number(self, at: int) -> int:
        """The shift `at` lies in, or one before it: `turns` passes over those that are over.

        Where the clock was put back the wall shows less than it has shown, so this may be too low; never too high.
        """
        wall = datetime.fromtimestamp(at, UTC).astimezone(zone_of(self.zone)).replace(tzinfo=None)
        return max((wall - self.starts) // timedelta(seconds=self.length), 0)


def _reached(wall: datetime, zone: str) -> int:
    midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0)
    return first_instant(zone, wall.date(), int((wall - midnight).total_seconds()))
