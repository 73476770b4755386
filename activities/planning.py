"""Plans and addressees: near work that reads a file and computes, never longer than a second.

Runs as local activities, so that its results stand in the history and no library upgrade can move a deadline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.outcome import EXPECTED
from activities.ports import Busy, Directory, Load, Refused, Unreachable
from activities.requests import AddressRequest, PlanRequest
from policies.catalog import Catalog, UnknownName
from policies.compiler import compile_plan
from policies.people import Addressed, Roster, address
from policies.plan import Plan
from policies.promise import Uncompilable
from policies.rest import WEEK, urgent, used_up
from policies.written import Faulty

COUNTED_WITHIN = 1.0
"""Seconds that a rung waits for the count of pages; then nobody is tired."""


class Planning:
    """Compiles plans from the catalog and addresses rungs by the directory; `load` counts the pages of budgets."""

    def __init__(
        self, catalog: Catalog, directory: Directory, load: Load | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self.catalog = catalog
        self.directory = directory
        self.load = load
        self.now = now

    @activity.defn
    async def compile_plan(self, request: PlanRequest) -> Plan:
        """The plan of a ticket as it stands now.

        What can never work is not tried again; a policy this worker does not have, or cannot read, may still come.
        """
        try:
            return await asyncio.to_thread(self._compile, request)
        except Uncompilable as error:
            raise ApplicationError(str(error), type="Uncompilable", non_retryable=True) from error
        except (UnknownName, Faulty) as error:
            message = f"{error}; give the worker the policy (RUNG_POLICIES)"
            activity.logger.warning("no plan for %s: %s", request.ticket.key, message)
            raise ApplicationError(message, type="NoPolicy", category=EXPECTED) from error

    def _compile(self, request: PlanRequest) -> Plan:
        name = request.policy or self.catalog.selected(request.ticket).policy
        policy = self.catalog.policy(self.catalog.latest(name))
        return compile_plan(policy, request.ticket, request.opened_at, request.now)

    @activity.defn
    async def address_rung(self, request: AddressRequest) -> Addressed:
        """Who is there, at the instant the rung fires (semantics 3.4)."""
        try:
            roster = await self.directory.roster()
        except Refused as error:
            raise ApplicationError(str(error), type="Directory") from error
        return address(
            roster, request.ticket, request.targets, request.fallback, request.at, request.silenced, request.failed,
            tired=await self._tired(roster, request), kind=request.kind, breach=request.breach,
        )  # fmt: skip

    async def _tired(self, roster: Roster, request: AddressRequest) -> Mapping[str, str]:
        """Whose budget is used up. A page never waits for the count: when it cannot be had nobody is tired."""
        budgets = [id for id, person in roster.people.items() if person.pages_per_week]
        if self.load is None or not budgets or request.kind != "page" or urgent(request.ticket, request.breach):
            return {}
        since = self.now() - timedelta(seconds=WEEK)
        try:
            pages = await asyncio.wait_for(self.load.pages(budgets, since), COUNTED_WITHIN)
        except (Unreachable, Busy, Refused, TimeoutError) as error:
            why = str(error) or "no answer in time"
            activity.logger.warning("pages are not counted (%s); no budget holds this one back", why)
            return {}
        return used_up(roster.people, pages)
