"""Cycles: which stretches of a ticket's life each clock measures.

Derived anew from the sorted facts: when a clock starts, stops, opens again (semantics 2.6, 2.8, 2.9). Must never
remember anything between two calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from policies import event as news
from policies.case import Case
from policies.clock import Clock, OpenInterval, merge_pauses
from policies.plan import ClockPlan, Plan

ENDS = (news.RESOLVED, news.CLOSED, news.MERGED)
FIRST_RESPONSE, NEXT_RESPONSE, PERIODIC_UPDATE, RESOLUTION = (
    "first_response", "next_response", "periodic_update", "resolution",
)  # fmt: skip
ANSWERED = (FIRST_RESPONSE, NEXT_RESPONSE, PERIODIC_UPDATE)
"""Clocks that a public reply stops."""


@dataclass(frozen=True)
class Cycle:
    """One run of one clock, numbered from 1. `gaps` are closed stretches that a reopening turned into pauses."""

    plan: ClockPlan
    number: int
    start: int
    clock: Clock
    stop: int | None = None
    gaps: tuple[OpenInterval, ...] = ()
    ended_by: str = ""

    @property
    def name(self) -> str:
        """`resolution.1`: the cycle as keys and records name it."""
        return f"{self.plan.name}.{self.number}"

    def breached(self, at: int) -> bool:
        """Stopped: more used than promised. Running: nothing left (the due instant itself counts as broken)."""
        if self.plan.target <= 0:
            return False
        used = self.clock.consumed(at)
        return used > self.plan.target if self.stop is not None and self.stop <= at else used >= self.plan.target


def cycles_of(plan: Plan, case: Case) -> tuple[Cycle, ...]:
    """All cycles of all clocks, clocks in the plan's order."""
    pauses = case.pauses()
    return tuple(cycle for clock in plan.clocks for cycle in _cycles(plan, clock, case, pauses))


def _cycles(plan: Plan, clock: ClockPlan, case: Case, pauses: dict[str, tuple[OpenInterval, ...]]) -> list[Cycle]:
    working = plan.working[clock.working]
    mask = [span for name, spans in pauses.items() if name.split(":")[0] in clock.paused_by for span in spans]
    bare = Clock(working, case.opened_at)
    runs: list[Cycle] = []
    if clock.name != NEXT_RESPONSE:
        runs.append(Cycle(clock, 1, case.opened_at, bare))
    answered = False
    for event in case.events:
        runs = _after(runs, clock, event, bare, answered)
        answered = answered or event.kind == news.REPLIED
    return [_measured(run, bare, mask, case) for run in runs]


def _after(runs: list[Cycle], clock: ClockPlan, event: news.Event, bare: Clock, answered: bool) -> list[Cycle]:
    """The cycles after one more event: stopped, opened, reopened, or as they were."""
    running = bool(runs) and runs[-1].stop is None
    if running and (event.kind in ENDS or (event.kind == news.REPLIED and clock.name in ANSWERED)):
        runs = [*runs[:-1], replace(runs[-1], stop=max(event.at, runs[-1].start), ended_by=event.kind)]
        return _opened(runs, clock, event.at, bare) if _updates_again(clock, event) else runs
    if not running and event.kind == news.CONTACTED and clock.name == NEXT_RESPONSE and answered:
        return _opened(runs, clock, event.at, bare)
    if not running and event.kind == news.REOPENED and runs and runs[-1].ended_by in ENDS:
        return _reopened(runs, clock, event.at, bare)
    return runs


def _updates_again(clock: ClockPlan, event: news.Event) -> bool:
    return clock.name == PERIODIC_UPDATE and event.kind == news.REPLIED


def _opened(runs: list[Cycle], clock: ClockPlan, at: int, bare: Clock) -> list[Cycle]:
    return [*runs, Cycle(clock, len(runs) + 1, at, bare)]


def _reopened(runs: list[Cycle], clock: ClockPlan, at: int, bare: Clock) -> list[Cycle]:
    last = runs[-1]
    stopped = last.stop if last.stop is not None else at
    graceful = clock.reopen_grace > 0 and bare.working.elapsed(stopped, at) <= clock.reopen_grace
    if graceful or clock.reopen_after == "continue":
        return [*runs[:-1], replace(last, stop=None, ended_by="", gaps=(*last.gaps, (stopped, at)))]
    return _opened(runs, clock, at, bare) if clock.reopen_after == "new_cycle" else runs


def _measured(run: Cycle, bare: Clock, mask: Sequence[OpenInterval], case: Case) -> Cycle:
    start = run.start
    if run.plan.on_retarget == "restart" and run.stop is None:
        start = max([start, *(e.at for e in case.events if e.kind == news.REPRIORITISED)])
    pauses = merge_pauses([*mask, *run.gaps])
    return replace(run, start=start, clock=Clock(bare.working, start, run.stop, pauses))
