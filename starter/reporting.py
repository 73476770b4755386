"""Gathers what a ticket's report tells: from the ticket while it answers, from the journal when it has ended long ago.

Must never change anything, and never guess: what nobody knows any more is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from temporalio.service import RPCError

from activities.ports import Card, Line
from activities.report import Report, kept
from policies import event as news
from policies.action_item import Item
from policies.case import Entry
from policies.catalog import Catalog, UnknownName
from policies.explanation import explain, stand
from policies.ticket import Ticket
from policies.written import Faulty
from starter import connection
from starter.action_items import Items
from starter.gateway import GatewayError, NoSuchTicket, Refused, ServerUnreachable
from starter.settings import Settings
from workflows.contract import Dossier

SOLVED = (news.RESOLVED, news.CLOSED, news.MERGED)


async def dossier_of(settings: Settings, tenant: str, ticket: str) -> Dossier | None:
    """What the ticket remembers; None when Temporal has forgotten it, is not there, or nobody answers for it."""
    try:
        return await (await connection.gateway(settings)).dossier(tenant, ticket)
    except (NoSuchTicket, Refused, ServerUnreachable):
        return None


async def items_of(settings: Settings, tenant: str, ticket: str) -> tuple[Item, ...]:
    """Its action items; none when Temporal is not there: the time line still tells of them."""
    try:
        return await Items(await connection.connect(settings)).of(tenant, ticket)
    except (GatewayError, RPCError):
        return ()


def remembered(found: Dossier, lines: Sequence[Entry], items: Sequence[Item], cost: int = 0) -> Report:
    """A report by the ticket's own word; `lines` of the journal, or none when it cannot be read."""
    case, plan = found.case, found.plan
    standing = stand(plan, case, found.at)
    level = f"L{standing.level} {standing.level_title}".strip() if standing.level else ""
    return Report(
        ticket=standing.ticket, policy=plan.name, zone=plan.zone, opened_at=case.opened_at, written_at=found.at,
        state=standing.state, level=level, promises=tuple(kept(one) for one in explain(plan, case, found.at)),
        lines=together(lines, case.time_line), items=tuple(items), cost=cost, solved_at=case.resolved_at,
    )  # fmt: skip


def together(journal: Sequence[Entry], memory: Sequence[Entry]) -> tuple[Entry, ...]:
    """The journal's lines, and those that it does not have yet."""
    known = {(line.at, line.kind, line.text) for line in journal}
    fresh = (line for line in memory if (line.at, line.kind, line.text) not in known)
    return tuple(sorted([*journal, *fresh], key=lambda line: line.at))


def from_journal(
    card: Card, lines: Sequence[Entry], zone: str, items: Sequence[Item], now: int, cost: int = 0
) -> Report:
    """A report of a ticket that only the journal knows."""
    ticket = Ticket(
        id=card.ticket, tenant=card.tenant, summary=card.summary, tier=card.tier, urgency=card.urgency,
        priority=card.priority, service=card.service, team=card.team, type="",
    )  # fmt: skip
    over = card.state in ("resolved", "closed")
    return Report(
        ticket=ticket, policy=card.policy, zone=zone, opened_at=int(card.opened_at.timestamp()), written_at=now,
        state=card.state, level=f"L{card.level}" if card.level else "", broken=tuple(card.breached),
        lines=tuple(lines), items=tuple(items), cost=cost, solved_at=_ended(lines) if over else None,
    )  # fmt: skip


def _ended(lines: Sequence[Entry]) -> int | None:
    """The first of the last resolution's lines: what a reopening undid does not count."""
    ended: int | None = None
    for line in lines:
        word = line.text.split(" ")[0] if line.kind == "event" else ""
        if word in SOLVED:
            ended = line.at if ended is None else ended
        elif word == news.REOPENED:
            ended = None
    return ended


def entries(lines: Sequence[Line]) -> list[Entry]:
    """The journal's lines as the core has them, in their order."""
    return [
        Entry(number, int(line.at.timestamp()), line.kind, line.text, line.rung, line.key)
        for number, line in enumerate(lines)
    ]


def zone_of(policy: str, catalog: Catalog) -> str:
    """The zone of the policy's office; UTC when it is gone."""
    try:
        found = catalog.policy(policy)
    except (UnknownName, Faulty):
        return "UTC"
    return found.calendars[found.document.calendar].zone


def now() -> int:
    """The instant of the writing."""
    return int(datetime.now(UTC).timestamp())
