"""When an outage is looked back on: the first weekday at least a day after its end, at ten by its owner's clock (A5).

An outage has no calendar of its own. Must never look at the present: a repeat gives the same instant.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from policies.outage import Outage

AT = time(10)
PATIENCE = timedelta(days=1)
SATURDAY = 5


def is_reviewed(outage: Outage) -> bool:
    """One that somebody answers for. Not maintenance, of which nothing went wrong, nor what was over as it began."""
    return bool(outage.owner) and not outage.planned_end and outage.ended_at > outage.since


def review_at(outage: Outage, zone: str) -> int:
    """UTC second. `zone` is an IANA name; an unknown one is UTC. Raises ValueError for an outage that lasts."""
    if outage.over_at is None:
        raise ValueError(f"outage {outage.id} lasts; there is nothing to look back on")
    place = _zone(zone)
    earliest = datetime.fromtimestamp(outage.over_at, UTC) + PATIENCE
    day = earliest.astimezone(place).date()
    while True:
        found = datetime.combine(day, AT, place)
        if found >= earliest and day.weekday() < SATURDAY:
            return int(found.timestamp())
        day += timedelta(days=1)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ValueError, OSError, LookupError):
        return ZoneInfo("UTC")
