"""Every scenario on a real server with skipped time gives the same time line as the pure core."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from policies.scenario import lines_of, shown
from tests.support.scenarios import load, played, scenario_files
from tests.support.stage import Play, Stage

FILES = scenario_files()


def needs_real_time(path: Path) -> bool:
    return any(happening.worker for happening in load(path).happenings)


TOGETHER = [path for path in FILES if not needs_real_time(path)]
ALONE = [path for path in FILES if needs_real_time(path)]


async def assert_same(stage: Stage, path: Path, history_limit: int = 2_000) -> None:
    scenario = load(path)
    scenario = replace(scenario, ticket=replace(scenario.ticket, tenant=f"limit-{history_limit}"))
    on_paper = lines_of(played(scenario).ours)
    on_server = await Play(stage, scenario, history_limit).play()
    assert shown(on_server, scenario.zone) == shown(on_paper, scenario.zone)


@pytest.mark.parametrize("path", TOGETHER, ids=[path.stem for path in TOGETHER])
async def test_the_server_gives_the_same_time_line(stage: Stage, path: Path) -> None:
    await assert_same(stage, path)


@pytest.mark.parametrize("path", TOGETHER[::4], ids=[path.stem for path in TOGETHER[::4]])
async def test_continuing_as_new_every_50_events_changes_nothing(stage: Stage, path: Path) -> None:
    await assert_same(stage, path, history_limit=50)


@pytest.mark.parametrize("path", ALONE, ids=[path.stem for path in ALONE])
async def test_a_worker_that_was_down_catches_up_as_on_paper(path: Path) -> None:
    async with Stage() as stage, asyncio.timeout(90):
        await assert_same(stage, path)
