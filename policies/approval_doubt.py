"""Doubts about credits that wait for approval: too long, or for somebody who may spend nothing.

Must never doubt who is entitled: that is the house's own matter.
"""

from __future__ import annotations

from collections.abc import Iterator

from policies.business_time import DAY
from policies.document import Approval
from policies.draft import Draft
from policies.duration import parse_duration, say_duration
from policies.fault import Fault

LONG = 14 * DAY
"""By then the invoice is out."""


def approval_doubts(draft: Draft) -> Iterator[Fault]:
    """Of every `approval`."""
    spending = {level.level: level.may_spend for level in draft.policy.document.levels}
    for index, rung in enumerate(draft.policy.document.rungs):
        for number, action in enumerate(rung.actions):
            key: list[object] = ["rungs", index, "actions", number, "approval"]
            if action.approval is None:
                continue
            if lasts := _lasts(draft, rung.when.clock, action.approval):
                message = f"waits {lasts} for an answer; customers ask for their credit before, is that meant?"
                yield draft.doubt("long-approval", [*key, "within"], message)
            if any(spending.values()) and not spending.get(action.approval.level):
                message = f"level {action.approval.level} approves credits and its may_spend is 0; raise one of them"
                yield draft.doubt("nothing-to-spend", [*key, "level"], message)


def _lasts(draft: Draft, clock: str, approval: Approval) -> str:
    """How long it waits by the calendar, when that is too long."""
    within = parse_duration(approval.within, parse_duration(draft.policy.calendar_of(clock).business_day))
    plan = next((plan for plan in draft.plans.values() if any(c.name == clock for c in plan.clocks)), None)
    ends = plan.working[plan.clock(clock).working].add(draft.now, within) if plan else draft.now
    if ends is None:
        return f"{say_duration(within)} of open time"
    return f"{(ends - draft.now) // DAY} days" if ends - draft.now > LONG else ""
