"""Why each deadline is where it is: the intervals and pauses that make it, and what became of each promise.

Derived from plan and case by the same core that decides (design 2). Must never compute a deadline of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from policies.approval import Asked, waiting
from policies.business_time import Interval
from policies.case import Case, settled_in
from policies.clock import OpenInterval
from policies.cycles import RESOLUTION, RETARGETED, Cycle, cycles_of
from policies.event import ACKNOWLEDGED, REOPENED, Event
from policies.lifecycle import Decision, decide, exhausted, occurrences
from policies.plan import Plan
from policies.ticket import Ticket

SHOWN_INTERVALS = 60


@dataclass(frozen=True)
class Reading:
    """One cycle of one clock as it stands. Seconds are open seconds, instants UTC seconds."""

    clock: str
    cycle: int
    state: str
    """`running`, `paused`, `met`, `breached` (stopped) or `overdue` (running and broken)."""
    target: int
    consumed: int
    remaining: int
    start: int
    stop: int | None
    due: int | None
    """None while paused, or without a target."""
    breached: bool
    waived: bool = False
    promise: str = "sla"
    """To whom: `sla` the customer, `ola` within the house, `uc` a vendor towards us."""


@dataclass(frozen=True)
class Deadline:
    """A reading with what makes it: the working intervals from start to due, and the pauses in between."""

    reading: Reading
    calendar: str
    intervals: tuple[Interval, ...]
    pauses: tuple[OpenInterval, ...]
    pause_names: tuple[str, ...]
    paused_by: tuple[str, ...] = ()
    """For each of `pauses`: the names that stood in it, `customer, vendor`; empty where a reopening made the gap."""


@dataclass(frozen=True)
class Standing:
    """One ticket at one instant: what lists and the `status` query show."""

    ticket: Ticket
    policy: str
    zone: str
    opened_at: int
    state: str
    """`open`, `paused`, `resolved` or `closed`."""
    sla: str
    """`ok`, `at_risk` (75 % used), `breached` or `paused`."""
    level: int
    level_title: str
    next_due: int | None
    next_why: str
    readings: tuple[Reading, ...]
    paused_by: tuple[str, ...] = ()
    undelivered: tuple[str, ...] = ()
    exhausted: bool = False
    versions: dict[str, str] = field(default_factory=dict)
    acknowledged_by: str | None = None
    """Whose acknowledgement is the newest since it was last reopened; empty = nobody said who; None = there is none."""
    acknowledged_at: int | None = None
    muted_by: str = ""
    """The outages for whose time staff is not told: `outage INC-7`."""
    waiting: tuple[Asked, ...] = ()
    """Credits that wait for approval."""


def read_clock(cycle: Cycle, case: Case, at: int) -> Reading:
    """One cycle at `at`. A promise broken before a retarget stays broken."""
    firm = any((b.clock, b.cycle) == (cycle.plan.name, cycle.number) for b in case.breaches)
    stopped = cycle.stop is not None and cycle.stop <= at
    settled = settled_in(case, cycle.plan.name, cycle.number) if stopped else None
    broken = settled.breached if settled else firm or cycle.breached(at)
    used, target = cycle.clock.consumed(at), cycle.plan.target
    if settled:
        used, target = settled.consumed, settled.target
    paused = not stopped and cycle.clock.paused(at)
    state = ("breached" if broken else "met") if stopped else "paused" if paused else "overdue" if broken else "running"
    due = cycle.clock.due(target) if target else None
    return Reading(
        cycle.plan.name, cycle.number, state, target, used, max(target - used, 0), cycle.start, cycle.stop, due, broken,
        case.waived(cycle.plan.name), cycle.plan.promise,
    )  # fmt: skip


def readings(plan: Plan, case: Case, at: int) -> tuple[Reading, ...]:
    """Every cycle of every promise."""
    promises = [cycle for cycle in cycles_of(plan, case) if cycle.plan.target and cycle.ended_by != RETARGETED]
    found: list[Reading] = []
    for cycle in promises:
        place = 1 + sum(reading.clock == cycle.plan.name for reading in found)
        found.append(replace(read_clock(cycle, case, at), cycle=place))
    return tuple(found)


def stand(plan: Plan, case: Case, at: int, decision: Decision | None = None) -> Standing:
    """The whole ticket at `at`; `decision` saves deciding again."""
    decision = decision or decide(plan, case, at)
    found = readings(plan, case, at)
    level = plan.level(case.level)
    taken = _taken(case)
    return Standing(
        ticket=replace(case.ticket, priority=plan.ticket.priority), policy=plan.name, zone=plan.zone,
        opened_at=case.opened_at,
        state=_state(case), sla=_sla(case, found), level=case.level, level_title=level.title if level else "",
        next_due=decision.wake_at, next_why=decision.why, readings=found,
        paused_by=() if case.closed else case.open_pauses(),
        undelivered=case.undelivered, exhausted=exhausted(plan, case), versions=dict(plan.versions),
        acknowledged_by=taken.actor if taken else None, acknowledged_at=taken.at if taken else None,
        muted_by="" if case.closed else case.muted_by(at),
        waiting=() if case.closed else waiting(case),
    )  # fmt: skip


def _taken(case: Case) -> Event | None:
    """The newest acknowledgement since the ticket was last reopened."""
    for event in reversed(case.events):
        if event.kind == REOPENED and not event.idle:
            return None
        if event.kind == ACKNOWLEDGED and not event.idle:
            return event
    return None


def _state(case: Case) -> str:
    if case.closed:
        return "closed"
    if case.resolved_at is not None:
        return "resolved"
    return "paused" if case.open_pauses() else "open"


def _sla(case: Case, found: tuple[Reading, ...]) -> str:
    promised = [reading for reading in found if reading.promise == "sla"]
    if any(reading.breached for reading in promised):
        return "breached"
    running = [reading for reading in promised if reading.stop is None]
    if running and all(reading.state == "paused" for reading in running):
        return "paused"
    return "at_risk" if any(r.consumed * 4 >= r.target * 3 for r in running) else "ok"


def expected(plan: Plan, case: Case, at: int) -> int | None:
    """When the ticket is predicted to be solved; None without a prediction, while paused, and once that is past."""
    running = [c for c in cycles_of(plan, case) if c.plan.name == RESOLUTION and c.stop is None]
    due = running[-1].clock.due(case.ticket.predicted) if running and case.ticket.predicted else None
    return due if due is not None and due > at else None


def explain(plan: Plan, case: Case, at: int) -> tuple[Deadline, ...]:
    """Every deadline with the intervals and pauses that make it (V5)."""
    names = case.pauses()
    found = []
    for cycle in cycles_of(plan, case):
        if not cycle.plan.target or cycle.ended_by == RETARGETED:
            continue
        reading = read_clock(cycle, case, at)
        until = reading.stop or reading.due or at
        spans = plan.working[cycle.plan.working].intervals(cycle.start, max(until, cycle.start))
        stopping = sorted(name for name in names if name.split(":")[0] in cycle.plan.paused_by)
        by = tuple(", ".join(name for name in stopping if _overlaps(names[name], span)) for span in cycle.clock.pauses)
        found.append(
            Deadline(
                reading, cycle.plan.working, tuple(spans[:SHOWN_INTERVALS]), tuple(cycle.clock.pauses),
                tuple(stopping), by,
            )
        )  # fmt: skip
    return tuple(found)


def _overlaps(pauses: Sequence[OpenInterval], span: OpenInterval) -> bool:
    """Whether one of the pauses lies within the stretch that they make together."""
    return any((span[1] is None or start < span[1]) and (end is None or end > span[0]) for start, end in pauses)


@dataclass(frozen=True)
class Ahead:
    """A rung that has not fired yet: when it would, if nothing happened."""

    rung: str
    due: int | None
    level: int
    why: str
    paused: bool


def ahead(plan: Plan, case: Case, at: int) -> tuple[Ahead, ...]:
    """What comes next, soonest first; paused rungs last."""
    coming = [Ahead(o.rung.name, o.due, o.rung.level, o.rung.why, o.paused) for o in occurrences(plan, case, at)]
    return tuple(sorted(coming, key=lambda a: (a.due is None, a.due or 0)))
