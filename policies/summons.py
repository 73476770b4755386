"""Summons: the rungs that news, commands, people who do not answer and the end of a region's day call for.

Must never decide what becomes of one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from policies import event as news
from policies.acknowledgement import FOREVER, Hold, held_until, holds
from policies.approval import granted
from policies.approved import credits_asked_for
from policies.case import FIRED, SKIPPED, Case, Record
from policies.cycles import RESOLUTION, RETARGETED, Cycle, cycles_of
from policies.duration import say_duration
from policies.handover import HandOver, from_opening, handovers
from policies.occurrence import Occurrence, acknowledged, at_offset, over, put_off
from policies.people import CUSTOMER
from policies.plan import COMMAND, HANDOVER, LADDER, Act, LevelPlan, Plan, Reason, RegionPlan, RungPlan


def called_for(plan: Plan, case: Case, now: int) -> list[Occurrence]:
    """Those that news, commands, people who do not answer and the end of a region's day call for."""
    cycles = cycles_of(plan, case)
    found: list[Occurrence] = []
    for rung in plan.on_news:
        if rung.event == news.OPENED or rung.event in case.kinds:
            found += _on_event(plan, case, rung)
    if news.ACKNOWLEDGED in case.kinds:
        standing = acknowledged(plan, case, cycles)
        for cycle in cycles:
            found += _again(plan, case, cycle, standing.get(cycle.name, ()), now)
    if plan.levels_pass:
        found += _unanswered(plan, case, [cycle for cycle in cycles if not over(case, cycle)], now)
    if plan.regions:
        found += _handed_over(plan, case, cycles, now)
    if news.ESCALATED in case.kinds:
        found += _by_hand(plan, case)
    if case.asked:
        found += credits_asked_for(plan, case)
    if news.WAIVED in case.kinds:
        found += _waived(plan, case, cycles)
    return found


def _again(plan: Plan, case: Case, cycle: Cycle, standing: tuple[Hold, ...], now: int) -> Iterator[Occurrence]:
    """After an acknowledgement expired with no rung held back by it, the current rung pages again."""
    waiting = [r for r in plan.rungs if r.clock == cycle.plan.name and r.until == "acknowledged" and not r.event]
    for hold in standing:
        if hold.end >= FOREVER or any(hold.start <= r.offset < hold.end for r in waiting):
            continue
        below = [r for r in waiting if r.offset < hold.start and _fired(case, r, cycle)]
        if not below:
            continue
        current = max(below, key=lambda r: (r.level, r.offset))
        name = f"{current.name}@{cycle.number}.r{hold.since}"
        found = at_offset(plan, current, cycle, hold.end, name, 0, now) if name not in case.records else None
        paged_at = case.records[f"{current.name}@{cycle.number}"].at
        if found is not None and not (found.due is not None and paged_at >= found.due):
            yield replace(found, key=f"{found.key}.r{hold.since}", held=True)


def _fired(case: Case, rung: RungPlan, cycle: Cycle) -> bool:
    record = case.records.get(f"{rung.name}@{cycle.number}")
    return record is not None and record.outcome == FIRED


def _on_event(plan: Plan, case: Case, rung: RungPlan) -> Iterator[Occurrence]:
    """At the `times`-th such event, or at each (0). TRAP: known by the event, not its place: late ones come between."""
    found = [(event.at, event.serial) for event in case.events if event.kind == rung.event and not event.idle]
    found = [(case.opened_at, 0), *found] if rung.event == news.OPENED else found
    if rung.times == 1 and rung.event == news.ASSESSED:
        # before the last one the ticket may not have been what the rung is for
        found = [(at, serial) for at, serial in found if at >= case.retargeted_at]
    if rung.times:
        found = [(at, rung.times) for at, _ in found[rung.times - 1 : rung.times]]
    for at, which in found:
        name = f"{rung.name}@{which}"
        if name not in case.records:
            due, waited = put_off(plan, rung, at)
            yield Occurrence(rung, None, name, f"{plan.ticket.key}/{which}/{rung.name}", due, waited=waited)


