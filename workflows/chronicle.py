"""Keeps the journal up to date: the time line's new entries and the ticket's card.

Written when nothing is in flight, so that one rung costs one write; when the database is away the write goes on in the
background until it works, and nothing waits for it. Must never hold up a decision or lose a line.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from temporalio import workflow
from temporalio.exceptions import FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.requests import CardView, JournalRequest, card_of
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
        while self.idle and self.ticket.case.entries > self.written:
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
        return self.revision_base() + self.ticket.case.entries

    def revision_base(self) -> int:
        return int(workflow.info().start_time.timestamp()) * 1_000_000

    @property
    def idle(self) -> bool:
        """No write is on its way and none is being held back by effects in flight."""
        away = self._background is not None and not self._background.done()
        return self.ticket.effects.quiet and not away

    def note_written(self, request: JournalRequest) -> None:
        self.have(request.entries[-1].number + 1 if request.entries else self.ticket.case.entries)

    def have(self, written: int) -> None:
        """The journal has everything before that number; the case may let go of it."""
        self.written = max(self.written, written)
        self.ticket.case = replace(self.ticket.case, journaled=self.written)

    def _card(self, standing: Standing | None) -> CardView:
        case, plan = self.ticket.case, self.ticket.known_plan
        if standing is None:
            return CardView(self.revision(), "open", "ok", plan.name, case.level, case.opened_at, None, None)
        return card_of(standing, self.revision())
