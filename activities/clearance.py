"""The last look before a ticket fires: what the registry of outages says, and who is there. One piece of near work.

Pulled by the ticket, so that no late or lost signal can cause a wrong page; at its opening it is also counted for the
major incidents of its policy. The promise goes first: whoever does not answer holds nothing up. Must never decide what
the news means.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from temporalio import activity

from activities.planning import Planning
from activities.ports import Busy, Outages, Recognition, Refused, Unreachable
from activities.requests import AddressRequest, Cleared, FiringRequest
from policies.catalog import UnknownName
from policies.major_incident import rules_of
from policies.outage import all_news, lasting
from policies.people import Addressed
from policies.recognition import Arrival, counts
from policies.written import Faulty

ANSWERS_WITHIN = 0.8
"""Seconds for one question. TRAP: two follow each other, and both must be over before a local activity's time is
(2 s, workflows/options.py): one that is cut off gives no answer at all, neither news nor people."""
FAILURES = (Refused, Busy, Unreachable, TimeoutError)


class Clearance:
    """Asks the registry, and who is there; `recognition` counts those that open."""

    def __init__(self, outages: Outages, planning: Planning, recognition: Recognition | None = None) -> None:
        self.outages = outages
        self.planning = planning
        self.recognition = recognition

    @activity.defn
    async def look_before_firing(self, request: FiringRequest) -> Cleared:
        """News, or people. Never fails for a reason of the world: what could not be asked is said in the answer."""
        uncounted, cleared = await asyncio.gather(self._counted(request), self._looked(request))
        return replace(cleared, uncounted=uncounted)

    async def _counted(self, request: FiringRequest) -> str:
        """Why it could not be; nothing when it was, or when no rule is for it."""
        if not request.opens or self.recognition is None:
            return ""
        ticket = replace(request.ticket, contact="", assignee="")
        arrival = Arrival(ticket, request.opened_at, request.now)
        try:
            rules = rules_of(await asyncio.to_thread(self.planning.catalog.policy, request.policy))
            if counts(rules, arrival):
                await asyncio.wait_for(self.recognition.report(request.policy, rules, arrival), ANSWERS_WITHIN)
        except (*FAILURES, UnknownName, Faulty) as error:
            return str(error) or "no answer in time"
        return ""

    async def _looked(self, request: FiringRequest) -> Cleared:
        try:
            asked = self.outages.concerning(request.opened_at, lasting(request.known))
            rows = await asyncio.wait_for(asked, ANSWERS_WITHIN)
        except FAILURES as error:
            return Cleared((), await self._addressed(request), str(error) or "no answer in time")
        news = all_news(rows, request.ticket, request.opened_at, request.known, request.now, request.versions)
        return Cleared(news) if news else Cleared((), await self._addressed(request))

    async def _addressed(self, request: FiringRequest) -> dict[str, Addressed]:
        """Nothing when the directory does not answer: each effect then asks for itself, and goes on asking."""
        try:
            return await asyncio.wait_for(self._all(request), ANSWERS_WITHIN)
        except FAILURES:
            return {}

    async def _all(self, request: FiringRequest) -> dict[str, Addressed]:
        """As `address_rung` does it: there is one way to find people."""
        return {
            call.key: await self.planning.addressed(AddressRequest(
                request.ticket, call.targets, call.fallback, request.now, request.silenced, (), call.kind, call.breach
            ))
            for call in request.calls
        }  # fmt: skip
