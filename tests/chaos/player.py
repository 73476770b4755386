"""Plays stories on the server: opens, moves the ticket's clock from happening to happening, tells the news, and again.

A server that is away for a moment is asked until it answers. Must never look at what a ticket does with its news.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from temporalio.service import RPCError

from policies.people import Roster
from starter.gateway import GatewayError
from tests.chaos.reaper import Reaper
from tests.chaos.story import CLEAR, Story
from tests.chaos.town import Town
from tests.support.stage import Overshot, moment, payload_of

T = TypeVar("T")
AT_ONCE = 50
"""Tickets that are played at a time: most of the time they wait for somebody dead to be given up."""
TENANTS = ("chaos", "again", "once-more")
"""Where a story is played, and played anew."""


@dataclass
class Player:
    """Plays one story on the server; `at` and `trouble` say how far it has come, and what it last ran into.

    `told` is called after each piece of news. `abandoned`: the tickets whose clock the server skipped too far.
    """

    story: Story
    running: Town
    roster: Roster
    told: Callable[[], None]
    at: str = "not opened"
    trouble: str = ""
    is_through: bool = False
    abandoned: list[str] = field(default_factory=list)

    async def play(self, gate: asyncio.Semaphore) -> None:
        """To the end; anew, with keys of its own, when the server skipped too far."""
        async with gate:
            for tenant in TENANTS:
                try:
                    self.story = self.story.elsewhere(tenant, self.roster) if self.abandoned else self.story
                    await self.once()
                    self.is_through = True
                    return
                except Overshot:
                    self.abandoned.append(self.story.life.ticket.key)
        raise AssertionError(f"the server's clock overshot {len(TENANTS)} times in {self.story.name}")

    async def once(self) -> None:
        life, gateway = self.story.life, self.running.gateway
        handle, at = gateway.client.get_workflow_handle(self.story.name), moment(life.opened_at)
        await self.patiently(
            lambda: gateway.open(life.ticket, life.policy, at, as_of=at, history_limit=life.history_limit)
        )
        shift: int = await self.patiently(lambda: handle.query("clock"))
        for happening in life.script.happenings:
            assert happening.event is not None
            await self.forward(happening.at, shift)
            await self.patiently(partial(handle.signal, happening.event.kind, payload_of(happening.event)))
            self.told()
        await self.forward(life.until, shift)

    async def forward(self, at: int, shift: int) -> None:
        """To that instant, and no further than a life can bear. Raises Overshot."""
        self.at = f"on the way to {moment(at)}"
        await self.patiently(partial(self.running.time.to, self.story.name, moment(at - shift)))
        now = await self.patiently(partial(self.running.time.now, self.story.name))
        if now.timestamp() - (at - shift) > CLEAR:
            raise Overshot(f"{self.story.name} was to stand at {moment(at)}")

    async def patiently(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Until it works: what a helpdesk does with a server that is away for a moment."""
        while True:
            try:
                return await attempt()
            except (RPCError, GatewayError, RuntimeError, TimeoutError) as error:
                self.trouble = f"{type(error).__name__} {error}"
                await asyncio.sleep(0.3)


async def play(players: Sequence[Player], reaper: Reaper, running: Town, seconds: float) -> list[str]:
    """All of them while others die; says what is not through within `seconds`."""
    gate = asyncio.Semaphore(AT_ONCE)
    reaper.begin(running.workers, running.server)
    try:
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as together:
            for player in players:
                together.create_task(player.play(gate))
    except TimeoutError:
        pass
    finally:
        await reaper.end()
    left = [player for player in players if not player.is_through]
    return [f"{player.story.name}: {player.at}; last trouble: {player.trouble or 'none'}" for player in left]
