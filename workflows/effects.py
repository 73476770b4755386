"""Carries out what was decided: each effect a tracked task with bounded time, whose outcome comes back as news.

A page is addressed when it fires, checked again before it is sent, and withdrawn when it is no longer wanted
(semantics 3.4, 3.6). A failure is a line and `undelivered`, never the end of the ticket (3.11). Must never run an
effect twice under two keys.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from temporalio import workflow
from temporalio.common import Priority
from temporalio.exceptions import ActivityError, FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.acts import Acts
    from activities.notifications import Notifications
    from activities.requests import ActRequest, AddressRequest, Done, NotifyRequest, Situation
    from policies.case import note_addressed, note_done, note_failed, noted
    from policies.cycles import RESOLUTION
    from policies.explanation import Reading, expected, stand
    from policies.lifecycle import still_wanted
    from policies.people import Delivery
    from policies.plan import Effect
    from workflows import options
    from workflows.contract import EFFECTS
    from workflows.limits import FAIRNESS_KEY, SUMMARY, clipped, fitting_id
    from workflows.near import address_rung

if TYPE_CHECKING:
    from workflows.ticket import TicketWorkflow

ACTS: dict[str, Any] = {
    "flag": Acts.flag, "comment": Acts.comment, "reassign": Acts.reassign, "priority": Acts.priority,
    "credit": Acts.credit, "revoke": Acts.revoke, "review": Acts.review,
}  # fmt: skip


@dataclass
class Sending:
    """One message on its way."""

    effect: Effect
    handle: workflow.ActivityHandle[Done]
    withdrawn: str = ""


class Effects:
    """The tasks in flight, by key."""

    def __init__(self, ticket: TicketWorkflow) -> None:
        self.ticket = ticket
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.sending: dict[str, Sending] = {}
        self.just_addressed = False
        """The last thing that ended was a local activity: somebody was looked for and nobody had to be told."""

    @property
    def quiet(self) -> bool:
        """Nothing is in flight."""
        return not self.tasks

    def carry_out(self, effects: Sequence[Effect]) -> None:
        """Start them all; none is awaited here."""
        for effect in effects:
            if effect.key not in self.tasks:
                self.tasks[effect.key] = asyncio.create_task(self._carry_out(effect))

    def withdraw_unwanted(self) -> None:
        """What is still on its way and no longer wanted is called back."""
        for sending in self.sending.values():
            reason = still_wanted(self.ticket.known_plan, self.ticket.case, sending.effect, self.ticket.now())
            if reason and not sending.withdrawn:
                sending.withdrawn = reason
                sending.handle.cancel()

    async def _carry_out(self, effect: Effect) -> None:
        try:
            await (self._tell(effect) if effect.targets else self._act(effect))
        except FailureError as error:
            self._fail(effect, effect.key, f"{effect.rung} {effect.kind} failed: {cause_of(error)}")
        finally:
            self.tasks.pop(effect.key, None)
            self.ticket.unread += 1

    async def _tell(self, effect: Effect) -> None:
        ticket = self.ticket
        request = AddressRequest(
            ticket.case.ticket, effect.targets, effect.fallback, ticket.now(), ticket.case.snoozed()
        )  # fmt: skip
        addressed = await address_rung(request, effect.rung)
        self.just_addressed = not addressed.deliveries
        ticket.case = note_addressed(ticket.case, effect, addressed, ticket.now())
        await asyncio.gather(*(self._send(effect, delivery) for delivery in addressed.deliveries))

    async def _send(self, effect: Effect, delivery: Delivery) -> None:
        ticket = self.ticket
        key = f"{effect.key}/{delivery.person}/{delivery.channel}"
        to = f"{delivery.channel} to {delivery.person} ({delivery.role})"
        if reason := still_wanted(ticket.known_plan, ticket.case, effect, ticket.now()):
            ticket.case = noted(ticket.case, ticket.now(), "withdrawn", f"{to} not sent: {reason}", effect.rung, key)
            return
        request = NotifyRequest(key, effect, delivery, ticket.case.ticket, self._situation(effect))
        name = f"notify:{_tail(key, ticket.case.ticket.key)}"
        handle = workflow.start_activity_method(
            Notifications.notify, request, **self._options(name, to, options.PAGE_WITHIN)
        )
        sending = self.sending[key] = Sending(effect, handle)
        try:
            done = await handle
        except ActivityError as error:
            if is_cancelled_exception(error) and sending.withdrawn:
                text = f"{to} called back: {sending.withdrawn}; an attempt under way may still arrive"
                ticket.case = noted(ticket.case, ticket.now(), "withdrawn", text, effect.rung, key)
            else:
                self._fail(effect, key, f"{to} undelivered: {cause_of(error)}")
        else:
            ticket.case = note_done(ticket.case, ticket.now(), key, effect.rung, f"{to} via {done.provider}")
        finally:
            self.sending.pop(key, None)

    async def _act(self, effect: Effect) -> None:
        ticket = self.ticket
        request = ActRequest(effect.key, effect, ticket.case.ticket, self._situation(effect), effect.at)
        name = f"{effect.kind}:{_tail(effect.key, ticket.case.ticket.key)}"
        summary = f'{effect.kind} "{effect.value}"' if effect.value else effect.kind
        done: Done = await workflow.execute_activity_method(
            ACTS[effect.kind], request, **self._options(name, summary, options.ACT_WITHIN)
        )
        ticket.case = note_done(ticket.case, ticket.now(), effect.key, effect.rung, done.text)

    def _options(self, name: str, summary: str, within: timedelta) -> dict[str, Any]:
        facts = self.ticket.case.ticket
        return {
            "task_queue": EFFECTS,
            "activity_id": fitting_id(name),
            "summary": clipped(summary, SUMMARY),
            "start_to_close_timeout": options.ATTEMPT,
            "schedule_to_close_timeout": within,
            "retry_policy": options.WORLD_RETRY,
            "priority": Priority(options.URGENCY_PRIORITY.get(facts.urgency, 3), clipped(facts.tenant, FAIRNESS_KEY)),
        }

    def _situation(self, effect: Effect) -> Situation:
        ticket = self.ticket
        standing = stand(ticket.known_plan, ticket.case, ticket.now())
        reading = _reading_of(effect, standing.readings)
        level = ticket.known_plan.level(effect.level)
        found = Situation(
            state=standing.state, sla=standing.sla, level_title=level.title if level else "", zone=standing.zone,
            now=ticket.now(), paused_by=standing.paused_by, may_decide=level.may_decide if level else "",
            may_spend=level.may_spend if level else 0,
            eta=expected(ticket.known_plan, ticket.case, ticket.now()),
        )  # fmt: skip
        if reading is None:
            return found
        return replace(found, clock=reading.clock, target=reading.target, consumed=reading.consumed, due=reading.due)

    def _fail(self, effect: Effect, key: str, text: str) -> None:
        self.ticket.case = note_failed(self.ticket.case, self.ticket.now(), key, effect.rung, text)


def _reading_of(effect: Effect, readings: Sequence[Reading]) -> Reading | None:
    """The clock the rung stands on; the resolution for rungs without one."""
    name = effect.clock if effect.clock not in ("", "elapsed") else RESOLUTION
    mine = [reading for reading in readings if reading.clock == name]
    return mine[-1] if mine else None


def _tail(key: str, ticket: str) -> str:
    """The key without the ticket: activity ids are deterministic and carry the rest."""
    return key.removeprefix(f"{ticket}/")


def cause_of(error: BaseException) -> str:
    """The innermost message, which is the provider's."""
    while error.__cause__ is not None:
        error = error.__cause__
    return (error.message if isinstance(error, FailureError) else str(error))[:300]
