"""A replay asks for the same things, not only for the same kinds of things.

The engine's own replay compares kinds and ids of commands. Here everything the code asks for is watched while a
recorded history replays: how long timers are, what activities get, what is shown, what the ticket ends with.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_commands import WorkflowCommand
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from tests.replay.record import HISTORIES
from workflows.conversion import DATA_CONVERTER
from workflows.ticket import TicketWorkflow

FILES = sorted(HISTORIES.glob("*.json"))
A_MOMENT = 1.0
"""Seconds by which a timer may differ: the clock goes on a little while near work runs, in a replay by less."""
Asked = tuple[str, Any]


class Watching(SandboxedWorkflowRunner):
    """The sandbox of the worker; what the workflow asks for is kept in `asked`."""

    asked: ClassVar[list[WorkflowCommand]] = []

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        instance = super().create_instance(det)
        activate = instance.activate

        def watched(act: WorkflowActivation) -> WorkflowActivationCompletion:
            completion = activate(act)
            self.asked.extend(completion.successful.commands)
            return completion

        instance.activate = watched  # type: ignore[method-assign]
        return instance


def said_then(events: Sequence[HistoryEvent]) -> Iterator[Asked]:
    """What was asked for when the history was made."""
    for event in events:
        match event.event_type:
            case EventType.EVENT_TYPE_TIMER_STARTED:
                yield "timer", event.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta().total_seconds()
            case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
                activity = event.activity_task_scheduled_event_attributes
                yield "activity", (activity.activity_id, texts(activity.input.payloads))
            case EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
                shown = event.upsert_workflow_search_attributes_event_attributes.search_attributes.indexed_fields
                if "TemporalChangeVersion" not in shown:  # the engine's own, written beside a patch marker
                    yield "shown", {name: payload.data.decode() for name, payload in shown.items()}
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
                yield "result", texts(event.workflow_execution_completed_event_attributes.result.payloads)
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
                yield "carried", texts(event.workflow_execution_continued_as_new_event_attributes.input.payloads)


def said_now(commands: Sequence[WorkflowCommand]) -> Iterator[Asked]:
    """What was asked for in the replay."""
    for command in commands:
        match command.WhichOneof("variant"):
            case "start_timer":
                yield "timer", command.start_timer.start_to_fire_timeout.ToTimedelta().total_seconds()
            case "schedule_activity":
                yield "activity", (command.schedule_activity.activity_id, texts(command.schedule_activity.arguments))
            case "upsert_workflow_search_attributes":
                shown = command.upsert_workflow_search_attributes.search_attributes.indexed_fields
                if "TemporalChangeVersion" not in shown:  # the engine's own, written beside a patch marker
                    yield "shown", {name: payload.data.decode() for name, payload in shown.items()}
            case "complete_workflow_execution":
                yield "result", texts([command.complete_workflow_execution.result])
            case "continue_as_new_workflow_execution":
                yield "carried", texts(command.continue_as_new_workflow_execution.arguments)


def texts(payloads: Sequence[Payload]) -> list[Any]:
    return [json.loads(payload.data) for payload in payloads]


def changes(then: Any, now: Any, path: str = "") -> Iterator[str]:
    """Where the two differ. A field that did not exist then is no difference: messages may grow."""
    if isinstance(then, dict) and isinstance(now, dict):
        for name, value in then.items():
            yield from changes(value, now.get(name, "nothing"), f"{path}.{name}")
    elif isinstance(then, list | tuple) and isinstance(now, list | tuple) and len(then) == len(now):
        for index, (one, other) in enumerate(zip(then, now, strict=True)):
            yield from changes(one, other, f"{path}[{index}]")
    elif then != now:
        yield f"{path}: {then} -> {now}"


def of_kind(kind: str, asked: Sequence[Asked]) -> list[Any]:
    return [what for one, what in asked if one == kind]


def history(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.stem, path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
async def test_a_replay_asks_for_exactly_what_was_asked_for_then(path: Path) -> None:
    watching, recorded = Watching(), history(path)
    watching.asked.clear()
    replayer = Replayer(workflows=[TicketWorkflow], data_converter=DATA_CONVERTER, workflow_runner=watching)
    await replayer.replay_workflow(recorded)
    then, now = list(said_then(recorded.events)), list(said_now(watching.asked))
    for kind in ("activity", "shown", "result", "carried"):
        assert list(changes(of_kind(kind, then), of_kind(kind, now), kind)) == []
    assert of_kind("timer", now) == pytest.approx(of_kind("timer", then), abs=A_MOMENT)
