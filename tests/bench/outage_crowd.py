"""The tickets of `make bench-outage`: who is within the scope, who is due within the hour, who fires meanwhile.

A twentieth is due within the hour, a hundredth has a rung every twenty seconds, a tenth is told and not covered (another
region), a tenth is of another service. Must never hold a figure that was measured.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from policies.ticket import Ticket
from starter.gateway import Gateway
from workflows.contract import workflow_id

POLICIES = Path(__file__).with_name("outage_policies")
WAITING, FIRING = "bench-waiting", "bench-firing"
BEAT = 20
"""Seconds between two rungs of one that fires."""
SOON = "diamond"
TARGETS = {SOON: 55 * 60, "gold": 24 * 3_600, "silver": 48 * 3_600, "bronze": 72 * 3_600}
"""Tier -> seconds of its promise, as in the policies."""
REST = ("gold", "silver", "bronze")
TENANT, SAMPLED = "bench", "sampled"
SERVICE, REGION, OTHER_SERVICE, OTHER_REGION = "payments", "kr", "mail", "jp"
AT_ONCE = 32
"""Tickets on their way to the server."""


@dataclass(frozen=True)
class Watched:
    """One ticket of the bench; `opened_at` once it is open."""

    ticket: Ticket
    policy: str
    opened_at: int = 0

    @property
    def covered(self) -> bool:
        """By the first outage: the service in the region."""
        return self.ticket.service == SERVICE and self.ticket.region == REGION

    @property
    def told(self) -> bool:
        """By the first outage: the engine's lists do not know the region."""
        return self.ticket.service == SERVICE

    @property
    def soon(self) -> bool:
        return self.ticket.tier == SOON

    @property
    def fires(self) -> bool:
        return self.policy == FIRING

    def due(self, paused: int) -> int:
        """Of its promise, after so many seconds of pause."""
        return self.opened_at + TARGETS[self.ticket.tier] + paused


def crowd(tickets: int, cold: int, sampled: int) -> list[Watched]:
    """Those that fire come last: they are to be young when the outage is declared.

    `cold` of them are of the other service, at least a tenth; `sampled` are marked for the batch job.
    """
    others = max(cold, tickets // 10)
    firing = max(tickets // 100, 6)
    here, elsewhere = (SERVICE, REGION), ((SERVICE, OTHER_REGION), (OTHER_SERVICE, REGION))
    places = (here, elsewhere[0], here, elsewhere[1], *[here] * 6)
    found = [*_waiting(tickets - others - firing, (tickets - others) // 9, sampled), *_others(others)]
    beats = (places[number % len(places)] for number in range(firing))
    return found + [Watched(_ticket(f"F-{number}", "silver", *place), FIRING) for number, place in enumerate(beats)]


def _waiting(count: int, elsewhere: int, sampled: int) -> Iterator[Watched]:
    for number in range(count):
        region = OTHER_REGION if number < elsewhere else REGION
        team = SAMPLED if number >= count - sampled else "platform"
        yield Watched(_ticket(f"W-{number}", _tier(number), SERVICE, region, team), WAITING)


def _others(count: int) -> Iterator[Watched]:
    for number in range(count):
        yield Watched(_ticket(f"O-{number}", _tier(number), OTHER_SERVICE, REGION), WAITING)


def _tier(number: int) -> str:
    return SOON if number % 20 == 0 else REST[number % len(REST)]


def _ticket(id: str, tier: str, service: str, region: str, team: str = "platform") -> Ticket:
    return Ticket(
        id=id, tenant=TENANT, tier=tier, urgency="high", service=service, region=region, team=team, assignee="kim",
        summary="Nothing works",
    )  # fmt: skip


async def opened(gateway: Gateway, tickets: list[Watched], progress: Callable[[int], None]) -> dict[str, Watched]:
    """Workflow id -> ticket with its opening; `progress` hears of each."""
    slots, found = asyncio.Semaphore(AT_ONCE), dict[str, Watched]()

    async def one(watched: Watched) -> None:
        async with slots:
            answer = await gateway.open(watched.ticket, watched.policy)
        name = workflow_id(TENANT, watched.ticket.id)
        found[name] = Watched(watched.ticket, watched.policy, answer.plan.opened_at)
        progress(len(found))

    async with asyncio.TaskGroup() as group:
        for watched in tickets:
            group.create_task(one(watched))
    return found
