"""Document + calendars + ticket -> Plan.

The only place where a policy's words become numbers. Runs in an activity (and on paper in the edge and in tests),
never inside a workflow. Must never change what a published version means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from policies.business_time import (
    DAY,
    WEEKDAYS,
    Calendar,
    Interval,
    WorkingTime,
    first_instant,
    merge,
    subtract,
    zone_of,
)
from policies.condition import fits
from policies.document import (
    BUILT_IN,
    REGIONS,
    Action,
    ActionItem,
    Adjustment,
    Cadence,
    CalendarDocument,
    PolicyDocument,
    RungDocument,
    When,
    windows_of,
)
from policies.duration import parse_duration
from policies.plan import (
    AWAKE,
    ELAPSED,
    LADDER,
    OFFICE,
    Act,
    ApprovalPlan,
    ClockPlan,
    ItemPlan,
    LevelPlan,
    Plan,
    RegionPlan,
    RungPlan,
    Target,
)
from policies.promise import adjusted, adjustments_of, factors, own_target, prioritised, promised, said
from policies.public_holidays import library_versions, public_holidays
from policies.ticket import Ticket

HORIZON = 92 * DAY


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
        """The calendar whose business day a clock's durations are written in."""
        document = self.document.clocks.get(clock)
        named = (document.calendar if document else "") or self.document.calendar
        return self.calendars[self.document.calendar if named == REGIONS else named]


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
    zone = policy.calendars[document.calendar].zone
    until = max(opened_at, now or opened_at) + HORIZON
    day = datetime.fromtimestamp(opened_at, zone_of(zone)).date()
    # TRAP: an adjustment that raises the urgency must not change which adjustments the ticket is under
    stated, treated = prioritised(document, ticket), adjusted(document, ticket, day)
    clocks = tuple(_clocks(policy, treated, adjustments_of(document, stated, day)))
    hours = Hours(policy, treated, stated, opened_at, until)
    working = {clock.working: hours.of(clock.working) for clock in clocks}
    rungs = tuple(_rungs(policy, treated, {clock.name: clock for clock in clocks}))
    if any(rung.clock == ELAPSED for rung in rungs):
        clocks += (_elapsed_clock(clocks),)
        working[ELAPSED] = hours.of(ELAPSED)
    if any(rung.can_wait for rung in rungs):
        working[AWAKE] = hours.of(AWAKE)
    if any(act.item for rung in rungs for act in rung.acts):
        working[OFFICE] = hours.of(OFFICE)
    regions = _regions(policy, treated)
    working |= {region.working: hours.of(region.working) for region in regions}
    return Plan(
        policy=document.policy, version=document.version, ticket=replace(ticket, priority=treated.priority),
        zone=zone, opened_at=opened_at, until=until, working=working,
        clocks=clocks, rungs=rungs, levels=_levels(policy),
        catch_all=Target(document.catch_all.who, tuple(document.catch_all.via)),
        ack_timeout=_seconds(policy, document.acknowledgement_expires or "0s", "resolution"),
        versions={"policy": policy.digest[:12], "calendar": document.calendar, **library_versions()},
        regions=regions, adjusted=tuple(said(document, stated, day)),
    )  # fmt: skip


def office_hours(policy: Policy, since: int, until: int) -> WorkingTime:
    """When people work on what is not urgent: the policy's calendar as far as it is open to every ticket."""
    anybody = Ticket(id="")
    return Hours(policy, anybody, anybody, since, until).of(OFFICE)


def extend_plan(policy: Policy, plan: Plan, ticket: Ticket, now: int) -> Plan:
    """The same promise for the ticket as it stands now, with working time further on (a retarget or the horizon)."""
    return compile_plan(policy, ticket, plan.opened_at, now)


def _seconds(policy: Policy, text: str, clock: str) -> int:
    day = parse_duration(policy.calendar_of(clock).business_day)
    return parse_duration(text, day)


