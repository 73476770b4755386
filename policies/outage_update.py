"""How often stakeholders hear of an outage that lasts, by its priority.

Counted from the first update, so that one that was declared late is not told of in a burst. Must never read a clock.
"""

from __future__ import annotations

from policies.outage import Outage
from policies.outage_digest import VIA, ways_of
from policies.people import Roster, address
from policies.plan import Target
from policies.ticket import Ticket

HOUR, DAY = 3_600, 86_400
CADENCES = {"P1": HOUR, "P2": 2 * HOUR, "P3": 4 * HOUR, "P4": DAY}
"""Seconds from one update to the next."""
WEEK = 7 * DAY
"""An outage older than that is told of once a day: its history would grow for ever."""


def next_update(outage: Outage, first: int, last: int) -> int:
    """When the update after the one at `last` is due; `first` was the first one. UTC seconds."""
    return last + (CADENCES[outage.priority] if last - first < WEEK else DAY)


def stakeholders(roster: Roster, outage: Outage, at: int) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """(person -> ways to try, whom nobody stands for, a line each). Roles and people alike; deputies stand in."""
    roles = {**{person: (person,) for person in roster.people}, **roster.roles}
    known = Roster(roster.people, roster.teams, roles, roster.posts, roster.schedules)
    scope = outage.scope
    about = Ticket("", service=scope.services[0] if scope.services else "",
                   region=scope.regions[0] if scope.regions else "")  # fmt: skip
    found = address(known, about, tuple(Target(who, VIA) for who in outage.stakeholders), (), at)
    ways = dict(ways_of(found))
    missing = [f"{one.role}: {one.reason}" for one in found.not_sent if "stands in" not in one.reason]
    missing += [f"{person}: reached by none of {', '.join(VIA)}" for person in ways if not ways[person]]
    return {person: found for person, found in ways.items() if found}, tuple(missing)
