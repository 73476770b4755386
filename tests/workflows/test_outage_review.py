"""The review of an outage on a real server: once it is over, once, and nothing waits for it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from activities.ports import Refused, Unreachable
from policies.outage import REPRIORITISE
from starter.virtual_time import settle
from tests.support.stage import Stage
from tests.workflows.test_outage import MINUTE, NOON
from tests.workflows.test_outage_told import Crowd
from workflows.contract import OutageProgress, outage_workflow_id

LONG = timedelta(hours=4)
"""All looks for tickets that still show it, and all attempts at its review."""


async def over(crowd: Crowd, ended_at: int = NOON + 20 * MINUTE) -> OutageProgress:
    """Declared, told, ended, and gone."""
    await crowd.stage.desk.declare(crowd.outage)
    await crowd.told(1)
    await crowd.stage.desk.end(crowd.id, ended_at, "lee")
    return await gone(crowd)


async def gone(crowd: Crowd) -> OutageProgress:
    handle = crowd.stage.client.get_workflow_handle(outage_workflow_id(crowd.id))
    await settle(handle)
    await crowd.pass_by(LONG)
    await settle(handle)
    return await crowd.progress()


async def test_whoever_owns_it_is_invited_once_when_it_is_over(stage: Stage) -> None:
    crowd = await Crowd(stage, "REV-1", owner="lee", stakeholders=("executives",), priority="P1").open("kim")
    await stage.desk.declare(crowd.outage)
    await crowd.told(1)
    assert reviews(crowd) == [], "while it lasts there is nothing to look back on"
    await stage.desk.end("REV-1", NOON + 20 * MINUTE, "lee")
    progress = await gone(crowd)
    assert reviews(crowd) == ["review", "review/executives/email", "review/lee/email"]
    assert progress.review == "review of outage REV-1 scheduled"
    assert "Tickets that heard of it: 1" in stage.world.drafts["outage/REV-1/review"]
    assert (await stage.desk.end("REV-1", NOON + 20 * MINUTE, "lee")).already
    assert len(reviews(crowd)) == 3


async def test_a_changed_urgency_is_looked_back_on_too(stage: Stage) -> None:
    crowd = await Crowd(stage, "REV-2", owner="lee", effect=REPRIORITISE, urgency="critical").open("kim")
    await over(crowd)
    assert reviews(crowd) == ["review", "review/lee/email"]


async def test_one_without_an_owner_and_maintenance_have_none(stage: Stage) -> None:
    crowd = await Crowd(stage, "REV-3").open("kim")
    progress = await over(crowd)
    planned = await Crowd(stage, "REV-4", owner="lee", planned_end=NOON + 40 * MINUTE).open("kim")
    await stage.desk.declare(planned.outage)  # in the past, so it is over by now
    await planned.pushed("told_end")
    await gone(planned)
    assert (reviews(crowd), reviews(planned), progress.review) == ([], [], "")


async def test_a_planning_system_that_is_away_is_asked_again(stage: Stage) -> None:
    crowd = await Crowd(stage, "REV-5", owner="lee").open("kim")
    times = iter(range(3))

    def away_twice(kind: str, key: str) -> Exception | None:
        return Unreachable("no route") if key == "outage/REV-5/review" and next(times, 2) < 2 else None

    stage.world.fault = away_twice
    progress = await over(crowd)
    stage.world.fault = lambda kind, key: None
    assert reviews(crowd) == ["review", "review/lee/email"]
    assert progress.unreached == ()


async def test_one_that_refuses_is_said_and_the_outage_is_over_all_the_same(stage: Stage) -> None:
    crowd = await Crowd(stage, "REV-6", owner="lee").open("kim")
    stage.world.fault = lambda kind, key: Refused("no such room") if key == "outage/REV-6/review" else None
    progress = await over(crowd)
    stage.world.fault = lambda kind, key: None
    assert reviews(crowd) == []
    assert progress.unreached == ("lee: no review was scheduled",)
    async with asyncio.timeout(30):
        found = await stage.client.get_workflow_handle(outage_workflow_id("REV-6")).result()
    assert found["outage"]["ended_at"] == NOON + 20 * MINUTE


def reviews(crowd: Crowd) -> list[str]:
    """What arrived of its review, by key."""
    return [key for key in crowd.keys if key.startswith("review")]
