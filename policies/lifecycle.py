"""The one decision: which rungs are ripe now, what is to be done, when to look again.

`decide` is pure and total, and is the same code for run time, rehearsal, back-test, forecast and explanation
(design 2). Nothing fires twice, nothing fires on a paused clock, and whatever does not fire is recorded with its
reason. Must never wait, and never look at anything but its arguments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from policies import event as news
from policies.acknowledgement import FOREVER, Hold, held_until, holds
from policies.case import FIRED, SKIPPED, SUPERSEDED, UNNECESSARY, Breach, Case, Record, Settled, noted, settled_in
from policies.cycles import Cycle, cycles_of
from policies.duration import say_duration
from policies.plan import COMMAND, CUSTOMER, LADDER, Act, Effect, Plan, RungPlan, Target

HORIZON_MARGIN = 7 * 86_400
"""How long before the end of its working time a plan is extended."""
LATE_AFTER = 60
"""A page this many seconds after its due instant says how late it is (semantics 3.5)."""


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


@dataclass(frozen=True)
class Decision:
    """`case` remembers what was decided; `effects` are to be carried out; None = wait for news alone."""

    case: Case
    effects: tuple[Effect, ...]
    wake_at: int | None
    why: str = ""


def decide(plan: Plan, case: Case, now: int) -> Decision:
    """What to do at `now`, and when to ask again if nothing happens."""
    standing = tuple(occurrences(plan, case, now)) if not case.closed else ()
    ripe = [o for o in standing if o.due is not None and o.due <= now and not o.paused]
    if ripe:
        case, effects = _judge(plan, case, ripe, now)
        rest = decide(plan, case, now)
        return replace(rest, effects=(*effects, *rest.effects))
    return Decision(case, (), *_next(plan, case, standing, now))


def _next(plan: Plan, case: Case, standing: Sequence[Occurrence], now: int) -> tuple[int | None, str]:
    seen = [(o.due, o.rung.name) for o in standing if o.due is not None and o.due > now and not o.paused]
    beyond = any(o.due is None and not o.paused for o in standing)
    if beyond and not case.closed:
        seen.append((max(plan.until - HORIZON_MARGIN, now + 1), "extend the plan"))
    return min(seen, default=(None, ""))


# --- which rungs stand where -------------------------------------------------------------------------------


def occurrences(plan: Plan, case: Case, now: int) -> Iterator[Occurrence]:
    """Every occurrence that has not been dealt with, past or to come."""
    cycles = cycles_of(plan, case)
    acknowledged = {c.name: holds(c.clock, case, plan.ack_timeout) for c in cycles}
    open_ones = [c for c in cycles if c.stop is None or settled_in(case, c.plan.name, c.number) is None]
    for rung in plan.rungs:
        if rung.event:
            yield from _on_event(plan, case, rung)
            continue
        for cycle in open_ones:
            if cycle.plan.name == rung.clock:
                yield from _on_clock(plan, case, rung, cycle, acknowledged[cycle.name], now)
    for cycle in cycles:
        yield from _again(plan, case, cycle, acknowledged[cycle.name], now)
    yield from _by_hand(plan, case)
    yield from _waived(plan, case, cycles)


def _on_clock(
    plan: Plan, case: Case, rung: RungPlan, cycle: Cycle, standing: tuple[Hold, ...], now: int
) -> Iterator[Occurrence]:
    name = f"{rung.name}@{cycle.number}"
    last = case.records.get(name)
    if last is not None and not rung.every:
        return
    index = 0 if last is None else last.index + 1
    while True:
        offset = rung.offset + index * rung.every
        if rung.until == "acknowledged":
            offset = held_until(standing, offset)
        found = _at_offset(plan, rung, cycle, offset, name, index, now)
        if found is not None:
            yield found
        if found is None or not rung.every or found.due is None or found.due > now:
            return
        index += 1


def _at_offset(
    plan: Plan, rung: RungPlan, cycle: Cycle, offset: int, record: str, index: int, now: int
) -> Occurrence | None:
    """Where consumed time reaches `offset`; None when the clock stopped first."""
    if offset >= FOREVER:
        return None
    clock = cycle.clock
    due = clock.due(offset)
    if cycle.stop is not None and (due is None or due >= cycle.stop):
        return None
    held = clock.held_open() if due is None else clock.paused(now) and cycle.stop is None
    suffix = f".{index + 1}" if rung.every else ""
    key = f"{plan.ticket.key}/{cycle.name}/{rung.name}{suffix}"
    return Occurrence(rung, cycle, record, key, due, index, held)


def _again(plan: Plan, case: Case, cycle: Cycle, standing: tuple[Hold, ...], now: int) -> Iterator[Occurrence]:
    """After an acknowledgement expired with no rung held back by it, the current rung pages again."""
    waiting = [r for r in plan.rungs if r.clock == cycle.plan.name and r.until == "acknowledged" and not r.event]
    for hold in standing:
        if hold.end >= FOREVER or any(hold.start <= r.offset < hold.end for r in waiting):
            continue
        below = [r for r in waiting if r.offset < hold.start and _fired(case, r, cycle)]
        if below:
            current = max(below, key=lambda r: (r.level, r.offset))
            name = f"{current.name}@{cycle.number}.r{hold.round + 1}"
            if name not in case.records:
                found = _at_offset(plan, current, cycle, hold.end, name, 0, now)
                if found is not None:
                    yield replace(found, key=f"{found.key}.r{hold.round + 1}")


def _fired(case: Case, rung: RungPlan, cycle: Cycle) -> bool:
    record = case.records.get(f"{rung.name}@{cycle.number}")
    return record is not None and record.outcome == FIRED


def _on_event(plan: Plan, case: Case, rung: RungPlan) -> Iterator[Occurrence]:
    opened = [case.opened_at] if rung.event == news.OPENED else []
    instants = [*opened, *(event.at for event in case.events if event.kind == rung.event)]
    wanted = range(len(instants)) if rung.times == 0 else range(rung.times - 1, min(rung.times, len(instants)))
    for index in wanted:
        name = f"{rung.name}@{index + 1}"
        if name not in case.records:
            yield Occurrence(rung, None, name, f"{plan.ticket.key}/{index + 1}/{rung.name}", instants[index], index)


def _by_hand(plan: Plan, case: Case) -> Iterator[Occurrence]:
    """Escalations by command: the level is paged, the levels passed over are informed (semantics 3.7)."""
    commands = [event for event in case.events if event.kind == news.ESCALATED]
    for index, event in enumerate(commands):
        name = f"escalate@{index + 1}"
        level = plan.level(event.level)
        if name in case.records or level is None:
            continue
        why = f"escalated to L{event.level} by {event.actor or 'somebody'}"
        rung = RungPlan(
            name=f"escalate-L{event.level}", clock="", level=event.level, track=COMMAND, targets=(level.target,),
            why=f"{why}: {event.reason}" if event.reason else why,
        )  # fmt: skip
        yield Occurrence(rung, None, name, f"{plan.ticket.key}/{index + 1}/{rung.name}", event.at, index)


def _waived(plan: Plan, case: Case, cycles: Sequence[Cycle]) -> Iterator[Occurrence]:
    """A waiver takes back the credits of the clock it names; the breach stays a fact (semantics 2.7)."""
    waivers = [event for event in case.events if event.kind == news.WAIVED]
    for index, event in enumerate(waivers):
        name = f"waive@{index + 1}"
        if name in case.records:
            continue
        granted = [
            Act("revoke", f"{plan.ticket.key}/{cycle.name}/{rung.name}/credit")
            for rung in plan.rungs
            for cycle in cycles
            if cycle.plan.name == rung.clock and event.to in ("", rung.clock)
            and any(act.kind == "credit" for act in rung.acts) and _credited(case, rung, cycle)
        ]  # fmt: skip
        rung = RungPlan(
            name="waive", clock="", track=COMMAND, until="never", acts=tuple(granted),
            why=f"waived by {event.actor or 'somebody'}: {event.reason}",
        )  # fmt: skip
        yield Occurrence(rung, None, name, f"{plan.ticket.key}/{index + 1}/waive", event.at, index)


def _credited(case: Case, rung: RungPlan, cycle: Cycle) -> bool:
    record = case.records.get(f"{rung.name}@{cycle.number}")
    return record is not None and record.outcome != SKIPPED


# --- what becomes of the ripe ones -------------------------------------------------------------------------


def _judge(plan: Plan, case: Case, ripe: Sequence[Occurrence], now: int) -> tuple[Case, tuple[Effect, ...]]:
    """Sort the ripe into fired, superseded, skipped and unnecessary; all of them are recorded."""
    effects: list[Effect] = []
    fit: list[Occurrence] = []
    for o in sorted(ripe, key=lambda o: (o.due or 0, o.rung.level)):
        reason = _skip_reason(case, o, now)
        needless = _needless(case, o)
        if reason and not (o.rung.breach and not needless):
            case = _recorded(case, o, SKIPPED, now, reason)
        elif needless:
            case = _recorded(case, o, UNNECESSARY, now, needless)
            effects += _acts(plan, case, o, now) if o.rung.breach else []
        else:
            fit.append(o)
    highest = {_group(o): o for o in sorted(fit, key=_height)}
    for o in fit:
        top = highest[_group(o)]
        if o is top:
            case, done = _fire(plan, case, o, now)
        else:
            case = _recorded(case, o, SUPERSEDED, now, f"{top.rung.name} is higher")
            done = _acts(plan, case, o, now)
        effects += done
    return case, tuple(effects)


def _group(o: Occurrence) -> str:
    """Rungs on clocks compete within their track; what an event or a command calls for always happens."""
    return o.rung.track if o.cycle is not None else o.record


def _height(o: Occurrence) -> tuple[int, int, int]:
    return (o.rung.level, o.due or 0, o.rung.offset)


def _skip_reason(case: Case, o: Occurrence, now: int) -> str:
    due = o.due or 0
    if o.cycle is None:
        late = now - due
        return f"{say_duration(late)} late" if o.rung.within and late > o.rung.within else ""
    if due < case.begun_at:
        return "before this workflow took the ticket up"
    return "already past when the target changed" if due < case.retargeted_at else ""


def _needless(case: Case, o: Occurrence) -> str:
    if o.rung.until == "never":
        return ""
    if case.resolved_at is not None or (o.cycle is not None and o.cycle.stop is not None):
        return o.cycle.ended_by if o.cycle is not None and o.cycle.ended_by else "resolved"
    since = o.cycle.start if o.cycle is not None else case.opened_at
    if o.rung.until == "responded" and any(e.kind == news.REPLIED and e.at >= since for e in case.events):
        return "responded"
    return ""


def _recorded(case: Case, o: Occurrence, outcome: str, now: int, reason: str) -> Case:
    record = Record(outcome, o.due or 0, now, o.index, o.rung.level if outcome == FIRED else 0)
    case = replace(case, records={**case.records, o.record: record})
    return noted(case, o.due or now, outcome, f"{_title(o)} {outcome}: {reason}", o.rung.name, o.key)


def _fire(plan: Plan, case: Case, o: Occurrence, now: int) -> tuple[Case, list[Effect]]:
    due = o.due or now
    record = Record(FIRED, due, now, o.index, o.rung.level)
    ladder = o.rung.track in (LADDER, COMMAND) and o.rung.level > case.level
    skipped = _inform_passed(plan, case, o, now)
    case = replace(case, records={**case.records, o.record: record}, level=o.rung.level if ladder else case.level)
    pages = [_page(plan, o, now)] if o.rung.targets else []
    acts = _acts(plan, case, o, now)
    return noted(case, due, FIRED, _told(o, [*pages, *skipped, *acts]), o.rung.name, o.key), [*pages, *skipped, *acts]


def _page(plan: Plan, o: Occurrence, now: int) -> Effect:
    """A page goes on to the rungs above and then to the catch-all; a customer's message goes to nobody else."""
    higher = sorted(
        (r for r in plan.rungs if r.track == LADDER and r.level > o.rung.level and not r.event), key=lambda r: r.level
    )
    onward = tuple(target for rung in higher for target in rung.targets if target.who != "customer")
    kind = "page" if o.rung.track in (LADDER, COMMAND) else "inform"
    fallback = {LADDER: (*onward, plan.catch_all), CUSTOMER: ()}.get(o.rung.track, (plan.catch_all,))
    return _effect(o, kind, now, targets=o.rung.targets, fallback=fallback)


