"""`make chaos`: workers and server are killed, providers fail, clocks stand still - and every promise is kept.

CHAOS_SEED, CHAOS_MINUTES and CHAOS_TICKETS choose a run; one with the same seed draws the same lives, faults and deaths.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from starter import virtual_time
from tests.chaos.figures import Findings, figures_of, table
from tests.chaos.player import TENANTS, Player, play
from tests.chaos.reaper import Reaper
from tests.chaos.statement import not_in_the_journal, statement_of
from tests.chaos.story import Story, draw
from tests.chaos.town import Providers, providers, town
from tests.chaos.verdict import Reckoning
from tests.support.simulator import Asked

REFUSED_PERCENT = 3
"""Of the pages to people who have another channel."""
QUESTIONS = 30.0
"""Seconds of the budget that are kept for the questions afterwards."""


@dataclass(frozen=True)
class Run:
    """What was chosen on the command line."""

    seed: str
    tickets: int
    minutes: float

    @classmethod
    def chosen(cls) -> Run:
        """Without a seed a fresh one."""
        seed = os.environ.get("CHAOS_SEED") or str(random.SystemRandom().randrange(10**6))
        tickets, minutes = os.environ.get("CHAOS_TICKETS") or "100", os.environ.get("CHAOS_MINUTES") or "5"
        return cls(seed, int(tickets), float(minutes))

    def __str__(self) -> str:
        return f"make chaos SEED={self.seed} TICKETS={self.tickets} MINUTES={self.minutes:g}"

    def stories(self, world: Providers) -> list[Story]:
        """All lives; some of the messages that may go another way will be refused."""
        stories = [draw(self.seed, number, TENANTS[0], world.roster) for number in range(self.tickets)]
        have_another = sorted(key for story in stories for key in story.first_channels())
        dice = random.Random(f"{self.seed}:refused")
        world.log.dice.refused = set(dice.sample(have_another, len(have_another) * REFUSED_PERCENT // 100))
        return stories


def asked_of(world: Providers, players: Sequence[Player]) -> list[Asked]:
    """All requests but those of tickets that were abandoned and played anew."""
    abandoned = tuple(f"{ticket}/" for player in players for ticket in player.abandoned)
    return [one for one in world.log.asked if not one.key.startswith(abandoned)]


@pytest.mark.chaos
async def test_nothing_is_lost_nothing_fires_while_paused_and_no_key_is_new_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(virtual_time, "QUIET_WITHIN", 15.0)  # a skip the server forgot as it died is asked for again
    monkeypatch.setattr(virtual_time, "LOOK_EVERY", 0.3)  # fifty who look every 5 ms leave no time to work
    run, clock = Run.chosen(), asyncio.get_running_loop()
    begun, reaper = clock.time(), Reaper(run.seed)
    print(f"\n{run}")
    async with asyncio.timeout(run.minutes * 60), providers(tmp_path, run.seed, reaper) as world:
        stories = run.stories(world)
        async with town(tmp_path, world) as running:
            players = [Player(story, running, world.roster, reaper.news) for story in stories]
            left = await play(players, reaper, running, run.minutes * 60 - QUESTIONS - (clock.time() - begun))
            if left:
                pytest.fail("\n".join([f"not through in time; the logs are in {tmp_path}:", *left]), pytrace=False)
            told = await asyncio.gather(*map(statement_of, players))
            unwritten = await not_in_the_journal(running.journal_url, told)
    keys = Reckoning([one.story for one in told], asked_of(world, players), reaper.deaths)
    found = Findings(keys, told, unwritten)
    print(table({**asdict(run), **figures_of(found, players, reaper, world), "seconds": round(clock.time() - begun)}))
    print("\n".join(f"  fell back: {key}" for key in found.keys.fell_back))
    assert found.wrong == []
    assert reaper.workers_killed * reaper.servers_killed > 0
    assert all(worker.process is None or worker.process.returncode is not None for worker in running.workers)
