"""One action item: waits for the next reminder or for news, reminds its owner, ends when it is done (T4).

It outlives its ticket, which a review is for. Its lines go to the ticket's journal. A reminder that was missed while no
worker was there is given once, not as often as it was missed. Must never fail because a provider or a database does.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any

from temporalio import workflow
from temporalio.common import Priority, VersioningBehavior
from temporalio.exceptions import ActivityError, ApplicationError, FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.action_items import Following
    from activities.requests import Done, ItemOpening, NoteRequest, OwnerRequest, RemindRequest
    from policies.action_item import Item, Reminding, lead_hears, next_reminder
    from policies.business_time import WorkingTime
    from policies.case import Entry
    from policies.people import TEAM_LEAD, Addressed, Delivery
    from policies.plan import Target
    from workflows import options
    from workflows.contract import ACTION, ALREADY, EFFECTS, Answer, Command, Unreadable, read_command, read_item
    from workflows.effects import cause_of
    from workflows.limits import FAIRNESS_KEY, SUMMARY, clipped, fitting_id
    from workflows.near import at_once, near, office_hours

HISTORY_LIMIT = 2_000
SEEN_KEPT = 50
A_DAY = 8 * 3600
"""Open seconds between two reminders where nobody said how long a business day is."""
BY_THE_WALL = 86_400
"""Seconds between two reminders where there is no calendar."""


@workflow.defn(name=ACTION, versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class ActionWorkflow:
    """Updates `done` and `move`; the query `item`."""

    @workflow.init
    def __init__(self, *payload: Any) -> None:
        self.fault, self.opening = read_item(payload)
        self.item, self.seen = self.opening.item, self.opening.seen
        self.reminders, self.lines = self.opening.reminders, self.opening.lines
        started = int(workflow.info().workflow_start_time.timestamp()) + self.opening.shift
        self.reminded_at = self.opening.reminded_at or started
        self.entries: list[Entry] = []
        self.working: WorkingTime | None = None
        self.uncharted = False
        """It has been said that there is no calendar."""
        self.news = 0
        if not self.lines:
            self.say("action", f"action item {self.item.id} for {self.item.owner}: {self.item.title}", started)

    @workflow.run
    async def run(self, *payload: Any) -> Item:
        if self.fault:
            raise ApplicationError(self.fault, type="BadOpening", non_retryable=True)
        while self.item.open:
            at = await self.next_reminder()
            await self.write()
            # TRAP: never in a task in which a local activity has run (workflows/ticket.py says why)
            waited = await self.wait_until(at)
            if waited and self.should_continue_as_new():
                workflow.continue_as_new(self.carried())
            if self.is_time(at):
                await self.remind()
        await self.write_last()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.item

    # --- the story -----------------------------------------------------------------------------------------

    async def next_reminder(self) -> int:
        """The next instant, by the calendar of the policy; where that ends, by the clock on the wall."""
        every = self.opening.every or A_DAY
        for _ in range(2):
            working = await self.office_hours()
            if working is None:
                break
            at = next_reminder(working, self.item.due, every, self.reminded_at)
            if at is not None:
                return at
            self.working = None  # they reach three months: later ones reach further
        return self.item.due if self.item.due > self.reminded_at else self.reminded_at + BY_THE_WALL

    async def office_hours(self) -> WorkingTime | None:
        """The hours that count; None while no worker has the policy."""
        opening = self.opening
        if self.working is None:
            try:
                self.working = await office_hours(opening.policy, opening.ticket, opening.opened_at, self.now())
            except FailureError as error:
                if is_cancelled_exception(error):
                    raise
                if not self.uncharted:
                    self.say("ignored", f"reminders without a calendar: {cause_of(error)}", self.now())
                self.uncharted = True
        return self.working

    async def wait_until(self, at: int) -> bool:
        """For the reminder or for news; False when there was nothing to wait for."""
        before, left = self.news, at - self.now()
        if left <= 0:
            return False
        summary = f"remind {clipped(self.item.owner, 100)}"
        with suppress(TimeoutError):
            await workflow.wait_condition(lambda: self.news != before, timeout=left, timeout_summary=summary)
        return True

    def is_time(self, at: int) -> bool:
        """It may have been done meanwhile."""
        return self.item.open and at <= self.now()

    async def remind(self) -> None:
        """The owner, and from the due on the lead, too; when neither is there the catch-all."""
        now, number = self.now(), self.reminders + 1
        owner, lead = (Target(who, self.opening.via) for who in (self.item.owner, TEAM_LEAD))
        told, instead = ((owner, lead), ()) if lead_hears(self.item.due, now) else ((owner,), (lead,))
        catch_all = (self.opening.catch_all,) if self.opening.catch_all else ()
        request = OwnerRequest(self.opening.ticket, told, (*instead, *catch_all), now)
        found: Addressed = await near(Following.address_owner, request, f"who owns {self.item.id}")
        self.reminders, self.reminded_at = number, now
        for missing in found.not_sent:
            self.say("not_sent", f"reminder not sent to {missing.role}: {missing.reason}", now)
        if self.item.open:
            await asyncio.gather(*(self.send(one, number, now) for one in found.deliveries))

    async def send(self, to: Delivery, number: int, now: int) -> None:
        ticket, item = self.opening.ticket, self.item
        key = f"{self.head}/reminder.{number}/{to.person}/{to.channel}"
        said = f"{to.channel} to {to.person} ({to.role})"
        try:
            done: Done = await workflow.execute_activity_method(
                Following.remind, RemindRequest(key, ticket, item, to, now), task_queue=EFFECTS,
                activity_id=fitting_id(f"remind:{number}:{to.person}:{to.channel}"),
                summary=clipped(f"remind {to.person}", SUMMARY), start_to_close_timeout=options.ATTEMPT,
                schedule_to_close_timeout=options.PAGE_WITHIN, retry_policy=options.WORLD_RETRY,
                priority=Priority(options.REMINDER_PRIORITY, clipped(ticket.tenant, FAIRNESS_KEY)),
            )  # fmt: skip
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            self.say("undelivered", f"{said} undelivered: {cause_of(error)}", self.now(), key)
            return
        self.say("done", f"{said} via {done.provider}: action item {item.id}", self.now(), key)

    # --- the journal ---------------------------------------------------------------------------------------

    @property
    def head(self) -> str:
        """What its keys and lines begin with."""
        return f"{self.opening.ticket.key}/action/{self.item.id}"

    def say(self, kind: str, text: str, at: int, key: str = "") -> None:
        self.entries.append(Entry(len(self.entries), at, kind, text, key=key))

    async def write(self) -> None:
        """What the journal lacks; one that is away gets it later, and nobody is reminded later for it."""
        request = self.noted()
        if request is None:
            return
        try:
            await at_once(Following.note, request, "journal")
        except FailureError as error:
            if is_cancelled_exception(error):
                raise
            return
        self.have(request)

    async def write_last(self) -> None:
        """Until it works."""
        while (request := self.noted()) is not None:
            await near(Following.note, request, "journal")
            self.have(request)

    def noted(self) -> NoteRequest | None:
        """What the journal lacks."""
        if not self.entries:
            return None
        return NoteRequest(self.opening.ticket.key, self.head, self.lines, tuple(self.entries))

    def have(self, request: NoteRequest) -> None:
        self.lines += len(request.entries)
        self.entries = self.entries[len(request.entries) :]

    # --- time ----------------------------------------------------------------------------------------------

    def now(self) -> int:
        """The ticket's own clock in whole UTC seconds (shifted in a rehearsal)."""
        return int(workflow.now().timestamp()) + self.opening.shift

    def should_continue_as_new(self) -> bool:
        info = workflow.info()
        wanted = info.is_continue_as_new_suggested() or info.get_current_history_length() >= HISTORY_LIMIT
        return wanted and not self.entries and workflow.all_handlers_finished()

    def carried(self) -> ItemOpening:
        return replace(
            self.opening, item=self.item, reminded_at=self.reminded_at, reminders=self.reminders, lines=self.lines,
            seen=self.seen,
        )  # fmt: skip

    # --- updates and the query -----------------------------------------------------------------------------

    @workflow.update(description='It is done: {"actor": "kim", "reason": "..."}')
    async def done(self, *payload: Any) -> Answer:
        command = self.understood("done", payload)
        if not self.item.open or self.known(command):
            return ALREADY
        at = self.now()
        self.item = replace(self.item, done_at=at, done_by=command.actor)
        self.told(command, f"action item {self.item.id} done")
        return Answer(True, f"action item {self.item.id} is done")

    @workflow.update(description='A new date, and why: {"until": "2026-04-03T18:00:00+09:00", "reason": "..."}')
    async def move(self, *payload: Any) -> Answer:
        command = self.understood("move", payload)
        if self.known(command):
            return ALREADY
        if not self.item.open:
            raise ApplicationError("the action item is done", type="Refused")
        if command.until <= self.now():
            raise ApplicationError("say until when with 'until', in the future", type="Refused")
        if not command.reason:
            raise ApplicationError("say why with 'reason'", type="Refused")
        self.item = replace(self.item, due=command.until)
        workflow.upsert_memo({"due": command.until})
        self.told(command, f"action item {self.item.id} moved")
        return Answer(True, f"action item {self.item.id} has a new date", command.until)

    def understood(self, name: str, payload: Any) -> Command:
        try:
            return read_command(name, payload, self.now())
        except Unreadable as error:
            raise ApplicationError(str(error), type="Unreadable") from None

    def known(self, command: Command) -> bool:
        """Whether it was asked and granted before."""
        return bool(command.request_id) and command.request_id in self.seen

    def told(self, command: Command, text: str) -> None:
        by = f" by {command.actor}" if command.actor else ""
        why = f": {command.reason}" if command.reason else ""
        self.say("action", f"{text}{by}{why}", self.now())
        self.seen = (*self.seen, command.request_id)[-SEEN_KEPT:] if command.request_id else self.seen
        self.news += 1

    @workflow.query(description="When its owner was last reminded")
    def reminding(self, *payload: Any) -> Reminding:
        return Reminding(self.item.due, self.reminded_at if self.reminders else 0, self.opening.shift)

    @workflow.query(description="The item as it stands")
    def shown(self, *payload: Any) -> Item:
        return self.item
