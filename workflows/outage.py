"""One outage: written into the registry before anybody is answered, then told to the tickets, those due soon first.

Started by whichever is heard of first, its declaration or its end. A crash anywhere, and everything said twice, end the
same: the registry keeps what was said first and a ticket drops what it has heard. Must never judge whom it covers, and
never keep the declarer waiting for the telling.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.exceptions import ActivityError, ApplicationError, FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.outage_notices import OutageNotices
    from activities.outaging import Outaging
    from activities.requests import OutageNotice, Push, Pushed
    from policies.outage import ENDS, Outage, as_declared, as_ended, faults, merged
    from policies.outage import NONE as NO_OUTAGE
    from policies.outage_customers import DECLARED, ENDED
    from policies.outage_review import is_reviewed
    from workflows import options
    from workflows.contract import (
        EFFECTS,
        LAST_INSTANT,
        OUTAGE,
        OutageAnswer,
        OutageEnd,
        OutageExtension,
        OutageProgress,
    )
    from workflows.courtesy import Courtesy
    from workflows.limits import storable
    from workflows.near import near
    from workflows.outage_details import details_of

PARTS = ("soon", "rest", "fresh")
"""In this order. The last one are those that were opened while the others were listed."""
PARTS_OF_THE_END = ("over", "fresh")
"""TRAP: who has heard of the end shows the outage no more, so that "rest" would tell them all once again."""
UNHEARD = timedelta(hours=1)
"""A start that nothing follows (the update was refused) is over after that."""
LOOKS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 16, 32, 60, 60))
"""After the end those are looked for that no list had, with growing patience: workers may be behind with the others."""
UNDECLARED = timedelta(days=1)
"""How long an end waits for its declaration."""


@workflow.defn(name=OUTAGE, versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class OutageWorkflow:
    """Updates are kept in the registry before they are answered; the query tells how far the telling has come."""

    @workflow.init
    def __init__(self, id: str = "") -> None:
        self.outage = Outage(id)
        self.told = {"declared": 0, "ended": 0}
        self.failed = {"declared": 0, "ended": 0}
        self.telling = ""
        self.reminded = 0
        self.answered: list[str] = []
        """`declared` and `ended`, once somebody has been told that their words did it."""
        self.courtesy = Courtesy(self.now, self.show_details)

    @workflow.run
    async def run(self, id: str = "") -> OutageProgress:
        heard = await self.comes(lambda: self.outage.declared or bool(self.outage.ended_at), UNHEARD, "is it declared?")
        if heard and await self.comes(lambda: self.outage.declared, UNDECLARED, "only its end is known"):
            await self.last()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.show()

    async def last(self) -> None:
        """From its beginning to its end."""
        await self.until(self.outage.since)
        await self.tell("declared", lambda: bool(self.outage.ended_at))
        courtesies = [] if self.outage.ended_at else self.tell_everybody()
        while not self.outage.ended_at:
            await (self.end_as_planned() if self.outage.planned_end else self.wait_for_the_end())
        self.courtesy.mailing.stop()
        await withdrawn(courtesies)
        await self.until(self.outage.over_at or 0)
        if self.outage.effect in ENDS:
            await self.tell("ended", lambda: False)
        courtesy, review = self.tell_people("ended"), asyncio.create_task(self.plan_review())
        if self.outage.effect in ENDS:
            await self.look_for_those_left()
        await courtesy
        await review

    async def plan_review(self) -> None:
        if is_reviewed(self.outage) and workflow.patched("reviews-an-outage"):
            await self.courtesy.plan_review(self.outage)

    def tell_everybody(self) -> list[asyncio.Task[None]]:
        """What is withdrawn at once when it ends. Mails to customers that are under way are waited for elsewhere."""
        if self.outage.tell_customers:
            self.courtesy.mailing.begin(lambda: self.outage)
        return [self.tell_people("declared"), self.tell_stakeholders()]

    def tell_people(self, what: str) -> asyncio.Task[None]:
        """Beside everything else: neither its planned end nor a reminder waits for a mail server."""
        return asyncio.create_task(self.courtesy.of(self.outage, what))

    def tell_stakeholders(self) -> asyncio.Task[None]:
        """By the cadence of its priority, until it ends."""
        return asyncio.create_task(self.courtesy.updates(lambda: self.outage))

    async def wait_for_the_end(self) -> None:
        """Its owner is reminded once for each expected end that passes."""
        expected = self.outage.expected
        if expected <= self.reminded:
            await workflow.wait_condition(lambda: bool(self.outage.ended_at) or self.outage.expected != expected)
            return
        changed = await self.comes(
            lambda: bool(self.outage.ended_at) or self.outage.expected != expected, self.time_to(expected),
            "expected to end then; its owner is reminded",
        )  # fmt: skip
        if not changed:
            self.reminded = expected
            await self.remind(expected)

    async def end_as_planned(self) -> None:
        """At that instant, whenever the write succeeds; somebody may end it before."""
        planned = self.outage.planned_end
        if not await self.comes(lambda: bool(self.outage.ended_at), self.time_to(planned), "ends as planned"):
            end = Outage(self.outage.id, ended_at=planned, ended_by="plan")
            self.outage = merged(self.outage, await near(Outaging.keep_outage, end, "its planned end has come"))
            self.show_details()

    # --- telling -------------------------------------------------------------------------------------------

    async def tell(self, what: str, overtaken: Callable[[], bool]) -> None:
        """All open tickets that it may cover; cut off when there is something newer to tell."""
        self.telling, begun = what, self.now()
        self.show_details()
        for part in () if overtaken() else parts_of(what):
            handle = self.push(part, begun)
            await workflow.wait_condition(lambda handle=handle: handle.done() or overtaken())  # type: ignore[misc]
            if not handle.done():
                handle.add_done_callback(heeded)
                handle.cancel()
                break
            pushed: Pushed = await handle
            self.told[what] += pushed.told
            self.failed[what] += pushed.failed
            self.show_details()
        self.telling = ""
        self.show_details()

    async def look_for_those_left(self) -> None:
        """TRAP: a ticket whose clocks stand still asks nobody: one that no list had would stand still for ever."""
        for patience in LOOKS:
            await workflow.sleep(patience, summary="lists are late; does any ticket still show it?")
            pushed: Pushed = await self.push("left", self.now())
            if not pushed.told + pushed.failed:
                return

    def push(self, part: str, begun: int) -> workflow.ActivityHandle[Pushed]:
        return workflow.start_activity_method(
            Outaging.push_outage, Push(self.outage, part, begun), start_to_close_timeout=options.PUSH,
            heartbeat_timeout=options.PUSH_BEAT, retry_policy=options.PATIENT_RETRY, summary=f"tell tickets: {part}",
        )  # fmt: skip

    async def remind(self, expected: int) -> None:
        """A word to the owner; whether it arrives or not, the outage goes on."""
        notice = OutageNotice(f"outage/{self.outage.id}/expected/{expected}", self.outage, self.now())
        try:
            await workflow.execute_activity_method(
                OutageNotices.remind_owner, notice, task_queue=EFFECTS, start_to_close_timeout=options.ATTEMPT,
                schedule_to_close_timeout=options.PAGE_WITHIN, retry_policy=options.WORLD_RETRY,
                summary="remind the owner: the expected end has passed",
            )  # fmt: skip
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise

    # --- time ----------------------------------------------------------------------------------------------

    def now(self) -> int:
        return int(workflow.now().timestamp())

    def time_to(self, at: int) -> timedelta:
        """TRAP: a wait of nothing is over before its condition is looked at, and a negative one wedges."""
        return timedelta(seconds=max(at - workflow.now().timestamp(), 0) + 0.001)

    async def until(self, at: int) -> None:
        """Planned ahead: nothing is told before its time."""
        if at > self.now():
            await workflow.sleep(self.time_to(at), summary="planned ahead; nothing is told before")

    async def comes(self, condition: Callable[[], bool], within: timedelta, summary: str) -> bool:
        """Whether it came within that time."""
        try:
            await workflow.wait_condition(condition, timeout=within, timeout_summary=summary)
        except TimeoutError:
            return condition()
        return True

    # --- updates and the query -----------------------------------------------------------------------------
    # TRAP: what makes no sense is refused by a validator: it leaves no event, so that no old history changes. Once
    # accepted it would stand in the registry, where nothing can be taken back, and wedge the outage.

    @workflow.update(description="Declare it; the first declaration stands")
    async def declare(self, said: Outage = NO_OUTAGE) -> OutageAnswer:
        return await self.keep(said, "declared", as_declared)

    @declare.validator
    def check_declaration(self, said: Outage = NO_OUTAGE) -> None:
        since = [] if said.since > 0 else ["it says not since when: 'since' is missing"]
        refuse([*faults(said, everything_is_meant=True), *since, *senseless(said)])

    @workflow.update(description='It is over: {"ended_at": 1790000000, "by": "lee"}; the first end stands')
    async def end(self, said: OutageEnd = OutageEnd()) -> OutageAnswer:  # noqa: B008  frozen
        end = Outage(self.outage.id, ended_at=said.ended_at or self.now(), ended_by=said.by)
        return await self.keep(end, "ended", as_ended)

    @end.validator
    def check_end(self, said: OutageEnd = OutageEnd()) -> None:  # noqa: B008  frozen
        end = Outage(self.outage.id, ended_at=said.ended_at, ended_by=said.by)
        refuse([*faults(end, everything_is_meant=True), *senseless(end)])

    @workflow.update(description='It is expected to end at another instant: {"expected": 1790000000}')
    async def extend(self, said: OutageExtension = OutageExtension()) -> OutageAnswer:  # noqa: B008  frozen
        found = await self.written(Outaging.extend_outage, Outage(self.outage.id, expected=said.expected), "extend")
        self.outage = merged(self.outage, found)
        if not self.outage.ended_at:
            self.outage = Outage(**{**self.outage.__dict__, "expected": found.expected})
        self.show_details()
        return OutageAnswer(self.outage, already=bool(self.outage.ended_at))

    @extend.validator
    def check_extension(self, said: OutageExtension = OutageExtension()) -> None:  # noqa: B008  frozen
        refuse(senseless(Outage(self.outage.id, expected=said.expected)))

    async def keep(self, said: Outage, what: str, stands: Callable[[Outage, Outage], bool]) -> OutageAnswer:
        """Into the registry first: from then on no ticket asks in vain, whether it is told or not.

        TRAP: of several that come at once only what the registry kept says which was first, and a write that was tried
        again finds itself there. Exactly one is answered with news: the first whose words stand.
        """
        if said.id != self.outage.id:
            raise ApplicationError(f"this is outage {self.outage.id}, not '{said.id[:80]}'", type="Refused")
        found = await self.written(Outaging.keep_outage, said, "keep")
        self.outage = merged(self.outage, found)
        already = what in self.answered or not stands(found, said)
        if not already:
            self.answered.append(what)
        self.show_details()
        return OutageAnswer(self.outage, already)

    async def written(self, method: Any, said: Outage, what: str) -> Outage:
        try:
            found: Outage = await near(method, said, f"{what} it in the registry")
        except FailureError as error:
            if is_cancelled_exception(error):
                raise
            raise ApplicationError(f"the registry of outages refused it: {error}", type="Refused") from None
        return found

    @workflow.query(description="What stands, and how far the telling has come")
    def show(self) -> OutageProgress:
        begun, over = (len(self.courtesy.told[what]) for what in ("declared", "ended"))
        return OutageProgress(
            self.outage, self.told["declared"], self.told["ended"], self.telling, self.reminded, begun, over,
            tuple(self.courtesy.unreached), self.courtesy.review, self.failed["declared"], self.failed["ended"],
            *customers_of(self.courtesy),
        )  # fmt: skip

    def show_details(self) -> None:
        """In the Temporal UI; costs no event."""
        workflow.set_current_details(details_of(self.show(), self.now()))


def customers_of(courtesy: Courtesy) -> tuple[int, int, int, int]:
    """Told of the beginning, of the end; untold; tickets that did not answer."""
    begun, over = courtesy.mailing.told[DECLARED], courtesy.mailing.told[ENDED]
    return begun.told, over.told, begun.refused + begun.late, begun.unasked + over.unasked


def parts_of(what: str) -> tuple[str, ...]:
    return PARTS_OF_THE_END if what == "ended" and workflow.patched("tells-the-end-once") else PARTS


def senseless(said: Outage) -> list[str]:
    """What no clock can stand at, like an instant in milliseconds, or no database takes. 0 = not given."""
    instants = (said.since, said.expected, said.ended_at, said.planned_end)
    found = [] if all(0 <= at <= LAST_INSTANT for at in instants) else ["instants are UTC seconds, like 1790000000"]
    texts = (said.owner, said.reason, said.declared_by, said.ended_by, said.approved_by, *said.stakeholders)
    scope = (value for values in vars(said.scope).values() for value in values)
    return found if storable(*texts, *scope) else [*found, "a text has a NUL in it; write it without"]


def refuse(found: list[str]) -> None:
    if found:
        raise ApplicationError("; ".join(found), type="Refused")


def heeded(telling: asyncio.Task[Pushed]) -> None:
    """TRAP: nobody waits for what was cut off, and asyncio writes an error about what nobody looked at."""
    if not telling.cancelled():
        telling.exception()


async def withdrawn(tasks: list[asyncio.Task[None]]) -> None:
    """What has not gone out by now would be false: it has ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
