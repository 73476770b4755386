"""What became of a review and of each invitation to it, over all attempts of its activity.

One mail that fails is tried again alone, and keeps nobody else from being invited. The details of the activity's
heartbeat remember it: they go with a failed attempt to the next one. Must never choose whom a review invites.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field

from temporalio import activity

from activities.ports import Busy, Receipt, Refused, Unreachable


@dataclass
class Invitations:
    """`scheduled` is the planning system's receipt; `became`: person -> empty when the mail was taken, else why not."""

    scheduled: Receipt | None = None
    became: dict[str, str] = field(default_factory=dict)

    @classmethod
    def so_far(cls) -> Invitations:
        """As the attempt before this one left them."""
        details = activity.info().heartbeat_details
        if not details:
            return cls()
        scheduled = details[0]["scheduled"]
        return cls(Receipt(**scheduled) if scheduled else None, details[0]["became"])

    def stand_on(self, scheduled: Receipt) -> Receipt:
        """The review has its place."""
        self.scheduled = scheduled
        activity.heartbeat(self)
        return scheduled

    async def outcome(self, person: str, sending: Awaitable[Receipt]) -> list[Busy | Unreachable]:
        """Send it; the error of one that may work later."""
        why = ""
        try:
            await sending
        except (Busy, Unreachable) as error:
            return [error]
        except Refused as error:
            why = str(error)
        self.became[person] = why
        activity.heartbeat(self)
        return []

    def conclude(self, failed: Sequence[Busy | Unreachable]) -> None:
        """Raises what may work later, then Refused with all that never will."""
        if failed:
            raise failed[0]
        if refused := [f"{person}: {why}" for person, why in self.became.items() if why]:
            raise Refused("; ".join(refused))
