"""A change of plan, and its lines in the journal, in one piece of near work.

The same core as in the workflow says what the change does, so that one marker in the history is enough for both. A
journal that is away holds nothing up: the workflow then writes the lines itself. Must never decide anything of its own.
"""

from __future__ import annotations

from temporalio import activity

from activities.journal import Journaling
from activities.planning import Planning
from activities.ports import Busy, Refused, Unreachable
from activities.requests import JournalRequest, PlanRequest, Replanned, ReplanRequest, card_of
from policies.change import retire
from policies.explanation import stand
from policies.lifecycle import decide
from policies.plan import Plan


class Replanning:
    """Plans anew and notes it."""

    def __init__(self, planning: Planning, journaling: Journaling) -> None:
        self.planning = planning
        self.journaling = journaling

    @activity.defn
    async def replan(self, request: ReplanRequest) -> Replanned:
        """The plan of the ticket as it stands now. Raises ApplicationError when there can be none."""
        case = request.case
        wanted = PlanRequest(request.policy, case.ticket, case.opened_at, request.now)
        fresh = await self.planning.compile_plan(wanted)
        try:
            return Replanned(fresh, await self._noted(request, fresh))
        except (Refused, Busy, Unreachable):
            return Replanned(fresh, case.journaled)

    async def _noted(self, request: ReplanRequest, fresh: Plan) -> int:
        """What the workflow will find when it decides by the fresh plan at the same instant."""
        last = retire(request.plan, request.case, request.now)
        decision = decide(fresh, last.case, request.now)
        standing = stand(fresh, decision.case, request.now, decision)
        lines = tuple(entry for entry in decision.case.time_line if entry.number >= request.case.journaled)
        card = card_of(standing, request.revision + decision.case.entries)
        await self.journaling.write_journal(
            JournalRequest(decision.case.ticket, request.workflow_id, request.run_id, lines, card)
        )
        return decision.case.entries
