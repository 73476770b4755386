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
    """The same history with the task that completed at `index` answered in two halves, the second `HALF` later.

    TRAP: what the workflow asked for before its local activity goes out with the first half, patch markers too.
    """
    completed = events[index]
    attributes = completed["workflowTaskCompletedEventAttributes"]
    started = next(e for e in events if e["eventId"] == attributes["startedEventId"])
    scheduled = next(e for e in events if e["eventId"] == attributes["scheduledEventId"])
    first = index + 1 + _before_near_work(events[index + 1 :])
    at, then = int(completed["eventId"]), int(events[first]["eventId"])
    early, queued, begun, second = (copy.deepcopy(event) for event in (completed, scheduled, started, completed))
    queued["eventId"], begun["eventId"], second["eventId"] = str(then), str(then + 1), str(then + 2)
    begun["workflowTaskStartedEventAttributes"]["scheduledEventId"] = str(then)
    answer = second["workflowTaskCompletedEventAttributes"]
    answer["scheduledEventId"], answer["startedEventId"] = str(then), str(then + 1)
    moment = datetime.fromisoformat(started["eventTime"][:26].rstrip("Z") + "+00:00") + HALF
    for event in (early, queued, begun):
        event["eventTime"] = moment.isoformat().replace("+00:00", "Z")
    later = [renumbered(event, at, then) for event in events[first:]]
    return [*events[:index], early, *events[index + 1 : first], queued, begun, second, *later]


def _before_near_work(commands: list[Event]) -> int:
    """How many commands there are before the first local activity; none where the task has no local activity."""
    for count, event in enumerate(commands):
        if event.get("markerRecordedEventAttributes", {}).get("markerName") == "core_local_activity":
            return count
        if event["eventType"].endswith(("WORKFLOW_TASK_SCHEDULED", "WORKFLOW_TASK_COMPLETED")):
            break
    return 0


def renumbered(event: Event, at: int, then: int) -> Event:
    """Three events have come before `then`; what the task of `at` brought is brought by its second half."""

    def moved(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: moved(part, name) for name, part in value.items()}
        if isinstance(value, list):
            return [moved(part) for part in value]
        if key == "workflowTaskCompletedEventId" and value == str(at):
            return str(then + 2)
        counts = key.lower().endswith("eventid") and isinstance(value, str) and value.isdigit() and int(value) >= then
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
