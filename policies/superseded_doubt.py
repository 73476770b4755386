"""Doubts about rungs that never page: another one of their track is higher and stands at the very same instant.

Looked at in real plans, for every ticket that has the rung. Must never doubt one that pages even once.
"""

from __future__ import annotations

from collections.abc import Iterator

from policies.cycles import FIRST_RESPONSE, RESOLUTION
from policies.draft import Draft
from policies.fault import Fault
from policies.plan import Plan, RungPlan

_LASTS = {"acknowledged": 0, "responded": 0, "resolved": 1, "never": 2}


def always_superseded(draft: Draft) -> Iterator[Fault]:
    """Rungs and cadences, each with the one that always fires in its stead."""
    document = draft.policy.document
    named: list[tuple[list[object], str]] = [
        (["rungs", n], rung.rung) for n, rung in enumerate(document.rungs) if rung.notify and not rung.when.on
    ]
    named += [(["cadences", n], cadence.cadence) for n, cadence in enumerate(document.cadences)]
    for key, name in named:
        having = [(t, p) for t, p in draft.plans.items() if any(rung.name == name for rung in p.rungs)]
        higher = [_above(plan, plan.rung(name)) for _, plan in having]
        if higher and all(higher):
            what = "drop its notify" if key[0] == "rungs" else "give it another track"
            message = f"never pages: '{higher[0]}' stands at the same instant and is higher; move it or {what}"
            yield draft.doubt("always-superseded", key, f"'{name}' {message}", having[0][0])


def _above(plan: Plan, rung: RungPlan) -> str:
    """The rung that always fires in this one's stead, or nothing."""
    order = {other.name: number for number, other in enumerate(plan.rungs)}
    for other in plan.rungs:
        same = (other.offset, other.track, other.event) == (rung.offset, rung.track, "")
        higher = (other.level, order[other.name]) > (rung.level, order[rung.name])
        outlasts = other.until == rung.until or _LASTS[other.until] > _LASTS[rung.until]
        together = other.clock == rung.clock or _runs_with(plan, other.clock, rung.clock)
        if same and higher and outlasts and together and rung.every in (0, other.every):
            return other.name
    return ""


def _runs_with(plan: Plan, wide: str, narrow: str) -> bool:
    """Whether `wide`, the resolution, has used up as much as `narrow` whenever that runs: only it ends first."""
    if (wide, narrow) != (RESOLUTION, FIRST_RESPONSE):
        return False
    one, other = plan.clock(wide), plan.clock(narrow)
    alike = [(c.working, frozenset(c.paused_by), c.on_retarget, c.starts, c.stops) for c in (one, other)]
    reopened = [(c.reopen_grace, c.reopen_after) for c in (one, other)]
    return alike[0] == alike[1] and not one.stops and (reopened[0] == reopened[1] or reopened[1] == (0, "frozen"))
