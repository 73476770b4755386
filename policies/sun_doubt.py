"""Doubts about regions that follow the sun: two that are open at the same hours, hours at which none is.

Looked at in the working time of real plans, for the next weeks. Must never doubt a weekend: that nobody works then is
what most houses mean.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import combinations, pairwise

from policies.business_time import DAY, Interval, merge, zone_of
from policies.document import FollowTheSun
from policies.draft import Draft
from policies.duration import say_duration
from policies.fault import Fault
from policies.plan import Plan
from policies.ticket import Ticket

SPAN = 28 * DAY
SATURDAY = 5
OFTEN = 8
"""A gap that comes back this often in SPAN is one of every working day, whatever holidays there are."""


def sun_doubts(draft: Draft) -> Iterator[Fault]:
    """None where no ticket is handed over."""
    sun = draft.policy.document.follow_the_sun
    ticket = next((ticket for ticket, plan in draft.plans.items() if plan.regions), None)
    if sun is None or ticket is None:
        return
    plans = [plan for plan in draft.plans.values() if plan.regions]
    yield from _same_hours(draft, sun, plans, ticket)
    yield from _no_region(draft, draft.plans[ticket], ticket)


def _same_hours(draft: Draft, sun: FollowTheSun, plans: Sequence[Plan], ticket: Ticket) -> Iterator[Fault]:
    for (_, first), (number, second) in combinations(enumerate(sun.regions), 2):
        if all(_hours(plan, first.calendar) == _hours(plan, second.calendar) for plan in plans):
            message = (
                f"'{second.region}' is open at just the same hours as '{first.region}', so that neither can take over "
                "from the other; name another calendar, or make one region of them"
            )
            yield draft.doubt("same-hours", ["follow_the_sun", "regions", number, "calendar"], message, ticket)


def _hours(plan: Plan, working: str) -> list[Interval]:
    return plan.working[working].intervals(plan.opened_at, plan.until)


def _no_region(draft: Draft, plan: Plan, ticket: Ticket) -> Iterator[Fault]:
    """Told once, with every gap that comes back day by day."""
    since, until = plan.opened_at, plan.opened_at + SPAN
    opened = merge(span for one in plan.regions for span in plan.working[one.working].intervals(since, until))
    gaps = [(end, start) for (_, end), (start, _) in pairwise(opened) if start - end < DAY]
    gaps = [gap for gap in gaps if _local(gap[0], plan.zone).weekday() < SATURDAY]
    often = Counter((f"from {_wall(start, plan.zone)} to {_wall(end, plan.zone)}", end - start) for start, end in gaps)
    found = [gap for gap, times in often.items() if times >= OFTEN]
    if found:
        longest = say_duration(max(length for _, length in found))
        message = (
            f"no region is open {' and '.join(said for said, _ in found)} ({plan.zone}) on working days: a ticket "
            f"waits {longest} for the next one; stretch the hours of one, or add a region"
        )
        yield draft.doubt("no-region", ["follow_the_sun", "regions"], message, ticket)


def _wall(at: int, zone: str) -> str:
    return f"{_local(at, zone):%H:%M}"


def _local(at: int, zone: str) -> datetime:
    return datetime.fromtimestamp(at, UTC).astimezone(zone_of(zone))
