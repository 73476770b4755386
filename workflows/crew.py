"""The two workers of a process: one waits (workflows, plans, journal), one acts (everything that reaches the world).

Settings are plain numbers, activities come from outside. Must never build an adapter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion
from temporalio.worker import Worker, WorkerDeploymentConfig

from workflows.action import ActionWorkflow
from workflows.audit import AuditWorkflow
from workflows.contract import BUILD, DEPLOYMENT, EFFECTS, TICKETS
from workflows.maintenance import MaintenanceWorkflow
from workflows.outage import OutageWorkflow
from workflows.recognition import RecognitionWorkflow
from workflows.ticket import TicketWorkflow

Activities = Sequence[Callable[..., object]]


@dataclass(frozen=True)
class Capacity:
    """How much at once; `grace` is how long work in flight may take when the worker is told to stop."""

    workflow_tasks: int = 20
    cached_tickets: int = 500
    effects: int = 50
    effects_per_second: float | None = None
    grace: timedelta = timedelta(seconds=20)


def crew(
    client: Client, near: Activities, world: Activities, build: str = BUILD, capacity: Capacity | None = None
) -> tuple[Worker, Worker]:
    """(the one that waits, the one that acts), not started yet."""
    limits = capacity or Capacity()
    waiting = Worker(
        client, task_queue=TICKETS, activities=near,
        workflows=[
            TicketWorkflow, AuditWorkflow, OutageWorkflow, ActionWorkflow, RecognitionWorkflow, MaintenanceWorkflow,
        ],
        deployment_config=WorkerDeploymentConfig(
            version=WorkerDeploymentVersion(deployment_name=DEPLOYMENT, build_id=build), use_worker_versioning=True
        ),
        max_concurrent_workflow_tasks=limits.workflow_tasks, max_cached_workflows=limits.cached_tickets,
        graceful_shutdown_timeout=limits.grace,
    )  # fmt: skip
    acting = Worker(
        client, task_queue=EFFECTS, activities=world, max_concurrent_activities=limits.effects,
        max_task_queue_activities_per_second=limits.effects_per_second, disable_eager_activity_execution=True,
        graceful_shutdown_timeout=limits.grace,
    )  # fmt: skip
    return waiting, acting