def _clocks(policy: Policy, ticket: Ticket, adjustments: Sequence[Adjustment]) -> Iterator[ClockPlan]:
    document = policy.document
    promise = promised(document, ticket)
    for name, clock in document.clocks.items():
        text = promise.get(name) or own_target(document, name, ticket)
        if not text and name in BUILT_IN and name != "resolution":
            continue
        above, below = factors(document, name, ticket, adjustments)
        yield ClockPlan(
            name=name,
            working=_hours_of(document, name),
            target=_seconds(policy, text, name) * above // below if text else 0,
            paused_by=tuple(clock.paused_by),
            on_retarget=clock.on_retarget,
            reopen_grace=_seconds(policy, clock.reopen.grace, name),
            reopen_after=clock.reopen.then,
            starts=tuple(clock.starts),
            stops=tuple(clock.stops),
            promise=clock.promise,
        )


def _hours_of(document: PolicyDocument, clock: str) -> str:
    """The name of a clock's working time: its calendar, with the clock where an adjustment closes that clock alone."""
    name = document.clocks[clock].calendar or document.calendar
    alone = any(one.closed and one.clocks and clock in one.clocks for one in document.adjustments)
    return f"{name}/{clock}" if alone else name


def _elapsed_clock(clocks: Sequence[ClockPlan]) -> ClockPlan:
    resolution = next(clock for clock in clocks if clock.name == "resolution")
    return ClockPlan(name=ELAPSED, working=ELAPSED, paused_by=resolution.paused_by, reopen_after="continue")


@dataclass(frozen=True)
class Hours:
    """Working time by name, for one ticket: a calendar's, of all regions together, or every second, less what
    adjustments close. `ticket` as it is treated, `stated` as the adjustments look at it."""

    policy: Policy
    ticket: Ticket
    stated: Ticket
    since: int
    until: int

    def of(self, name: str) -> WorkingTime:
        """`kr-office.v1`, `regions`, `elapsed`, `awake`, `office`; `kr-office.v1/resolution` where that is closed."""
        calendar, _, clock = name.partition("/")
        closed = () if calendar == AWAKE else self._closed(clock)
        found = subtract(self._intervals(calendar), merge(closed))
        return WorkingTime.of(found, self.since, self.until)

    def _intervals(self, calendar: str) -> list[Interval]:
        if calendar == ELAPSED:
            return [(self.since, self.until)]
        if calendar == AWAKE:
            return subtract([(self.since, self.until)], self._quiet())
        if calendar != REGIONS:
            urgency = "" if calendar == OFFICE else self.ticket.urgency
            named = self.policy.document.calendar if calendar == OFFICE else calendar
            narrowed = narrow(self.policy.calendars[named], urgency, self.since, self.until)
            return narrowed.intervals(self.since, self.until)
        sun = self.policy.document.follow_the_sun
        regions = sun.regions if sun else ()
        return merge(interval for region in regions for interval in self._intervals(region.calendar))

    def _quiet(self) -> list[Interval]:
        document = self.policy.document
        windows = windows_of(list(document.quiet_hours))
        daily = Calendar(self.policy.calendars[document.calendar].zone, dict.fromkeys(WEEKDAYS, windows))
        return daily.intervals(self.since, self.until)

    def _closed(self, clock: str) -> Iterator[Interval]:
        document = self.policy.document
        zone = self.policy.calendars[document.calendar].zone
        for one in document.adjustments:
            if one.closed and (not one.clocks or clock in one.clocks) and fits(one.only_for, self.stated):
                yield first_instant(zone, one.start, 0), first_instant(zone, one.end + timedelta(days=1), 0)


def _regions(policy: Policy, ticket: Ticket) -> tuple[RegionPlan, ...]:
    sun = policy.document.follow_the_sun
    if sun is None or not fits(sun.only_for, ticket):
        return ()
    return tuple(RegionPlan(one.region, one.team, one.calendar, Target(one.who, tuple(one.via))) for one in sun.regions)


