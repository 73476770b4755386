"""Doubts: what a policy may say, and probably does not mean. Every one has a code and, where it can, an example ticket.

Plans are made for every tier by urgency and looked at, or rehearsed with the real core; nothing is guessed. Must never
be asked of a policy with faults, and must never stop one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from policies import event as news
from policies.approval_doubt import approval_doubts
from policies.business_time import DAY
from policies.case import FIRED
from policies.clock_doubt import clock_doubts
from policies.compiler import HORIZON, Policy, compile_plan
from policies.condition import OnlyFor, fits
from policies.document import RungDocument
from policies.draft import SPAN, Draft
from policies.duration import say_duration
from policies.event import Event
from policies.fault import Fault, in_order
from policies.major_incident_doubt import major_incident_doubts
from policies.plan import LADDER, Plan, RungPlan
from policies.promise import own_target, prioritised, promised
from policies.quiet_doubt import quiet_doubts
from policies.rehearsal import Happening, rehearse
from policies.sun_doubt import sun_doubts
from policies.superseded_doubt import always_superseded
from policies.ticket import Ticket
from policies.weight_doubt import weight_doubts

_BEFORE = {news.RESUME: news.PAUSE, news.REOPENED: news.RESOLVED}
_BETWEEN = {news.PAUSE: news.RESUME, news.RESOLVED: news.REOPENED}

REMINDERS_A_DAY = 3
"""So many are a low rate (semantics 3.8)."""


def doubts(draft: Draft) -> list[Fault]:
    """All of them, by line."""
    return in_order(doubt for look in LOOKS for doubt in look(draft))


# --- rungs ---------------------------------------------------------------------------------------------------


def _never_fires(draft: Draft) -> Iterator[Fault]:
    for index, rung in enumerate(draft.policy.document.rungs):
        having = {t: p for t, p in draft.plans.items() if _has(p, rung.rung)}
        if not having:
            fitting = [t for t in draft.plans if _fits(rung.only_for, draft.plans[t])]
            why = (
                f"no ticket it is for has a target on {rung.when.clock}; add one to targets"
                if fitting
                else "its only_for fits no ticket; see that its lists do not exclude each other"
            )
            example = fitting[0] if fitting else next(iter(draft.plans), None)
            yield draft.doubt("never-fires", ["rungs", index], f"'{rung.rung}' never fires: {why}", example)
        elif rung.when.on:
            ticket, plan = next(iter(having.items()))
            if not _fires(draft, ticket, plan.rung(rung.rung)):
                why = f"when '{rung.when.on}' comes, 'until: {rung.until}' holds already; write 'until: never'"
                yield draft.doubt("never-fires", ["rungs", index], f"'{rung.rung}' never fires: {why}", ticket)
        elif not any(_due(p, p.rung(rung.rung)) for p in having.values()):
            ticket, plan = min(having.items(), key=lambda pair: pair[1].rung(rung.rung).offset)
            why = _too_far(plan, plan.rung(rung.rung).clock, plan.rung(rung.rung).offset)
            yield draft.doubt("never-fires", ["rungs", index, "when"], f"'{rung.rung}' never fires: {why}", ticket)


def _fits(condition: OnlyFor | None, plan: Plan) -> bool:
    return fits(condition, plan.ticket, plan.clock("resolution").target)


def _has(plan: Plan, name: str) -> bool:
    return any(rung.name == name for rung in plan.rungs)


def _due(plan: Plan, rung: RungPlan) -> int | None:
    """When it stands, from the opening on; None past the plan's horizon."""
    return plan.working[plan.clock(rung.clock).working].add(plan.opened_at, rung.offset)


def _too_far(plan: Plan, clock: str, seconds: int) -> str:
    working = plan.working[plan.clock(clock).working]
    open_time = working.elapsed(plan.opened_at, plan.until) // 3600
    return f"it needs {say_duration(seconds)} of open time, the next {HORIZON // DAY} days have {open_time}h"


