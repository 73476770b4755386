"""A recognition lasts for hours and is always run by the current build: recorded histories replay with today's code."""

from __future__ import annotations

import json

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from tests.replay.record_recognition import HISTORIES
from workflows.conversion import DATA_CONVERTER
from workflows.recognition import RecognitionWorkflow

FILES = sorted(HISTORIES.glob("*.json"))
TEXTS = [path.read_text(encoding="utf-8") for path in FILES]


async def failure(text: str) -> Exception | None:
    replayer = Replayer(workflows=[RecognitionWorkflow], data_converter=DATA_CONVERTER)
    history = WorkflowHistory.from_json("recorded", text)
    return (await replayer.replay_workflow(history, raise_on_replay_failure=False)).replay_failure


def test_there_are_recordings_of_more_than_one_run() -> None:
    assert len(FILES) > 1


@pytest.mark.parametrize("text", TEXTS, ids=[path.stem for path in FILES])
async def test_a_recorded_recognition_replays(text: str) -> None:
    assert await failure(text) is None


async def test_one_that_was_tampered_with_does_not() -> None:
    assert await failure(TEXTS[0].replace('"tell_recognised"', '"tell_nobody"')) is not None


def test_it_declared_and_ended_one_and_told_each_of_the_three_incidents_once() -> None:
    runs = [json.loads(text)["events"] for text in TEXTS]
    acts = [
        e["activityTaskScheduledEventAttributes"]["activityType"]["name"]
        for events in runs
        for e in events
        if "activityTaskScheduledEventAttributes" in e
    ]
    assert acts == ["tell_recognised"] * 4