def _rungs(policy: Policy, ticket: Ticket, clocks: Mapping[str, ClockPlan]) -> Iterator[RungPlan]:
    highest = 0
    target = clocks["resolution"].target
    for written in policy.document.rungs:
        rung = _rung(policy, written, ticket, clocks) if fits(written.only_for, ticket, target) else None
        if rung is None:
            continue
        yield rung
        if rung.track == LADDER and rung.clock == "resolution" and not rung.event:
            highest = max(highest, rung.offset)
    for cadence in policy.document.cadences:
        yield from _cadence(policy, cadence, ticket, clocks)
    catch_all = policy.document.catch_all
    every = _seconds(policy, catch_all.remind_every, "resolution")
    yield RungPlan(
        name="reminder", clock="resolution", offset=highest + every, every=every, reminder=True,
        why="the ladder is exhausted and the ticket is still open",
        targets=(Target(catch_all.who, tuple(catch_all.via)),),
    )  # fmt: skip


def _cadence(policy: Policy, written: Cadence, ticket: Ticket, clocks: Mapping[str, ClockPlan]) -> Iterator[RungPlan]:
    """A rung that repeats as often as the ticket's priority asks for (T3)."""
    often = written.every
    text = often.get(ticket.priority) if isinstance(often, Mapping) else often  # type: ignore[call-overload]
    if text is None or written.clock not in clocks:
        return
    if fits(written.only_for, ticket, clocks["resolution"].target):
        every = _seconds(policy, text, written.clock)
        yield RungPlan(
            name=written.cadence, clock=ELAPSED if written.counted == "elapsed" else written.clock, offset=every,
            every=every, track=written.track, until=written.until, why=written.why or f"news every {text}",
            targets=tuple(Target(n.who, tuple(n.via)) for n in written.notify if fits(n.only_for, ticket)),
            can_wait=written.can_wait and bool(policy.document.quiet_hours),
        )  # fmt: skip


def _rung(policy: Policy, written: RungDocument, ticket: Ticket, clocks: Mapping[str, ClockPlan]) -> RungPlan | None:
    when = written.when
    promise = clocks.get(when.clock)
    if promise is None or ((when.share or when.breach) and promise.target <= 0):
        return None
    clock = ELAPSED if when.counted == "elapsed" and not when.on else when.clock
    offset = _offset(policy, when, promise)
    target = clocks["resolution"].target
    return RungPlan(
        name=written.rung, clock=clock, offset=offset,
        every=_seconds(policy, when.every, when.clock) if when.every else 0,
        event=when.on or "", times=when.times, within=_seconds(policy, when.within or "0s", when.clock),
        level=written.level, track=written.track, until=written.until, why=written.why,
        breach=bool(when.share) and offset == promise.target,
        targets=tuple(Target(n.who, tuple(n.via)) for n in written.notify if fits(n.only_for, ticket, target)),
        acts=(
            *(_act(policy, a, when.clock) for a in written.actions if fits(a.only_for, ticket, target)),
            *(_item(policy, one) for one in written.action_items),
        ),
        can_wait=written.can_wait and bool(policy.document.quiet_hours),
    )  # fmt: skip


def _act(policy: Policy, written: Action, clock: str) -> Act:
    after = _seconds(policy, written.value or "1bd", "resolution") if written.do == "review" else 0
    asked = written.approval
    approval = ApprovalPlan(asked.level, _seconds(policy, asked.within, clock), asked.otherwise) if asked else None
    return Act(written.do, written.value, after, approval)


def _item(policy: Policy, written: ActionItem) -> Act:
    due, day = (_seconds(policy, text, "resolution") for text in (written.due, "1bd"))
    return Act("action", written.title, due, item=ItemPlan(Target(written.owner, tuple(written.via)), day))


def _offset(policy: Policy, when: When, promise: ClockPlan) -> int:
    if when.share:
        # TRAP: rounded up, so that the share is really used up at that second, never before.
        return -(-promise.target * int(when.share[:-1]) // 100)
    if when.breach:
        return promise.target + _seconds(policy, when.breach, when.clock)
    return _seconds(policy, when.after, when.clock) if when.after else 0


def _levels(policy: Policy) -> tuple[LevelPlan, ...]:
    return tuple(
        LevelPlan(
            level.level, level.title, Target(level.who, tuple(level.via)), level.may_escalate_to,
            _seconds(policy, level.responds_within or "0s", "resolution"), level.may_spend, level.may_decide,
        )
        for level in policy.document.levels
    )  # fmt: skip
