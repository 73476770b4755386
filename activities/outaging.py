"""The hands of an outage: its row in the registry, the telling of thousands of tickets, the word to its owner.

The row counts and the telling is a courtesy, so it may be cut off anywhere and begun again: a page that was told twice
says nothing new. Must never judge whom an outage covers: each ticket does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from temporalio import activity

from activities.ports import Crowd, Outages
from activities.requests import Push, Pushed
from policies.outage import Outage

AT_ONCE = 50
"""Signals on their way at the same time."""
BEATS_EVERY = 100
"""Tickets between two heartbeats within a page."""


class Outaging:
    """One method a step of the outage's workflow."""

    def __init__(self, outages: Outages, crowd: Crowd) -> None:
        self.outages, self.crowd = outages, crowd

    @activity.defn
    async def keep_outage(self, outage: Outage) -> Outage:
        """Into the registry; returns what stands there."""
        return await self.outages.keep(outage)

    @activity.defn
    async def extend_outage(self, outage: Outage) -> Outage:
        """Its new expected end; one that the registry does not know stays as it is."""
        return await self.outages.extend(outage.id, outage.expected) or outage

    @activity.defn
    async def push_outage(self, push: Push) -> Pushed:
        """Tell one part of the tickets, page by page; goes on where an attempt before was cut off."""
        done = activity.info().heartbeat_details
        position, told, gone = (str(done[0]), int(done[1]), int(done[2])) if done else ("", 0, 0)
        while True:
            page, following = await self.crowd.page(push.outage, push.part, push.begun, position)
            activity.heartbeat(position, told, gone)
            reached = await self._tell(page, push.outage, (position, told, gone))
            told, gone = told + sum(reached), gone + len(reached) - sum(reached)
            position = following
            if not position:
                return Pushed(told, gone)
            activity.heartbeat(position, told, gone)

    async def _tell(self, page: Sequence[str], outage: Outage, position: tuple[str, int, int]) -> list[bool]:
        slots, done = asyncio.Semaphore(AT_ONCE), 0

        async def one(ticket: str) -> bool:
            nonlocal done
            async with slots:
                heard = await self.crowd.tell(ticket, outage)
            done += 1
            if done % BEATS_EVERY == 0:
                activity.heartbeat(*position)
            return heard

        try:
            async with asyncio.TaskGroup() as group:
                asked = [group.create_task(one(ticket)) for ticket in page]
        except ExceptionGroup as errors:  # the first that fails ends the attempt; the page is told again
            raise errors.exceptions[0] from None
        return [task.result() for task in asked]
