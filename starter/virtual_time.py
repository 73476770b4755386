"""Moving a ticket's virtual clock on a server that skips time.

Each workflow has a clock of its own. Skipping waits until the ticket is quiet, skips, and waits again, so that what was
due has happened when `to` returns. Must only ever be used with a rehearsing namespace.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.testing import TimeSkipper, TimeSkippingConfig

SKIPS = 5_000
QUIET_WITHIN = 60.0


class VirtualTime:
    """Skips time for tickets started on `client`; `shift` is what a rehearsal adds to the server's clock."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.skipper = TimeSkipper(client, config=TimeSkippingConfig(enabled=False, max_session_skip_count=SKIPS))

    async def now(self, workflow: str) -> datetime:
        """The server's clock for that ticket."""
        return await self.skipper.get_current_time(self.client.get_workflow_handle(workflow))

    async def forward(self, workflow: str, duration: timedelta) -> None:
        """Skip `duration`, quiet before and after."""
        handle = self.client.get_workflow_handle(workflow)
        if duration > timedelta() and await settle(handle):
            await self.skipper.fast_forward(handle, duration)
        await settle(handle)

    async def to(self, workflow: str, instant: datetime) -> None:
        """Skip to just past `instant` of the server's clock for that ticket: what is due then has fired."""
        handle = self.client.get_workflow_handle(workflow)
        if not await settle(handle):
            return
        await self.forward(workflow, instant - await self.now(workflow) + timedelta(milliseconds=200))


async def settle(handle: WorkflowHandle[object, object]) -> bool:
    """Wait until no task and no runnable activity is pending; False when the ticket has ended.

    Raises TimeoutError when it never gets quiet: no worker, or a ticket that is wedged.
    """
    quiet = 0
    async with asyncio.timeout(QUIET_WITHIN):
        while quiet < 2:
            description = (await handle.describe()).raw_description
            if int(description.workflow_execution_info.status) != int(WorkflowExecutionStatus.RUNNING):
                return False
            extended = description.workflow_extended_info
            skipping = extended.HasField("time_skipping_info")
            now = extended.time_skipping_info.current_time.ToDatetime(UTC) if skipping else datetime.now(UTC)
            waiting = [pending for pending in description.pending_activities if not _backing_off(pending, now)]
            fresh = description.workflow_execution_info.history_length < 4  # continued as new, not yet at work
            busy = fresh or description.HasField("pending_workflow_task") or bool(waiting)
            quiet = 0 if busy else quiet + 1
            await asyncio.sleep(0.005)
    return True


def _backing_off(pending: PendingActivityInfo, now: datetime) -> bool:
    """Between two attempts: it will not move before virtual time does."""
    later = pending.HasField("next_attempt_schedule_time") and pending.next_attempt_schedule_time.ToDatetime(UTC) > now
    return pending.attempt > 1 and pending.state == 1 and later
