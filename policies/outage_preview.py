"""What an outage would do to an open ticket if it were declared now: dues before and after, who would be spared.

Plays what the ticket itself does when it hears of it, with the same core. Must never carry anything out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from policies.case import Case, evolve
from policies.change import retire, stale
from policies.explanation import ahead, readings
from policies.judgement import say_effect
from policies.lifecycle import decide
from policies.migration import Moved
from policies.outage import Outage, all_news, heard
from policies.people import CUSTOMER
from policies.plan import Plan, Target
from policies.ticket import Ticket

AHEAD = 86_400
"""Seconds that are looked ahead when nobody knows how long it will last."""
Compile = Callable[[Ticket], Plan]


@dataclass(frozen=True)
class Foreseen:
    """One ticket. A due after it is None while clocks would stand still and nobody knows for how long.

    `spared` are rungs that would have told somebody until its end and would not then; `at_once` what would be done in
    the very second, which only a higher urgency brings about.
    """

    ticket: str
    dues: tuple[Moved, ...]
    spared: tuple[str, ...]
    at_once: tuple[str, ...] = ()


def foresee(plan: Plan, case: Case, outage: Outage, now: int, compiled: Compile) -> Foreseen | None:
    """None when it does not cover the ticket or has been heard of. `compiled` makes the plan of other facts."""
    until = outage.expected or now + AHEAD
    if not _told(case, outage, now).events[len(case.events) :]:
        return None
    declared, at_once, fresh = _declared(plan, case, outage, now, compiled)
    ended = _told(declared, replace(outage, ended_at=outage.expected), until) if outage.expected else declared
    at = until if outage.expected else now
    before, after = _dues(plan, case, now), _dues(fresh, ended, at)
    moved = tuple(Moved(name, before.get(name), after.get(name)) for name in dict.fromkeys([*before, *after]))
    spared = _speaks(plan, case, now, until) - _speaks(fresh, declared, now, until)
    return Foreseen(case.ticket.key, moved, tuple(sorted(spared)), at_once)


def _declared(
    plan: Plan, case: Case, outage: Outage, now: int, compiled: Compile
) -> tuple[Case, tuple[str, ...], Plan]:
    """(the case once it has heard of it, what would be done at once, its plan then)"""
    told, effects = _told(case, outage, now), []
    if stale(plan, told, now) == "retarget":
        fresh = compiled(told.ticket)
        last = retire(plan, told, now)
        plan, told, effects = fresh, last.case, [*last.effects]
    decision = decide(plan, told, now)
    said = tuple(f"{effect.rung}: {say_effect(effect)}" for effect in (*effects, *decision.effects))
    return decision.case, said, plan


def _told(case: Case, outage: Outage, now: int) -> Case:
    for event in all_news([outage], case.ticket, case.opened_at, heard(case.seen), now, case.versions):
        case = evolve(case, event)
    return case


def _dues(plan: Plan, case: Case, at: int) -> dict[str, int | None]:
    return {reading.clock: reading.due for reading in readings(plan, case, at) if reading.stop is None}


def _speaks(plan: Plan, case: Case, now: int, until: int) -> set[str]:
    """`half L1: sms assignee`: the rungs that tell somebody of ours until then, once each."""
    if case.muted_by(now):
        return set()
    rungs = {rung.name: rung for rung in plan.rungs}
    coming = (rungs.get(one.rung) for one in ahead(plan, case, now) if one.due is not None and one.due < until)
    told = ((rung, [t for t in rung.targets if t.who != CUSTOMER]) for rung in coming if rung is not None)
    return {f"{rung.name} L{rung.level}: {'; '.join(map(_said, targets))}" for rung, targets in told if targets}


def _said(target: Target) -> str:
    return f"{'+'.join(target.via)} {target.who}"
