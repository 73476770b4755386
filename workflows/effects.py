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
from temporalio.exceptions import ActivityError, ApplicationError, FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.action_items import Following
    from activities.acts import Acts
    from activities.notifications import Notifications
    from activities.requests import ActRequest, AddressRequest, Done, NotifyRequest, Past, Situation
    from policies.case import note_addressed, note_done, note_failed, note_reached, note_unreached, noted
    from policies.cycles import RESOLUTION
    from policies.explanation import Reading, expected, readings, stand
    from policies.lifecycle import held_back, over, still_wanted
    from policies.people import CUSTOMER, Addressed, Delivery
    from policies.plan import Effect
    from policies.recall import note_recalled, told, untold
    from workflows import options
    from workflows.contract import EFFECTS
    from workflows.limits import FAIRNESS_KEY, SUMMARY, clipped, fitting_id
    from workflows.near import address_rung

if TYPE_CHECKING:
    from workflows.ticket import TicketWorkflow

ACTS: dict[str, Any] = {
    "flag": Acts.flag, "comment": Acts.comment, "reassign": Acts.reassign, "priority": Acts.priority,
    "credit": Acts.credit, "revoke": Acts.revoke, "review": Acts.review,
    "action": Following.action,
}  # fmt: skip


DRAFTED = 200
"""Lines of the time line that the draft of a review has; the report of later has all."""


@dataclass
class Sending:
    """One message on its way."""

    effect: Effect
    handle: workflow.ActivityHandle[Done]
    withdrawn: str = ""


@dataclass(frozen=True)
class Try:
    """What came of one message: `over` when it arrived or is not wanted any more, `final` when it was refused.

    `arrived` with one of ours.
    """

    key: str
    delivery: Delivery
    over: bool = False
    final: bool = False
    arrived: bool = False


Begun = tuple[Delivery, "asyncio.Task[Try]"]
"""A message with its sending."""