def _inform_passed(plan: Plan, case: Case, o: Occurrence, now: int) -> list[Effect]:
    if not o.record.startswith("escalate@"):
        return []
    passed = [level for level in plan.levels if case.level < level.level < o.rung.level]
    return [
        replace(
            _effect(o, "inform", now, targets=(level.target,), fallback=(plan.catch_all,)),
            key=f"{o.key}.L{level.level}",
            level=level.level,
        )
        for level in passed
    ]


def _acts(plan: Plan, case: Case, o: Occurrence, now: int) -> list[Effect]:
    return [replace(_effect(o, act.kind, now, act=act), at=_review_at(plan, o, act, now)) for act in o.rung.acts]


def _review_at(plan: Plan, o: Occurrence, act: Act, now: int) -> int:
    """A review starts `after` open seconds from now (from the next opening, when nothing is known to be open)."""
    if act.kind != "review":
        return 0
    working = plan.working[plan.clock("resolution").working]
    return working.add(now, act.after) or now + act.after


def _effect(
    o: Occurrence, kind: str, now: int, act: Act | None = None, targets: tuple[Target, ...] = (),
    fallback: tuple[Target, ...] = (),
) -> Effect:  # fmt: skip
    due = o.due or now
    return Effect(
        key=f"{o.key}/{act.kind}" if act else o.key,
        kind=kind, rung=o.rung.name, cycle=o.cycle.name if o.cycle else "", due=due, level=o.rung.level,
        until=o.rung.until, clock=o.rung.clock if o.cycle else "", why=o.rung.why or o.rung.name,
        value=act.value if act else "", targets=targets, fallback=fallback,
        late=now - due if now - due >= LATE_AFTER else 0, breach=o.rung.breach,
    )  # fmt: skip


