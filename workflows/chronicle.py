"""Keeps the journal up to date: the time line's new entries and the ticket's card.

Written when nothing is in flight, so that one rung costs one write; when the database is away the write goes on in the
background until it works, and nothing waits for it. Must never hold up a decision or lose a line.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from temporalio import workflow
from temporalio.exceptions import FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.requests import CardView, JournalRequest
    from policies.explanation import Standing
    from workflows.near import write_journal, write_journal_patiently

if TYPE_CHECKING:
    from workflows.ticket import TicketWorkflow

MOST_LINES = 200


class Chronicle:
    """`written` is the number of the first entry that the journal does not have."""

    def __init__(self, ticket: TicketWorkflow, written: int) -> None:
        self.ticket = ticket
        self.written = written
        self.standing: Standing | None = None
        self._background: asyncio.Task[None] | None = None

    async def write_when_quiet(self) -> None:
        """New lines, once no effect is in flight; one attempt, then on in the background."""
        away = self._background is not None and not self._background.done()
        while self.ticket.effects.quiet and not away and self.ticket.case.entries > self.written:
            request = self.request()
            try:
                await write_journal(request)
            except FailureError as error:  # TRAP: of a local activity it is not an ActivityError
                if is_cancelled_exception(error):
                    raise
                self._background = asyncio.create_task(self._write_patiently(request))
                return
            self.note_written(request)

    async def write_last(self) -> None:
        """Before the ticket ends: until it works."""
        if self._background is not None and not self._background.done():
            await self._background
        while self.ticket.case.entries > self.written:
            request = self.request()
            await write_journal_patiently(request)
            self.note_written(request)

    async def _write_patiently(self, request: JournalRequest) -> None:
        await write_journal_patiently(request)
        self.note_written(request)
        self.ticket.unread += 1

    def request(self) -> JournalRequest:
        case, standing = self.ticket.case, self.standing
        entries = [entry for entry in case.time_line if entry.number >= self.written][:MOST_LINES]
        info = workflow.info()
        return JournalRequest(case.ticket, info.workflow_id, info.run_id, tuple(entries), self._card(standing))

    def revision(self) -> int:
        """Grows with every entry, and with every new life of a ticket of the same id."""
        return int(workflow.info().start_time.timestamp()) * 1_000_000 + self.ticket.case.entries

    def note_written(self, request: JournalRequest) -> None:
        self.written = request.entries[-1].number + 1 if request.entries else self.ticket.case.entries

    def _card(self, standing: Standing | None) -> CardView:
        case, plan = self.ticket.case, self.ticket.known_plan
        if standing is None:
            return CardView(self.revision(), "open", "ok", plan.name, case.level, case.opened_at, None, None)
        resolution = [r for r in standing.readings if r.clock == "resolution"]
        running = [r.due for r in standing.readings if r.stop is None and r.due is not None]
        return CardView(
            revision=self.revision(), state=standing.state, sla=standing.sla, policy=standing.policy,
            level=standing.level, opened_at=case.opened_at, next_due=min(running, default=None),
            resolution_due=resolution[-1].due if resolution and resolution[-1].stop is None else None,
            breached=tuple(r.clock for r in standing.readings if r.breached), paused_by=standing.paused_by,
        )  # fmt: skip
