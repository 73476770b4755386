"""Which ticket something made by hand belongs to: its facts and its calendar, also when it is closed or forgotten.

Must never invent a ticket: what neither Temporal nor the journal knows is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from policies.catalog import UnknownName
from policies.compiler import HORIZON, Policy, office_hours
from policies.cycles import RESOLUTION
from policies.duration import BadDuration, parse_duration
from policies.plan import Target
from policies.ticket import Ticket
from policies.written import Faulty
from starter.answering import Unable, Unfit
from starter.journal import journal
from starter.reading import instant
from starter.reporting import dossier_of
from starter.settings import Settings


@dataclass(frozen=True)
class Known:
    """A ticket and the policy whose calendar counts for it."""

    ticket: Ticket
    policy: Policy
    opened_at: int

    @property
    def zone(self) -> str:
        return self.policy.calendars[self.policy.document.calendar].zone

    @property
    def catch_all(self) -> Target:
        found = self.policy.document.catch_all
        return Target(found.who, tuple(found.via))

    @property
    def business_day(self) -> int:
        """Open seconds."""
        return parse_duration(self.policy.calendar_of(RESOLUTION).business_day)


async def known(settings: Settings, tenant: str, id: str) -> Known:
    """By the ticket's own word, else by the journal's. Raises Unable when neither knows it."""
    found = await dossier_of(settings, tenant, id)
    if found is not None:
        return Known(found.case.ticket, _policy(settings, found.plan.name), found.case.opened_at)
    try:
        async with journal(settings) as records:
            card = await records.card(tenant, id)
    except Unable as error:
        raise Unable([f"ticket {tenant}/{id} does not answer, and {error}"]) from None
    if card is None:
        raise Unable([f"nobody knows a ticket {tenant}/{id}; 'rung ticket list' shows those the journal has"])
    ticket = Ticket(
        id=id, tenant=tenant, summary=card.summary, tier=card.tier, urgency=card.urgency, priority=card.priority,
        service=card.service, team=card.team, assignee=card.assignee,
    )  # fmt: skip
    return Known(ticket, _policy(settings, card.policy), int(card.opened_at.timestamp()))


def _policy(settings: Settings, name: str) -> Policy:
    try:
        return settings.catalog().policy(name)
    except (UnknownName, Faulty) as error:
        raise Unable([f"its policy cannot be read: {error}"]) from None


def due_at(ticket: Known, text: str, now: int) -> int:
    """`3bd` of the ticket's calendar from `now`, or an instant. Raises Unfit for neither, and for the past."""
    try:
        seconds = parse_duration(text, ticket.business_day)
    except BadDuration as error:
        if not text[:4].isdigit():
            raise Unfit([f"--due: {error}, or an instant like 2026-04-03T18:00:00+09:00"]) from None
        at = int(instant(text, "--due").timestamp())
        if at <= now:
            raise Unfit([f"--due '{text}' is in the past; write an instant to come"]) from None
        return at
    due = office_hours(ticket.policy, min(ticket.opened_at, now), now + HORIZON).add(now, seconds)
    if due is None or seconds <= 0:
        raise Unfit([f"--due '{text}' lies past the next three months, or is nothing; write an instant instead"])
    return due
