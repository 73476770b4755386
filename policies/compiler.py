"""Document + calendars + ticket -> Plan.

The only place where a policy's words become numbers. Runs in an activity (and on paper in the edge and in tests),
never inside a workflow. Must never change what a published version means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from policies.business_time import DAY, Calendar, WorkingTime
from policies.document import Action, CalendarDocument, OnlyFor, PolicyDocument, Promise, RungDocument, When, windows_of
from policies.duration import parse_duration
from policies.plan import ELAPSED, LADDER, Act, ClockPlan, LevelPlan, Plan, RungPlan, Target
from policies.public_holidays import library_versions, public_holidays
from policies.suggestion import did_you_mean
from policies.ticket import PRIORITY_OF_URGENCY, TIERS, URGENCIES, Ticket

HORIZON = 92 * DAY


class Uncompilable(ValueError):
    """The ticket and the policy do not fit; the message lists why, one reason a line."""


@dataclass(frozen=True)
class Policy:
    """A policy file with the calendars it names and the hash of its text."""

    document: PolicyDocument
    calendars: Mapping[str, CalendarDocument]
    digest: str = ""

    @property
    def name(self) -> str:
        return self.document.name

    def calendar_of(self, clock: str) -> CalendarDocument:
        """The calendar a clock runs on."""
        document = self.document.clocks.get(clock)  # type: ignore[call-overload]  # any name may be asked for
        return self.calendars[(document.calendar if document else "") or self.document.calendar]


def narrow(document: CalendarDocument, urgency: str, since: int, until: int) -> Calendar:
    """The calendar as it counts for tickets of one urgency ("" = windows open to all only)."""
    weekly: dict[str, list[tuple[int, int]]] = {}
    for hours in document.windows:
        if not hours.only_for or urgency in hours.only_for:
            for day in hours.days:
                weekly.setdefault(day, []).extend(windows_of(hours.hours))
    years = range(datetime.fromtimestamp(since, UTC).year - 1, datetime.fromtimestamp(until, UTC).year + 2)
    public = (public_holidays(document.public_holidays, year) for year in years) if document.public_holidays else ()
    return Calendar(
        zone=document.zone,
        weekly=weekly,
        holidays=frozenset().union(*public).union(document.holidays) - frozenset(document.not_holidays),
        overrides={day: windows_of(hours) for day, hours in document.special_hours.items()},
        breaks={day: windows_of(hours) for day, hours in document.breaks.items()},
    )


def compile_plan(policy: Policy, ticket: Ticket, opened_at: int, now: int | None = None) -> Plan:
    """The frozen plan for one ticket, with working time up to HORIZON past `now` (default: the opening).

    Raises Uncompilable when the policy has no promise for this ticket.
    """
    document = policy.document
    until = max(opened_at, now or opened_at) + HORIZON
    promise = promised(document, ticket)
    clocks = tuple(_clocks(policy, promise))
    working = {c.working: _working(policy, c, ticket, opened_at, until) for c in clocks}
    rungs = tuple(_rungs(policy, ticket, {c.name: c for c in clocks}))
    if any(rung.clock == ELAPSED for rung in rungs):
        clocks += (_elapsed_clock(clocks),)
        working[ELAPSED] = WorkingTime.always(opened_at, until)
    return Plan(
        policy=document.policy, version=document.version, ticket=_with_priority(ticket),
        zone=policy.calendars[document.calendar].zone, opened_at=opened_at, until=until, working=working,
        clocks=clocks, rungs=rungs, levels=_levels(document),
        catch_all=Target(document.catch_all.who, tuple(document.catch_all.via)),
        ack_timeout=_seconds(policy, document.acknowledgement_expires or "0s", "resolution"),
        versions={"policy": policy.digest[:12], "calendar": document.calendar, **library_versions()},
    )  # fmt: skip


def extend_plan(policy: Policy, plan: Plan, ticket: Ticket, now: int) -> Plan:
    """The same promise for the ticket as it stands now, with working time further on (a retarget or the horizon)."""
    return compile_plan(policy, ticket, plan.opened_at, now)


def _with_priority(ticket: Ticket) -> Ticket:
    return ticket if ticket.priority else ticket.changed(priority=PRIORITY_OF_URGENCY.get(ticket.urgency, ""))


def promised(document: PolicyDocument, ticket: Ticket) -> dict[str, str]:
    """Clock -> duration text for the ticket's tier and urgency. Raises Uncompilable with every reason."""
    faults = [
        f"ticket {ticket.id}: {name} '{value}' is unknown{did_you_mean(value, known)}"
        for name, value, known in (("tier", ticket.tier, TIERS), ("urgency", ticket.urgency, URGENCIES))
        if value not in known
    ]
    if faults:
        raise Uncompilable("\n".join(faults))
    cell = next((c for c in document.targets.cells if (c.tier, c.urgency) == (ticket.tier, ticket.urgency)), None)
    found = _texts(cell) or combined(document, ticket.tier, ticket.urgency)
    if not found:
        raise Uncompilable(
            f"policy {document.name} promises nothing for {ticket.tier} x {ticket.urgency}; "
            f"add a row to targets.by_tier or targets.by_urgency"
        )
    return found


