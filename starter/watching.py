"""What the engine knows of tickets, for the audit: beside the gateway the only code that asks it.

Visibility lags and its lists are cut off, so each ticket is looked at by itself before anything is said of it. It is
asked (which wakes a cold ticket) only where a worker can answer. Must never change a ticket but by a poke.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from temporalio.api.enums.v1 import PendingActivityState, TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import (
    Client,
    WorkflowExecution,
    WorkflowExecutionDescription,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
)
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

from activities.ports import Refused
from policies.action_item import Reminding
from policies.audit import LateItem, Sending, Sight
from policies.explanation import Standing
from workflows.contract import ACTION, DEPLOYMENT, TICKETS, WORKFLOW, ticket_key

ALIVE = 120
"""Seconds since a worker last asked for work; one question lasts up to 60."""
ANSWER_WITHIN = timedelta(seconds=5)
UNHEARD = 30
"""Seconds a workflow task may wait before the ticket is not asked any more: nobody would answer."""
OPEN = f"WorkflowType='{WORKFLOW}' AND ExecutionStatus='Running'"
OPEN_ITEMS = f"WorkflowType='{ACTION}' AND ExecutionStatus='Running'"
LISTED = 2_000
"""Action items whose memos one round reads."""
BUILD = "TemporalWorkerDeploymentVersion"
PROBLEMS = SearchAttributeKey.for_keyword_list("TemporalReportedProblems")
POLICY = SearchAttributeKey.for_keyword("RungPolicy")
_STANDING = TypeAdapter(Standing)
_REMINDING = TypeAdapter(Reminding)


class Engine:
    """The port `Watch`, through one client."""

    def __init__(self, client: Client, unheard: int = UNHEARD) -> None:
        self.client, self.unheard = client, unheard

    async def wedged(self, limit: int) -> Sequence[str]:
        return await self._tickets("TemporalReportedProblems IS NOT NULL", limit)

    async def unplanned(self, before: datetime, limit: int) -> Sequence[str]:
        return await self._tickets(f"RungPolicy IS NULL AND StartTime < '{before.isoformat()}'", limit)

    async def open_tickets(self) -> int:
        return (await self.client.count_workflows(OPEN)).count

    async def left_behind(self) -> Sequence[tuple[str, int, str]]:
        """TRAP: builds cannot be grouped by, so they are asked for one after the other, each without those before."""
        found: list[tuple[str, int, str]] = []
        passed = sorted(f"{DEPLOYMENT}:{build}" for build in await self.builds())
        while len(found) < 20:
            others = f"{BUILD} IS NOT NULL" + "".join(f" AND {BUILD} != '{version}'" for version in passed)
            first = await anext(self._listed(others, 1), None)
            if first is None or not (version := version_of(first)) or version in passed:
                break
            passed.append(version)
            count = await self.client.count_workflows(f"{OPEN} AND {BUILD}='{version}'")
            found.append((version.partition(":")[2], count.count, ticket_key(first.id)))
        return found

    async def builds(self) -> set[str]:
        """The builds whose workers asked for work lately."""
        request = DescribeTaskQueueRequest(
            namespace=self.client.namespace, task_queue=TaskQueue(name=TICKETS),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )  # fmt: skip
        pollers = (await self.client.workflow_service.describe_task_queue(request)).pollers
        since = datetime.now(UTC).timestamp() - ALIVE
        return {p.deployment_options.build_id for p in pollers if p.last_access_time.seconds >= since}

    async def late_items(self, before: datetime, limit: int) -> Sequence[LateItem]:
        """By their memos: nobody is woken for it."""
        query = f"{OPEN_ITEMS} AND StartTime < '{before.isoformat()}'"
        found = []
        async for one in self.client.list_workflows(query, limit=LISTED):
            memo = await one.memo()
            _, tenant, ticket, item = one.id.split("/", 3)
            if 0 < (due := int(memo.get("due", 0))) < before.timestamp():
                found.append(LateItem(f"{tenant}/{ticket}", item, due, str(memo.get("owner", ""))))
        return sorted(found, key=lambda one: (one.due, one.ticket, one.item))[:limit]

    async def item(self, late: LateItem) -> LateItem:
        """TRAP: a build of before knows no such question; that it does not answer it says nothing."""
        handle = self.client.get_workflow_handle(f"action/{late.ticket}/{late.item}")
        try:
            found = _REMINDING.validate_python(await handle.query("reminding", rpc_timeout=ANSWER_WITHIN))
        except WorkflowQueryFailedError:
            return replace(late, answered=True, reminded_at=late.due)
        except (RPCError, WorkflowQueryRejectedError):
            return late
        return replace(late, answered=True, due=found.due, reminded_at=found.reminded_at, ahead=found.ahead)

    async def sight(self, ticket: str) -> Sight:
        handle = self.client.get_workflow_handle(f"ticket/{ticket}")
        try:
            found = await handle.describe(rpc_timeout=ANSWER_WITHIN)
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            return Sight(ticket, status="")
        seen = described(ticket, found)
        waits = seen.task_since is not None and datetime.now(UTC).timestamp() - seen.task_since > self.unheard
        if seen.status != "running" or not seen.planned or seen.problems or waits:
            return seen
        return await self._asked(handle, seen)

    async def poke(self, ticket: str) -> None:
        """Raises Refused for one that has ended."""
        try:
            await self.client.get_workflow_handle(f"ticket/{ticket}").signal("poke", rpc_timeout=ANSWER_WITHIN)
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            raise Refused(f"{ticket} is not open") from error

    async def _asked(self, handle: WorkflowHandle[Any, Any], seen: Sight) -> Sight:
        """Its own word. TRAP: asked without an instant it answers as of its last task: what it waits for, not what it
        would do now."""
        try:
            standing = _STANDING.validate_python(await handle.query("status", {}, rpc_timeout=ANSWER_WITHIN))
            ahead = await handle.query("clock", rpc_timeout=ANSWER_WITHIN) if standing.next_due is not None else 0
        except (RPCError, WorkflowQueryFailedError, WorkflowQueryRejectedError):
            return seen
        next_at = None if standing.next_due is None else standing.next_due - int(ahead)
        return replace(seen, answered=True, next_at=next_at, undelivered=standing.undelivered)

    async def _tickets(self, query: str, limit: int) -> list[str]:
        return [ticket_key(found.id) async for found in self._listed(query, limit)]

    def _listed(self, query: str, limit: int) -> AsyncIterator[WorkflowExecution]:
        return self.client.list_workflows(f"{OPEN} AND {query}", limit=limit)


def described(ticket: str, found: WorkflowExecutionDescription) -> Sight:
    """What the engine knows of a ticket without asking it."""
    raw, task = found.raw_description, found.raw_description.pending_workflow_task
    waiting = raw.HasField("pending_workflow_task")
    first = task.original_scheduled_time if task.HasField("original_scheduled_time") else task.scheduled_time
    return Sight(
        ticket=ticket,
        status=found.status.name.lower().replace("_", " ").replace("canceled", "cancelled") if found.status else "",
        started_at=int(found.start_time.timestamp()),
        planned=bool(found.typed_search_attributes.get(POLICY)),
        build=version_of(found).partition(":")[2],
        problems=tuple(found.typed_search_attributes.get(PROBLEMS) or ()),
        task_since=first.seconds if waiting else None,
        task_attempts=task.attempt if waiting else 0,
        sending=tuple(_sending(one) for one in raw.pending_activities),
    )


def version_of(found: WorkflowExecution) -> str:
    """`rung:1`, or nothing for one that no worker has taken up."""
    return found.typed_search_attributes.get(SearchAttributeKey.for_keyword(BUILD)) or ""


def _sending(one: PendingActivityInfo) -> Sending:
    failure = one.last_failure.message
    if one.paused:
        failure = "an operator paused it"
    return Sending(one.activity_type.name, _asked_for(one), one.attempt, failure, one.activity_id)


def _asked_for(one: PendingActivityInfo) -> int | None:
    """TRAP: the engine forgets when an activity was first scheduled; its expiry, minus what it was given, tells."""
    within = one.activity_options.schedule_to_close_timeout.seconds
    if one.HasField("expiration_time") and within:
        return one.expiration_time.seconds - within
    if one.attempt <= 1 or one.state == PendingActivityState.PENDING_ACTIVITY_STATE_STARTED:
        return (one.scheduled_time.seconds or one.last_started_time.seconds) or None
    return one.last_started_time.seconds or None
