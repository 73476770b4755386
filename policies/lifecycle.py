"""The one decision: which rungs are ripe now, what is to be done, when to look again.

`decide` is pure and total, and is the same code for run time, rehearsal, back-test, forecast and explanation
(design 2). Nothing fires twice, nothing fires on a paused clock, and whatever does not fire is recorded with its
reason. Must never wait, and never look at anything but its arguments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from policies import event as news
from policies.acknowledgement import holds
from policies.approval import waiting
from policies.case import Case
from policies.checkpoint import checkpoints, checkpoints_left, remember
from policies.cycles import cycles_of
from policies.judgement import judge
from policies.occurrence import Occurrence
from policies.plan import LADDER, Effect, Plan
from policies.summons import called_for

HORIZON_MARGIN = 7 * 86_400
"""How long before the end of its working time a plan is extended."""


@dataclass(frozen=True)
class Decision:
    """`case` remembers what was decided; `effects` are to be carried out; None = wait for news alone."""

    case: Case
    effects: tuple[Effect, ...]
    wake_at: int | None
    why: str = ""


def decide(plan: Plan, case: Case, now: int, due_before: int | None = None) -> Decision:
    """What to do at `now`, and when to ask again if nothing happens.

    `due_before` leaves out what is due at that instant or later: the last word of a plan that is being replaced.
    """
    effects: list[Effect] = []
    on_clocks = checkpoints(plan, case, now)
    while True:
        standing = [*chain.from_iterable(on_clocks.values()), *called_for(plan, case, now)]
        if case.closed:
            standing = [_waits_no_more(case, o) for o in standing]
        ripe = [o for o in standing if o.due is not None and o.due <= now and not o.paused]
        if due_before is not None:
            ripe = [o for o in ripe if o.due is not None and o.due < due_before]
        if not ripe:
            remember(plan, case, now, on_clocks)
            wake_at, why = _next(plan, case, standing, now)
            return Decision(case, tuple(effects), wake_at, why)
        case, more = judge(plan, case, ripe, now)
        effects += more
        on_clocks = checkpoints_left(plan, case, now, on_clocks, ripe)


def occurrences(plan: Plan, case: Case, now: int) -> list[Occurrence]:
    """Every occurrence that has not been dealt with, past or to come."""
    return [*chain.from_iterable(checkpoints(plan, case, now).values()), *called_for(plan, case, now)]


def _waits_no_more(case: Case, o: Occurrence) -> Occurrence:
    """With its ticket the night is over: what waited for its end is dealt with there and not dropped (E8)."""
    if not o.waited or o.due is None:
        return o
    end = max(event.at for event in case.events if event.kind in (news.CLOSED, news.MERGED))
    began = o.due - o.waited
    due = min(max(began, end), o.due)
    return replace(o, due=due, waited=due - began)


def _next(plan: Plan, case: Case, standing: Sequence[Occurrence], now: int) -> tuple[int | None, str]:
    if case.closed:
        return None, ""
    seen = [(o.due, o.rung.name) for o in standing if o.due is not None and o.due > now and not o.paused]
    if any(o.due is None and not o.paused for o in standing):
        seen.append((max(plan.until - HORIZON_MARGIN, now + 1), "extend the plan"))
    return min(seen, default=(None, ""))


def still_wanted(plan: Plan, case: Case, effect: Effect, now: int) -> str:
    """Why a page must not go out now, or nothing (semantics 3.6: the state is checked again at send time)."""
    if effect.kind != "page":
        return ""
    return over(plan, case, effect, now) or held_back(plan, case, effect, now)


def over(plan: Plan, case: Case, effect: Effect, now: int) -> str:
    """Why a page is needed no more, whatever comes; or nothing."""
    if case.closed:
        return "the ticket is closed"
    if effect.reason.kind == "approval":
        return "" if any(asked.page == effect.key for asked in waiting(case)) else "it is decided"
    if effect.until != "never" and case.resolved_at is not None:
        return "the ticket is resolved"
    cycle = next((c for c in cycles_of(plan, case) if c.name == effect.cycle), None)
    if effect.until == "acknowledged" and cycle is not None:
        used = cycle.clock.consumed(now)
        taken = next((h for h in holds(cycle.clock, case, plan.ack_timeout) if h.start <= used < h.end), None)
        return f"acknowledged by {taken.by or 'somebody'}" if taken else ""
    return ""


def held_back(plan: Plan, case: Case, effect: Effect, now: int) -> str:
    """Why a page has to wait, or nothing: its clock stands still, or staff is not told. Then it goes out."""
    if effect.reason.kind == "approval":
        return ""
    if effect.reason.kind != "escalated" and (muted := case.muted_by(now)):
        return f"muted by {muted}"
    cycle = next((c for c in cycles_of(plan, case) if c.name == effect.cycle), None)
    if cycle is not None and cycle.stop is None and cycle.clock.paused(now):
        return f"paused: {', '.join(case.open_pauses())}"
    return ""


def exhausted(plan: Plan, case: Case) -> bool:
    """Whether every rung of the ladder has had its turn (semantics 3.8)."""
    ladder = [r for r in plan.rungs if r.track == LADDER and r.clock == "resolution" and not r.event and not r.every]
    done = {name.split("@")[0] for name in case.records}
    return bool(ladder) and all(rung.name in done for rung in ladder)


def next_rung_above(plan: Plan, case: Case, level: int, now: int) -> int | None:
    """When the next rung above `level` is due: no snooze outlives it (semantics 3.9)."""
    dues = [o.due for o in occurrences(plan, case, now) if o.rung.level > level and o.due is not None]
    return min(dues, default=None)
