"""Every scenario on a real server with skipped time gives the same time line as the pure core."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from policies.scenario import lines_of, shown
from tests.support.scenarios import load, played, scenario_files
from tests.support.stage import Overshot, Play, Stage

FILES = scenario_files()
AT_ONCE = 6
"""Plays at the same time: each ticket has a clock of its own, so they do not disturb each other."""


def needs_real_time(path: Path) -> bool:
    return any(happening.worker for happening in load(path).happenings)


TOGETHER = [path for path in FILES if not needs_real_time(path)]
ALONE = [path for path in FILES if needs_real_time(path)]
CONTINUED = TOGETHER[::4]


async def both(stage: Stage, path: Path, history_limit: int = 2_000) -> tuple[str, str]:
    """(on the server, on paper)"""
    written = load(path)
    for tenant in ("limit", "again", "once-more"):
        scenario = replace(written, ticket=replace(written.ticket, tenant=f"{tenant}-{history_limit}"))
        try:
            on_server = await Play(stage, scenario, history_limit).play()
        except Overshot:
            continue
        return shown(on_server, scenario.zone), shown(lines_of(played(scenario).ours), scenario.zone)
    raise AssertionError(f"the server's clock overshot three times in {path.stem}")


Plays = dict[tuple[Path, int], asyncio.Task[tuple[str, str]]]


@pytest_asyncio.fixture(scope="session")
async def plays(stage: Stage, request: pytest.FixtureRequest) -> AsyncIterator[Plays]:
    """Every play that this run wants, started together."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def play(path: Path, limit: int) -> tuple[str, str]:
        async with gate:
            return await both(stage, path, limit)

    items = [item for item in request.session.items if "plays" in getattr(item, "fixturenames", ())]
    wanted: list[dict[str, Any]] = [item.callspec.params for item in items if isinstance(item, pytest.Function)]
    started: Plays = {
        (one["path"], one["limit"]): asyncio.create_task(play(one["path"], one["limit"])) for one in wanted
    }
    yield started
    for task in started.values():
        task.cancel()


@pytest.mark.parametrize("limit", [2_000])
@pytest.mark.parametrize("path", TOGETHER, ids=[path.stem for path in TOGETHER])
async def test_the_server_gives_the_same_time_line(plays: Plays, path: Path, limit: int) -> None:
    on_server, on_paper = await plays[path, limit]
    assert on_server == on_paper


@pytest.mark.parametrize("limit", [50])
@pytest.mark.parametrize("path", CONTINUED, ids=[path.stem for path in CONTINUED])
async def test_continuing_as_new_every_50_events_changes_nothing(plays: Plays, path: Path, limit: int) -> None:
    on_server, on_paper = await plays[path, limit]
    assert on_server == on_paper


@pytest.mark.parametrize("path", ALONE, ids=[path.stem for path in ALONE])
async def test_a_worker_that_was_down_catches_up_as_on_paper(path: Path) -> None:
    async with Stage() as stage, asyncio.timeout(90):
        on_server, on_paper = await both(stage, path)
    assert on_server == on_paper