def _fires(draft: Draft, ticket: Ticket, rung: RungPlan) -> bool:
    """Whether a rung on an event fires when that event comes as often as it asks for."""
    kinds: list[str] = []
    for number in range(max(rung.times, 1)):
        kinds += [_BETWEEN[rung.event]] if number and rung.event in _BETWEEN else []
        kinds += [_BEFORE[rung.event]] if rung.event in _BEFORE else []
        kinds += [rung.event] if rung.event != news.OPENED else []
    happenings = [_happening(draft.now + 60 * (n + 1), kind, n, ticket) for n, kind in enumerate(kinds)]
    if rung.event == news.ASSESSED:
        ticket = replace(ticket, impact="", value="", risk=0, complexity=0, predicted=0)
    played = _played(draft, ticket, happenings, draft.now + 60 * (len(kinds) + 1))
    return any(name.startswith(f"{rung.name}@") and r.outcome == FIRED for name, r in played.case.records.items())


def _happening(at: int, kind: str, number: int, ticket: Ticket) -> Happening:
    """News that changes something: an assessment says all that is known of `ticket`, and each time something else."""
    if kind == news.ASSESSED:
        risk = max(ticket.risk, 1)
        return Happening(
            at,
            Event(
                kind,
                at,
                impact=ticket.impact,
                value=ticket.value,
                complexity=ticket.complexity,
                predicted=ticket.predicted,
                risk=risk if number % 2 == 0 else min(risk + 1, 100),
            ),
        )
    reason = "manual" if kind in (news.PAUSE, news.RESUME) else ""
    return Happening(at, Event(kind, at, reason=reason, to=f"person-{at}", urgency=ticket.urgency))


def _played(draft: Draft, ticket: Ticket, happenings: list[Happening], until: int) -> Any:
    def make_plan(name: str, changed: Ticket, opened_at: int, now: int) -> Plan:
        known = draft.plans.get(changed)
        return known if known and now < known.until - SPAN else compile_plan(draft.policy, changed, opened_at, now)

    return rehearse(make_plan, draft.policy.name, ticket, draft.now, happenings, until)


def _no_effect(draft: Draft) -> Iterator[Fault]:
    for index, rung in enumerate(draft.policy.document.rungs):
        key: list[object] = ["rungs", index]
        for name, why in _idle_keys(rung):
            yield draft.doubt("no-effect", [*key, "when", name], f"'{name}' has no effect {why}; take it away")
        fitting = [t for t in draft.plans if _fits(rung.only_for, draft.plans[t])]
        for part in ("notify", "actions"):
            for number, entry in enumerate(getattr(rung, part)):
                if fitting and not any(_fits(entry.only_for, draft.plans[t]) for t in fitting):
                    message = (
                        "has no effect: its only_for fits no ticket of this rung; take it away or widen one of them"
                    )
                    yield draft.doubt("no-effect", [*key, part, number], message, fitting[0])


def _idle_keys(rung: RungDocument) -> list[tuple[str, str]]:
    given = rung.when.model_fields_set
    if rung.when.on:
        return [(name, "with 'on'") for name in ("every", "counted", "clock") if name in given]
    return [(name, "without 'on'") for name in ("times", "within") if name in given]


# --- levels, targets, pages ----------------------------------------------------------------------------------


def _empty_levels(draft: Draft) -> Iterator[Fault]:
    busy = {number for plan in draft.plans.values() for number in _busy_levels(draft, plan)}
    for index, level in enumerate(draft.policy.document.levels):
        if level.level not in busy:
            message = (
                f"nobody can be in level {level.level} within {SPAN // DAY} days, except by hand: no rung of that "
                "level stands there for any tier and urgency; add one"
            )
            yield draft.doubt("empty-level", ["levels", index], message, next(iter(draft.plans), None))


def _busy_levels(draft: Draft, plan: Plan) -> Iterator[int]:
    """Levels that a rung reaches, that follow one which does not answer, or that a credit waits for."""
    passed = False
    for level in sorted(plan.levels, key=lambda one: one.level):
        reached = passed or _reached(draft, plan, level.level)
        passed = reached and level.responds_within > 0
        if reached or any(act.approval and act.approval.level == level.level for r in plan.rungs for act in r.acts):
            yield level.level


