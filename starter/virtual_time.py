"""Moving a ticket's virtual clock on a server that skips time.

Each workflow has a clock of its own. Skipping waits until the ticket is quiet, skips, and waits again, so that what was
due has happened when `to` returns. Must only ever be used with a rehearsing namespace.
"""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from temporalio.api.common.v1 import FastForwardConfig, TimeSkippingConfig, TimeSkippingInfo, WorkflowExecution
from temporalio.api.workflow.v1 import PendingActivityInfo, WorkflowExecutionOptions
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionResponse,
    UpdateWorkflowExecutionOptionsRequest,
)
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

SKIPS = 5_000
QUIET_WITHIN = 60.0
MARGIN = timedelta(milliseconds=900)
"""Still the same whole second. TRAP: a timer counts from the end of the task that set it, which may have been slow."""
LOOK_EVERY = 0.005
_UNSURE = (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)
"""The server may have heard us or not."""


class VirtualTime:
    """Skips time for the tickets of one client."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def now(self, workflow: str) -> datetime:
        """The server's clock for that ticket."""
        return clock_of(await _described(self.client.get_workflow_handle(workflow)))

    async def forward(self, workflow: str, duration: timedelta) -> None:
        """Skip `duration`, quiet before and after."""
        handle = self.client.get_workflow_handle(workflow)
        if duration > timedelta() and await settle(handle):
            await self._skip(handle, duration)
        await settle(handle)

    async def to(self, workflow: str, instant: datetime, margin: timedelta = MARGIN) -> None:
        """Skip to just past `instant` of the server's clock for that ticket: what is due then has fired."""
        handle = self.client.get_workflow_handle(workflow)
        if not await settle(handle):
            return
        await self.forward(workflow, instant - await self.now(workflow) + margin)

    async def _skip(self, handle: WorkflowHandle[Any, Any], duration: timedelta) -> None:
        """TRAP: a duration counts from when the server hears it, so a request that is repeated skips twice.

        It is sent once; when the answer is lost, its id tells whether it was heard.
        """
        name = str(uuid.uuid4())
        request = self._request(handle, name, duration)
        try:
            await self.client.workflow_service.update_workflow_execution_options(request, retry=False)
        except RPCError as error:
            if error.status not in _UNSURE:
                raise
        description = await _described(handle)
        if _step(description) != name:
            await self.client.workflow_service.update_workflow_execution_options(request, retry=False)
        async with asyncio.timeout(QUIET_WITHIN):
            while _runs(description) and not _has_skipped(description, name):
                await asyncio.sleep(LOOK_EVERY)
                description = await _described(handle)

    def _request(
        self, handle: WorkflowHandle[Any, Any], name: str, duration: timedelta
    ) -> UpdateWorkflowExecutionOptionsRequest:
        step = FastForwardConfig(id=name)
        step.duration.FromTimedelta(duration)
        config = TimeSkippingConfig(enabled=True, fast_forward_config=step, max_session_skip_count=SKIPS)
        return UpdateWorkflowExecutionOptionsRequest(
            namespace=self.client.namespace, identity=self.client.identity,
            workflow_execution=WorkflowExecution(workflow_id=handle.id),
            workflow_execution_options=WorkflowExecutionOptions(time_skipping_config=config),
            update_mask=FieldMask(paths=["time_skipping_config"]),
        )  # fmt: skip


async def settle(handle: WorkflowHandle[Any, Any]) -> bool:
    """Wait until no task and no runnable activity is pending; False when the ticket has ended.

    Raises TimeoutError when it never gets quiet: no worker, or a ticket that is wedged.
    """
    quiet = 0
    async with asyncio.timeout(QUIET_WITHIN):
        while quiet < 2:
            description = await _described(handle)
            if not _runs(description):
                return False
            quiet = 0 if _busy(description) else quiet + 1
            await asyncio.sleep(LOOK_EVERY)
    return True


def clock_of(description: DescribeWorkflowExecutionResponse) -> datetime:
    """The ticket's virtual time; real time as long as nothing was skipped."""
    if not description.workflow_extended_info.HasField("time_skipping_info"):
        return datetime.now(UTC)
    return _skipping(description).current_time.ToDatetime(UTC)


async def _described(handle: WorkflowHandle[Any, Any]) -> DescribeWorkflowExecutionResponse:
    return (await handle.describe()).raw_description


def _skipping(description: DescribeWorkflowExecutionResponse) -> TimeSkippingInfo:
    return description.workflow_extended_info.time_skipping_info


def _step(description: DescribeWorkflowExecutionResponse) -> str:
    """The id of the last skip the server heard of."""
    return _skipping(description).effective_config.fast_forward_config.id


def _has_skipped(description: DescribeWorkflowExecutionResponse, name: str) -> bool:
    """The server switches skipping off when the target is reached."""
    return _step(description) == name and not _skipping(description).effective_config.enabled


def _runs(description: DescribeWorkflowExecutionResponse) -> bool:
    return int(description.workflow_execution_info.status) == int(WorkflowExecutionStatus.RUNNING)


def _busy(description: DescribeWorkflowExecutionResponse) -> bool:
    """Something is about to move: a workflow task, an activity, or a new run that has not begun."""
    fresh = description.workflow_execution_info.history_length < 4
    now = clock_of(description)
    waiting = any(not _backing_off(pending, now) for pending in description.pending_activities)
    return fresh or description.HasField("pending_workflow_task") or waiting


def _backing_off(pending: PendingActivityInfo, now: datetime) -> bool:
    """Between two attempts: it will not move before virtual time does."""
    later = pending.HasField("next_attempt_schedule_time") and pending.next_attempt_schedule_time.ToDatetime(UTC) > now
    return pending.attempt > 1 and pending.state == 1 and later
