"""A task that was answered in two halves replays like one that was not.

TRAP: while a local activity runs, the engine answers the server early when a query waits or eight seconds are over, and
the history has an empty task. When that happens to the first task of a run, a replay gives its first half the time of
the second: what was remembered from `workflow.now()` in there is another second, and the ticket is wedged (measured).
"""

from __future__ import annotations

import copy
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from tests.replay.record import HISTORIES
from workflows.conversion import DATA_CONVERTER
from workflows.ticket import TicketWorkflow

FILES = sorted(path for path in HISTORIES.glob("*.json") if not path.name.startswith("continued-"))
"""Three more events would make a run with a limit of events end sooner: that is right, and another history."""
HALF = timedelta(seconds=2.5)
"""How much later the second half began."""
Event = dict[str, Any]


def tasks_with_near_work(events: list[Event]) -> list[int]:
    """Indices of completed workflow tasks during which a local activity ran."""
    return [
        index for index, event in enumerate(events[:-1])
        if event["eventType"].endswith("WORKFLOW_TASK_COMPLETED") and _marker_follows(events, index)
    ]  # fmt: skip


def _marker_follows(events: list[Event], index: int) -> bool:
    for event in events[index + 1 :]:
        if event["eventType"].endswith("MARKER_RECORDED"):
            return True
        if event["eventType"].endswith(("WORKFLOW_TASK_SCHEDULED", "WORKFLOW_TASK_COMPLETED")):
            return False
    return False


def halved(events: list[Event], index: int) -> list[Event]:
    """The same history with the task that completed at `index` answered in two halves, the second `HALF` later."""
    completed = events[index]
    attributes = completed["workflowTaskCompletedEventAttributes"]
    started = next(e for e in events if e["eventId"] == attributes["startedEventId"])
    scheduled = next(e for e in events if e["eventId"] == attributes["scheduledEventId"])
    at = int(completed["eventId"])
    early, queued, begun = (copy.deepcopy(event) for event in (completed, scheduled, started))
    later = [renumbered(event, at) for event in events[index:]]
    queued["eventId"], begun["eventId"] = str(at + 1), str(at + 2)
    begun["workflowTaskStartedEventAttributes"]["scheduledEventId"] = str(at + 1)
    second = later[0]["workflowTaskCompletedEventAttributes"]
    second["scheduledEventId"], second["startedEventId"] = str(at + 1), str(at + 2)
    moment = datetime.fromisoformat(started["eventTime"][:26].rstrip("Z") + "+00:00") + HALF
    for event in (early, queued, begun):
        event["eventTime"] = moment.isoformat().replace("+00:00", "Z")
    return [*events[:index], early, queued, begun, *later]


def renumbered(event: Event, at: int) -> Event:
    """Three events have come before `at`."""

    def moved(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: moved(part, name) for name, part in value.items()}
        if isinstance(value, list):
            return [moved(part) for part in value]
        counts = key.lower().endswith("eventid") and isinstance(value, str) and value.isdigit() and int(value) >= at
        return str(int(value) + 3) if counts else value

    found: Event = moved(event)
    return found


def some(tasks: list[int]) -> list[int]:
    """The first, which is the one that bites, and every fifth of the others."""
    return [*tasks[:2], *tasks[2::5]]


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
async def test_any_task_may_have_been_answered_in_two_halves(path: Path) -> None:
    replayer = Replayer(workflows=[TicketWorkflow], data_converter=DATA_CONVERTER)
    whole = read(path)
    for index in some(tasks_with_near_work(whole["events"])):
        history = WorkflowHistory.from_json(path.stem, json.dumps({**whole, "events": halved(whole["events"], index)}))
        outcome = await replayer.replay_workflow(history, raise_on_replay_failure=False)
        assert outcome.replay_failure is None, f"task completed at event {whole['events'][index]['eventId']}"