def _title(o: Occurrence) -> str:
    return f"{o.rung.name}#{o.index + 1}" if o.rung.every else o.rung.name


def _told(o: Occurrence, effects: Sequence[Effect]) -> str:
    """`resolution-75 L2: sms+email team-lead; flag "SLA caution"`."""
    said = [say_effect(effect) for effect in effects]
    level = f" L{o.rung.level}" if o.rung.level else ""
    late = max((effect.late for effect in effects), default=0) // 60 * 60
    return f"{_title(o)}{level}: {'; '.join(said) or 'noted'}" + (f" ({say_duration(late)} late)" if late else "")


def say_effect(effect: Effect) -> str:
    """One effect in the words of a time line."""
    if effect.kind in ("page", "inform"):
        told = "; ".join(f"{'+'.join(target.via)} {target.who}" for target in effect.targets)
        return told if effect.kind == "page" or not effect.key.endswith(f".L{effect.level}") else f"inform {told}"
    return f'{effect.kind} "{effect.value}"' if effect.value else effect.kind


# --- around the decision -----------------------------------------------------------------------------------


def still_wanted(plan: Plan, case: Case, effect: Effect, now: int) -> str:
    """Why a page must not go out any more, or nothing (semantics 3.6: the state is checked again at send time)."""
    if effect.kind != "page":
        return ""
    if case.closed:
        return "the ticket is closed"
    if effect.until != "never" and case.resolved_at is not None:
        return "the ticket is resolved"
    cycle = next((c for c in cycles_of(plan, case) if c.name == effect.cycle), None)
    if cycle is None:
        return ""
    if cycle.stop is None and cycle.clock.paused(now):
        return f"paused: {', '.join(case.open_pauses())}"
    if effect.until == "acknowledged":
        used = cycle.clock.consumed(now)
        taken = next((h for h in holds(cycle.clock, case, plan.ack_timeout) if h.start <= used < h.end), None)
        return f"acknowledged by {taken.by or 'somebody'}" if taken else ""
    return ""


