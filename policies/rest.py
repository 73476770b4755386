"""Rest: who is to be left alone when a rung fires, and why (E8; semantics 3.9, 3.10).

A snooze, and that nothing reached somebody, count for that person alone. Quiet hours and a week with too many pages
only ask for somebody else. Must never be a reason to tell nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from policies.business_time import Calendar, zone_of
from policies.ticket import Ticket
from policies.timetable import DAY

if TYPE_CHECKING:
    from policies.people import Person

WEEK = 7 * DAY
"""The stretch, back from now, in which the pages of a budget count."""
LONGEST = WEEK + DAY
"""How far the end of quiet hours is looked for."""


def urgent(ticket: Ticket, breach: bool) -> bool:
    """Whether nobody's rest counts: the ticket is critical, or the page tells of a broken promise."""
    return breach or ticket.urgency == "critical" or ticket.priority == "P1"


def used_up(people: Mapping[str, Person], pages: Mapping[str, int]) -> dict[str, str]:
    """Person -> "kim had 41 pages in 7 days (budget 40)", of `pages` had within the last `WEEK`."""
    return {
        id: f"{id} had {pages.get(id, 0)} pages in 7 days (budget {person.pages_per_week})"
        for id, person in people.items()
        if 0 < person.pages_per_week <= pages.get(id, 0)
    }


def quiet_now(person: Person, at: int) -> str:
    """ "kim rests until 07:00 (Asia/Seoul)" in the quiet hours of a person, on their own clock; else nothing."""
    spans = person.quiet.intervals(at, at + LONGEST) if person.quiet is not None else []
    if person.quiet is None or not spans or spans[0][0] > at:
        return ""
    return f"{person.id} rests{_until(person.quiet, at, spans[0][1])}"


def _until(quiet: Calendar, at: int, end: int) -> str:
    """The weekday only where the time of day alone would mislead; no end when there is none."""
    if end == at + LONGEST:
        return ""
    wall = datetime.fromtimestamp(end, UTC).astimezone(zone_of(quiet.zone))
    return f" until {wall:%H:%M} ({quiet.zone})" if end - at <= DAY else f" until {wall:%a %H:%M} ({quiet.zone})"


@dataclass(frozen=True)
class Rest:
    """What is known of people at the instant `at` of one rung. Without a `kind` nobody's rest counts."""

    at: int
    silenced: Mapping[str, int] = field(default_factory=dict)
    """Person -> when their snooze ends."""
    failed: Collection[str] = ()
    """Whom no channel reached."""
    tired: Mapping[str, str] = field(default_factory=dict)
    """Person -> why they have had enough."""
    kind: str = ""
    """The effect's: a `page` goes to somebody else, all other messages to whom they are for."""
    urgent: bool = False

    @property
    def passes_on(self) -> bool:
        return self.kind == "page" and not self.urgent

    def not_told(self, person: str) -> str:
        """Why this one is not told at all, or nothing."""
        if person in self.failed:
            return f"{person} could not be reached"
        return f"{person} snoozed" if self.silenced.get(person, 0) > self.at else ""

    def wanted(self, person: Person | None) -> str:
        """Why this one would rather not be told now, or nothing."""
        if person is None or not self.kind or self.urgent:
            return ""
        return quiet_now(person, self.at) or (self.tired.get(person.id, "") if self.kind == "page" else "")

    def by_night(self, person: Person) -> tuple[str, ...]:
        """By what a page comes to them now because of their quiet hours; nothing when it comes as always."""
        quiet = self.kind == "page" and bool(person.quiet_channels) and person.in_quiet(self.at)
        return person.quiet_channels if quiet else ()
