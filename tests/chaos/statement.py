"""What a ticket, the server and the journal say after it all, held against the rehearsal on paper.

Must never be asked while anybody is still being killed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.client import WorkflowExecutionStatus, WorkflowHistory

from activities.adapters.sql import SqlJournal
from policies.case import Case
from policies.explanation import Standing, readings, stand
from tests.chaos.player import Player
from tests.chaos.story import Story
from tests.chaos.verdict import differences
from tests.support.histories import runs_of
from tests.support.stage import moment

OVERTAKEN = (
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_STICKY_TASK_QUEUE,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_FAILOVER_CLOSE_COMMAND,
)
"""Tasks that the server gave up for reasons of its own; every other one failed in our code."""


@dataclass(frozen=True)
class Statement:
    """What a ticket says of itself, and the server of it."""

    story: Story
    case: Case
    standing: Standing
    histories: Sequence[WorkflowHistory]
    status: WorkflowExecutionStatus | None

    def faults(self) -> list[str]:
        """What is wrong with it: nothing."""
        paper, end = self.story.paper, self.story.life.until
        told = differences(paper.entries, self.case.time_line)
        if self.standing.readings != readings(paper.plan, paper.case, end):
            told.append("other readings than on paper")
        wanted = WorkflowExecutionStatus.COMPLETED if paper.case.closed else WorkflowExecutionStatus.RUNNING
        if self.status != wanted:
            told.append(f"its workflow is {self.status}")
        if self.standing.state != (state := stand(paper.plan, paper.case, end).state):
            told.append(f"it is {self.standing.state}, on paper {state}")
        if self.standing.undelivered:
            told.append(f"undelivered: {', '.join(self.standing.undelivered)}")
        return [f"{self.story.name} ({self.story.life.policy}): {one}" for one in (*told, *self.failed_tasks())]

    def failed_tasks(self) -> list[str]:
        return [
            f"a task failed: {failed.failure.message}"
            for history in self.histories
            for event in history.events
            if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
            and (failed := event.workflow_task_failed_event_attributes).cause not in OVERTAKEN
        ]


async def statement_of(player: Player) -> Statement:
    """Every ticket must answer."""
    story, gateway = player.story, player.running.gateway
    tenant, ticket = story.life.ticket.tenant, story.life.ticket.id
    dossier = await player.patiently(lambda: gateway.dossier(tenant, ticket))
    standing = await player.patiently(lambda: gateway.standing(tenant, ticket, moment(story.life.until)))
    histories = await player.patiently(partial(runs_of, gateway.client, story.name))
    described = await player.patiently(gateway.client.get_workflow_handle(story.name).describe)
    return Statement(story, dossier.case, standing, histories, described.status)


async def not_in_the_journal(journal_url: str, told: Sequence[Statement]) -> list[str]:
    """Lines that the journal does not have."""
    journal = SqlJournal(journal_url)
    missing = []
    for one in told:
        key = one.story.life.ticket.key
        known = {int(line.id.rpartition("/")[2]) for line in await journal.lines(key)}
        missing += [f"{key}: {entry.text}" for entry in one.case.time_line if entry.number not in known]
    await journal.close()
    return missing
