"""The hands of an outage: its row in the registry, the telling of thousands of tickets, the word to its owner.

The row counts and the telling is a courtesy, so it may be cut off anywhere and begun again: a page that was told twice
says nothing new. It goes as fast as tickets take it in, for what waits in their workers' queues delays everybody else's
pages. Must never judge whom an outage covers: each ticket does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

from temporalio import activity

from activities.ports import Crowd, Outages
from activities.requests import Push, Pushed
from policies.outage import Outage

AT_ONCE = 50
"""Signals on their way at the same time."""
HANDFUL = 200
"""Tickets told before the next ones have to wait until these have worked through it."""
ASKED = 4
"""Of a handful, the last ones told: more than one, for they may be with different workers."""
LISTINGS = {"left": ("shown",), "over": ("shown", "all")}
"""Part -> the lists that make it up, if it is not a list itself. At the end those that stand still come first, then
all: one may stand still and not show it yet."""


class Position(NamedTuple):
    """How far the telling has come, as a heartbeat says it. Only grows: an attempt of an older build wrote three."""

    page: str = ""
    told: int = 0
    gone: int = 0
    listing: int = 0

    @classmethod
    def of(cls, details: Sequence[Any]) -> Position:
        return cls(*(kind(value) for kind, value in zip((str, int, int, int), details, strict=False)))

    def behind(self, following: str, told: int, gone: int) -> Position:
        """After one more page: the next one, or the next list."""
        listing = self.listing if following else self.listing + 1
        return Position(following, self.told + told, self.gone + gone, listing)


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
        """Tell one part of the tickets, list by list and page by page; goes on where an attempt before was cut off.

        Nobody is told twice by one attempt, even who stands in two lists.
        """
        lists = LISTINGS.get(push.part, (push.part,))
        at, heard = Position.of(activity.info().heartbeat_details), set[str]()
        while at.listing < len(lists):
            listed, following = await self.crowd.page(push.outage, lists[at.listing], push.begun, at.page)
            activity.heartbeat(*at)
            page = [ticket for ticket in listed if ticket not in heard]
            reached = await self._tell(page, push.outage, at)
            heard.update(page)
            at = at.behind(following, sum(reached), len(reached) - sum(reached))
            activity.heartbeat(*at)
        return Pushed(at.told, at.gone)

    async def _tell(self, page: Sequence[str], outage: Outage, position: Position) -> list[bool]:
        """Whether each of them was reached."""
        reached: list[bool] = []
        for start in range(0, len(page), HANDFUL):
            handful = page[start : start + HANDFUL]
            reached += await self._tell_at_once(handful, outage)
            activity.heartbeat(*position)
            heard = [ticket for ticket, there in zip(handful, reached[start:], strict=True) if there]
            await asyncio.gather(*(self.crowd.caught_up(ticket) for ticket in heard[-ASKED:]))
        return reached

    async def _tell_at_once(self, tickets: Sequence[str], outage: Outage) -> list[bool]:
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(ticket: str) -> bool:
            async with slots:
                return await self.crowd.tell(ticket, outage)

        try:
            async with asyncio.TaskGroup() as group:
                asked = [group.create_task(one(ticket)) for ticket in tickets]
        except ExceptionGroup as errors:  # the first that fails ends the attempt; the page is told again
            raise errors.exceptions[0] from None
        return [task.result() for task in asked]
