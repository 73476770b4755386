"""Every recorded history replays with today's code, and ends as it ended then.

Replay compares the kinds and ids of commands but not the lengths of timers, so the timers are compared here too.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from tests.replay.record import CALLED_BACK, HISTORIES, MOMENTS
from workflows.conversion import DATA_CONVERTER
from workflows.ticket import TicketWorkflow

FILES = sorted(HISTORIES.glob("*.json"))


@pytest.fixture(scope="session")
def replayer() -> Replayer:
    return Replayer(workflows=[TicketWorkflow], data_converter=DATA_CONVERTER)


def history(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.stem, path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
async def test_a_recorded_history_replays(replayer: Replayer, path: Path) -> None:
    outcome = await replayer.replay_workflow(history(path), raise_on_replay_failure=False)
    assert outcome.replay_failure is None


async def test_a_history_that_was_tampered_with_does_not_replay(replayer: Replayer) -> None:
    """The check can fail: another activity id is noticed."""
    text = FILES[0].read_text(encoding="utf-8")
    changed = json.loads(text)
    event = next(e for e in changed["events"] if "activityTaskScheduledEventAttributes" in e)
    event["activityTaskScheduledEventAttributes"]["activityId"] = "notify:somebody-else"
    tampered = WorkflowHistory.from_json("tampered", json.dumps(changed))
    outcome = await replayer.replay_workflow(tampered, raise_on_replay_failure=False)
    assert outcome.replay_failure is not None


def test_every_moment_is_recorded() -> None:
    recorded = {path.name.split(".")[0] for path in FILES}
    assert {CALLED_BACK, *(moment.name for moment in MOMENTS)} == recorded
    assert len(MOMENTS) >= 8
    assert (HISTORIES / "continued-as-new.2.json").exists()


def seconds_of_timers(path: Path) -> list[float]:
    events: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["events"]
    started = [e["timerStartedEventAttributes"] for e in events if "timerStartedEventAttributes" in e]
    return [float(timer["startToFireTimeout"].rstrip("s")) for timer in started]


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_no_recorded_timer_waits_for_nothing(path: Path) -> None:
    assert all(0 < seconds < 92 * 86_400 for seconds in seconds_of_timers(path))