def _unanswered(plan: Plan, case: Case, cycles: Sequence[Cycle], now: int) -> Iterator[Occurrence]:
    """A level that was paged and has not acknowledged within its time is passed: the next one is paged (E3, E5)."""
    cycle = next((one for one in cycles if one.plan.name == RESOLUTION and one.stop is None), None)
    if cycle is None:
        return
    paged = _paged(plan, case, cycles)
    if not paged:
        yield from _first_told(plan, case, cycle, _since(cycles), now)
    level = plan.level(max(paged, default=0))
    above = min((one for one in plan.levels if level and one.level > level.level), key=_number, default=None)
    if level is None or above is None or level.responds_within <= 0:
        return
    if case.muted_by(now):  # TRAP: passed in silence, the ladder would end here: nobody above would be waited for
        return
    name = f"unanswered-L{level.level}@{cycle.number}"
    standing = holds(cycle.clock, case, plan.ack_timeout)
    offset, held = _time_up(standing, cycle.clock.consumed(paged[level.level]), level.responds_within)
    rung = RungPlan(
        name=f"unanswered-L{level.level}", clock=RESOLUTION, level=above.level, until="acknowledged",
        offset=offset, targets=(above.target,),
        why=f"{level.title} has not acknowledged within {say_duration(level.responds_within)}",
    )  # fmt: skip
    found = at_offset(plan, rung, cycle, offset, name, 0, now) if name not in case.records else None
    if found is not None:
        reason = Reason("unanswered", RESOLUTION, seconds=level.responds_within, level=level.level, of=level.title)
        yield replace(found, held=held, checkpoint=False, reason=reason)


def _first_told(plan: Plan, case: Case, cycle: Cycle, since: int, now: int) -> Iterator[Occurrence]:
    """After a mute in which all levels fired in silence: the highest that is waited for is told, or none ever would be.

    A rung that repeats, and a page that was called back, come by themselves. TRAP: its acts are done and its customers
    have heard.
    """
    recalled = {effect.rung for effect in case.recalled}
    silent = [(rung, record) for rung, record in _silent(plan, case, since) if _answers(plan, rung)]
    if (
        case.silence_stays
        or case.muted_by(now)
        or not silent
        or any(rung.every or rung.name in recalled for rung, _ in silent)
    ):
        return
    rung, record = max(silent, key=lambda one: (one[0].level, one[1].at))
    heard = max(record.at, case.unmuted_at(now))
    name = f"{rung.name}@{cycle.number}.u{heard}"
    used = cycle.clock.consumed(heard)
    offset = held_until(holds(cycle.clock, case, plan.ack_timeout), used)
    staff = tuple(target for target in rung.targets if target.who != CUSTOMER)
    found = at_offset(plan, replace(rung, targets=staff, acts=(), every=0), cycle, offset, name, 0, now)
    if found is not None and name not in case.records:
        due = found.due if found.due is None or offset > used else max(found.due, heard)
        yield replace(found, key=f"{found.key}.u{heard}", due=due, held=offset > used, checkpoint=False)


def _silent(plan: Plan, case: Case, since: int) -> Iterator[tuple[RungPlan, Record]]:
    """Rungs of the ladder that told nobody of theirs, since the ticket was last solved."""
    rungs = {rung.name: rung for rung in plan.rungs if rung.track == LADDER and rung.level}
    for name, record in case.records.items():
        rung = rungs.get(name.partition("@")[0])
        if rung is not None and record.outcome == FIRED and not record.level and record.at >= since:
            yield rung, record


def _answers(plan: Plan, rung: RungPlan) -> bool:
    level = plan.level(rung.level)
    return level is not None and level.responds_within > 0


def _number(level: LevelPlan) -> int:
    return level.level


def _paged(plan: Plan, case: Case, cycles: Sequence[Cycle]) -> dict[int, int]:
    """Level -> when its first page went out, since the ticket was last solved; only the ladder and commands page."""
    since = _since(cycles)
    beside = {rung.name for rung in plan.rungs if rung.track != LADDER}
    found: dict[int, int] = {}
    for name, record in case.records.items():
        if record.level and record.at >= since and name.split("@")[0] not in beside:
            first = max(record.since or record.paged_at, since)
            found[record.level] = min(found.get(record.level, first), first)
    return found


def _since(cycles: Sequence[Cycle]) -> int:
    """When the ticket was last solved; 0 = never."""
    ends = (c.stop for c in cycles if c.plan.name == RESOLUTION and c.stop is not None and c.ended_by != RETARGETED)
    return max(ends, default=0)


def _time_up(standing: Sequence[Hold], paged: int, within: int) -> tuple[int, bool]:
    """(consumed seconds at which a level is passed, whether an acknowledgement put it off)

    An acknowledgement that stands then holds it to its end; one that ended before began a new round.
    """
    offset = paged + within
    for hold in standing:
        if hold.end > paged and hold.start <= offset:
            if offset < hold.end:
                return hold.end, True
            offset = hold.end + within
    return offset, False


