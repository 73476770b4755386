"""Moves the open tickets of one policy to another: a preview of all, then one update a ticket.

A ticket that is under the new policy already is left alone, so that a run that was cut off is simply run again. Must
never move a ticket without a reason, and never stop at one that refuses.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from policies.compiler import compile_plan
from policies.migration import Preview, preview
from policies.promise import Uncompilable
from starter.gateway import Gateway, GatewayError

AT_ONCE = 8
"""Tickets asked at the same time: a worker wakes a cold one in 10-18 ms of CPU."""
Tick = Callable[[], None]


@dataclass(frozen=True)
class Move:
    """One ticket's turn: its preview, or what speaks against it; `done` once it has moved."""

    tenant: str
    id: str
    preview: Preview | None = None
    fault: str = ""
    done: bool = False


@dataclass
class Migration:
    """All open tickets under `before`, to be put under `after` (full names)."""

    gateway: Gateway
    before: str
    after: str

    async def find(self) -> list[tuple[str, str]]:
        """(tenant, id) of every open ticket whose plan is of the old policy, by id."""
        return sorted([pair async for pair in _under(self.gateway, self.before)])

    async def look(self, tickets: Sequence[tuple[str, str]], tick: Tick = lambda: None) -> list[Move]:
        """The preview of each, without a trace in its history."""
        return await _few_at_once(tickets, self._preview, tick)

    async def carry_out(self, moves: Sequence[Move], reason: str, actor: str, tick: Tick = lambda: None) -> list[Move]:
        """Move those that can be moved; each answers with what became of it."""

        async def moved(tenant: str, id: str) -> Move:
            try:
                await self.gateway.command(tenant, id, "migrate_policy", to=self.after, reason=reason, actor=actor)
            except GatewayError as error:
                return Move(tenant, id, fault=str(error))
            return Move(tenant, id, done=True)

        wanted = [(move.tenant, move.id) for move in moves if move.preview is not None]
        return await _few_at_once(wanted, moved, tick)

    async def _preview(self, tenant: str, id: str) -> Move:
        try:
            dossier = await self.gateway.dossier(tenant, id)
            policy = self.gateway.catalog.policy(self.after)
            # TRAP: of a rehearsal on a server that skips time, the ticket's own clock is the one that counts
            now = max(dossier.at, int(datetime.now(UTC).timestamp()) + dossier.shift)
            fresh = compile_plan(policy, dossier.case.ticket, dossier.case.opened_at, now)
        except (GatewayError, Uncompilable) as error:
            return Move(tenant, id, fault=str(error))
        return Move(tenant, id, preview(dossier.plan, fresh, dossier.case, now))


async def _few_at_once(
    tickets: Sequence[tuple[str, str]], call: Callable[[str, str], Awaitable[Move]], tick: Tick
) -> list[Move]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(tenant: str, id: str) -> Move:
        async with gate:
            found = await call(tenant, id)
            tick()
            return found

    async with asyncio.TaskGroup() as group:  # whatever ends one of them for good ends all
        asked = [group.create_task(one(tenant, id)) for tenant, id in tickets]
    return [task.result() for task in asked]


async def _under(gateway: Gateway, policy: str) -> AsyncIterator[tuple[str, str]]:
    async for workflow in gateway.tickets_under(policy):
        _, tenant, id = workflow.split("/", 2)
        yield tenant, id
