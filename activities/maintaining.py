"""The hands of a maintenance by rule: its next windows, and each of them declared, or withdrawn, as an outage.

Calendars and time zones are asked here and never in a workflow (semantics 1.7). Said twice is said once. Must never
decide when a window is declared.
"""

from __future__ import annotations

from temporalio import activity

from activities.outcome import final, told
from activities.ports import Declarations
from activities.requests import Windows, WindowsRequest
from policies.maintenance import ahead, faults
from policies.outage import Outage


class MaintenanceWindows:
    """One method a step of the maintenance's workflow."""

    def __init__(self, declarations: Declarations) -> None:
        self.declarations = declarations

    @activity.defn
    async def next_windows(self, request: WindowsRequest) -> Windows:
        """None is ahead when it is over. Raises ApplicationError `Refused` for a rule that makes no sense."""
        if found := faults(request.rule, everything_is_meant=True):
            raise final("; ".join(found))
        return Windows(ahead(request.rule, request.after, request.most))

    @activity.defn
    async def declare_window(self, outage: Outage) -> Outage:
        """As a person would; returns what stands."""
        with told():
            return await self.declarations.declare(outage)

    @activity.defn
    async def withdraw_window(self, outage: Outage) -> Outage:
        """It ends at its own beginning, so that no clock ever stood still for it."""
        with told():
            return await self.declarations.end(outage.id, outage.since, outage.ended_by)
