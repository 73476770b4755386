"""Reckoning: why one instant of a time line stands where it stands - the open hours and the pauses that make it.

Asked with the plan and the case as they stood when the entry was made, and answered by the clock that decided, so the
words and the deed cannot differ. Must never compute a deadline: it only takes one apart.
"""

from __future__ import annotations

from dataclasses import dataclass

from policies.business_time import Interval
from policies.case import Case, Entry
from policies.clock import OpenInterval
from policies.cycles import Cycle, cycles_of
from policies.occurrence import put_off
from policies.plan import ELAPSED, Plan, RungPlan


@dataclass(frozen=True)
class NamedPause:
    """One pause [from, to) that stopped the clock before the instant; `open_seconds` are what it struck out."""

    name: str
    start: int
    end: int | None
    open_seconds: int


@dataclass(frozen=True)
class Reckoning:
    """An instant on the axis of one clock. `used` and `target` are open seconds, instants UTC seconds.

    `offset` is where the policy puts the rung on that axis; less than `used` when an acknowledgement held it back.
    """

    at: int
    clock: str
    cycle: int
    calendar: str
    start: int
    used: int
    target: int
    offset: int
    intervals: tuple[Interval, ...]
    pauses: tuple[NamedPause, ...]

    waited: int = 0
    """Seconds by which the quiet hours put the rung off: it would have stood at `at`."""

    @property
    def held(self) -> bool:
        """Whether the rung stands later than the policy says, because somebody had acknowledged the ticket."""
        return self.used > self.offset

    @property
    def every_second(self) -> bool:
        """Whether the clock counts every second, open or not."""
        return self.calendar == ELAPSED

    def spans(self) -> tuple[OpenInterval, ...]:
        """The pauses without their names."""
        return tuple((pause.start, pause.end) for pause in self.pauses)


def reckon(plan: Plan, case: Case, entry: Entry) -> Reckoning | None:
    """Take the instant of an entry apart; None for news and for rungs that stand at news or at a command."""
    found = cycle_of(plan, case, entry)
    rung = next((rung for rung in plan.rungs if rung.name == entry.rung), None)
    if found is None or rung is None or rung.event:
        return None
    waited = _waited(plan, found, rung, entry)
    at = entry.at - waited
    used = found.clock.consumed(at)
    return Reckoning(
        at=at, clock=found.plan.name, cycle=found.number, calendar=found.plan.working, start=found.start,
        used=used, target=found.plan.target, offset=_offset(rung, used),
        intervals=tuple(found.clock.working.intervals(found.start, max(at, found.start))),
        pauses=_pauses(found, case, at), waited=waited,
    )  # fmt: skip


def _waited(plan: Plan, cycle: Cycle, rung: RungPlan, entry: Entry) -> int:
    """By how much the quiet hours put the entry off."""
    if not rung.can_wait:
        return 0
    repeat = int(entry.key.rpartition(".")[2]) - 1 if rung.every else 0
    due, waited = put_off(plan, rung, cycle.clock.due(rung.offset + repeat * rung.every))
    if due is None or not due - waited < entry.at <= due:
        return 0
    return entry.at - (due - waited)  # less than the whole night when the ticket was closed before its end


def cycle_of(plan: Plan, case: Case, entry: Entry) -> Cycle | None:
    """The cycle an entry's key names, None when it names none: keys are `tenant/ticket/cycle/rung`."""
    name = entry.key.removeprefix(f"{plan.ticket.key}/").partition("/")[0]
    return next((cycle for cycle in cycles_of(plan, case) if cycle.name == name), None) if entry.key else None


def _offset(rung: RungPlan, used: int) -> int:
    """The place of the rung, or of its latest repeat, at or before `used`."""
    repeats = (used - rung.offset) // rung.every if rung.every else 0
    return rung.offset + max(repeats, 0) * rung.every


def _pauses(cycle: Cycle, case: Case, at: int) -> tuple[NamedPause, ...]:
    """Those that stop this clock and began before `at`, with the gaps that a reopening left."""
    spans = [
        (name, *span)
        for name, mine in case.pauses().items() if name.split(":")[0] in cycle.plan.paused_by
        for span in mine
    ]  # fmt: skip
    spans += [("resolved", *gap) for gap in cycle.gaps]
    found = []
    for name, start, end in sorted(spans, key=lambda span: span[1]):
        first, last = max(start, cycle.start), at if end is None else min(end, at)
        if first < last:
            found.append(NamedPause(name, first, end, cycle.clock.working.elapsed(first, last)))
    return tuple(found)
