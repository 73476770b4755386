"""Checkpoints: the rungs that stand on clocks by the policy, and what the plan remembers of them.

Between two looks at a ticket mostly nothing but time has passed, so what stood on its clocks stands there still. Must
never remember what news, a record or a pause may have moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from policies.acknowledgement import Hold, held_until
from policies.case import Case, Record
from policies.cycles import Cycle, cycles_of
from policies.occurrence import Occurrence, acknowledged, at_offset, over
from policies.plan import Plan, RungPlan

Checkpoints = dict[str, list[Occurrence]]
"""Record -> the occurrences of one rung in one cycle, past or to come, in the order of the plan's rungs."""


def checkpoints(plan: Plan, case: Case, now: int) -> Checkpoints:
    """Those that have not been dealt with."""
    cycles = [cycle for cycle in cycles_of(plan, case) if not over(case, cycle)]
    halted = tuple(cycle.stop is None and cycle.clock.paused(now) for cycle in cycles)
    then, at, halted_then, found = plan.memory.get("checkpoints", (None, 0, (), {}))
    if then is None or at > now or halted != halted_then or not _same(then, case):
        return _on_clocks(plan, case, plan.rungs, cycles, now)
    repeated = [record for record, ones in found.items() if ones and _goes_on(ones[-1], now)]
    return _anew(plan, case, now, found, repeated)


def remember(plan: Plan, case: Case, now: int, standing: Checkpoints) -> None:
    """Keep `standing`, as it was at `now`, for the next time that `checkpoints` is asked."""
    cycles = [cycle for cycle in cycles_of(plan, case) if not over(case, cycle)]
    halted = tuple(cycle.stop is None and cycle.clock.paused(now) for cycle in cycles)
    plan.memory["checkpoints"] = (case, now, halted, standing)


def checkpoints_left(
    plan: Plan, case: Case, now: int, before: Checkpoints, judged: Iterable[Occurrence]
) -> Checkpoints:
    """As `checkpoints`, when `judged` of those `before` have been dealt with and nothing else has happened.

    A judgement touches the records of its own occurrences only: of the others nothing can have changed.
    """
    return _anew(plan, case, now, before, {o.record for o in judged if o.record in before})


def _same(then: Case, now: Case) -> bool:
    """Whether nothing has happened that moves a checkpoint."""
    return (
        then.events is now.events and then.records is now.records and then.settled is now.settled
        and then.base is now.base and then.opened_at == now.opened_at
    )  # fmt: skip


def _goes_on(last: Occurrence, now: int) -> bool:
    """Whether a rung that repeats itself has one more occurrence by now."""
    return bool(last.rung.every) and last.due is not None and last.due <= now


def _anew(plan: Plan, case: Case, now: int, before: Checkpoints, records: Iterable[str]) -> Checkpoints:
    """`before` with the named ones looked up again."""
    found = dict(before)
    for record in records:
        ones = before[record]
        if not ones[0].rung.every:
            del found[record]
        elif (cycle := ones[0].cycle) is not None:
            found |= _on_clocks(plan, case, (ones[0].rung,), [cycle], now)
    return found


def _on_clocks(plan: Plan, case: Case, rungs: Sequence[RungPlan], cycles: Sequence[Cycle], now: int) -> Checkpoints:
    standing = acknowledged(plan, case, cycles)
    found: Checkpoints = {}
    for rung in rungs:
        for cycle in cycles:
            if cycle.plan.name == rung.clock and not rung.event:
                record = f"{rung.name}@{cycle.number}"
                found[record] = _on_clock(plan, case, rung, cycle, record, standing.get(cycle.name, ()), now)
    return found


def _on_clock(
    plan: Plan, case: Case, rung: RungPlan, cycle: Cycle, name: str, standing: tuple[Hold, ...], now: int
) -> list[Occurrence]:
    last = case.records.get(name)
    all_found: list[Occurrence] = []
    if last is not None and not rung.every:
        return all_found
    index = 0 if last is None else last.index + 1
    own = rung.offset if last is None else _following(rung, last)
    while True:
        offset = held_until(standing, own) if rung.until == "acknowledged" else own
        found = at_offset(plan, rung, cycle, offset, name, index, now, offset != own, own if rung.every else -1)
        if found is not None:
            all_found.append(found)
        if found is None or not rung.every or found.due is None or found.due > now:
            return all_found
        index += 1
        own += rung.every


def _following(rung: RungPlan, last: Record) -> int:
    """Where a repeating rung stands next. TRAP: a new priority may repeat it more or less often than it was."""
    if last.place < 0:
        return rung.offset + (last.index + 1) * rung.every
    return rung.offset + max((last.place - rung.offset) // rung.every + 1, 0) * rung.every
