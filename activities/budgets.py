"""Budgets: who has had more pages in seven days than they bear (E8), by the store of messages.

A rung asks, so it waits for a second at most, and many rungs at a time ask once. Must never hold a page up: when the
pages cannot be counted nobody is tired.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from activities.ports import Busy, Load, Refused, Unreachable
from policies.people import Person
from policies.rest import WEEK, used_up

log = logging.getLogger(__name__)
PATIENCE = 1.0
"""Seconds that a rung waits for the count."""
FRESH = timedelta(seconds=5)
"""How long a count serves: a week is long, and in a storm a thousand rungs ask within a second."""


class Budgets:
    """Counts by `load`; `now` is the clock of the store, which may be another than the ticket's."""

    def __init__(
        self, load: Load, now: Callable[[], datetime] = lambda: datetime.now(UTC), fresh: timedelta = FRESH
    ) -> None:
        self.load = load
        self.now = now
        self.fresh = fresh
        self._counted: tuple[tuple[str, ...], datetime, Mapping[str, int]] = ((), datetime.min.replace(tzinfo=UTC), {})

    async def tired(self, people: Mapping[str, Person]) -> Mapping[str, str]:
        """Person -> why, for those whose budget is used up."""
        budgeted = tuple(id for id, person in people.items() if person.pages_per_week)
        return used_up(people, await self._pages(budgeted)) if budgeted else {}

    async def _pages(self, people: tuple[str, ...]) -> Mapping[str, int]:
        asked, at, pages = self._counted
        now = self.now()
        if asked != people or now - at >= self.fresh:
            pages = await self._count(people, now)
            self._counted = people, now, pages
        return pages

    async def _count(self, people: tuple[str, ...], now: datetime) -> Mapping[str, int]:
        try:
            return await asyncio.wait_for(self.load.pages(people, now - timedelta(seconds=WEEK)), PATIENCE)
        except (Unreachable, Busy, Refused, TimeoutError) as error:
            log.warning("pages are not counted (%s); no budget holds one back", str(error) or "no answer in time")
            return {}
