"""The life of one ticket: takes it up, waits for news or for the next due instant, carries out what was decided.

One durable workflow a ticket. Handlers note the news, the loop decides, effects run beside it and come back as news.
Must never decide anything itself, and never let a bad message or a failing provider end the ticket.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue, VersioningBehavior
from temporalio.exceptions import ApplicationError, FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.requests import ReplanRequest
    from policies import event as news
    from policies.approval import rule, waiting
    from policies.case import Case, Entry, amended, evolve, refused
    from policies.change import extended, retire, stale, wanted_policy
    from policies.event import Event
    from policies.explanation import Ahead, Deadline, Standing, ahead, explain, readings, stand
    from policies.lifecycle import Decision, decide, next_rung_above
    from policies.plan import Plan
    from policies.suggestion import did_you_mean
    from workflows.alarm import Alarm
    from workflows.chronicle import Chronicle
    from workflows.contract import (
        ALREADY,
        LEAST_HISTORY,
        NOT_READY,
        PLAN_AGAIN_AFTER,
        Answer,
        Command,
        Dossier,
        Opening,
        Unreadable,
        Verdict,
        read_at,
        read_command,
        read_news,
        read_opening,
    )
    from workflows.effects import Effects
    from workflows.lookout import Lookout
    from workflows.near import compile_plan, first_plan, replan
    from workflows.shown import Shown, moment


@workflow.defn(name="Ticket", versioning_behavior=VersioningBehavior.PINNED)
class TicketWorkflow:
    """Signals are facts and always accepted; updates are commands and may be refused; queries never change anything."""

    @workflow.init
    def __init__(self, *payload: Any) -> None:
        self.fault, opening = read_opening(payload)
        self.opening = opening
        # TRAP: when the first task was answered in two parts (a query waited, or the plan took long), workflow.now()
        # is later here in a replay than it was (tests/replay/test_halves.py): nothing remembered may start from it.
        started = int(workflow.info().workflow_start_time.timestamp())
        self.shift = opening.shift or (opening.as_of - started if opening.as_of else 0)
        opened_at = opening.opened_at or started + self.shift
        self.case = opening.case or Case(opening.ticket, opened_at, max(started + self.shift, opened_at))
        self.plan: Plan | None = opening.plan
        self.plan_again_at = 0
        self.unread = 0
        self.lookout = Lookout(self, opening.case is None)
        self.alarm = Alarm()
        self.effects = Effects(self)
        self.shown = Shown()
        self.chronicle = Chronicle(self, opening.journaled)
        if opening.case is None:
            for event in opening.events:
                self.case = evolve(self.case, event)

    @workflow.run
    async def run(self, *payload: Any) -> Verdict:
        # TRAP: an update that comes while a local activity runs is handed over after its outcome. Its answer would then
        # follow a command to continue as new, and the server refuses such a task for ever: so it is only given by a
        # task in which no local activity has run yet.
        fresh = workflow.patched("continue-in-a-fresh-task")
        self.lookout.asks = workflow.patched("asks-outages")
        await self.take_up()
        while True:
            decision = await self.decide()
            self.effects.carry_out(decision.effects)
            self.effects.withdraw_unwanted()
            self.effects.send_again()
            self.show(decision)
            await self.chronicle.write_when_quiet()
            if self.case.closed and self.effects.quiet and self.unread == 0:
                break
            if not fresh and self.unread == 0 and self.should_continue_as_new():
                self.continue_as_new()
            await self.wait_for_news(decision)
            if fresh and not self.effects.just_addressed and self.should_continue_as_new():
                self.continue_as_new()
            self.effects.just_addressed = False
        return await self.finish()

    # --- the story -----------------------------------------------------------------------------------------

    async def take_up(self) -> None:
        """Get the plan; an opening that makes no sense ends here, with a message."""
        if self.fault:
            raise ApplicationError(self.fault, type="BadOpening", non_retryable=True)
        if self.plan is None:
            self.plan = await first_plan(self.opening.policy, self.case.ticket, self.case.opened_at, self.now())

    async def decide(self) -> Decision:
        """One decision on a plan that fits; everything known so far counts, and what the outages say."""
        while True:
            now = self.now()
            await self.keep_plan_current(now)
            self.unread = 0
            decision = decide(self.known_plan, self.case, now)
            if await self.lookout.clears(decision, now):
                self.case = decision.case
                self.lookout.note(now)
                return decision

    async def keep_plan_current(self, now: int) -> None:
        """A retarget, a migration or the horizon asks for a new plan; the old one has the last word on what was its."""
        while now >= self.plan_again_at and (reason := stale(self.known_plan, self.case, now)):
            try:
                await (self.extend_plan(now) if reason == "horizon" else self.change_plan(now))
            except FailureError as error:
                if is_cancelled_exception(error):
                    raise
                self.case = refused(self.case, now, f"no new plan ({reason}): {reason_of(error)}; the old one stays")
                self.plan_again_at = now + PLAN_AGAIN_AFTER

    async def extend_plan(self, now: int) -> None:
        name = wanted_policy(self.known_plan, self.case)
        fresh = await compile_plan(name, self.case.ticket, self.case.opened_at, now)
        self.plan = extended(self.known_plan, fresh)

    async def change_plan(self, now: int) -> None:
        """TRAP: news that comes while the plan is made asks for another round; its lines are not in the journal."""
        if not await self.lookout.clears(retire(self.known_plan, self.case, now), now):
            return
        case, info = self.case, workflow.info()
        name = wanted_policy(self.known_plan, case)
        if self.chronicle.idle:
            request = ReplanRequest(
                name, self.known_plan, case, now, info.workflow_id, info.run_id, self.chronicle.revision_base()
            )  # fmt: skip
            found = await replan(request)
            fresh, journaled = found.plan, found.journaled if self.case is case else case.journaled
        else:
            fresh, journaled = await compile_plan(name, case.ticket, case.opened_at, now), case.journaled
        last = retire(self.known_plan, self.case, now)
        self.case, self.plan = last.case, fresh
        self.chronicle.have(journaled)
        self.effects.carry_out(last.effects)

    async def wait_for_news(self, decision: Decision) -> None:
        """Until a message, an outcome, or the next due instant. While nothing is due there is no timer at all."""
        wake_at = None if self.case.closed else decision.wake_at
        for again_at in (self.plan_again_at, 0 if self.case.closed else self.lookout.again_at):
            if again_at > self.now():
                wake_at = min(wake_at or again_at, again_at)
        self.alarm.set(wake_at, self.seconds_to, self.alarm_summary(decision))
        await workflow.wait_condition(lambda: self.unread > 0 or self.alarm.rang)
        if self.alarm.rang:
            self.alarm.cancel()

    async def finish(self) -> Verdict:
        """The last lines are written, then the verdict stands."""
        self.alarm.cancel()
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self.chronicle.write_last()
        fired = tuple(name for name, record in self.case.records.items() if record.outcome == "fired")
        return Verdict(
            ticket=self.case.ticket.key, policy=self.known_plan.name, fired=fired, level=self.case.level,
            readings=readings(self.known_plan, self.case, self.now()), undelivered=self.case.undelivered,
            runs=self.opening.runs,
        )  # fmt: skip

    def show(self, decision: Decision) -> None:
        """Search attributes and details for people who look at the Temporal UI."""
        standing = stand(self.known_plan, self.case, self.now(), decision)
        self.chronicle.standing = standing
        self.shown.update(standing)

    def should_continue_as_new(self) -> bool:
        """When the server suggests it, at our own limit, or to move to a newer build; never with work in flight.

        News that has not been decided on is carried over with the case.
        """
        info = workflow.info()
        wanted = (
            info.is_continue_as_new_suggested()
            or info.get_current_history_length() >= max(self.opening.history_limit, LEAST_HISTORY)
            or info.is_target_worker_deployment_version_changed()
        )
        return wanted and self.effects.quiet and workflow.all_handlers_finished() and not self.case.closed

    def continue_as_new(self) -> None:
        """Carry everything over. TRAP: nothing may be awaited between the check above and this call."""
        carried = Opening(
            ticket=self.opening.ticket, opened_at=self.case.opened_at, policy=self.opening.policy,
            as_of=self.opening.as_of, history_limit=self.opening.history_limit, case=self.case, plan=self.plan,
            shift=self.shift, journaled=self.chronicle.written, runs=self.opening.runs + 1,
        )  # fmt: skip
        workflow.continue_as_new(
            carried, initial_versioning_behavior=workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE
        )

    # --- time ----------------------------------------------------------------------------------------------

    def now(self) -> int:
        """The ticket's own clock in whole UTC seconds (shifted in a rehearsal)."""
        return int(workflow.now().timestamp()) + self.shift

    def seconds_to(self, at: int) -> float:
        return at - self.shift - workflow.now().timestamp()

    def alarm_summary(self, decision: Decision) -> str:
        """`resolution-75: three quarters of the resolution time are used up; tells team-lead, customer`."""
        rung = next((rung for rung in self.known_plan.rungs if rung.name == decision.why), None)
        if rung is None:
            return decision.why
        told = ", ".join(target.who for target in rung.targets)
        why = f"{rung.name}: {rung.why}" if rung.why else rung.name
        return why + (f"; tells {told}" if told else "")

    @property
    def known_plan(self) -> Plan:
        """The plan, once taken up."""
        if self.plan is None:
            raise ApplicationError(NOT_READY, type="NotReady")
        return self.plan

    # --- signals: facts ------------------------------------------------------------------------------------

    def note(self, kind: str, payload: Sequence[Any]) -> None:
        """News changes the case and nothing else; what cannot be understood is kept as a line."""
        try:
            self.take(read_news(kind, payload, self.now()))
        except Unreadable as error:
            self.case = refused(self.case, self.now(), f"{kind}: {error}")
            self.unread += 1

    def take(self, event: Event) -> None:
        self.case = evolve(self.case, event)
        if event.kind == news.UNMUTED and not workflow.patched("told-after-a-mute"):
            self.case = amended(self.case, silence_stays=True)
        self.unread += 1

    @workflow.signal(description='Stop clocks: {"reason": "customer"}')
    def pause(self, *payload: Any) -> None:
        self.note(news.PAUSE, payload)

    @workflow.signal(description='End a pause by its name: {"reason": "customer"}')
    def resume(self, *payload: Any) -> None:
        self.note(news.RESUME, payload)

    @workflow.signal(description="An agent answered the customer")
    def replied(self, *payload: Any) -> None:
        self.note(news.REPLIED, payload)

    @workflow.signal(description="The customer wrote")
    def contacted(self, *payload: Any) -> None:
        self.note(news.CONTACTED, payload)

    @workflow.signal(description='Somebody else owns it now: {"to": "kim"}')
    def assigned(self, *payload: Any) -> None:
        self.note(news.ASSIGNED, payload)

    @workflow.signal(description="Somebody has taken the page")
    def acknowledged(self, *payload: Any) -> None:
        self.note(news.ACKNOWLEDGED, payload)

    @workflow.signal(description='New urgency or tier: {"urgency": "critical"}')
    def reprioritised(self, *payload: Any) -> None:
        self.note(news.REPRIORITISED, payload)

    @workflow.signal(description="The clocks stop at the instant of the resolution")
    def resolved(self, *payload: Any) -> None:
        self.note(news.RESOLVED, payload)

    @workflow.signal(description="Not solved after all")
    def reopened(self, *payload: Any) -> None:
        self.note(news.REOPENED, payload)

    @workflow.signal(description="The end of the ticket")
    def closed(self, *payload: Any) -> None:
        self.note(news.CLOSED, payload)

    @workflow.signal(description='Part of another ticket now: {"to": "T-2"}')
    def merged(self, *payload: Any) -> None:
        self.note(news.MERGED, payload)

    @workflow.signal(description='Another team owns it now: {"to": "network-l2"}')
    def transferred(self, *payload: Any) -> None:
        self.note(news.TRANSFERRED, payload)

    @workflow.signal(description='What is known of it: {"risk": 70, "complexity": 8, "predicted": "6h"}')
    def assessed(self, *payload: Any) -> None:
        self.note(news.ASSESSED, payload)

    @workflow.signal(description="Wake up and move to the current build")
    def poke(self, *payload: Any) -> None:
        self.lookout.knocked()
        self.unread += 1

    @workflow.signal(description="An outage was declared or has ended; what it means for this ticket is judged here")
    def outage(self, *payload: Any) -> None:
        self.lookout.hear(payload)

    @workflow.signal(dynamic=True)
    def unknown(self, name: str, args: Sequence[RawValue]) -> None:
        """A signal nobody knows is a line, not a silence."""
        known = did_you_mean(name, news.SIGNALS)
        self.case = refused(self.case, self.now(), f"signal '{name[:60]}' is unknown{known}")
        self.unread += 1

    # --- updates: commands ---------------------------------------------------------------------------------

    @workflow.update(description='Go up now: {"level": 3, "as_level": 2, "actor": "lee", "reason": "..."}')
    async def escalate(self, *payload: Any) -> Answer:
        command = await self.understood("escalate", payload)
        if self.granted(command):
            return ALREADY
        self.refuse(self.escalation_fault(command))
        skipped = [level.level for level in self.known_plan.levels if self.case.level < level.level < command.level]
        self.take(self.command_event(news.ESCALATED, command, level=command.level))
        informed = f"; informed: L{', L'.join(map(str, skipped))}" if skipped else ""
        return Answer(True, f"level {command.level} is paged{informed}")

    @workflow.update(description='Silence one person for a while: {"to": "kim", "until": "2026-03-27T18:00:00+09:00"}')
    async def snooze(self, *payload: Any) -> Answer:
        command = await self.understood("snooze", payload)
        if self.granted(command):
            return ALREADY
        self.refuse("say who with 'to'" if not command.to else "")
        self.refuse("say until when with 'until', in the future" if command.until <= self.now() else "")
        above = next_rung_above(self.known_plan, self.case, self.case.level, self.now())
        until = min(command.until, above) if above is not None else command.until
        self.take(self.command_event(news.SNOOZED, command, level=self.case.level, until=until))
        return Answer(True, "silenced; the clocks run on", until)

    @workflow.update(description='Forgive a breach and take its credit back: {"to": "resolution", "reason": "..."}')
    async def waive(self, *payload: Any) -> Answer:
        command = await self.understood("waive", payload)
        if self.granted(command):
            return ALREADY
        names = [clock.name for clock in self.known_plan.clocks]
        self.refuse("say why with 'reason'" if not command.reason else "")
        known = command.to in ("", *names)
        self.refuse("" if known else f"no clock '{command.to}'{did_you_mean(command.to, names)}")
        self.take(self.command_event(news.WAIVED, command))
        return Answer(True, "waived; the breach stays on record")

    @workflow.update(description='Say yes or no to a credit: {"approve": true, "as_level": 3, "actor": "choi"}')
    async def approve_credit(self, *payload: Any) -> Answer:
        command = await self.understood("approve_credit", payload)
        if self.granted(command):
            return ALREADY
        ruling = rule(self.case, command.to, self.entitled(command.as_level), command.approve, command.at)
        if ruling.already:
            return ALREADY
        self.refuse(ruling.fault)
        self.refuse("" if command.approve or command.reason else "say why with 'reason'")
        kind = news.APPROVED if command.approve else news.DENIED
        self.take(self.command_event(kind, command, level=command.as_level))
        asked = ruling.asked
        credit = f"the credit {asked.value} of {asked.name}" if asked else "the credit"
        return Answer(True, f"{credit} is {'granted' if command.approve else 'withheld'}")

    @workflow.update(description='Move to another policy: {"to": "standard.v2", "reason": "...", "dry_run": true}')
    async def migrate_policy(self, *payload: Any) -> Answer:
        command = await self.understood("migrate_policy", payload)
        if self.granted(command):
            return ALREADY
        self.refuse("say where with 'to', like standard.v2" if not command.to else "")
        self.refuse("say why with 'reason'" if not command.reason and not command.dry_run else "")
        fresh = await self.plan_for(command.to)
        self.refuse("the ticket is closed" if self.case.closed else "")
        text = compared(self.known_plan, fresh, self.case, self.now())
        if not command.dry_run and fresh.name != wanted_policy(self.known_plan, self.case):
            command = Command(**{**command.__dict__, "to": fresh.name})
            self.take(self.command_event(news.MIGRATED, command))
        return Answer(True, text)

    @workflow.update(dynamic=True)
    async def unknown_command(self, name: str, args: Sequence[RawValue]) -> Answer:
        known = did_you_mean(name, ("escalate", "snooze", "waive", "migrate_policy", "approve_credit"))
        raise ApplicationError(f"no command '{name[:60]}'{known}", type="Unknown")

    async def understood(self, name: str, payload: Sequence[Any]) -> Command:
        """The command, once the ticket has a plan; refused with a reason otherwise."""
        await workflow.wait_condition(lambda: self.plan is not None)
        self.refuse("the ticket is closed" if self.case.closed else "")
        try:
            return read_command(name, payload, self.now())
        except Unreadable as error:
            raise ApplicationError(str(error), type="Unreadable") from None

    def granted(self, command: Command) -> bool:
        """Whether it was asked and granted before: Temporal forgets update ids when a run continues as new."""
        return bool(command.request_id) and command.request_id in self.case.seen

    async def plan_for(self, policy: str) -> Plan:
        try:
            return await compile_plan(policy, self.case.ticket, self.case.opened_at, self.now())
        except Exception as error:  # whatever it is, it must reach the person who asked, not wedge the ticket
            raise ApplicationError(f"cannot migrate to '{policy}': {reason_of(error)}", type="Refused") from None

    def refuse(self, reason: str) -> None:
        if reason:
            raise ApplicationError(reason, type="Refused")

    def entitled(self, as_level: int) -> int:
        """The level somebody acts as; one that the policy does not have may decide nothing."""
        plan = self.known_plan
        fault = f"no level {as_level} in {plan.name}; say yours with as_level (--as-level)"
        asked = any(one.level == as_level for one in waiting(self.case))  # by the plan that the ticket had then
        self.refuse("" if plan.level(as_level) or asked else fault)
        return as_level

    def escalation_fault(self, command: Command) -> str:
        """Why this person may not escalate there, or nothing (semantics 3.7)."""
        levels = [level.level for level in self.known_plan.levels]
        if command.level not in levels:
            return f"no level {command.level}; {self.known_plan.name} has {', '.join(map(str, levels)) or 'none'}"
        if command.level <= self.case.level:
            return f"the ticket is at level {self.case.level} already; escalation only goes up"
        own = self.known_plan.level(command.as_level)
        if own is None or command.level > own.may_escalate_to:
            reach = own.may_escalate_to if own else 0
            return (
                f"level {command.as_level} may escalate up to level {reach}; "
                "if yours is another say so with as_level (--as-level), else ask someone above"
            )
        return ""

    def command_event(self, kind: str, command: Command, level: int = 0, until: int = 0) -> Event:
        return Event(
            kind=kind, at=command.at, event_id=command.request_id, actor=command.actor, reason=command.reason,
            to=command.to, level=level, until=until,
        )  # fmt: skip

    # --- queries -------------------------------------------------------------------------------------------

    @workflow.query(description="Where the ticket stands")
    def status(self, *payload: Any) -> Standing:
        return stand(self.known_plan, self.case, read_at(payload, self.now(), self.shift))

    @workflow.query(description="Every deadline with the intervals and pauses that make it")
    def explain(self, *payload: Any) -> tuple[Deadline, ...]:
        return explain(self.known_plan, self.case, read_at(payload, self.now(), self.shift))

    @workflow.query(description="What fires next, soonest first")
    def ahead(self, *payload: Any) -> tuple[Ahead, ...]:
        return ahead(self.known_plan, self.case, read_at(payload, self.now(), self.shift))

    @workflow.query(description="What has happened")
    def time_line(self, *payload: Any) -> tuple[Entry, ...]:
        return self.case.time_line

    @workflow.query(description="Seconds that the ticket's clock is ahead of the server's: 0 unless it is a rehearsal")
    def clock(self, *payload: Any) -> int:
        return self.shift

    @workflow.query(description="Case, plan and clock together, for previews")
    def dossier(self, *payload: Any) -> Dossier:
        return Dossier(self.case, self.known_plan, self.now(), self.shift)

    @workflow.query(description="The whole case, for tests and support")
    def remembered(self, *payload: Any) -> Case:
        return self.case


def reason_of(error: BaseException) -> str:
    """The innermost message of a failed activity."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error.message if isinstance(error, FailureError) else str(error)


def compared(old: Plan, new: Plan, case: Case, now: int) -> str:
    """Dues before and after, in words."""
    before = {r.clock: said_due(r.due) for r in readings(old, case, now) if r.stop is None}
    after = {r.clock: said_due(r.due) for r in readings(new, case, now) if r.stop is None}
    moved = [f"{name} {before.get(name, '-')} -> {after.get(name, '-')}" for name in sorted({*before, *after})]
    return f"{old.name} -> {new.name}; due {', '.join(moved)}"


def said_due(due: int | None) -> str:
    """`Mon 30 Mar 2026 06:00 UTC`; a workflow knows no other zone."""
    return f"{moment(due):%a %d %b %Y %H:%M} UTC" if due is not None else "not running"
