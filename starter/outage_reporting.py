"""The report of an outage: every ticket that heard of it gives its dossier, a closed one while the engine has it.

The journal knows which they are. Must never write, and never stop at a ticket that does not answer.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

from activities.outage_report import OutageStory
from activities.ports import Journal
from policies.case import say
from policies.outage import Outage, beginning
from policies.outage_report import Account, Touched, account, loss, touched
from starter.gateway import Gateway, GatewayError

AT_ONCE = 8
"""Tickets asked at the same time: a worker wakes a cold one in 10-18 ms of CPU."""


@dataclass(frozen=True)
class OutageReport:
    """Those that answered, their sum, and what could not be asked."""

    outage: Outage
    tickets: tuple[Touched, ...]
    account: Account
    faults: tuple[str, ...] = ()
    cost: int = 0
    """Of a minute, in the house's currency; 0 = nobody has said."""
    written_at: int = field(default_factory=lambda: int(datetime.now(UTC).timestamp()))

    @property
    def loss(self) -> int | None:
        """None = nobody has said what a minute costs."""
        return loss(self.outage, self.cost, self.written_at)

    @property
    def story(self) -> OutageStory:
        """For the draft of its review."""
        return OutageStory(self.outage, self.written_at, len(self.tickets) + len(self.faults), self.tickets, self.cost)


async def report(gateway: Gateway, journal: Journal, outage: Outage) -> OutageReport:
    """As of now, or of its end."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(ticket: str) -> Touched | str | None:
        async with gate:
            return await _asked(gateway, outage, ticket)

    said, since = say(beginning(outage, outage.since)), datetime.fromtimestamp(outage.since, UTC)
    found = await asyncio.gather(*(one(ticket) for ticket in await journal.heard_of(said, since)))
    tickets = tuple(sorted((each for each in found if isinstance(each, Touched)), key=lambda each: each.ticket))
    return OutageReport(outage, tickets, account(tickets), tuple(each for each in found if isinstance(each, str)))


async def _asked(gateway: Gateway, outage: Outage, ticket: str) -> Touched | str | None:
    tenant, _, id = ticket.partition("/")
    try:
        dossier = await gateway.dossier(tenant, id)
    except GatewayError as error:
        return f"{ticket}: {error}"
    # TRAP: of a rehearsal on a server that skips time, the ticket's own clock is the one that counts
    now = max(dossier.at, int(datetime.now(UTC).timestamp()) + dossier.shift)
    return touched(dossier.plan, dossier.case, outage, now)
