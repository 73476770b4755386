"""A rule of maintenance lasts for years and is always run by the current build: its histories replay with today's code."""

from __future__ import annotations

import json

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from tests.replay.record_maintenance import HISTORIES
from workflows.conversion import DATA_CONVERTER
from workflows.maintenance import MaintenanceWorkflow

FILES = sorted(HISTORIES.glob("*.json"))
TEXTS = [path.read_text(encoding="utf-8") for path in FILES]


async def failure(text: str) -> Exception | None:
    replayer = Replayer(workflows=[MaintenanceWorkflow], data_converter=DATA_CONVERTER)
    history = WorkflowHistory.from_json("recorded", text)
    return (await replayer.replay_workflow(history, raise_on_replay_failure=False)).replay_failure


def test_there_are_recordings_of_more_than_one_run() -> None:
    assert len(FILES) > 1


@pytest.mark.parametrize("text", TEXTS, ids=[path.stem for path in FILES])
async def test_a_recorded_rule_replays(text: str) -> None:
    assert await failure(text) is None


async def test_one_that_was_tampered_with_does_not() -> None:
    (text,) = [text for text in TEXTS if '"withdraw_window"' in text]
    assert await failure(text.replace('"withdraw_window"', '"forget_window"')) is not None


def test_it_asked_for_each_window_until_it_was_declared_and_withdrew_one() -> None:
    asked = [
        event["activityTaskScheduledEventAttributes"]["activityType"]["name"]
        for text in TEXTS
        for event in json.loads(text)["events"]
        if "activityTaskScheduledEventAttributes" in event
    ]
    assert asked[-3:] == ["declare_window", "declare_window", "withdraw_window"]
    assert set(asked[:-1]) == {"declare_window"}
