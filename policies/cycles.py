"""Cycles: which stretches of a ticket's life each clock measures.

Derived anew from the sorted facts: when a clock starts, stops, opens again (semantics 2.6, 2.8, 2.9). Must never
remember anything between two calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from policies import event as news
from policies.case import Case
from policies.clock import Clock, OpenInterval, merge_pauses
from policies.plan import ClockPlan, Plan

ENDS = (news.RESOLVED, news.CLOSED, news.MERGED)
RETARGETED = "retargeted"
"""How a cycle ended that a changed target restarted."""
FIRST_RESPONSE, NEXT_RESPONSE, PERIODIC_UPDATE, RESOLUTION = (
    "first_response", "next_response", "periodic_update", "resolution",
)  # fmt: skip
TURNS = (*ENDS, news.REPLIED, news.CONTACTED, news.REOPENED)
"""News that can start or stop a cycle; a retarget can too."""
ANSWERED = (FIRST_RESPONSE, NEXT_RESPONSE, PERIODIC_UPDATE)
"""Clocks that a public reply stops."""


@dataclass(frozen=True)
class Cycle:
    """One run of one clock. `gaps` are closed stretches that a reopening turned into pauses.

    `number` is its name for ever: 1 for the first, else 1 + the serial of the event that opened it (of several customer
    messages the first to arrive). TRAP: not its place among the others, since late news may open one before it.
    """

    plan: ClockPlan
    number: int
    start: int
    clock: Clock
    stop: int | None = None
    gaps: tuple[OpenInterval, ...] = ()
    ended_by: str = ""

    @cached_property
    def name(self) -> str:
        """`resolution.1`: the cycle as keys and records name it."""
        return f"{self.plan.name}.{self.number}"

    def breached(self, at: int) -> bool:
        """Stopped: after the due instant. Running: at it. A stop in the due second itself is in time."""
        due = self.clock.due(self.plan.target) if self.plan.target > 0 else None
        if due is None:
            return False
        return due < self.stop if self.stop is not None and self.stop <= at else due <= at


def cycles_of(plan: Plan, case: Case) -> tuple[Cycle, ...]:
    """All cycles of all clocks, clocks in the plan's order; the plan remembers those of the news it last saw."""
    known = plan.memory.get("cycles")
    if known is not None and known[0] is case.events and known[1] is case.base and known[2] == case.opened_at:
        remembered: tuple[Cycle, ...] = known[3]
        return remembered
    found = _all_cycles(plan, case)
    plan.memory["cycles"] = (case.events, case.base, case.opened_at, found)
    return found


def _all_cycles(plan: Plan, case: Case) -> tuple[Cycle, ...]:
    pauses = case.pauses()
    return tuple(cycle for clock in plan.clocks for cycle in _cycles(plan, clock, case, pauses))


def retargets(case: Case) -> tuple[news.Event, ...]:
    """The events that changed what is promised: another fact it depends on, or policy (semantics 2.7)."""
    found: list[news.Event] = []
    standing: dict[str, str | int] = dict(vars(case.base))
    policy = ""
    for event in case.events:
        if event.kind in (news.REPRIORITISED, news.ASSESSED):
            changed = {name for name, value in event.facts.items() if standing[name] != value}
            found += [event] if changed else []
            standing |= event.facts
        elif event.kind == news.MIGRATED and event.to != policy:
            found.append(event)
            policy = event.to
    return tuple(found)


def _cycles(plan: Plan, clock: ClockPlan, case: Case, pauses: Mapping[str, tuple[OpenInterval, ...]]) -> list[Cycle]:
    working = plan.working[clock.working]
    mask = [span for name, spans in pauses.items() if name.split(":")[0] in clock.paused_by for span in spans]
    bare = Clock(working, case.opened_at)
    # an assessment corrects what is known of the ticket: it never gives the time back
    changes = [event for event in retargets(case) if event.kind != news.ASSESSED]
    restarts = {event.serial for event in changes} if clock.on_retarget == "restart" else set()
    runs: list[Cycle] = []
    if news.OPENED in (clock.starts or (() if clock.name == NEXT_RESPONSE else (news.OPENED,))):
        runs.append(Cycle(clock, 1, case.opened_at, bare))
    answered = resolved = wanted = False
    own = bool(clock.starts or clock.stops)
    void = _turning_nothing(case) if own else set()
    for event in case.events:
        if event.kind not in TURNS and event.serial not in restarts and not own:
            continue
        before = runs
        what = _turned(clock, event) if own and event.serial not in void else ""
        if event.serial in restarts:
            runs = _restarted(runs, clock, event, bare)
        elif what and resolved and event.kind != news.REOPENED:
            runs, wanted = _turned_over(runs, event, what), what != "stop"
        elif what:
            runs = _turn(runs, clock, event, bare, what)
        if runs is before and not (resolved and event.kind == news.CONTACTED):
            runs = _after(runs, clock, event, bare, answered)
        if event.kind == news.REOPENED and wanted:
            runs, wanted = _turn(runs, clock, event, bare, "start"), False
        answered = answered or event.kind == news.REPLIED
        resolved = event.kind in ENDS or (resolved and event.kind != news.REOPENED)
    return [_measured(run, bare, mask) for run in runs]


