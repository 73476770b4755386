"""Occurrences: one standing of one rung, for one ticket as it is now.

A rung stands at an offset on the axis of a clock's cycle (`checkpoint.py`), or where news, a command or a silent level
calls for it (`summons.py`). What has been dealt with is known by its record. Must never decide what becomes of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policies import event as news
from policies.acknowledgement import FOREVER, Hold, holds
from policies.case import Case, settled_in
from policies.cycles import RETARGETED, Cycle
from policies.plan import AWAKE, Plan, Reason, RungPlan


@dataclass(frozen=True)
class Occurrence:
    """One standing of one rung: `due` None means not within sight (paused, or past the horizon)."""

    rung: RungPlan
    cycle: Cycle | None
    record: str
    key: str
    due: int | None
    index: int = 0
    paused: bool = False
    held: bool = False
    """An acknowledgement held it back."""
    place: int = -1
    """Of one that repeats: the consumed seconds at which it stands."""
    waited: int = 0
    """Seconds by which quiet hours put it off (E8)."""
    checkpoint: bool = True
    """It belongs to a target: when the target changes, one that lies in the past is skipped."""
    reason: Reason | None = None
    """None = what the rung itself says."""
    own_key: bool = False
    """Its key is that of its one action, which was asked for before."""
    note: str = ""
    """What its line says besides what is done."""


def over(case: Case, cycle: Cycle) -> bool:
    """Ended under an earlier plan, or restarted by a retarget: nothing of it is left to fire."""
    return cycle.stop is not None and (
        cycle.ended_by == RETARGETED or settled_in(case, cycle.plan.name, cycle.number) is not None
    )


def acknowledged(plan: Plan, case: Case, cycles: Sequence[Cycle]) -> dict[str, tuple[Hold, ...]]:
    """Cycle -> its holds; measured only where a rung waits for an acknowledgement."""
    if news.ACKNOWLEDGED not in case.kinds:
        return {}
    waited_on = {rung.clock for rung in plan.rungs if rung.until == "acknowledged" and not rung.event}
    return {c.name: holds(c.clock, case, plan.ack_timeout) for c in cycles if c.plan.name in waited_on}


def at_offset(
    plan: Plan, rung: RungPlan, cycle: Cycle, offset: int, record: str, index: int, now: int,
    held: bool = False, place: int = -1,
) -> Occurrence | None:  # fmt: skip
    """Where consumed time reaches `offset`; None when the clock stopped first."""
    if offset >= FOREVER:
        return None
    clock = cycle.clock
    due = clock.due(offset)
    if cycle.stop is not None and (due is None or due >= cycle.stop):
        return None
    paused = clock.held_open() if due is None else cycle.stop is None and clock.paused(now)
    due, waited = put_off(plan, rung, due)
    suffix = f".{index + 1}" if rung.every else ""
    key = f"{plan.ticket.key}/{cycle.name}/{rung.name}{suffix}"
    return Occurrence(rung, cycle, record, key, due, index, paused, held, place, waited)


def put_off(plan: Plan, rung: RungPlan, due: int | None) -> tuple[int | None, int]:
    """(instant, seconds that it waited): what can wait is held to the end of the quiet hours, never dropped (E8)."""
    if not rung.can_wait or due is None or AWAKE not in plan.working:
        return due, 0
    ends = plan.working[AWAKE].next_open(due)
    return ends, (ends or due) - due
