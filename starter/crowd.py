"""The open tickets as the engine lists them, for outages: in pages, those due soon first, told one by one.

The engine knows tenant, service and tier of a ticket, not its region or tags, and lags behind: a list holds too many
and may miss one that has just been opened. Both are harmless: each ticket judges for itself, and asks before it fires.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter
from temporalio.client import Client, WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.service import RPCError, RPCStatusCode

from activities.ports import Refused
from policies.explanation import Standing
from policies.outage import Outage
from policies.ticket import Ticket
from starter.watching import OPEN

PAGE = 500
SOON = timedelta(hours=1)
LAG = timedelta(minutes=1)
"""By how much a list may be behind."""
ANSWER_WITHIN = timedelta(seconds=10)
CAUGHT_UP_WITHIN = timedelta(seconds=5)
LONGEST = 250
"""Characters of a search attribute: what is longer was cut off (workflows/shown.py)."""


MAY_PASS = (
    RPCStatusCode.UNAVAILABLE, RPCStatusCode.RESOURCE_EXHAUSTED, RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED, RPCStatusCode.ABORTED, RPCStatusCode.UNAUTHENTICATED, RPCStatusCode.PERMISSION_DENIED,
)  # fmt: skip
"""No word about this one ticket: the server is away or busy, or does not let us in until somebody mends that."""


class ListedCrowd:
    """The port `Crowd`, through one client."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def page(self, outage: Outage, part: str, begun: int, position: str) -> tuple[Sequence[str], str]:
        query = " AND ".join([within(outage), *conditions(outage, part, begun)])
        token = b64decode(position) if position else None
        found = self.client.list_workflows(query, page_size=PAGE, next_page_token=token)
        await found.fetch_next_page()
        following = found.next_page_token
        return [one.id for one in found.current_page or ()], b64encode(following).decode() if following else ""

    async def facts(self, ticket: str) -> Ticket | None:
        """What the helpdesk says of it, as the ticket knows it; None when it does not answer."""
        standing = await self.standing(ticket)
        return standing.ticket if standing else None

    async def standing(self, ticket: str) -> Standing | None:
        """TRAP: it holds the customer's address; it must not be returned from an activity, logged or raised."""
        try:
            standing = await self.client.get_workflow_handle(ticket).query("status", {}, rpc_timeout=ANSWER_WITHIN)
        except (RPCError, WorkflowQueryFailedError, WorkflowQueryRejectedError):
            return None
        return TypeAdapter(Standing).validate_python(standing)

    async def tell(self, ticket: str, outage: Outage) -> bool:
        try:
            await self.client.get_workflow_handle(ticket).signal("outage", outage, rpc_timeout=ANSWER_WITHIN)
        except RPCError as error:
            if error.status in MAY_PASS:
                raise
            if error.status != RPCStatusCode.NOT_FOUND:
                raise Refused(f"{error.status.name}: {error.message}") from error
            return False
        return True

    async def caught_up(self, ticket: str) -> None:
        """A question stands in the ticket's queue behind what it was told."""
        with suppress(RPCError, WorkflowQueryFailedError, WorkflowQueryRejectedError):
            await self.client.get_workflow_handle(ticket).query("clock", rpc_timeout=CAUGHT_UP_WITHIN)


def within(outage: Outage) -> str:
    """The open tickets that may be within its scope."""
    scope = outage.scope
    kinds = (("RungTenant", scope.tenants), ("RungService", scope.services), ("RungTier", scope.tiers))
    named = [f"{name} IN ({', '.join(map(quoted, values))})" for name, values in kinds if values and speakable(values)]
    return " AND ".join([OPEN, *named])


def speakable(values: Sequence[str]) -> bool:
    """TRAP: a list query has no way to write every text; without the condition the list only holds too many."""
    return all(len(value) <= LONGEST and not set(value) & set("'\"\\`") for value in values)


def quoted(value: str) -> str:
    return f"'{value}'"


def conditions(outage: Outage, part: str, begun: int) -> list[str]:
    """Those due soon have a due; once an outage has stopped their clocks, those that show it come first.

    TRAP: a clock that has just been stopped has no due, so that only what a ticket shows tells the rest from the soon.
    """
    shows, soon = f"RungOutage = '{outage.id}'", f"{_moment(begun) + SOON:%Y-%m-%dT%H:%M:%SZ}"
    if part == "shown" or (part == "soon" and outage.ended_at):
        return [shows]
    opened = f"StartTime >= '{_moment(begun) - LAG:%Y-%m-%dT%H:%M:%SZ}'"
    if part == "joined":
        return [opened, shows]
    if part == "fresh":
        return [opened, shows if outage.ended_at else _other("RungOutage", f"!= '{outage.id}'")]
    if part == "soon":
        return [f"RungNextDue < '{soon}'"]
    if part == "rest":
        unshown = _other("RungOutage", f"!= '{outage.id}'")
        return [unshown] if outage.ended_at else [_other("RungNextDue", f">= '{soon}'"), unshown]
    return []


def _other(name: str, condition: str) -> str:
    return f"({name} IS NULL OR {name} {condition})"


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)
