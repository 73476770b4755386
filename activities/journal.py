"""Writes the time line and the ticket's card to our own projection, which views read.

Appending a known line changes nothing, so it may run as often as it likes. Must never be the source of a decision.
"""

from __future__ import annotations

from datetime import UTC, datetime

from temporalio import activity

from activities.ports import Card, Journal, Line
from activities.requests import JournalRequest


class Journaling:
    """Journal writes: near work, tried first as a local activity."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    @activity.defn
    async def write_journal(self, request: JournalRequest) -> int:
        """Append the entries and replace the card; returns the number of lines sent."""
        lines = [_line(request, index) for index in range(len(request.entries))]
        await self.journal.append(lines, _card(request))
        return len(lines)


def _line(request: JournalRequest, index: int) -> Line:
    entry = request.entries[index]
    return Line(
        id=f"{request.ticket.key}/{request.card.opened_at}/{entry.number}", ticket=request.ticket.key,
        at=_moment(entry.at), kind=entry.kind, text=entry.text, rung=entry.rung, key=entry.key,
    )  # fmt: skip


def _card(request: JournalRequest) -> Card:
    ticket, view = request.ticket, request.card
    return Card(
        tenant=ticket.tenant, ticket=ticket.id, workflow_id=request.workflow_id, run_id=request.run_id,
        revision=view.revision, state=view.state if view.state != "open" else view.sla, summary=ticket.summary,
        tier=ticket.tier, urgency=ticket.urgency, priority=ticket.priority, service=ticket.service, team=ticket.team,
        assignee=ticket.assignee, policy=view.policy, level=view.level, opened_at=_moment(view.opened_at),
        next_due=_maybe(view.next_due), resolution_due=_maybe(view.resolution_due), breached=view.breached,
        paused_by=view.paused_by, next_rung_at=_maybe(view.next_rung_at), next_rung=view.next_rung,
        region=ticket.region, tags=ticket.tags,
    )  # fmt: skip


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _maybe(at: int | None) -> datetime | None:
    return None if at is None else _moment(at)
