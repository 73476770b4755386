"""Planned maintenance that comes again: one rule, and the windows it makes, each an outage of its own.

Both ends of a window are wall times of one zone: 02:00 in New York is 02:00 on both sides of a change to summer time.
As in people's calendars a wall time that a change skips is that much later, and of one that comes twice the first
counts. Must never read a clock: what is ahead depends on the rule alone, and `after` only says from where to look.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import islice, pairwise, takewhile
from zoneinfo import ZoneInfoNotFoundError

from policies import outage as outages
from policies import recurrence
from policies.business_time import zone_of
from policies.outage import NONE, Outage

REST = timedelta(hours=2)
"""At least between two windows: no change of the clocks, which is shorter, lets one begin before another has ended."""
EARLIEST, LATEST = datetime(2020, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - wall times
LONGEST_ID = 60 - len(".2026-03-29")
LOOKED_AT = 500
"""Windows whose distance is measured: those of a week's rule for ten years."""


@dataclass(frozen=True)
class Maintenance:
    """One rule. `outage` is what each window declares, without instants; its id is the rule's.

    `begins` and `ends` are the first window's, wall times without a zone like `2099-03-28T22:00`; `every` is an RRULE
    or daily, weekly, monthly; `until` a wall time, or a day, after which no window begins ("" = for ever).
    """

    outage: Outage = NONE
    zone: str = "UTC"
    begins: str = ""
    ends: str = ""
    every: str = ""
    until: str = ""

    @property
    def id(self) -> str:
        return self.outage.id

    @property
    def stated(self) -> tuple[object, ...]:
        """What a second rule of that id must not say otherwise."""
        what = self.outage
        return what.scope, what.effect, what.urgency, self.zone, self.begins, self.ends, self.every, self.until


NOTHING = Maintenance()


def windows(rule: Maintenance, after: int) -> Iterator[Outage]:
    """Those that end after that instant (UTC seconds), in order, as they are to be declared.

    Their ids are the rule's and the day on which they begin: `MW-12.2026-03-29`. `rule` is without faults.
    """
    first, length = _wall(rule.begins), _length(rule)
    last = _until(rule)
    for wall in takewhile(lambda wall: wall <= last, recurrence.walls(rule.every, first)):
        begin, end = _instants(rule.zone, wall, length)
        if end > after:
            yield replace(rule.outage, id=f"{rule.id}.{wall:%Y-%m-%d}", since=begin, planned_end=end)


def ahead(rule: Maintenance, after: int, most: int) -> tuple[Outage, ...]:
    """The next ones."""
    return tuple(islice(windows(rule, after), most))


def _instants(zone: str, wall: datetime, length: timedelta) -> tuple[int, int]:
    """TRAP: one that begins in a gap may begin after its own end; then it keeps its length, as it could not be held."""
    begin, end = _instant(zone, wall), _instant(zone, wall + length)
    return begin, end if end > begin else begin + int(length.total_seconds())


def _instant(zone: str, wall: datetime) -> int:
    """Not the rule of working time (semantics 1.1), by which a window within a gap would vanish: appointments move."""
    return int(wall.replace(tzinfo=zone_of(zone), fold=0).timestamp())


def _wall(text: str) -> datetime:
    """Whole seconds; raises ValueError for what is no wall time."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is not None:
        raise ValueError("it has a zone of its own")
    return found.replace(microsecond=0)


def _until(rule: Maintenance) -> datetime:
    """A day counts to its end."""
    if not rule.until:
        return LATEST
    try:
        return datetime.combine(date.fromisoformat(rule.until), time.max)
    except ValueError:
        return _wall(rule.until)


def _length(rule: Maintenance) -> timedelta:
    return _wall(rule.ends) - _wall(rule.begins)


# --- faults ------------------------------------------------------------------------------------------------


def faults(rule: Maintenance, everything_is_meant: bool = False) -> list[str]:
    """What is wrong with a rule as it is written, each with what to write."""
    found = outages.faults(replace(rule.outage, since=0, expected=0, planned_end=0), everything_is_meant)
    if len(rule.id) > LONGEST_ID:
        found.append(f"id '{rule.id[:80]}': at most {LONGEST_ID} characters, each window's has the day behind it")
    if not _is_zone(rule.zone):
        found.append(f"zone '{rule.zone[:80]}' is unknown; write one like Asia/Seoul")
    walls = [*_wall_faults("--from", rule.begins), *_wall_faults("--to", rule.ends)]
    if not walls and rule.until:
        walls = _until_faults(rule)
    if walls:
        return [*found, *walls]
    return [*found, *(recurrence.faults(rule.every, _wall(rule.begins)) or _length_faults(rule))]


def stop_faults(by: str) -> list[str]:
    """What is wrong with whoever is said to stop a rule: the outage that is withdrawn bears the name."""
    return outages.faults(Outage("withdrawn", ended_by=by), everything_is_meant=True)


def _is_zone(name: str) -> bool:
    try:
        zone_of(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _wall_faults(option: str, text: str) -> list[str]:
    like = "write the wall time of --zone, like 2099-03-28T22:00"
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        return [f"{option} '{text[:80]}' is not a wall time; {like}"]
    if wall.tzinfo is not None:
        return [f"{option} '{text[:80]}' has a zone of its own, which a rule cannot keep over a year; {like}"]
    return [] if EARLIEST <= wall < LATEST else [f"{option} '{text[:80]}' is too far away; {like}"]


def _until_faults(rule: Maintenance) -> list[str]:
    try:
        until = _until(rule)
    except ValueError:
        return [f"--until '{rule.until[:80]}' is not a day or a wall time of --zone; write one like 2099-12-31"]
    return ["--until is before --from; correct one of them"] if until < _wall(rule.begins) else []


def _length_faults(rule: Maintenance) -> list[str]:
    length = _length(rule)
    if length <= timedelta():
        return ["--to is not after --from; correct one of them"]
    last = _until(rule)
    walls = takewhile(lambda wall: wall <= last, recurrence.walls(rule.every, _wall(rule.begins)))
    for one, following in pairwise(islice(walls, LOOKED_AT)):
        if one + length + REST > following:
            return [
                f"a window from {one:%a %d %b %Y %H:%M} to {one + length:%a %d %b %Y %H:%M} leaves less than two hours "
                f"until the next, {following:%a %d %b %Y %H:%M}; make it shorter, or rarer"
            ]
    return []
