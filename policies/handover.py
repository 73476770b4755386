"""Follow the sun: which region a ticket is with, and when the next one takes it over (E9).

Derived from the regions' working time alone, so that a hand-over needs no memory: at the end of a region's day the
ticket goes to the region that is open then, or to the one that opens first. Must never decide whether anyone is told.
"""

from __future__ import annotations

from dataclasses import dataclass

from policies.plan import Plan, RegionPlan

BREAK = 3 * 3600
"""A region that is closed for less than this is at lunch: its day has not ended."""


@dataclass(frozen=True)
class HandOver:
    """The end of a region's day at `at` (UTC seconds); `to` goes on from there."""

    at: int
    of: RegionPlan
    to: RegionPlan


def first_region(plan: Plan, region: str) -> RegionPlan:
    """Who has the ticket when it is opened: its own region while that works, else one that is open or opens first."""
    own = next((one for one in plan.regions if one.region == region), None)
    if own is not None and plan.working[own.working].is_open(plan.opened_at):
        return own
    before = own or plan.regions[-1]
    return _next_region(plan, before, plan.opened_at) or before


def from_opening(plan: Plan, region: str, until: int) -> tuple[list[HandOver], bool]:
    """As `handovers`; the first is at the opening itself when the own region sleeps then and another has it."""
    holder = first_region(plan, region)
    own = next((one for one in plan.regions if one.region == region), holder)
    found, seen = handovers(plan, holder, plan.opened_at, until)
    return ([HandOver(plan.opened_at, own, holder), *found] if own is not holder else found), seen


def handovers(plan: Plan, holder: RegionPlan, at: int, until: int) -> tuple[list[HandOver], bool]:
    """All after `at`, when `holder` has the ticket, up to and including `until`, and the first one after that.

    False when the plan's horizon ends before.
    """
    found: list[HandOver] = []
    while not found or found[-1].at <= until:
        step = _end_of_day(plan, holder, at)
        if step is None:
            return found, False
        found.append(step)
        holder, at = step.to, step.at
    return found, True


def _end_of_day(plan: Plan, holder: RegionPlan, at: int) -> HandOver | None:
    """The next end of the holder's day at which another region takes over."""
    working = plan.working[holder.working]
    while True:
        opens = working.next_open(at)
        closes = working.close_after(opens) if opens is not None else None
        if opens is None or closes is None or closes >= plan.until:
            return None
        again = working.next_open(closes)
        to = _next_region(plan, holder, closes)
        if to is not None and not (again is not None and again - closes < BREAK):
            return HandOver(closes, holder, to)
        at = closes


def _next_region(plan: Plan, holder: RegionPlan, at: int) -> RegionPlan | None:
    """Of the others, in the order written after the holder: one that is open, else the one that opens first.

    None when the holder itself opens before all of them.
    """
    place = plan.regions.index(holder)
    others = [*plan.regions[place + 1 :], *plan.regions[:place]]
    opening = [(plan.working[one.working].next_open(at), one) for one in others]
    coming = [(opens, one) for opens, one in opening if opens is not None]
    if not coming:
        return None
    opens, to = min(coming, key=lambda pair: pair[0])
    own = plan.working[holder.working].next_open(at)
    return None if own is not None and own <= opens else to
