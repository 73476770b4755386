"""Plans and addressees: near work that reads a file and computes, never longer than a second.

Runs as local activities, so that its results stand in the history and no library upgrade can move a deadline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.budgets import Budgets
from activities.outcome import EXPECTED
from activities.ports import Directory, Refused
from activities.requests import AddressRequest, PlanRequest
from policies.business_time import WorkingTime
from policies.catalog import Catalog, UnknownName
from policies.compiler import HORIZON, Policy, compile_plan, office_hours
from policies.people import Addressed, address
from policies.plan import Plan
from policies.promise import Uncompilable
from policies.rest import urgent
from policies.written import Faulty

T = TypeVar("T")


class Planning:
    """Compiles plans from the catalog and addresses rungs by the directory; without `budgets` nobody is ever tired."""

    def __init__(self, catalog: Catalog, directory: Directory, budgets: Budgets | None = None) -> None:
        self.catalog = catalog
        self.directory = directory
        self.budgets = budgets

    @activity.defn
    async def compile_plan(self, request: PlanRequest) -> Plan:
        """The plan of a ticket as it stands now.

        What can never work is not tried again; a policy this worker does not have, or cannot read, may still come.
        """
        return await self._made(self._compile, request)

    async def _made(self, make: Callable[[PlanRequest], T], request: PlanRequest) -> T:
        try:
            return await asyncio.to_thread(make, request)
        except Uncompilable as error:
            raise ApplicationError(str(error), type="Uncompilable", non_retryable=True) from error
        except (UnknownName, Faulty) as error:
            message = f"{error}; give the worker the policy (RUNG_POLICIES)"
            activity.logger.warning("no plan for %s: %s", request.ticket.key, message)
            raise ApplicationError(message, type="NoPolicy", category=EXPECTED) from error

    def _policy(self, request: PlanRequest) -> Policy:
        name = request.policy or self.catalog.selected(request.ticket).policy
        return self.catalog.policy(self.catalog.latest(name))

    def _compile(self, request: PlanRequest) -> Plan:
        return compile_plan(self._policy(request), request.ticket, request.opened_at, request.now)

    @activity.defn
    async def office_hours(self, request: PlanRequest) -> WorkingTime:
        """The hours in which people are reminded, from the opening on. Raises ApplicationError as `compile_plan`."""
        return await self._made(self._hours, request)

    def _hours(self, request: PlanRequest) -> WorkingTime:
        return office_hours(self._policy(request), request.opened_at, max(request.opened_at, request.now) + HORIZON)

    @activity.defn
    async def address_rung(self, request: AddressRequest) -> Addressed:
        """Who is there, at the instant the rung fires (semantics 3.4)."""
        try:
            return await self.addressed(request)
        except Refused as error:
            raise ApplicationError(str(error), type="Directory") from error

    async def addressed(self, request: AddressRequest) -> Addressed:
        """The same for other near work. Raises Refused when the directory cannot be read."""
        roster = await self.directory.roster()
        counts = request.kind == "page" and not urgent(request.ticket, request.breach)
        tired = await self.budgets.tired(roster.people) if self.budgets and counts else {}
        return address(
            roster, request.ticket, request.targets, request.fallback, request.at, request.silenced, request.failed,
            tired=tired, kind=request.kind, breach=request.breach,
        )  # fmt: skip
