"""Change: when a plan no longer fits its ticket, and how the next one takes over.

The old plan has the last word on what fell due under it; its broken and its ended promises become facts; only then does
the new one count (semantics 2.7, 5.1). A longer horizon never moves what is known. Must never compile a plan.
"""

from __future__ import annotations

from dataclasses import replace

from policies import event as news
from policies.case import Breach, Case, Settled, amended, settled_in
from policies.cycles import cycles_of, retargets
from policies.lifecycle import HORIZON_MARGIN, Decision, decide
from policies.plan import Plan


def stale(plan: Plan, case: Case, now: int) -> str:
    """Why the plan no longer fits the case - `retarget`, `migrate`, `horizon` - or nothing."""
    ticket = case.ticket
    if ticket.promised_by != plan.ticket.promised_by:
        return "retarget"
    if wanted_policy(plan, case) != plan.name:
        return "migrate"
    return "horizon" if now >= plan.until - HORIZON_MARGIN and not case.closed else ""


def wanted_policy(plan: Plan, case: Case) -> str:
    """The policy the ticket is pinned to: its first one until someone migrates it (semantics 5.1)."""
    moved = [event.to for event in case.events if event.kind == news.MIGRATED]
    return moved[-1] if moved else plan.name


def retire(plan: Plan, case: Case, now: int) -> Decision:
    """The old plan's last decision and its verdicts as facts.

    What fell due before the change fires by the old plan, however late. Cycles that had ended keep the verdict they
    got. Checkpoints of the new plan that lie before the change will be skipped, a breach among them is told once.
    """
    changed = max((event.at for event in retargets(case)), default=now)
    last = decide(plan, case, now, due_before=changed)
    return replace(last, case=_with_verdicts(plan, last.case, min(now, changed), changed))


def _with_verdicts(plan: Plan, case: Case, at: int, changed: int) -> Case:
    known = {(breach.clock, breach.cycle) for breach in case.breaches}
    cycles = [cycle for cycle in cycles_of(plan, case) if cycle.plan.target]
    broken = [
        Breach(c.plan.name, c.number, c.clock.due(c.plan.target) or at, _told(plan, case, c.plan.name, c.number))
        for c in cycles
        if c.breached(at) and (c.plan.name, c.number) not in known
    ]
    ended = [
        Settled(c.plan.name, c.number, c.plan.target, c.clock.consumed(at), c.breached(at))
        for c in cycles
        if c.stop is not None and c.stop <= at and settled_in(case, c.plan.name, c.number) is None
    ]
    return amended(
        case, breaches=(*case.breaches, *broken), settled=(*case.settled, *ended),
        retargeted_at=max(case.retargeted_at, changed),
    )  # fmt: skip


def _told(plan: Plan, case: Case, clock: str, cycle: int) -> bool:
    """Whether a breach rung of that cycle has had its turn."""
    rungs = (rung for rung in plan.rungs if rung.breach and rung.clock == clock)
    return any(f"{rung.name}@{cycle}" in case.records for rung in rungs)


def extended(old: Plan, fresh: Plan) -> Plan:
    """The old plan with the fresh one's working time beyond the old horizon: what was known stays (semantics 1.7)."""
    working = {name: time.extended(fresh.working[name]) for name, time in old.working.items()}
    return replace(old, working=working, until=fresh.until)