def stale(plan: Plan, case: Case, now: int) -> str:
    """Why the plan no longer fits the case - `retarget`, `migrate`, `horizon` - or nothing."""
    ticket = case.ticket
    if (ticket.tier, ticket.urgency) != (plan.ticket.tier, plan.ticket.urgency):
        return "retarget"
    if wanted_policy(plan, case) != plan.name:
        return "migrate"
    return "horizon" if now >= plan.until - HORIZON_MARGIN and not case.closed else ""


def wanted_policy(plan: Plan, case: Case) -> str:
    """The policy the ticket is pinned to: its first one until someone migrates it (semantics 5.1)."""
    moved = [event.to for event in case.events if event.kind == news.MIGRATED]
    return moved[-1] if moved else plan.name


def replan(case: Case, old: Plan, now: int) -> Case:
    """Make the old plan's broken promises facts before another plan takes over (semantics 2.7).

    Cycles that had ended keep the verdict they got. Checkpoints of the new plan that lie before the change are
    skipped, a breach among them is told once.
    """
    known = {(b.clock, b.cycle) for b in case.breaches}
    changed = max((e.at for e in case.events if e.kind in (news.REPRIORITISED, news.MIGRATED)), default=now)
    at = min(now, changed)
    cycles = [cycle for cycle in cycles_of(old, case) if cycle.plan.target]
    broken = [
        Breach(c.plan.name, c.number, c.clock.due(c.plan.target) or at)
        for c in cycles
        if c.breached(at) and (c.plan.name, c.number) not in known
    ]
    ended = [
        Settled(c.plan.name, c.number, c.plan.target, c.clock.consumed(at), c.breached(at))
        for c in cycles
        if c.stop is not None and c.stop <= at and settled_in(case, c.plan.name, c.number) is None
    ]
    return replace(
        case, breaches=(*case.breaches, *broken), settled=(*case.settled, *ended),
        retargeted_at=max(case.retargeted_at, changed),
    )  # fmt: skip


def exhausted(plan: Plan, case: Case) -> bool:
    """Whether every rung of the ladder has had its turn (semantics 3.8)."""
    ladder = [r for r in plan.rungs if r.track == LADDER and r.clock == "resolution" and not r.event and not r.every]
    done = {name.split("@")[0] for name in case.records}
    return bool(ladder) and all(rung.name in done for rung in ladder)


def next_rung_above(plan: Plan, case: Case, level: int, now: int) -> int | None:
    """When the next rung above `level` is due: no snooze outlives it (semantics 3.9)."""
    dues = [o.due for o in occurrences(plan, case, now) if o.rung.level > level and o.due is not None]
    return min(dues, default=None)
