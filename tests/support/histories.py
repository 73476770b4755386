"""Reading histories: every run of a ticket, and what counts as an event of ours."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHistory

from policies.ticket import Ticket
from tests.support.stage import Stage, moment
from workflows.contract import workflow_id

SKIPPING = (
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED,
)
"""Book-keeping of skipped time: no production server writes it."""


async def runs_of(client: Client, workflow: str) -> list[WorkflowHistory]:
    """The history of every run, the oldest first."""
    found: list[WorkflowHistory] = []
    run = ""
    while True:
        history = await client.get_workflow_handle(workflow, run_id=run or None).fetch_history()
        found.insert(0, history)
        run = history.events[0].workflow_execution_started_event_attributes.continued_execution_run_id
        if not run:
            return found


async def events_of(client: Client, workflow: str) -> list[HistoryEvent]:
    """The events of the latest run that a production server would have, too.

    A skip writes two events of its own and often wakes the workflow for nothing (three more).
    """
    events = (await client.get_workflow_handle(workflow).fetch_history()).events
    idle = {
        event.event_id
        for before, event in pairwise(events)
        if before.event_type in SKIPPING and event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED
    }
    return [event for event in events if event.event_type not in SKIPPING and _task(event) not in idle]


def _task(event: HistoryEvent) -> int:
    """The workflow task an event belongs to, by the id of its scheduling."""
    if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED:
        return event.event_id
    started, completed = event.workflow_task_started_event_attributes, event.workflow_task_completed_event_attributes
    return started.scheduled_event_id or completed.scheduled_event_id or 0


def names(events: Sequence[HistoryEvent]) -> list[str]:
    """`TIMER_FIRED`, `MARKER_RECORDED`, ..."""
    return [EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in events]


async def open_ticket(
    stage: Stage, ticket: Ticket, policy: str, at: int, history_limit: int = 2_000
) -> str:  # fmt: skip
    """Open it as of `at`; its workflow id."""
    await stage.gateway.open(ticket, policy, moment(at), as_of=moment(at), history_limit=history_limit)
    return workflow_id(ticket.tenant, ticket.id)
