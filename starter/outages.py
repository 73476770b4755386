"""The desk of outages: declares, extends, ends, finds them; what makes no sense is refused before it is stored.

The registry in the journal's database answers what can be read; what changes goes through the outage's workflow, which
writes before it answers. Must never tell a ticket anything itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError

from activities.ports import Card, Journal, Outages
from policies.catalog import Catalog, UnknownName
from policies.outage import ID, Facts, Outage, beyond, faults, strange, unmatched
from policies.suggestion import did_you_mean
from policies.written import Faulty
from starter.crowd import ListedCrowd
from starter.gateway import AWAY, BadTicket, Gateway, GatewayError, Refused, ServerUnreachable, reached
from starter.outage_reporting import OutageReport, report
from starter.reading import illegible
from starter.saying import say
from workflows.contract import (
    OUTAGE,
    TICKETS,
    OutageAnswer,
    OutageEnd,
    OutageExtension,
    OutageProgress,
    outage_workflow_id,
)

MOST = 1_000_000
"""Cards that are read: all of them."""
OVER = ("closed",)
ASKED = 20
"""Tickets of which the journal has nothing."""
UNKNOWN = -1
"""Tickets told, when nobody knows."""
ASK_WITHIN = timedelta(seconds=5)
AHEAD = "nobody has complained yet? --ahead declares it all the same"


class BadOutage(BadTicket):
    """The declaration cannot be used: every reason, one a line."""


class NoSuchOutage(GatewayError):
    """The registry knows no outage of that id."""


@dataclass(frozen=True)
class Desk:
    """`services` are those that the policies name; `connect` is only called once something is to be changed."""

    registry: Outages
    journal: Journal
    connect: Callable[[], Awaitable[Client]]
    services: Collection[str] = ()
    limit: int = 0
    """Open tickets that one may stop alone; 0 = as many as there are."""

    async def declare(self, outage: Outage, everything: bool = False, ahead: bool = False) -> OutageAnswer:
        """Into the registry, then told. Raises BadOutage; Refused when it meets no ticket, or has ended."""
        if found := faults(outage, everything):
            raise BadOutage("\n".join(found))
        known = await self.registry.one(outage.id)
        if known is not None and known.declared:
            return self._again(known)
        await self.check(outage, ahead)
        return await self._say(outage.id, "declare", outage)

    async def check(self, outage: Outage, ahead: bool = False) -> None:
        """Raises BadOutage for an unknown service, Refused when it meets no ticket, or more than one may stop alone."""
        if not ahead:
            await self._meets(outage)
        await self._within_limit(outage)

    async def refusal(self, outage: Outage) -> list[str]:
        """Why a declaration would be refused as it is, with what to do; empty when it would not."""
        try:
            await self.check(outage)
        except (BadOutage, Refused) as error:
            return str(error).splitlines()
        return []

    def _again(self, known: Outage) -> OutageAnswer:
        if known.ended_at:
            raise Refused(f"outage {known.id} has ended; declare the new one under another id")
        return OutageAnswer(known, already=True)

    async def _within_limit(self, outage: Outage) -> None:
        """By the journal: what is asked is how many, not which. Nobody's identity is proved here."""
        if self.limit:
            count = sum(outage.scope.covers(one) for one in await self.open_tickets())
            if why := beyond(self.limit, count, outage):
                raise Refused(f"{why}; ask, and say who with --approved-by NAME")

    async def _meets(self, outage: Outage) -> None:
        """By the journal; where that knows none, a few of those that the engine lists are asked what they are.

        Raises ServerUnreachable when none of those answers: there is nothing to correct, only to ask again.
        TRAP: a ticket of whose life there is no line yet has no card.
        """
        found: list[Facts] = [*await self.open_tickets()]
        if strange(outage.scope, found, self.services) or unmatched(outage.scope, found):
            asked: list[Facts | None] = []
            with suppress(GatewayError):  # without a server the journal alone says whether it makes sense
                asked = await self._asked(outage)
            if asked and not any(asked):  # TRAP: there are such tickets, and no worker lets them answer
                raise ServerUnreachable(AWAY)
            found += [facts for facts in asked if facts is not None]
        if unknown := strange(outage.scope, found, self.services):
            raise BadOutage("\n".join([*unknown, AHEAD]))
        if nothing := unmatched(outage.scope, found):
            raise Refused(f"{nothing}; {AHEAD}")

    async def _asked(self, outage: Outage) -> list[Facts | None]:
        crowd = ListedCrowd(await self.connect())
        listed, _ = await reached(crowd.page(outage, "any", 0, ""))
        return list(await asyncio.gather(*map(crowd.facts, listed[:ASKED])))

    async def end(self, id: str, at: int, by: str = "", ahead: bool = False) -> OutageAnswer:
        """`ahead` keeps an end whose declaration is still on its way. Raises NoSuchOutage, BadOutage."""
        known = await self._known(id)
        if known is None and not ahead:
            raise await self._unknown(id)
        if found := illegible(by=by) or faults(Outage(id, ended_by=by), True):
            raise BadOutage("\n".join(found))
        if known is not None and known.ended_at:
            return OutageAnswer(known, already=True)
        return await self._say(id, "end", OutageEnd(at, by))

    async def extend(self, id: str, expected: int) -> OutageAnswer:
        """Raises NoSuchOutage; BadOutage when that is before its beginning; Refused when it has ended or is planned."""
        known = await self.one(id)
        if known.ended_at:
            raise Refused(f"outage {id} has ended; it expects no end any more")
        if known.planned_end:  # TRAP: it would be kept and shown, and the clocks would run on at the planned end
            raise Refused(
                f"maintenance {id} ends as planned; declare the rest as another one, which begins then (--from)"
            )
        if expected <= known.since:
            raise BadOutage("the expected end is not after the beginning; correct it")
        return await self._say(id, "extend", OutageExtension(expected))

    async def one(self, id: str) -> Outage:
        """As the registry has it. Raises NoSuchOutage."""
        known = await self._known(id)
        if known is None:
            raise await self._unknown(id)
        return known

    async def _known(self, id: str) -> Outage | None:
        """What is no id of an outage is no question for a database, which may not even take it."""
        return await self.registry.one(id) if ID.fullmatch(id) else None

    async def progress(self, id: str) -> OutageProgress:
        """With what its workflow says of the telling; without when nobody answers."""
        known = await self.one(id)
        try:
            handle = (await self.connect()).get_workflow_handle(outage_workflow_id(id))
            found: OutageProgress = await handle.query("show", result_type=OutageProgress, rpc_timeout=ASK_WITHIN)
        except (RPCError, GatewayError, WorkflowQueryFailedError, WorkflowQueryRejectedError):
            return OutageProgress(known, told=UNKNOWN, told_end=UNKNOWN)
        return replace(found, outage=known)

    async def report(self, id: str) -> OutageReport:
        """What it meant for the tickets that heard of it. Raises NoSuchOutage."""
        outage = await self.one(id)
        return await report(Gateway(await self.connect()), self.journal, outage)

    async def known(self, limit: int) -> Sequence[Outage]:
        """The newest first."""
        return await self.registry.known(limit)

    async def open_tickets(self) -> list[Card]:
        """As the journal knows them."""
        return [card for card in await self.journal.cards(limit=MOST) if card.state not in OVER]

    async def _unknown(self, id: str) -> NoSuchOutage:
        names = [outage.id for outage in await self.registry.known(50)]
        return NoSuchOutage(f"no outage '{id[:80]}'{did_you_mean(id, names)}; 'rung outage list' shows them")

    async def _say(self, id: str, update: str, said: Any) -> OutageAnswer:
        client = await self.connect()
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            OUTAGE, id, id=outage_workflow_id(id), task_queue=TICKETS,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE, static_summary=f"outage {id}",
        )  # fmt: skip
        return await say(client, start, update, said, OutageAnswer, f"outage {id}")


def services_of(catalog: Catalog) -> set[str]:
    """Every service that a policy or the rules of selection name; what cannot be read names none."""
    found: set[str] = set()
    for name in catalog.policy_names():
        try:
            found.update(_services(catalog.policy(name).document.model_dump()))
        except (UnknownName, Faulty):
            continue
    try:
        rules = catalog.selection()
    except Faulty:
        return found
    return found | set(_services(rules.model_dump()) if rules else ())


def _services(written: Any) -> Iterator[str]:
    if isinstance(written, dict):
        for name, value in written.items():
            yield from (value if name == "service" and isinstance(value, list) else _services(value))
    elif isinstance(written, list | tuple):
        for value in written:
            yield from _services(value)