def _turning_nothing(case: Case) -> set[int]:
    """Serials of news that turns no clock, in whatever order told: a transfer to nobody or to the team that has the
    ticket already, a pause that stands, a resume of none or of one of several of its kind."""
    team, standing, found = case.base.team, set[str](), set[int]()
    for event in case.events:
        if event.kind == news.TRANSFERRED:
            if event.to in ("", team):
                found.add(event.serial)
            team = event.to or team
        elif event.kind in (news.PAUSE, news.RESUME):
            if (event.reason in standing) == (event.kind == news.PAUSE):
                found.add(event.serial)
            (standing.add if event.kind == news.PAUSE else standing.discard)(event.reason)
            if event.kind == news.RESUME and _kind(event.reason) in map(_kind, standing):
                found.add(event.serial)
    return found


def _kind(pause: str) -> str:
    return pause.split(":")[0]


def _turned(clock: ClockPlan, event: news.Event) -> str:
    """What a clock with rules of its own makes of the event: `start`, `stop`, `both`, or nothing."""
    names = {event.kind, f"{event.kind}:{_kind(event.reason)}"}
    starts, stops = not names.isdisjoint(clock.starts), not names.isdisjoint(clock.stops)
    return "both" if starts and stops else "start" if starts else "stop" if stops else ""


def _turn(runs: list[Cycle], clock: ClockPlan, event: news.Event, bare: Clock, what: str) -> list[Cycle]:
    """A clock that stops by itself runs again at each start; one that does not runs once."""
    running = bool(runs) and runs[-1].stop is None
    if running and what in ("stop", "both"):
        runs, running = _stopped(runs, event.at, event.kind), False
    again = not runs or bool(clock.stops)
    if what in ("start", "both") and not running and again:
        return _opened(runs, clock, event, bare)
    return runs


def _turned_over(runs: list[Cycle], event: news.Event, what: str) -> list[Cycle]:
    """A stop while the ticket counts as solved: what the end of the ticket stopped does not go on when it is reopened.

    A start then waits for the reopening: nobody works on a solved ticket.
    """
    if what == "start" or not runs or runs[-1].ended_by not in ENDS:
        return runs
    return [*runs[:-1], replace(runs[-1], ended_by=event.kind)]


def _after(runs: list[Cycle], clock: ClockPlan, event: news.Event, bare: Clock, answered: bool) -> list[Cycle]:
    """The cycles after one more event: stopped, opened, reopened, or as they were."""
    running = bool(runs) and runs[-1].stop is None
    if running and (event.kind in ENDS or (event.kind == news.REPLIED and clock.name in ANSWERED)):
        runs = _stopped(runs, event.at, event.kind)
        return _opened(runs, clock, event, bare) if _updates_again(clock, event) else runs
    if running and event.kind == news.CONTACTED and clock.name == NEXT_RESPONSE:
        return [*runs[:-1], replace(runs[-1], number=min(runs[-1].number, event.serial + 1))]
    if not running and event.kind == news.CONTACTED and clock.name == NEXT_RESPONSE and answered:
        return _opened(runs, clock, event, bare)
    if not running and event.kind == news.REOPENED and runs and runs[-1].ended_by in ENDS:
        return _reopened(runs, clock, event, bare)
    return runs


def _restarted(runs: list[Cycle], clock: ClockPlan, event: news.Event, bare: Clock) -> list[Cycle]:
    """A retarget under `restart`: the running cycle ends without a verdict and a new one begins."""
    if not runs or runs[-1].stop is not None:
        return runs
    return _opened(_stopped(runs, event.at, RETARGETED), clock, event, bare)


def _stopped(runs: list[Cycle], at: int, by: str) -> list[Cycle]:
    return [*runs[:-1], replace(runs[-1], stop=max(at, runs[-1].start), ended_by=by)]


def _updates_again(clock: ClockPlan, event: news.Event) -> bool:
    return clock.name == PERIODIC_UPDATE and event.kind == news.REPLIED


def _opened(runs: list[Cycle], clock: ClockPlan, event: news.Event, bare: Clock) -> list[Cycle]:
    return [*runs, Cycle(clock, event.serial + 1, event.at, bare)]


def _reopened(runs: list[Cycle], clock: ClockPlan, event: news.Event, bare: Clock) -> list[Cycle]:
    last = runs[-1]
    stopped = last.stop if last.stop is not None else event.at
    graceful = clock.reopen_grace > 0 and bare.working.elapsed(stopped, event.at) <= clock.reopen_grace
    if graceful or clock.reopen_after == "continue":
        return [*runs[:-1], replace(last, stop=None, ended_by="", gaps=(*last.gaps, (stopped, event.at)))]
    return _opened(runs, clock, event, bare) if clock.reopen_after == "new_cycle" else runs


def _measured(run: Cycle, bare: Clock, mask: Sequence[OpenInterval]) -> Cycle:
    pauses = merge_pauses([*mask, *run.gaps])
    return replace(run, clock=Clock(bare.working, run.start, run.stop, pauses))