def combined(document: PolicyDocument, tier: str, urgency: str) -> dict[str, str]:
    """The two tables combined by the named rule (S1)."""
    by_tier = _texts(document.targets.by_tier.get(tier))  # type: ignore[call-overload]  # checked by the caller
    by_urgency = _texts(document.targets.by_urgency.get(urgency))  # type: ignore[call-overload]
    if document.targets.combine == "by_tier":
        return by_tier or by_urgency
    if document.targets.combine == "by_urgency":
        return by_urgency or by_tier
    choose = min if document.targets.combine == "strictest" else max
    names = [*by_tier, *(name for name in by_urgency if name not in by_tier)]
    return {
        name: choose((t[name] for t in (by_tier, by_urgency) if name in t), key=_comparable) for name in names
    }  # fmt: skip


def _comparable(text: str) -> int:
    return parse_duration(text, business_day=9 * 3600)


def _texts(promise: Promise | None) -> dict[str, str]:
    names = ("first_response", "next_response", "periodic_update", "resolution")
    return {name: getattr(promise, name) for name in names if promise is not None and getattr(promise, name)}


def _seconds(policy: Policy, text: str, clock: str) -> int:
    day = parse_duration(policy.calendar_of(clock).business_day)
    return parse_duration(text, day)


def _clocks(policy: Policy, promise: Mapping[str, str]) -> Iterator[ClockPlan]:
    for name, clock in policy.document.clocks.items():
        if name in promise or name == "resolution":
            yield ClockPlan(
                name=name,
                working=clock.calendar or policy.document.calendar,
                target=_seconds(policy, promise.get(name, "0s"), name),
                paused_by=tuple(clock.paused_by),
                on_retarget=clock.on_retarget,
                reopen_grace=_seconds(policy, clock.reopen.grace, name),
                reopen_after=clock.reopen.then,
            )


def _elapsed_clock(clocks: Sequence[ClockPlan]) -> ClockPlan:
    resolution = next(clock for clock in clocks if clock.name == "resolution")
    return ClockPlan(name=ELAPSED, working=ELAPSED, paused_by=resolution.paused_by, reopen_after="continue")


def _working(policy: Policy, clock: ClockPlan, ticket: Ticket, since: int, until: int) -> WorkingTime:
    calendar = narrow(policy.calendars[clock.working], ticket.urgency, since, until)
    return calendar.working_time(since, until)


def applies(condition: OnlyFor | None, ticket: Ticket) -> bool:
    """Whether a condition holds for the ticket; no condition always does."""
    if condition is None:
        return True
    facts = {
        "tier": ticket.tier, "urgency": ticket.urgency, "type": ticket.type, "service": ticket.service,
        "region": ticket.region,
    }  # fmt: skip
    named = all(not getattr(condition, name) or value in getattr(condition, name) for name, value in facts.items())
    return named and (not condition.tags or bool(set(condition.tags) & set(ticket.tags)))


def _rungs(policy: Policy, ticket: Ticket, clocks: Mapping[str, ClockPlan]) -> Iterator[RungPlan]:
    highest = 0
    for written in policy.document.rungs:
        rung = _rung(policy, written, ticket, clocks) if applies(written.only_for, ticket) else None
        if rung is None:
            continue
        yield rung
        if rung.track == LADDER and rung.clock == "resolution" and not rung.event:
            highest = max(highest, rung.offset)
    catch_all = policy.document.catch_all
    every = _seconds(policy, catch_all.remind_every, "resolution")
    yield RungPlan(
        name="reminder", clock="resolution", offset=highest + every, every=every, reminder=True,
        why="the ladder is exhausted and the ticket is still open",
        targets=(Target(catch_all.who, tuple(catch_all.via)),),
    )  # fmt: skip


def _rung(policy: Policy, written: RungDocument, ticket: Ticket, clocks: Mapping[str, ClockPlan]) -> RungPlan | None:
    when = written.when
    promise = clocks.get(when.clock)
    if promise is None or ((when.share or when.breach) and promise.target <= 0):
        return None
    clock = ELAPSED if when.counted == "elapsed" and not when.on else when.clock
    offset = _offset(policy, when, promise)
    return RungPlan(
        name=written.rung, clock=clock, offset=offset,
        every=_seconds(policy, when.every, when.clock) if when.every else 0,
        event=when.on or "", times=when.times, within=_seconds(policy, when.within or "0s", when.clock),
        level=written.level, track=written.track, until=written.until, why=written.why,
        breach=bool(when.share) and offset == promise.target,
        targets=tuple(Target(n.who, tuple(n.via)) for n in written.notify if applies(n.only_for, ticket)),
        acts=tuple(_act(policy, a) for a in written.actions if applies(a.only_for, ticket)),
    )  # fmt: skip


def _act(policy: Policy, written: Action) -> Act:
    after = _seconds(policy, written.value or "1bd", "resolution") if written.do == "review" else 0
    return Act(written.do, written.value, after)


def _offset(policy: Policy, when: When, promise: ClockPlan) -> int:
    if when.share:
        # TRAP: rounded up, so that the share is really used up at that second, never before.
        return -(-promise.target * int(when.share[:-1]) // 100)
    if when.breach:
        return promise.target + _seconds(policy, when.breach, when.clock)
    return _seconds(policy, when.after, when.clock) if when.after else 0


def _levels(document: PolicyDocument) -> tuple[LevelPlan, ...]:
    return tuple(
        LevelPlan(level.level, level.title, Target(level.who, tuple(level.via)), level.may_escalate_to)
        for level in document.levels
    )