class Effects:
    """The tasks in flight, by key."""

    def __init__(self, ticket: TicketWorkflow) -> None:
        self.ticket = ticket
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.sending: dict[str, Sending] = {}
        self.addressed: dict[str, Addressed] = {}
        """Who is there for an effect that is about to start, by its key."""
        self.arrived: dict[str, bool] = {}
        """Keys of pages under way of which one of ours has something."""
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

    @property
    def sends_again(self) -> bool:
        """Whether a page that was called back would go out now."""
        plan, case, now = self.ticket.known_plan, self.ticket.case, self.ticket.now()
        return any(
            effect.key not in self.tasks
            and not over(plan, case, effect, now)
            and not held_back(plan, case, effect, now)
            for effect in case.recalled
        )

    def send_again(self) -> None:
        """What a pause or a mute called back, once it is over and under the same keys; not what is needed no more."""
        ticket, now = self.ticket, self.ticket.now()
        for effect in ticket.case.recalled:
            unneeded = over(ticket.known_plan, ticket.case, effect, now)
            if not unneeded and (effect.key in self.tasks or held_back(ticket.known_plan, ticket.case, effect, now)):
                continue
            left = tuple(one for one in ticket.case.recalled if one.key != effect.key)
            ticket.case = replace(ticket.case, recalled=left)
            if not unneeded:
                ticket.case = told(ticket.case, effect, now)
                self.carry_out([replace(effect, late=max(now - effect.due, effect.late))])

    def _keep(self, effect: Effect) -> None:
        """What was called back only for a while comes again. TRAP: the pause may be over before the recall is."""
        ticket = self.ticket
        if not over(ticket.known_plan, ticket.case, effect, ticket.now()) and workflow.patched("pages-come-again"):
            ticket.case = note_recalled(ticket.case, effect)
            if effect.key not in self.arrived and workflow.patched("called-back-is-not-told"):
                ticket.case = untold(ticket.known_plan, ticket.case, effect)

    async def _carry_out(self, effect: Effect) -> None:
        try:
            await (self._tell(effect) if effect.targets else self._act(effect))
        except FailureError as error:
            self._fail(effect, effect.key, f"{effect.rung} {effect.kind} failed: {cause_of(error)}")
        finally:
            self.tasks.pop(effect.key, None)
            self.arrived.pop(effect.key, None)
            self.ticket.unread += 1

    async def _tell(self, effect: Effect) -> None:
        """Everybody the rung names; a page that reaches none of them goes on to the next person (semantics 3.11)."""
        found = await self._address(effect, ())
        if effect.kind != "page":
            await asyncio.gather(*(self._send(effect, delivery, options.PAGE_WITHIN) for delivery in found))
            return
        tries: list[Try] = []
        while found:
            # TRAP: all messages start here, in their order and as one step: recorded histories of pages did, and a step
            # more would put those of another rung of the same instant before them
            begun = [(one, asyncio.create_task(self._send(effect, one, options.FALL_BACK_AFTER))) for one in found]
            by_person: dict[str, list[Begun]] = {}
            for one in begun:
                by_person.setdefault(one[0].person, []).append(one)
            made = await asyncio.gather(*(self._reach(effect, theirs) for theirs in by_person.values()))
            tries += [one for person in made for one in person]
            if _reached(tries) or not workflow.patched("falls-back"):
                return
            failed = dict.fromkeys(one.delivery.person for one in tries if not one.over)
            tried = {one.delivery.person for one in tries}
            found = tuple(one for one in await self._address(effect, tuple(failed)) if one.person not in tried)
        await self._last_stand(effect, tries)

    async def _address(self, effect: Effect, failed: tuple[str, ...]) -> tuple[Delivery, ...]:
        """Who is there, but for those whom no channel reached."""
        ticket = self.ticket
        addressed = self.addressed.pop(effect.key, None)
        if addressed is None or failed:
            request = AddressRequest(
                ticket.case.ticket, effect.targets, effect.fallback, ticket.now(), ticket.case.snoozed(), failed,
                effect.kind, effect.breach,
            )  # fmt: skip
            addressed = await address_rung(request, effect.rung)
        self.just_addressed = not addressed.deliveries
        ticket.case = note_addressed(ticket.case, effect, addressed, ticket.now())
        return addressed.deliveries

    async def _reach(self, effect: Effect, begun: Sequence[Begun]) -> list[Try]:
        """One person by the channels of the rung, which are under way; if none works, by their others in turn."""
        tries = await asyncio.gather(*(sent for _, sent in begun))
        first = begun[0][0]
        for channel in first.spare:
            if any(one.over for one in tries) or not workflow.patched("falls-back"):
                break
            tries.append(await self._send(effect, replace(first, channel=channel), options.FALL_BACK_AFTER))
        return tries

    async def _last_stand(self, effect: Effect, tries: Sequence[Try]) -> None:
        """Nobody could be reached: what may still work is tried on, the rest is undelivered and stays visible."""
        left = {one.key: one for one in tries if not one.over}
        again = [one.delivery for one in left.values() if not one.final]
        refused = [one.key for one in left.values() if one.final]
        self.ticket.case = note_unreached(self.ticket.case, refused)
        made = await asyncio.gather(*(self._try_on(effect, delivery, tuple(left)) for delivery in again))
        if any(one.arrived for one in made):
            self.ticket.case = note_reached(self.ticket.case, tuple(left))  # what was given up after that

    async def _try_on(self, effect: Effect, delivery: Delivery, keys: Sequence[str]) -> Try:
        """Once one of us is reached nothing of the page is undelivered any more."""
        made = await self._send(effect, delivery, options.PAGE_WITHIN)
        if made.arrived:
            self.ticket.case = note_reached(self.ticket.case, keys)
        return made

    async def _send(self, effect: Effect, delivery: Delivery, within: timedelta) -> Try:
        ticket = self.ticket
        key = f"{effect.key}/{delivery.person}/{delivery.channel}"
        to = f"{delivery.channel} to {delivery.person} ({delivery.role})"
        if reason := still_wanted(ticket.known_plan, ticket.case, effect, ticket.now()):
            ticket.case = noted(ticket.case, ticket.now(), "withdrawn", f"{to} not sent: {reason}", effect.rung, key)
            self._keep(effect)
            return Try(key, delivery, over=True)
        request = NotifyRequest(
            key, effect, delivery, ticket.case.ticket, self._situation(effect), workflow.info().first_execution_run_id
        )  # fmt: skip
        name = f"notify:{_tail(key, ticket.case.ticket.key)}"
        handle = workflow.start_activity_method(Notifications.notify, request, **self._options(name, to, within))
        sending = self.sending[key] = Sending(effect, handle)
        try:
            done = await handle
        except ActivityError as error:
            if is_cancelled_exception(error) and sending.withdrawn:
                text = f"{to} called back: {sending.withdrawn}; an attempt under way may still arrive"
                ticket.case = noted(ticket.case, ticket.now(), "withdrawn", text, effect.rung, key)
                self._keep(effect)
                return Try(key, delivery, over=True)
            return self._not_told(
                effect, Try(key, delivery, final=is_final(error)), f"{to} undelivered: {cause_of(error)}", within
            )
        finally:
            self.sending.pop(key, None)
        said = f"{to} via {done.provider}" + (f", {done.how}" if done.how else "")
        ticket.case = note_done(ticket.case, ticket.now(), key, effect.rung, said)
        if delivery.role != CUSTOMER:
            self.arrived[effect.key] = True
            if any(one.key == effect.key for one in ticket.case.recalled):  # another of its messages was called back
                ticket.case = told(ticket.case, effect, ticket.now())
        return Try(key, delivery, over=True, arrived=delivery.role != CUSTOMER)

    def _not_told(self, effect: Effect, made: Try, text: str, within: timedelta) -> Try:
        """While other ways are left it is a line; at the end it is undelivered."""
        if within < options.PAGE_WITHIN and workflow.patched("falls-back"):
            self.ticket.case = noted(self.ticket.case, self.ticket.now(), "undelivered", text, effect.rung, made.key)
        else:
            self._fail(effect, made.key, text)
        return made

    async def _act(self, effect: Effect) -> None:
        ticket = self.ticket
        past = self._past() if effect.kind == "review" else None
        request = ActRequest(effect.key, effect, ticket.case.ticket, self._situation(effect), effect.at, past)
        if effect.item is not None:
            request = replace(
                request,
                catch_all=ticket.known_plan.catch_all,
                policy=ticket.known_plan.name,
                opened_at=ticket.case.opened_at,
                shift=ticket.shift,
            )
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

    def _past(self) -> Past:
        """What a review's draft tells: it is planned while the journal still lacks the last lines."""
        case, plan = self.ticket.case, self.ticket.known_plan
        level = plan.level(case.level)
        return Past(
            plan.name, case.opened_at, case.resolved_at, f"L{level.level} {level.title}" if level else "",
            readings(plan, case, self.ticket.now()), case.time_line[-DRAFTED:],
        )  # fmt: skip

    def _fail(self, effect: Effect, key: str, text: str) -> None:
        self.ticket.case = note_failed(self.ticket.case, self.ticket.now(), key, effect.rung, text)


def _reached(tries: Sequence[Try]) -> bool:
    """Whether a page has reached one of ours, or is not wanted any more. TRAP: a customer who got it helps nobody."""
    ours = [one for one in tries if one.delivery.role != CUSTOMER]
    return any(one.over for one in ours or tries)


def _reading_of(effect: Effect, readings: Sequence[Reading]) -> Reading | None:
    """The clock the rung stands on; the resolution for rungs without one."""
    name = effect.clock if effect.clock not in ("", "elapsed") else RESOLUTION
    mine = [reading for reading in readings if reading.clock == name]
    return mine[-1] if mine else None


def _tail(key: str, ticket: str) -> str:
    """The key without the ticket: activity ids are deterministic and carry the rest."""
    return key.removeprefix(f"{ticket}/")


def is_final(error: ActivityError) -> bool:
    """Whether trying the same again cannot help."""
    return isinstance(error.cause, ApplicationError) and error.cause.non_retryable


def cause_of(error: BaseException) -> str:
    """The innermost message, which is the provider's."""
    while error.__cause__ is not None:
        error = error.__cause__
    return (error.message if isinstance(error, FailureError) else str(error))[:300]