def _reached(draft: Draft, plan: Plan, level: int) -> bool:
    for rung in plan.rungs:
        if rung.level == level and rung.track == LADDER:
            due = _due(plan, rung) if not rung.event else draft.now
            if due is not None and due <= draft.now + SPAN:
                return True
    return False


def _never_met(draft: Draft) -> Iterator[Fault]:
    told: set[tuple[object, ...]] = set()
    for ticket, plan in draft.plain_plans.items():
        for clock in plan.clocks:
            working = plan.working[clock.working]
            if clock.target and working.add(plan.opened_at, clock.target) is None:
                key = _source(draft.policy, ticket, clock.name)
                if tuple(key) not in told:
                    told.add(tuple(key))
                    message = f"cannot run out in the time that plans reach: {_too_far(plan, clock.name, clock.target)}"
                    yield draft.doubt("never-met", key, message, ticket)


def _source(policy: Policy, ticket: Ticket, clock: str) -> list[object]:
    """Which key of targets a promise came from."""
    targets = policy.document.targets
    text = promised(policy.document, prioritised(policy.document, ticket)).get(clock)
    for index, cell in enumerate(targets.cells):
        if (cell.tier, cell.urgency) == (ticket.tier, ticket.urgency):
            return ["targets", "cells", index, clock]
    if text is None and own_target(policy.document, clock, ticket):
        return ["clocks", clock, "target"]
    tables: tuple[tuple[str, str, Mapping[Any, Any]], ...] = (
        ("by_tier", ticket.tier, targets.by_tier), ("by_urgency", ticket.urgency, targets.by_urgency),
        ("by_priority", prioritised(policy.document, ticket).priority, targets.by_priority),
    )  # fmt: skip
    for table, row, rows in tables:
        if row in rows and getattr(rows[row], clock, None) == text:
            return ["targets", table, row, clock]
    return ["targets"]


def _many_pages(draft: Draft) -> Iterator[Fault]:
    """Told once a policy, for the ticket that is paged for most; a flood is seen on its first day already.

    The reminders of an exhausted ladder go on for as long as nobody comes: at a low rate they do not count.
    """
    for days in (1, SPAN // DAY):
        ticket, pages = _most_paged(draft, days)
        if ticket is not None and pages.total() > draft.most_pages:
            name, most = pages.most_common(1)[0]
            names = [rung.rung for rung in draft.policy.document.rungs]
            key: list[object] = ["rungs", names.index(name)] if name in names else ["catch_all", "remind_every"]
            message = (
                f"{pages.total()} pages in {days} day{'s' if days > 1 else ''} for one ticket that nobody answers, "
                f"{most} of them from '{name}'; more than {draft.most_pages} wear people out (--most-pages)"
            )
            yield draft.doubt("many-pages", key, message, ticket)
            return


def _most_paged(draft: Draft, days: int) -> tuple[Ticket | None, Counter[str]]:
    """Only the ladder pages, and no other track touches it; tickets that are promised the same are played once."""
    seen: list[Plan] = []
    found: tuple[Ticket | None, Counter[str]] = (None, Counter())
    for ticket, plan in draft.plain_plans.items():
        ladder = replace(plan, rungs=tuple(replace(r, acts=()) for r in plan.rungs if r.track == LADDER))
        if any(replace(ladder, ticket=known.ticket) == known for known in seen):
            continue
        seen.append(ladder)
        played = rehearse(lambda *_, plan=ladder: plan, plan.name, ticket, draft.now, (), draft.now + days * DAY)
        pages = Counter(effect.rung for effect in played.effects if effect.kind == "page")
        if pages["reminder"] <= REMINDERS_A_DAY * days:
            del pages["reminder"]
        found = (ticket, pages) if pages.total() > found[1].total() else found
    return found


Look = Callable[[Draft], Iterator[Fault]]
LOOKS: tuple[Look, ...] = (
    _never_fires, always_superseded, _no_effect, _empty_levels, _never_met, _many_pages, clock_doubts, weight_doubts,
    approval_doubts,
    sun_doubts, quiet_doubts, major_incident_doubts,
)  # fmt: skip
"""Add a doubt here: (draft) -> warnings."""
