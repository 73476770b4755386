"""Every recorded outage replays with today's code: it may last for days, and is always run by the current build."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from tests.replay.record import OUTAGES
from workflows.conversion import DATA_CONVERTER
from workflows.outage import OutageWorkflow

FILES = sorted(OUTAGES.glob("*.json"))


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_there_are_recordings() -> None:
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
async def test_a_recorded_outage_replays(path: Path) -> None:
    replayer = Replayer(workflows=[OutageWorkflow], data_converter=DATA_CONVERTER)
    history = WorkflowHistory.from_json(path.stem, json.dumps(read(path)))
    outcome = await replayer.replay_workflow(history, raise_on_replay_failure=False)
    assert outcome.replay_failure is None


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
async def test_one_that_was_tampered_with_does_not(path: Path) -> None:
    changed = read(path)
    event = next(e for e in changed["events"] if "activityTaskScheduledEventAttributes" in e)
    event["activityTaskScheduledEventAttributes"]["activityType"]["name"] = "something_else"
    history = WorkflowHistory.from_json("tampered", json.dumps(changed))
    replayer = Replayer(workflows=[OutageWorkflow], data_converter=DATA_CONVERTER)
    outcome = await replayer.replay_workflow(history, raise_on_replay_failure=False)
    assert outcome.replay_failure is not None
