"""One round of the audit: look, repair what is safe, tell the operator of the rest, call the dead man's switch.

A Temporal Schedule starts it, and the workers run it: when all of them are down nobody calls the dead man's switch, and
that is the alarm. Each round gets the last one's result, so the operator hears of a finding once a day. Must never
decide what is wrong: policies/audit.py does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.auditing import Auditing
    from activities.requests import Alarm, Done, Look, Looked, Pokes
    from policies.audit import DAY, POKE, Finding, Forgotten, Paged, Round, alarm_key, heard, untold
    from workflows import options
    from workflows.contract import AUDIT, EFFECTS
    from workflows.effects import cause_of


@workflow.defn(name=AUDIT, versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class AuditWorkflow:
    """Short-lived and without messages; auto-upgrade, as no round outlives a deployment by more than minutes."""

    def __init__(self) -> None:
        self.trouble: tuple[str, ...] = ()

    @workflow.run
    async def run(self, request: Look = Look()) -> Round:  # noqa: B008  frozen
        before = last_round()
        known, request = before.paged, replace(request, after=before.asked)
        looked = await self.look(request)
        first = looked.findings
        if await self.poke(first):
            await workflow.sleep(options.SETTLED, summary="poked tickets decide anew")
            looked = await self.look(request)
        left = {finding.key for finding in looked.findings}
        forgot_at = await self.forget(before.forgot_at, looked.at)
        return Round(
            at=looked.at, findings=looked.findings,
            repaired=tuple(finding.key for finding in first if finding.key not in left),
            paged=await self.tell(looked, known), alive=not left and await self.call_dead_man(looked),
            trouble=self.trouble, asked=looked.asked, forgot_at=forgot_at,
        )  # fmt: skip

    async def look(self, request: Look) -> Looked:
        """A look that fails ends the round: nothing is known, and nobody hears that all is well."""
        found: Looked = await workflow.execute_activity_method(
            Auditing.look, request, start_to_close_timeout=options.LOOK, retry_policy=options.AUDIT_RETRY,
            summary="look at journal and engine",
        )  # fmt: skip
        return found

    async def poke(self, found: tuple[Finding, ...]) -> bool:
        """Wake those that a poke may help; False when there are none."""
        tickets = tuple(finding.ticket for finding in found if finding.repair == POKE)
        if tickets:
            await workflow.execute_activity_method(
                Auditing.poke, Pokes(tickets), start_to_close_timeout=options.LOOK, retry_policy=options.AUDIT_RETRY,
                summary=f"poke {len(tickets)} tickets",
            )  # fmt: skip
        return bool(tickets)

    async def forget(self, last: int, now: int) -> int:
        """Once a day, and again in the next round while there is more: when all was forgotten, 0 = not all."""
        if now - last < DAY or not workflow.patched("forgets-messages"):
            return last
        try:
            found: Forgotten = await workflow.execute_activity_method(
                Auditing.forget, start_to_close_timeout=options.LOOK, retry_policy=options.AUDIT_RETRY,
                summary="forget old messages",
            )  # fmt: skip
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            self.trouble += (f"forget old messages: {cause_of(error)}",)
            return last
        return 0 if found.more else now

    async def tell(self, looked: Looked, known: tuple[Paged, ...]) -> tuple[Paged, ...]:
        """What the operator has heard by now; what could not be told is told next time."""
        fresh, before = untold(looked.findings, known, looked.at), heard(known, looked.at)
        if not fresh:
            return before
        alarm = Alarm(alarm_key(fresh, looked.at), fresh, len(looked.findings) - len(fresh))
        done = await self.reach(Auditing.alarm, alarm, f"tell the operator of {len(fresh)} findings")
        return (*before, *(Paged(finding.key, looked.at) for finding in fresh)) if done else before

    async def call_dead_man(self, looked: Looked) -> bool:
        """Only ever after a clean look. False when there is no such switch."""
        done = await self.reach(Auditing.alive, f"audit/{looked.at}", "all is well")
        return done is not None and bool(done.provider)

    async def reach(self, method: Any, request: Any, summary: str) -> Done | None:
        """The world, with patience; None when it did not answer, and the round says why."""
        try:
            found: Done = await workflow.execute_activity_method(
                method, request, task_queue=EFFECTS, start_to_close_timeout=options.ATTEMPT,
                schedule_to_close_timeout=options.TOLD_WITHIN, retry_policy=options.WORLD_RETRY, summary=summary,
            )  # fmt: skip
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            self.trouble += (f"{summary}: {cause_of(error)}",)
            return None
        return found


def last_round() -> Round:
    """What the round before remembered; a first one, and one that cannot be read, begin afresh."""
    if not workflow.has_last_completion_result():
        return Round()
    found = workflow.get_last_completion_result(Round)
    return found if isinstance(found, Round) else Round()
