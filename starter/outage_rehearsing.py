"""What a declaration would do now, without doing it: the open tickets answer with their dossiers, the core plays them.

Asking wakes cold tickets, so at most so many are asked, those due soon first; the rest is counted. Must never write.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from policies.catalog import UnknownName
from policies.compiler import compile_plan
from policies.outage import Outage
from policies.outage_preview import Foreseen, foresee
from policies.plan import Plan
from policies.promise import Uncompilable
from policies.ticket import Ticket
from starter.crowd import ListedCrowd
from starter.gateway import Gateway, GatewayError, reached
from workflows.contract import Dossier, ticket_key

AT_ONCE = 8
"""Tickets asked at the same time: a worker wakes a cold one in 10-18 ms of CPU."""


@dataclass(frozen=True)
class OutageRehearsal:
    """Those it covers, how many were asked, how many more the engine lists, and what could not be asked."""

    foreseen: tuple[Foreseen, ...]
    asked: int
    unasked: int
    faults: tuple[str, ...] = ()


async def rehearse(gateway: Gateway, outage: Outage, most: int) -> OutageRehearsal:
    """Of at most `most` tickets."""
    listed = [ticket async for ticket in _listed(gateway, outage)]
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(ticket: str) -> Foreseen | str | None:
        async with gate:
            return await _asked(gateway, outage, ticket)

    found = await asyncio.gather(*(one(ticket) for ticket in listed[:most]))
    foreseen = tuple(sorted((each for each in found if isinstance(each, Foreseen)), key=lambda each: each.ticket))
    faults = tuple(each for each in found if isinstance(each, str))
    return OutageRehearsal(foreseen, len(found), len(listed) - len(found), faults)


async def _listed(gateway: Gateway, outage: Outage) -> AsyncIterator[str]:
    crowd, begun = ListedCrowd(gateway.client), int(datetime.now(UTC).timestamp())
    for part in ("soon", "rest"):
        position = ""
        while True:
            page, position = await reached(crowd.page(outage, part, begun, position))
            for ticket in page:
                yield ticket
            if not position:
                break


async def _asked(gateway: Gateway, outage: Outage, ticket: str) -> Foreseen | str | None:
    tenant, _, id = ticket_key(ticket).partition("/")
    try:
        dossier = await gateway.dossier(tenant, id)
        # TRAP: of a rehearsal on a server that skips time, the ticket's own clock is the one that counts
        now = max(dossier.at, int(datetime.now(UTC).timestamp()) + dossier.shift)
        return foresee(dossier.plan, dossier.case, outage, now, lambda facts: _plan(gateway, dossier, facts, now))
    except (GatewayError, Uncompilable, UnknownName) as error:
        return f"{tenant}/{id}: {error}"


def _plan(gateway: Gateway, dossier: Dossier, facts: Ticket, now: int) -> Plan:
    """As the ticket would get it for its new facts."""
    policy = gateway.catalog.policy(dossier.plan.name)
    return compile_plan(policy, facts, dossier.case.opened_at, now)
