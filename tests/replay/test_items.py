"""Open action items survive every change: they are not pinned, so recorded histories replay with today's code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from tests.replay.record_items import HISTORIES
from workflows.action import ActionWorkflow
from workflows.conversion import DATA_CONVERTER

FILES = sorted(HISTORIES.glob("*.json"))


def recorded(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.stem, path.read_text(encoding="utf-8"))


def test_there_is_a_recording() -> None:
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
async def test_a_recorded_item_replays(path: Path) -> None:
    history = recorded(path)
    replayer = Replayer(workflows=[ActionWorkflow], data_converter=DATA_CONVERTER)
    outcome = await replayer.replay_workflow(history, raise_on_replay_failure=False)
    assert outcome.replay_failure is None


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_reminder_to_one_person_costs_little_history(path: Path) -> None:
    events = json.loads(path.read_text(encoding="utf-8"))["events"]
    reminders = sum(
        "remind:" in str(e.get("activityTaskScheduledEventAttributes", {}).get("activityId")) for e in events
    )
    assert reminders >= 4
    assert len(events) / reminders <= 20