def _handed_over(plan: Plan, case: Case, cycles: Sequence[Cycle], now: int) -> Iterator[Occurrence]:
    """The last hand-over that is behind us and not dealt with, and the next one (E9). None while nobody works on it."""
    cycle = next((one for one in cycles if one.plan.name == RESOLUTION and one.stop is None), None)
    if cycle is None:
        return
    known, last = _last_made(plan, case)
    steps, seen = handovers(plan, last, known, now) if last else from_opening(plan, case.base.region, now)
    coming = [step for step in steps if step.at > known]
    earlier = [step.to for step in steps if step.at <= known]
    holder = last or (earlier[-1] if earlier else steps[0].of if steps else None)
    behind = [step for step in coming if step.at <= now][-1:]
    for step in (*behind, *(step for step in coming if step.at > now)):
        if step.to != holder:  # a day that it slept through with its own people changes nothing
            yield _handover(plan, replace(step, of=holder or step.of), cycle.clock.paused(now))
        holder = step.to
    if not seen:
        yield Occurrence(RungPlan(name="handover", clock=""), None, HANDOVER, "", None)


def _last_made(plan: Plan, case: Case) -> tuple[int, RegionPlan | None]:
    """(instant of the last hand-over that we made, or since when we may make one; the region that has taken it)

    TRAP: remembered, not derived: after a retarget the days of the regions may be others than they were.
    """
    made = {name.partition("@")[2]: r.due for name, r in case.records.items() if name.startswith(f"{HANDOVER}@")}
    known = max(made.values(), default=case.begun_at - 1)
    return known, next((one for one in plan.regions if made.get(one.region) == known), None)


def _handover(plan: Plan, step: HandOver, paused: bool) -> Occurrence:
    rung = RungPlan(
        name=f"handover-{step.to.region}", clock="", track=HANDOVER, targets=(step.to.target,),
        acts=(
            Act("reassign", step.to.team),
            Act("comment", f"Handed over from {step.of.region} ({step.of.team}) to {step.to.region} ({step.to.team})"),
        ),
        why=f"the day of {step.of.region} is over; {step.to.region} goes on",
    )  # fmt: skip
    key = f"{plan.ticket.key}/handover/{step.at}/{rung.name}"
    reason = Reason("handover", of=step.of.region, to=step.to.region)
    return Occurrence(rung, None, f"{HANDOVER}@{step.to.region}", key, step.at, paused=paused, reason=reason)


def _by_hand(plan: Plan, case: Case) -> Iterator[Occurrence]:
    """Escalations by command: the level is paged, the levels passed over are informed (semantics 3.7)."""
    for event in case.events:
        name = f"escalate@{event.serial}"
        if event.kind != news.ESCALATED or name in case.records:
            continue
        level = plan.level(event.level)
        if level is None:
            continue
        why = f"escalated to L{event.level} by {event.actor or 'somebody'}"
        rung = RungPlan(
            name=f"escalate-L{event.level}", clock="", level=event.level, track=COMMAND, targets=(level.target,),
            why=f"{why}: {event.reason}" if event.reason else why,
        )  # fmt: skip
        reason = Reason("escalated", level=event.level, of=event.actor, text=event.reason)
        yield Occurrence(rung, None, name, f"{plan.ticket.key}/{event.serial}/{rung.name}", event.at, reason=reason)


def _waived(plan: Plan, case: Case, cycles: Sequence[Cycle]) -> Iterator[Occurrence]:
    """A waiver takes back the credits of the clock it names; the breach stays a fact (semantics 2.7)."""
    for event in case.events:
        if event.kind != news.WAIVED or (name := f"waive@{event.serial}") in case.records:
            continue
        given = [
            Act("revoke", f"{plan.ticket.key}/{cycle.name}/{rung.name}/credit")
            for rung in plan.rungs
            for cycle in cycles
            if cycle.plan.name == rung.clock and event.to in ("", rung.clock)
            and _grants_at_once(rung) and _credited(case, rung, cycle)
        ]  # fmt: skip
        approved = (a for a in case.asked if granted(a) in case.records and event.to in ("", a.clock))
        given += [Act("revoke", asked.key) for asked in approved]
        rung = RungPlan(
            name="waive", clock="", track=COMMAND, until="never", acts=tuple(given),
            why=f"waived by {event.actor or 'somebody'}: {event.reason}",
        )  # fmt: skip
        reason = Reason("waived", of=event.actor, text=event.reason)
        yield Occurrence(rung, None, name, f"{plan.ticket.key}/{event.serial}/waive", event.at, reason=reason)


def _grants_at_once(rung: RungPlan) -> bool:
    """Whether its first credit waits for nobody."""
    return next((act.approval is None for act in rung.acts if act.kind == "credit"), False)


def _credited(case: Case, rung: RungPlan, cycle: Cycle) -> bool:
    record = case.records.get(f"{rung.name}@{cycle.number}")
    return record is not None and record.outcome != SKIPPED
