"""The hands of an outage: its row in the registry, the telling of thousands of tickets, the word to its owner.

The row counts and the telling is a courtesy, so it may be cut off anywhere and begun again: a page that was told twice
says nothing new. It goes as fast as tickets take it in, for what waits in their workers' queues delays everybody else's
pages. Must never judge whom an outage covers: each ticket does.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from temporalio import activity

from activities.ports import Crowd, Outages, Refused
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


TOLD, GONE, FAILED = "told", "gone", "failed"


class Position(NamedTuple):
    """How far the telling has come, as a heartbeat says it. Only grows: an attempt of an older build wrote three."""

    page: str = ""
    told: int = 0
    gone: int = 0
    listing: int = 0
    failed: int = 0

    @classmethod
    def of(cls, details: Sequence[Any]) -> Position:
        return cls(*(kind(value) for kind, value in zip((str, int, int, int, int), details, strict=False)))

    def behind(self, following: str, page: Counter[str]) -> Position:
        """After one more page: the next one, or the next list."""
        listing = self.listing if following else self.listing + 1
        return Position(
            following, self.told + page[TOLD], self.gone + page[GONE], listing, self.failed + page[FAILED]
        )  # fmt: skip


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
            became = await self._tell(page, push.outage, at)
            heard.update(page)
            at = at.behind(following, Counter(became))
            activity.heartbeat(*at)
        return Pushed(at.told, at.gone, at.failed)

    async def _tell(self, page: Sequence[str], outage: Outage, position: Position) -> list[str]:
        """What became of each of them."""
        became: list[str] = []
        for start in range(0, len(page), HANDFUL):
            handful = page[start : start + HANDFUL]
            became += await self._tell_at_once(handful, outage)
            activity.heartbeat(*position)
            heard = [ticket for ticket, what in zip(handful, became[start:], strict=True) if what == TOLD]
            await asyncio.gather(*(self.crowd.caught_up(ticket) for ticket in heard[-ASKED:]))
        return became

    async def _tell_at_once(self, tickets: Sequence[str], outage: Outage) -> list[str]:
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(ticket: str) -> str:
            async with slots:
                return await self._told(ticket, outage)

        try:
            async with asyncio.TaskGroup() as group:
                asked = [group.create_task(one(ticket)) for ticket in tickets]
        except ExceptionGroup as errors:  # the first that fails ends the attempt; the page is told again
            raise errors.exceptions[0] from None
        return [task.result() for task in asked]

    async def _told(self, ticket: str, outage: Outage) -> str:
        """TRAP: one ticket that the server refuses to tell would keep its whole page from being told, for ever."""
        try:
            return TOLD if await self.crowd.tell(ticket, outage) else GONE
        except Refused as error:
            activity.logger.warning(
                "a ticket cannot be told of an outage", extra={"ticket": ticket, "said": str(error)}
            )
            return FAILED
