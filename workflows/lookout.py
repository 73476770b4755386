"""A ticket's lookout for outages: asked before anything fires, told when one begins or ends.

Both ways bring the same news, and the ticket drops what it has had. A registry that does not answer holds nothing up.
Must never change what was decided but by news.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.requests import Call, FiringRequest
    from policies.case import noted, refused
    from policies.lifecycle import Decision
    from policies.outage import PREFIX, all_news, heard
    from policies.ticket import Version
    from workflows.contract import Unreadable, read_outage
    from workflows.near import look_before_firing

if TYPE_CHECKING:
    from workflows.ticket import TicketWorkflow


ASK_AGAIN_AFTER = 600
"""Seconds after which a ticket that opened, or was knocked at, while the registry was away asks it again."""


class Lookout:
    """`asks` is False for runs that began before there was a registry: those only hear what they are told."""

    def __init__(self, ticket: TicketWorkflow, to_ask: bool) -> None:
        self.ticket = ticket
        self.asks = False
        self.to_ask = to_ask
        """The registry is to be asked even if nothing is due: a ticket may open in the middle of an outage."""
        self.opens = to_ask
        """It has not been counted yet for the major incidents of its policy."""
        self.again_at = 0
        """When a registry that did not answer one that wanted to know is asked again; 0 = nobody waits for it."""
        self._unasked = self._uncounted = ""
        self.knocked()  # TRAP: a knock that made the run before continue as new would otherwise be lost

    async def clears(self, decision: Decision, now: int) -> bool:
        """Whether it may stand: False when the last look before firing brought news, so that all is decided anew."""
        ticket = self.ticket
        fires, wants = decision.case.records is not ticket.case.records, self.to_ask or 0 < self.again_at <= now
        if not self.asks or not (fires or wants or self._sends_again()):
            return True
        case = ticket.case
        found = await look_before_firing(self._request(decision, now))
        repeated = self.again_at > 0
        self._look_again(bool(found.unasked), now)
        self.opens, self._uncounted = bool(found.uncounted), found.uncounted
        for event in found.news:
            ticket.take(event)
        if ticket.case is not case:
            return False
        self._unasked = found.unasked if fires or not repeated else ""
        ticket.effects.addressed.update(found.addressed)
        return True

    def _sends_again(self) -> bool:
        """TRAP: a page that comes again is no firing: it may have waited while another outage began unheard."""
        return self.ticket.effects.sends_again and workflow.patched("asks-before-it-comes-again")

    def _look_again(self, unasked: bool, now: int) -> None:
        """TRAP: an urgency that an outage raises makes rungs due that no rung of the old plan would ask in time for."""
        again = unasked and (self.to_ask or self.again_at > 0) and workflow.patched("asks-again")
        self.to_ask, self.again_at = False, now + ASK_AGAIN_AFTER if again else 0

    def note(self, now: int) -> None:
        """The promise goes first; that outages could not be asked is a line."""
        if self._unasked:
            text = f"outages could not be asked ({self._unasked[:200]}); the promise goes first"
            self.ticket.case, self._unasked = noted(self.ticket.case, now, "unasked", text), ""
        if self._uncounted:
            text = f"not counted for major incidents ({self._uncounted[:200]})"
            self.ticket.case, self._uncounted = noted(self.ticket.case, now, "unasked", text), ""

    def hear(self, payload: Sequence[Any]) -> None:
        """What its workflow tells of an outage; what cannot be understood is a line."""
        ticket = self.ticket
        try:
            outage = read_outage(payload)
        except Unreadable as error:
            ticket.case = refused(ticket.case, ticket.now(), f"outage: {error}")
        else:
            case = ticket.case
            for event in all_news([outage], case.ticket, case.opened_at, self._known(), ticket.now(), self._versions()):
                ticket.take(event)
            if outage.ended_at:
                self.knocked()
        ticket.unread += 1

    def knocked(self) -> None:
        """TRAP: a ticket whose clocks stand still has nothing due, so it asks nobody: each knock is a chance to."""
        held = any(name.startswith(PREFIX) for name in self.ticket.case.open_pauses())
        self.to_ask = self.to_ask or held

    def _request(self, decision: Decision, now: int) -> FiringRequest:
        """TRAP: people are silenced as the decision leaves it: an escalation by hand ends a snooze as it fires."""
        case = decision.case
        told = (one for one in decision.effects if one.targets)
        calls = tuple(Call(one.key, one.targets, one.fallback, one.kind, one.breach) for one in told)
        policy = self.ticket.known_plan.name
        return FiringRequest(
            case.ticket, case.opened_at, now, self._known(), calls, case.snoozed(), policy=policy, opens=self.opens,
            versions=case.versions if len(case.versions) > 1 else (),
        )  # fmt: skip

    def _versions(self) -> tuple[Version, ...]:
        """TRAP: in runs that judged by the facts of the moment a replay must judge so, too."""
        versions = self.ticket.case.versions
        return versions if len(versions) > 1 and workflow.patched("judged-by-the-facts-of-then") else ()

    def _known(self) -> tuple[str, ...]:
        """Ids of the news of outages that the ticket has had."""
        case = self.ticket.case
        known = (*case.seen, *(event.event_id for event in case.events))
        return tuple(dict.fromkeys(heard(known)))
