"""The one timer of a ticket: kept while nothing changes, replaced when the next due instant moves.

Re-arming costs two history events, keeping costs none. Owned by `run`, never by a handler. Must never wake without a
reason, and never be set in the past.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.limits import SUMMARY, clipped


class Alarm:
    """`rang` turns true once; `at` is the instant (UTC seconds of the ticket's own clock) it stands at."""

    def __init__(self) -> None:
        self.at: int | None = None
        self.rang = False
        self._task: asyncio.Task[None] | None = None

    def set(self, at: int | None, seconds: Callable[[int], float], summary: str) -> None:
        """Stand at `at`, or nowhere. `seconds` tells how far away an instant is."""
        if at == self.at and self._task is not None and not self._task.done():
            return
        self.cancel()
        self.at = at
        if at is not None:
            # TRAP: a timer of 0 takes a second and a negative one wedges the ticket; one millisecond is neither.
            wait = max(seconds(at), 0.0) + 0.001
            self._task = asyncio.create_task(self._ring(wait, clipped(summary, SUMMARY)))

    def cancel(self) -> None:
        """Stand nowhere."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
        self._task, self.at, self.rang = None, None, False

    async def _ring(self, wait: float, summary: str) -> None:
        await workflow.sleep(wait, summary=summary)
        self.rang = True
