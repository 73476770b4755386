"""A maintenance by rule: each window is declared a day ahead as an outage of its own, again and again.

What was declared is the outage's affair; this only sleeps until the next one. Whatever is away meanwhile, the rule goes
on: a window is declared late with its own instants while it lasts, and noted as missed when it is over. Must never ask
a calendar, and never end because something failed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.exceptions import ApplicationError, FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.maintaining import MaintenanceWindows
    from activities.requests import Windows, WindowsRequest
    from policies.maintenance import NOTHING, Maintenance, stop_faults
    from policies.outage import LONGEST, Outage
    from workflows import options
    from workflows.contract import LEAST_HISTORY, MAINTENANCE, Maintaining, MaintenanceAnswer, MaintenanceStop
    from workflows.effects import cause_of
    from workflows.limits import SUMMARY, clipped, storable
    from workflows.maintenance_details import details_of
    from workflows.near import near

AHEAD = 86_400
"""Seconds before its beginning at which a window is declared, so that people see it coming."""
UNPLANNED = timedelta(hours=1)
"""A start that no rule follows (the update was refused) fails after that: its id stays free."""
MISSED_KEPT = 20


@workflow.defn(name=MAINTENANCE, versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class MaintenanceWorkflow:
    """Updates `plan` and `stop`; the query tells the rule, the next windows and those that were missed."""

    @workflow.init
    def __init__(self, known: Maintaining = Maintaining()) -> None:  # noqa: B008  frozen
        self.known = known

    def keep(self, **changes: Any) -> None:
        """As it stands now, also for whoever looks at it in the Temporal UI; that costs no event."""
        self.known = replace(self.known, **changes)
        workflow.set_current_details(details_of(self.known))

    @workflow.run
    async def run(self, known: Maintaining = Maintaining()) -> Maintaining:  # noqa: B008  frozen
        self.keep()
        if not await self.comes(self.is_planned, UNPLANNED, "by which rule?"):
            raise ApplicationError("nobody said by which rule; plan it again", type="Unplanned", non_retryable=True)
        while not self.is_stopped():
            window = await self.next_window()
            if self.now() < (due := self.due(window)):
                await self.comes(self.is_stopped, self.time_to(due), f"then {window.id}" if window else "the last one")
            elif window is None:
                break
            else:
                await self.take(window)
            await self.go_on_as_new_when_long()
        await self.withdraw()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.known

    # --- the windows ---------------------------------------------------------------------------------------

    async def next_window(self) -> Outage | None:
        """TRAP: asked anew after each sleep: in half a year a country may have changed its summer time."""
        while not self.is_stopped():
            try:
                self.keep(ahead=await self.ahead(self.known.rule, self.known.after))
                return next(iter(self.known.ahead), None)
            except FailureError as error:
                await self.regret(error, "its next windows")
        return None

    async def ahead(self, rule: Maintenance, after: int) -> tuple[Outage, ...]:
        found: Windows = await near(
            MaintenanceWindows.next_windows, WindowsRequest(rule, after), f"windows of {rule.id}"
        )
        return found.windows

    def due(self, window: Outage | None) -> int:
        """When something is to be done about it: one at a time, so the one before is over by then."""
        return max(self.known.after, window.since - AHEAD if window else 0)

    async def take(self, window: Outage) -> None:
        """Declare it, or see that it is too late. What fails is looked at anew a while later."""
        if window.planned_end <= self.now():
            self.done(window, f"over before it could be declared: {self.known.trouble or 'no worker was there'}")
            return
        self.keep(last=window)
        try:
            stands = await self.asked(MaintenanceWindows.declare_window, window, f"declare {window.id}")
        except FailureError as error:
            await self.regret(error, window.id)
            return
        as_said = (stands.since, stands.planned_end, stands.scope, stands.effect) == (
            window.since, window.planned_end, window.scope, window.effect,
        )  # fmt: skip
        self.done(window, "" if as_said else "declared otherwise by somebody else; that stands")

    def done(self, window: Outage, wrong: str) -> None:
        """The next one, please."""
        declared, missed = (0, (f"{window.id}: {wrong}",)) if wrong else (1, ())
        self.keep(after=window.planned_end, declared=self.known.declared + declared, trouble="",
            missed=(*self.known.missed, *missed)[-MISSED_KEPT:], ahead=self.known.ahead[1:],
        )  # fmt: skip

    async def withdraw(self) -> None:
        """The one that was declared and has not begun. It may be there even if we never heard so."""
        last = self.known.last
        end = Outage(last.id, since=last.since, ended_by=self.known.stopped_by[:LONGEST])
        while self.is_stopped() and last.since > self.known.stopped_at:
            try:
                await self.asked(MaintenanceWindows.withdraw_window, end, f"withdraw {last.id}")
                return
            except FailureError as error:
                self.note(error, f"withdraw {last.id}")
                await workflow.sleep(options.TRIED_AGAIN, summary="it could not be withdrawn; once more")

    async def asked(self, method: Any, outage: Outage, summary: str) -> Outage:
        found: Outage = await workflow.execute_activity_method(
            method, outage, start_to_close_timeout=options.PATIENT, schedule_to_close_timeout=options.DECLARED_WITHIN,
            retry_policy=options.PATIENT_RETRY, summary=clipped(summary, SUMMARY),
        )  # fmt: skip
        return found

    async def regret(self, error: FailureError, what: str) -> None:
        """Noted, and a while later tried again; a stop is heard meanwhile."""
        self.note(error, what)
        await self.comes(self.is_stopped, options.TRIED_AGAIN, "it failed; once more")

    def note(self, error: FailureError, what: str) -> None:
        if is_cancelled_exception(error):
            raise error
        self.keep(trouble=f"{what}: {cause_of(error)}")

    # --- time ----------------------------------------------------------------------------------------------

    def now(self) -> int:
        return int(workflow.now().timestamp())

    def time_to(self, at: int) -> timedelta:
        """TRAP: a wait of nothing is over before its condition is looked at, and a negative one wedges."""
        return timedelta(seconds=max(at - workflow.now().timestamp(), 0) + 0.001)

    async def comes(self, condition: Callable[[], bool], within: timedelta, summary: str) -> bool:
        """Whether it came within that time."""
        try:
            await workflow.wait_condition(condition, timeout=within, timeout_summary=clipped(summary, SUMMARY))
        except TimeoutError:
            return condition()
        return True

    async def go_on_as_new_when_long(self) -> None:
        info, limit = workflow.info(), max(self.known.history_limit, LEAST_HISTORY)
        if info.is_continue_as_new_suggested() or info.get_current_history_length() >= limit:
            await workflow.wait_condition(workflow.all_handlers_finished)
            workflow.continue_as_new(self.known)

    # --- updates and the query -----------------------------------------------------------------------------

    def is_planned(self) -> bool:
        return bool(self.known.rule.id)

    def is_stopped(self) -> bool:
        return bool(self.known.stopped_at)

    @workflow.update(description="By this rule, from now on; the first rule stands")
    async def plan(self, said: Maintenance = NOTHING) -> MaintenanceAnswer:
        if said.id != self.known.id:
            raise ApplicationError(f"this is maintenance {self.known.id}, not '{said.id[:80]}'", type="Refused")
        now = self.now()
        windows = await self.understood(said, now)
        already = self.is_planned()
        if not already:
            self.keep(rule=said, after=now, ahead=windows)
        elif said.stated != self.known.rule.stated:
            raise ApplicationError(
                f"maintenance {said.id} was planned otherwise before; that stands. Plan the new one under another id; "
                f"'rung maintenance stop {said.id}' ends the old one", type="Refused",
            )  # fmt: skip
        return MaintenanceAnswer(self.known, already)

    async def understood(self, said: Maintenance, now: int) -> tuple[Outage, ...]:
        """Its next windows: a rule that makes none is not taken in."""
        try:
            return await self.ahead(said, now)
        except FailureError as error:
            if is_cancelled_exception(error):
                raise
            raise ApplicationError(f"the rule makes no sense: {cause_of(error)}", type="Refused") from None

    @workflow.update(description='No more windows: {"by": "lee"}')
    async def stop(self, said: MaintenanceStop = MaintenanceStop()) -> MaintenanceAnswer:  # noqa: B008  frozen
        already = self.is_stopped()
        if not already:
            self.keep(stopped_at=self.now(), stopped_by=said.by, ahead=())
        return MaintenanceAnswer(self.known, already)

    @stop.validator
    def check_stop(self, said: MaintenanceStop = MaintenanceStop()) -> None:  # noqa: B008  frozen
        """TRAP: what was accepted is tried for ever; only a validator may refuse without a change of old histories."""
        found = stop_faults(said.by)
        if not storable(said.by):
            found.append("'by' has a NUL in it; write it without")
        if found:
            raise ApplicationError("; ".join(found), type="Refused")

    @workflow.query(description="The rule, the next windows, and what could not be declared")
    def show(self) -> Maintaining:
        return self.known
