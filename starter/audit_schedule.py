"""The Temporal Schedule of the audit: one for a namespace, made or corrected by every worker that starts.

Must never undo what an operator did to it: a paused schedule stays paused.
"""

from __future__ import annotations

from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from activities.requests import Look
from workflows import options
from workflows.contract import AUDIT, AUDIT_SCHEDULE, TICKETS


async def keep_schedule(client: Client, minutes: int, look: Look | None = None) -> None:
    """A round every so many minutes from now on; 0 = none. Doing it again changes nothing."""
    if not minutes:
        return await _remove(client)
    wanted = schedule(timedelta(minutes=minutes), look or Look())
    try:
        await client.create_schedule(AUDIT_SCHEDULE, wanted)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(AUDIT_SCHEDULE).update(lambda known: _corrected(known, wanted))


def schedule(every: timedelta, look: Look) -> Schedule:
    """Rounds never overlap, and those missed while the server was away are not made up for."""
    return Schedule(
        action=ScheduleActionStartWorkflow(
            AUDIT, look, id=AUDIT_SCHEDULE, task_queue=TICKETS, execution_timeout=options.AUDIT_WITHIN,
            static_summary="does every ticket go on as promised?",
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(minutes=1)),
    )  # fmt: skip


def _corrected(known: ScheduleUpdateInput, wanted: Schedule) -> ScheduleUpdate:
    wanted.state = known.description.schedule.state
    return ScheduleUpdate(schedule=wanted)


async def _remove(client: Client) -> None:
    try:
        await client.get_schedule_handle(AUDIT_SCHEDULE).delete()
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
