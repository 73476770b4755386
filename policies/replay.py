"""Replay: one past ticket under one policy, and what there is to count about it.

Played by `rehearse`, read by the same functions that explain an open ticket. Must never hold a rule of its own: only
counting begins here. Seconds on a clock are open seconds; leads are seconds of wall time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policies.case import FIRED
from policies.cycles import RESOLUTION, RETARGETED, Cycle, cycles_of
from policies.explanation import read_clock
from policies.people import CUSTOMER, Roster
from policies.plan import ELAPSED, LADDER, Plan
from policies.rehearsal import Compile, Rehearsal, Sent, rehearse
from policies.ticket_log import Past

SHARES = (50, 75, 80, 100)
MET, BREACHED, UNDECIDED = "met", "breached", "undecided"


@dataclass(frozen=True)
class Promise:
    """One promise of one ticket. `undecided`: the log ended before the clock stopped, and it was not broken yet."""

    clock: str
    outcome: str
    target: int
    consumed: int
    stopped: bool
    broken_at: int | None = None

    def crossed(self, share: int) -> bool:
        """Whether more than that share of the target was used up. TRAP: strictly more, and in whole numbers."""
        return self.consumed * 100 > self.target * share


@dataclass(frozen=True)
class Alarm:
    """The first time a rung fired in a cycle. `outcome` is that of the promise it stood on ("" = on none)."""

    rung: str
    level: int
    ladder: bool
    outcome: str
    lead: int | None = None
    """Seconds until the promise was broken; None where it was not, or was broken before."""


@dataclass(frozen=True)
class Told:
    """One message to one person, or to a role where people are not known. Channels do not count twice."""

    who: str
    kind: str
    at: int


@dataclass(frozen=True)
class Replay:
    """What one policy made of one ticket."""

    id: str
    priority: str
    tier: str
    urgency: str
    """Tier and urgency as the promise was measured by: at the end."""
    resolved: bool
    promises: tuple[Promise, ...]
    rungs: tuple[tuple[str, int, str], ...]
    """(rung, level, outcome) of everything that had its turn, in order."""
    alarms: tuple[Alarm, ...]
    told: tuple[Told, ...]
    acts: tuple[str, ...]

    def broke(self, clock: str) -> bool:
        return any(promise.outcome == BREACHED for promise in self.promises if promise.clock == clock)

    def crossed(self, share: int) -> bool:
        """Whether a resolution took more than the share of its target."""
        return any(promise.crossed(share) for promise in self.promises if promise.clock == RESOLUTION)


def replay(make_plan: Compile, policy: str, past: Past, log_end: int, roster: Roster | None = None) -> Replay:
    """Play a past ticket until its end, or until the log's. Raises Uncompilable when nothing is promised to it."""
    until = past.until(log_end)
    played = rehearse(make_plan, policy, past.ticket, past.opened_at, past.happenings, until, roster=roster)
    cycles = {cycle.name: cycle for cycle in cycles_of(played.plan, played.case)}
    promises = dict(_promises(played, cycles.values(), until))
    levels = {rung.name: rung.level for rung in played.plan.rungs}
    return Replay(
        past.id, past.priority, played.plan.ticket.tier, played.plan.ticket.urgency, past.resolved,
        promises=tuple(promises.values()),
        rungs=tuple((e.rung, levels.get(e.rung, 0), e.kind) for e in played.ours if e.rung and e.key),
        alarms=tuple(_alarms(played, promises)),
        told=tuple(told for sent in played.sent for told in _told(sent)),
        acts=tuple(effect.kind for effect in played.effects if effect.kind not in ("page", "inform")),
    )  # fmt: skip


def _promises(played: Rehearsal, cycles: Iterable[Cycle], until: int) -> Iterator[tuple[str, Promise]]:
    broken = {(breach.clock, breach.cycle): breach.due for breach in played.case.breaches}
    for cycle in cycles:
        if not cycle.plan.target or cycle.ended_by == RETARGETED:
            continue
        reading = read_clock(cycle, played.case, until)
        stopped = reading.state in ("met", "breached")
        outcome = BREACHED if reading.breached else MET if stopped else UNDECIDED
        at = broken.get((cycle.plan.name, cycle.number), reading.due) if reading.breached else None
        yield cycle.name, Promise(cycle.plan.name, outcome, reading.target, reading.consumed, stopped, at)


def _alarms(played: Rehearsal, promises: dict[str, Promise]) -> Iterator[Alarm]:
    """Rungs on clocks that warn of a breach: not those that tell of one, and not the reminders after it."""
    warning = {r.name: r for r in played.plan.rungs if not (r.event or r.breach or r.reminder)}
    seen: set[tuple[str, str]] = set()
    for entry in played.entries:
        rung = warning.get(entry.rung)
        if entry.kind != FIRED or rung is None:
            continue
        cycle = _cycle_of(played.plan, entry.key)
        if (rung.name, cycle) in seen:
            continue
        seen.add((rung.name, cycle))
        promise = promises.get(cycle)
        lead = promise.broken_at - entry.at if promise and promise.broken_at is not None else None
        yield Alarm(
            rung.name, rung.level, rung.track == LADDER, promise.outcome if promise else "",
            lead if lead is not None and lead >= 0 else None,
        )  # fmt: skip


def _cycle_of(plan: Plan, key: str) -> str:
    """`resolution.1` out of `tenant/ticket/resolution.1/rung`; elapsed time is measured against the resolution."""
    name = key.removeprefix(f"{plan.ticket.key}/").partition("/")[0]
    return name.replace(f"{ELAPSED}.", f"{RESOLUTION}.")


def _told(sent: Sent) -> Iterator[Told]:
    people = dict.fromkeys(one.person if one.role != CUSTOMER else CUSTOMER for one in sent.deliveries)
    roles = people if sent.deliveries else dict.fromkeys(target.who for target in sent.effect.targets)
    for who in roles:
        yield Told(who, sent.effect.kind if who != CUSTOMER else "inform", sent.at)
